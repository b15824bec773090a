"""The account pages, each behind a fresh link sent to the address itself, and the form that has a lost link sent again.

The owner's link: download or erase all data, change the address, revoke the links. The other two links: confirm a new
address from its own mailbox, and undo the change from the old one. Not here: what an email's own links may do
(preferences).
"""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext
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
from newsletter.site.replies import Reply
from newsletter.subscribers import account, antispam, consent
from newsletter.subscribers.links import make_manage_url

_allow_page_methods = require_http_methods(["GET", "HEAD", "POST"])


@csrf_exempt
@_allow_page_methods
@keep_private
def send_lost_link(request: HttpRequest) -> HttpResponse:
    """Have the link to the preferences sent to an address; the answer is the same for every address."""
    if request.method != "POST":
        return render_page(request, "lost")
    form = AddressForm(request.POST)
    if not form.is_valid():
        return render_page(
            request, "lost", {"problem": Reply.ERROR_EMAIL, "email": request.POST.get("email", "")[:254]}, status=400
        )
    email, ip = form.cleaned_data["email"], antispam.get_client_network(request)
    # A script fills in the hidden field; a network or a mailbox over its limit gets nothing. The page is the same.
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
            return render_message(request, Reply.ERASED_TITLE, Reply.ERASED_TEXT)
        case "revoke":
            consent.revoke_links(reader)
            link = make_manage_url(subscription.pk, reader.link_key)
            return render_message(
                request, Reply.REVOKED_TITLE, Reply.REVOKED_TEXT, link=link, link_words=gettext("Change categories")
            )
        case "address":
            outcome = _request_new_address(request, subscription)
        case "erase":
            outcome = {"unsure": True}
        case _:
            outcome = {}
    manage = make_manage_url(subscription.pk, reader.link_key)
    stays = erasure.is_suppression_kept(reader)
    known = {"subscriber": reader, "manage": manage, "stays": stays, "undo_days": account.LINK_LIFETIMES["undo"].days}
    return render_page(request, "owner", known | outcome)


def _request_new_address(request: HttpRequest, subscription: Subscription) -> dict[str, Any]:
    """Have a confirmation sent to the new address; return what the page shows, the same for an address that is taken."""
    form = AddressForm(request.POST)
    if problem := form.find_problem():
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
    """Show the new address and a button; the button puts the address in place."""

    def change(mail: TransactionalMail) -> bool:
        changed = account.change_address(mail)
        if changed:
            wake_worker.send_mails_soon()  # the notice to the old address
        return changed

    return _answer_address_link(
        request,
        "address",
        token,
        carry_out=change,
        page="address",
        done=(Reply.ADDRESS_DONE_TITLE, Reply.ADDRESS_DONE_TEXT),
    )


@csrf_exempt
@_allow_page_methods
@keep_private
def undo_address_change(request: HttpRequest, token: str) -> HttpResponse:
    """Show the old address and a button; the button puts it back in place."""
    undo = account.undo_address_change
    return _answer_address_link(
        request, "undo", token, carry_out=undo, page="take_back", done=(Reply.TAKEN_BACK_TITLE, Reply.TAKEN_BACK_TEXT)
    )


def _answer_address_link(
    request: HttpRequest,
    scope: account.AccountLinkScope,
    token: str,
    *,
    carry_out: Callable[[TransactionalMail], bool],
    page: str,
    done: tuple[Reply, Reply],
) -> HttpResponse:
    """Answer a link about an address: `page` with its button by GET; by POST carry out, and answer with `done`, or that it is taken."""
    mail = account.find_account_request(scope, token)
    if mail is None or mail.subscription is None:
        return render_stale_link(request)
    subscription, reader = mail.subscription, mail.subscription.subscriber
    activate_language(request, reader)
    if request.method != "POST":
        return render_page(request, page, {"email": mail.email})
    if not carry_out(mail):
        return render_message(request, Reply.ADDRESS_TAKEN_TITLE, Reply.ADDRESS_TAKEN_TEXT, status=409)
    link = make_manage_url(subscription.pk, reader.link_key)
    return render_message(request, *done, link=link, link_words=gettext("Change categories"))


def _download_data(subscriber: Subscriber) -> HttpResponse:
    response = JsonResponse(
        account.export_reader_data(subscriber), json_dumps_params={"ensure_ascii": False, "indent": 2}
    )
    response["Content-Disposition"] = 'attachment; filename="my-data.json"'
    return response
