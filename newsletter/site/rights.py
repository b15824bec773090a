"""The pages behind links that are sent afresh: download or erase everything, confirm a new address."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from newsletter import owner
from newsletter.models import Note, Subscriber
from newsletter.site.show import message, personal, show, speak_to
from newsletter.tokens import manage_url

_page = require_http_methods(["GET", "HEAD", "POST"])


@csrf_exempt
@_page
@personal
def mine(request: HttpRequest, token: str) -> HttpResponse:
    """Offer the owner a download and the erasure of everything."""
    note = owner.find("owner", token)
    subscriber = _reader(note)
    if subscriber is None:
        return message(request, "stale_title", "stale_text", status=404)
    speak_to(request, subscriber)
    if request.POST.get("do") == "export":
        return _download(subscriber)
    if request.POST.get("do") == "erase" and request.POST.get("sure"):
        owner.erase(subscriber)
        return message(request, "erased_title", "erased_text")
    return show(request, "owner", {"subscriber": subscriber, "unsure": request.POST.get("do") == "erase"})


@csrf_exempt
@_page
@personal
def address(request: HttpRequest, token: str) -> HttpResponse:
    """Show the new address and a button; the button puts it in place."""
    note = owner.find("address", token)
    subscriber = _reader(note)
    if note is None or subscriber is None or note.subscription is None:
        return message(request, "stale_title", "stale_text", status=404)
    speak_to(request, subscriber)
    if request.method != "POST":
        return show(request, "address", {"email": note.email})
    if not owner.change_address(note):
        return message(request, "address_taken_title", "address_taken_text", status=409)
    link = manage_url(note.subscription.pk, subscriber.link_key)
    return message(request, "address_done_title", "", link=link, link_words="confirmed_manage")


def _reader(note: Note | None) -> Subscriber | None:
    return note.subscription.subscriber if note and note.subscription else None


def _download(subscriber: Subscriber) -> HttpResponse:
    response = JsonResponse(owner.export(subscriber), json_dumps_params={"ensure_ascii": False, "indent": 2})
    response["Content-Disposition"] = 'attachment; filename="my-data.json"'
    return response
