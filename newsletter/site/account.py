"""The pages behind links that are sent afresh to the address itself, and the form that has one sent.

Behind the owner's link: download or erase everything, another address, new links. Behind the other two: confirm a new
address at its own mailbox, and take a change back at the old one.
"""

from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from newsletter.models import Subscriber, Subscription, TransactionalMail
from newsletter.operations import erasure
from newsletter.site import wake_worker
from newsletter.site.forms import AddressForm
from newsletter.site.rendering import (
    activate_language,
    get_language_of,
    keep_private,
    render_message,
    render_page,
    render_stale_link,
)
from newsletter.subscribers import account, antispam, consent
from newsletter.subscribers.links import make_manage_url

_allow_page_methods = require_http_methods(["GET", "HEAD", "POST"])


@csrf_exempt
@_allow_page_methods
@keep_private
def send_lost_link(request: HttpRequest) -> HttpResponse:
    """Take the address of somebody who has lost their link; the answer is the same for every address."""
    if request.method != "POST":
        return render_page(request, "lost")
    form = AddressForm(request.POST)
    if not form.is_valid():
        return render_page(
            request, "lost", {"problem": "error_email", "email": request.POST.get("email", "")[:254]}, status=400
        )
    email, ip = form.cleaned_data["email"], antispam.get_client_network(request)
    if not request.POST.get("website") and not antispam.has_requested_too_many_links(ip):
        quiet = antispam.is_over_hourly_link_limit(email) or antispam.is_over_daily_link_limit(email)
        account.request_lost_link(email, language=get_language_of(request), ip=ip, quiet=quiet)
    wake_worker.send_mails_soon()
    return render_page(request, "lost_sent", {"email": email})


@csrf_exempt
@_allow_page_methods
@keep_private
def manage_account(request: HttpRequest, token: str) -> HttpResponse:
    """Offer the owner a download, another address, new links, and the erasure of everything."""
    mail = account.find_account_request("owner", token)
    if mail is None or mail.subscription is None:
        return render_stale_link(request)
    subscription, reader = mail.subscription, mail.subscription.subscriber
    activate_language(request, reader)
    match request.POST.get("do"):
        case "export":
            return _download_data(reader)
        case "erase" if request.POST.get("sure"):
            erasure.erase_subscriber(reader, never_again=bool(request.POST.get("never")))
            return render_message(request, "erased_title", "erased_text")
        case "revoke":
            consent.revoke_links(reader)
            link = make_manage_url(subscription.pk, reader.link_key)
            return render_message(request, "revoked_title", "revoked_text", link=link, link_words="confirmed_manage")
        case "address":
            said = _request_new_address(request, subscription)
        case "erase":
            said = {"unsure": True}
        case _:
            said = {}
    manage = make_manage_url(subscription.pk, reader.link_key)
    stays = erasure.is_suppression_kept(reader)
    known = {"subscriber": reader, "manage": manage, "stays": stays, "undo_days": account.LINK_LIFETIMES["undo"].days}
    return render_page(request, "owner", known | said)


def _request_new_address(request: HttpRequest, subscription: Subscription) -> dict[str, Any]:
    """Have the new address confirm; return what the page says, the same for an address that reads here already."""
    form = AddressForm(request.POST)
    if problem := form.problem():
        return {"problem": problem, "email": request.POST.get("email", "")[:254]}
    email = form.cleaned_data["email"]
    if not antispam.is_over_hourly_link_limit(email) and not antispam.has_requested_too_many_address_changes(
        subscription.subscriber
    ):
        account.request_account_link(
            subscription,
            "address",
            email=email,
            language=get_language_of(request),
            ip=antispam.get_client_network(request),
        )
    wake_worker.send_mails_soon()
    return {"asked": email}


@csrf_exempt
@_allow_page_methods
@keep_private
def confirm_new_address(request: HttpRequest, token: str) -> HttpResponse:
    """Show the new address and a button; the button puts it in place."""
    mail = account.find_account_request("address", token)
    reader = _get_subscriber(mail)
    if mail is None or reader is None or mail.subscription is None:
        return render_stale_link(request)
    activate_language(request, reader)
    if request.method != "POST":
        return render_page(request, "address", {"email": mail.email})
    if not account.change_address(mail):
        return render_message(request, "address_taken_title", "address_taken_text", status=409)
    wake_worker.send_mails_soon()  # the word to the old address
    link = make_manage_url(mail.subscription.pk, reader.link_key)
    return render_message(request, "address_done_title", "address_done_text", link=link, link_words="confirmed_manage")


@csrf_exempt
@_allow_page_methods
@keep_private
def undo_address_change(request: HttpRequest, token: str) -> HttpResponse:
    """Show the old address and a button; the button puts it back in place."""
    mail = account.find_account_request("undo", token)
    reader = _get_subscriber(mail)
    if mail is None or reader is None or mail.subscription is None:
        return render_stale_link(request)
    activate_language(request, reader)
    if request.method != "POST":
        return render_page(request, "take_back", {"email": mail.email})
    if not account.undo_address_change(mail):
        return render_message(request, "address_taken_title", "address_taken_text", status=409)
    link = make_manage_url(mail.subscription.pk, reader.link_key)
    return render_message(request, "taken_back_title", "taken_back_text", link=link, link_words="confirmed_manage")


def _get_subscriber(mail: TransactionalMail | None) -> Subscriber | None:
    return mail.subscription.subscriber if mail and mail.subscription else None


def _download_data(subscriber: Subscriber) -> HttpResponse:
    response = JsonResponse(
        account.export_reader_data(subscriber), json_dumps_params={"ensure_ascii": False, "indent": 2}
    )
    response["Content-Disposition"] = 'attachment; filename="my-data.json"'
    return response
