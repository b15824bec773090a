"""The pages behind links that are sent afresh to the address itself, and the form that has one sent.

Behind the owner's link: download or erase everything, another address, new links. Behind the other two: confirm a new
address at its own mailbox, and take a change back at the old one.
"""

from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from newsletter.models import Note, Subscriber, Subscription
from newsletter.operations import erasure
from newsletter.site import wake_worker
from newsletter.site.forms import AddressForm
from newsletter.site.rendering import language_of, message, personal, show, speak_to, stale
from newsletter.subscribers import account, antispam, consent
from newsletter.subscribers.links import manage_url

_page = require_http_methods(["GET", "HEAD", "POST"])


@csrf_exempt
@_page
@personal
def lost_link(request: HttpRequest) -> HttpResponse:
    """Take the address of somebody who has lost their link; the answer is the same for every address."""
    if request.method != "POST":
        return show(request, "lost")
    form = AddressForm(request.POST)
    if not form.is_valid():
        return show(
            request, "lost", {"problem": "error_email", "email": request.POST.get("email", "")[:254]}, status=400
        )
    email, ip = form.cleaned_data["email"], antispam.network(request)
    if not request.POST.get("website") and not antispam.has_lost_too_many(ip):
        quiet = antispam.is_bothered(email) or antispam.is_pestered(email)
        account.ask_for_link(email, language=language_of(request), ip=ip, quiet=quiet)
    wake_worker.send_notes_soon()
    return show(request, "lost_sent", {"email": email})


@csrf_exempt
@_page
@personal
def mine(request: HttpRequest, token: str) -> HttpResponse:
    """Offer the owner a download, another address, new links, and the erasure of everything."""
    note = account.find("owner", token)
    if note is None or note.subscription is None:
        return stale(request)
    subscription, reader = note.subscription, note.subscription.subscriber
    speak_to(request, reader)
    match request.POST.get("do"):
        case "export":
            return _download(reader)
        case "erase" if request.POST.get("sure"):
            erasure.erase(reader, never_again=bool(request.POST.get("never")))
            return message(request, "erased_title", "erased_text")
        case "revoke":
            consent.revoke(reader)
            link = manage_url(subscription.pk, reader.link_key)
            return message(request, "revoked_title", "revoked_text", link=link, link_words="confirmed_manage")
        case "address":
            said = _ask_new_address(request, subscription)
        case "erase":
            said = {"unsure": True}
        case _:
            said = {}
    manage = manage_url(subscription.pk, reader.link_key)
    stays = erasure.stays_suppressed(reader)
    known = {"subscriber": reader, "manage": manage, "stays": stays, "undo_days": account.VALID_FOR["undo"].days}
    return show(request, "owner", known | said)


def _ask_new_address(request: HttpRequest, subscription: Subscription) -> dict[str, Any]:
    """Have the new address confirm; return what the page says, the same for an address that reads here already."""
    form = AddressForm(request.POST)
    if problem := form.problem():
        return {"problem": problem, "email": request.POST.get("email", "")[:254]}
    email = form.cleaned_data["email"]
    if not antispam.is_bothered(email) and not antispam.moves_too_often(subscription.subscriber):
        account.ask(subscription, "address", email=email, language=language_of(request), ip=antispam.network(request))
    wake_worker.send_notes_soon()
    return {"asked": email}


@csrf_exempt
@_page
@personal
def address(request: HttpRequest, token: str) -> HttpResponse:
    """Show the new address and a button; the button puts it in place."""
    note = account.find("address", token)
    reader = _reader(note)
    if note is None or reader is None or note.subscription is None:
        return stale(request)
    speak_to(request, reader)
    if request.method != "POST":
        return show(request, "address", {"email": note.email})
    if not account.change_address(note):
        return message(request, "address_taken_title", "address_taken_text", status=409)
    wake_worker.send_notes_soon()  # the word to the old address
    link = manage_url(note.subscription.pk, reader.link_key)
    return message(request, "address_done_title", "address_done_text", link=link, link_words="confirmed_manage")


@csrf_exempt
@_page
@personal
def take_back(request: HttpRequest, token: str) -> HttpResponse:
    """Show the old address and a button; the button puts it back in place."""
    note = account.find("undo", token)
    reader = _reader(note)
    if note is None or reader is None or note.subscription is None:
        return stale(request)
    speak_to(request, reader)
    if request.method != "POST":
        return show(request, "take_back", {"email": note.email})
    if not account.take_back(note):
        return message(request, "address_taken_title", "address_taken_text", status=409)
    link = manage_url(note.subscription.pk, reader.link_key)
    return message(request, "taken_back_title", "taken_back_text", link=link, link_words="confirmed_manage")


def _reader(note: Note | None) -> Subscriber | None:
    return note.subscription.subscriber if note and note.subscription else None


def _download(subscriber: Subscriber) -> HttpResponse:
    response = JsonResponse(account.export(subscriber), json_dumps_params={"ensure_ascii": False, "indent": 2})
    response["Content-Disposition"] = 'attachment; filename="my-data.json"'
    return response
