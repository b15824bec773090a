"""The pages of signing up, confirming and opting out. The answer is the same for a known and an unknown address.

The page after a sign-up sends it once more, or to a corrected address: its form is a sign-up again, under all guards, with a
token of the first one (sign_up_corrections).
"""

import datetime as dt
import logging
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST

from digests.models import Publication
from newsletter.archive import queries
from newsletter.delivery import send_times
from newsletter.emails.message import get_sender_address
from newsletter.models import SignupRequest, Subscription
from newsletter.models.columns import clean_zone_name
from newsletter.site import pages, wake_worker
from newsletter.site.forms import SignupForm
from newsletter.site.rendering import (
    STAMP_PLACEHOLDER,
    activate_language,
    get_language_of,
    keep_private,
    render_message,
    render_page,
    render_stale_link,
    save_language_cookie,
)
from newsletter.site.replies import Reply
from newsletter.staff import language
from newsletter.subscribers import antispam, consent, inboxes, opt_out, sign_up_corrections
from newsletter.subscribers.addresses import filter_by_address, fold_address
from newsletter.subscribers.links import make_manage_url

logger = logging.getLogger(__name__)

_FIELDS = {Reply.ERROR_CATEGORY: "category"} | dict.fromkeys(
    (
        *(Reply.ERROR_EMAIL, Reply.ERROR_UNUSABLE, Reply.ERROR_MEANT, Reply.ERROR_HOST, Reply.ERROR_DISPOSABLE),
        *(Reply.ERROR_MEANT_AGAIN, Reply.ERROR_WAIT),
    ),
    "email",
)

# No CSRF token: none of these views relies on a cookie, so a forged request could borrow nothing.


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
@keep_private
def subscribe(request: HttpRequest) -> HttpResponse:
    """Take a sign-up from our own form, from one on another site, or once more from the page after it."""
    if request.method != "POST":
        return redirect("home")
    form = SignupForm(request.POST)
    if form.is_trap():
        return _show_mail_sent(request, form, None)
    earlier = sign_up_corrections.find_sign_up(form.data.get("again", ""))
    problems = form.list_problems()
    is_same = bool(earlier and not problems and _has_address_of(form, earlier))
    if is_same and _count_seconds_to_wait(form):
        problems = [(Reply.ERROR_WAIT, {})]
    if problems:
        return _show_problems(request, form, problems, earlier)
    row, until = accept_sign_up(request, form, replaces=None if is_same else earlier)
    if until:
        return _show_try_later(request, until)
    # A second mail to the same address leaves the page with the first sign-up, which began the subscription.
    return _show_mail_sent(request, form, earlier if is_same else row, done=Reply.SENT_AGAIN if earlier else None)


def accept_sign_up(
    request: HttpRequest, form: SignupForm, *, replaces: SignupRequest | None = None
) -> tuple[SignupRequest | None, dt.datetime | None]:
    """Record a valid sign-up and return its row; where the network has reached its limit, the moment at which it ends."""
    ip, puzzle = antispam.get_client_network(request), form.get_puzzle_key()
    if until := antispam.get_network_limit_end(ip):
        return None, until
    try:
        with transaction.atomic():
            row: SignupRequest | None = consent.record_sign_up(
                email=form.cleaned_data["email"],
                publication=form.cleaned_data["publication"],
                categories=[category.slug for category in form.cleaned_data["category"]],
                language=get_language_of(request),
                time_zone=form.get_time_zone(),
                ip=ip,
                puzzle=puzzle,
                replaces=replaces,
            )
    except IntegrityError:  # the same request was sent twice at once, and the other one has used up the puzzle
        logger.info("a puzzle was spent twice at once")
        row = filter_by_address(SignupRequest.objects.filter(puzzle=puzzle), form.cleaned_data["email"]).first()
    wake_worker.send_mails_soon()
    return row, None


def _show_problems(
    request: HttpRequest, form: SignupForm, problems: list[tuple[Reply, dict[str, Any]]], earlier: SignupRequest | None
) -> HttpResponse:
    """Show what prevents a sign-up: a wrong address on the page that it was corrected on, all else on the publication's."""
    if form.chosen is None:
        return render_message(request, Reply.ERROR_TITLE, problems[0][0], status=404)
    shown = _problems_by_field(problems)
    context: dict[str, Any] = {f"wrong_{one['field']}": True for one in shown if one["field"]}
    context |= {"problems": shown, "doubted": _doubted_address(form), "stamp": _passed_stamp(form)}
    context |= {"answer": form.data.get("altcha", "") if form.get_puzzle_key() else ""}
    context |= {"again": form.data.get("again", "") if earlier else ""}
    if earlier and all(one["field"] == "email" for one in shown):
        for one in shown:
            if one["key"] == Reply.ERROR_MEANT:
                one["key"] = Reply.ERROR_MEANT_AGAIN
        return _show_mail_sent(request, form, earlier, status=400, **context)
    return render_page(
        request, "publication", pages.build_publication_context(request, form.chosen, form) | context, 400
    )


def _show_try_later(request: HttpRequest, until: dt.datetime) -> HttpResponse:
    minutes = antispam.count_minutes_until(until)
    response = render_message(request, Reply.FLOODED_TITLE, Reply.FLOODED_TEXT, status=429, values={"minutes": minutes})
    response["Retry-After"] = str(minutes * 60)
    return response


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
@keep_private
def confirm_subscription(request: HttpRequest, token: str) -> HttpResponse:
    """Show the requested subscription and a button; the button confirms it."""
    subscription = consent.find_pending_subscription(token)
    if subscription is None:
        return _show_already_confirmed(request, token)
    activate_language(request, subscription.subscriber)
    if request.method != "POST":
        return render_page(
            request, "confirm", {"subscription": subscription, "categories": subscription.categories.all()}
        )
    if not consent.confirm_subscription(subscription, ip=antispam.get_client_network(request)):
        return _show_already_confirmed(request, token)
    wake_worker.send_mails_soon()  # the welcome
    manage = make_manage_url(subscription.pk, subscription.subscriber.link_key)
    return render_page(request, "confirmed", _confirmed_context(subscription) | {"manage": manage})


def _show_already_confirmed(request: HttpRequest, token: str) -> HttpResponse:
    """Answer a second click on a confirmation link: it must not look as if the first had failed.

    Only the first click shows the link to the preferences: a forwarded mail must not lead there for years.
    """
    subscription = consent.find_confirmed_subscription(token)
    if subscription is None:
        return render_stale_link(request)
    activate_language(request, subscription.subscriber)
    return render_page(request, "confirmed", _confirmed_context(subscription) | {"again": True})


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
@keep_private
def opt_out_address(request: HttpRequest, token: str) -> HttpResponse:
    """Show the page on which an address opts out of all mail for good; one button does so, another withdraws it."""
    subscription = opt_out.find_opt_out_subscription(token)
    if subscription is None:
        return render_stale_link(request)
    reader = subscription.subscriber
    activate_language(request, reader)
    if request.method == "POST" and request.POST.get("do") == "undo":
        consent.withdraw_opt_out(reader.email)
    elif request.method == "POST":
        opt_out.record_opt_out(subscription)
    state = {
        "email": reader.email,
        "refused": opt_out.is_address_suppressed(subscription),
        "undone": request.POST.get("do") == "undo",
    }
    reads = reader.subscriptions.filter(state=consent.ACTIVE).exists()
    return render_page(request, "never", state | {"reads": reads, "days": 2 * consent.CONFIRM_LINK_LIFETIME.days})


@csrf_exempt
@require_POST
def set_language(request: HttpRequest) -> HttpResponse:
    """Set the language of this browser, and of a person at the desk; redirect to the page before."""
    back = request.POST.get("next", "/")
    safe = back.startswith("/") and url_has_allowed_host_and_scheme(back, allowed_hosts=None)
    response = redirect(back if safe else "/")
    wanted = request.POST.get("language")
    if wanted in dict(settings.LANGUAGES):
        save_language_cookie(response, wanted)
        if request.user.is_authenticated:  # somebody at the desk
            language.save_language(request.user, wanted)
    response.status_code = 303
    return response


def _show_mail_sent(
    request: HttpRequest, form: SignupForm, row: SignupRequest | None, *, status: int = 200, **context: Any
) -> HttpResponse:
    """Say that a mail was sent to the address of `row`, with the form that sends it once more or to a corrected one.

    It is made of what the browser sent and of the publication alone, never of what is known about an address.
    """
    typed = str(form.data.get("email", ""))[:254]
    email = row.email if row else typed
    zone = clean_zone_name(form.data.get("time_zone", ""))
    shown = {
        "publication": form.chosen,
        "categories": request.POST.getlist("category"),
        "email": email,
        "typed": typed if context.get("problems") else email,
        "reader_zone": zone,
        "next_issue": _find_next_issue(form.chosen, zone) if form.chosen else None,
        "inbox": inboxes.find_inbox(email, get_sender_address()),
        "again": sign_up_corrections.make_sign_up_token(row),
        "wait_seconds": _count_seconds_to_wait(form) if context.get("problems") else antispam.MIN_RESEND_SECONDS,
        **pages.build_puzzle_context(),
    }
    return render_page(request, "sent", shown | context, status=status)


def _count_seconds_to_wait(form: SignupForm) -> int:
    """Return in how many seconds the page that a form stands on may send to the same address again; 0 where it may now."""
    age = antispam.compute_stamp_age(form.data.get("stamp", "")) or 0
    return max(0, round(antispam.MIN_RESEND_SECONDS - age))


def _has_address_of(form: SignupForm, earlier: SignupRequest) -> bool:
    return fold_address(form.cleaned_data["email"]) == fold_address(earlier.email)


def _find_next_issue(publication: Publication, time_zone: str, **options: Any) -> dt.datetime | None:
    return send_times.find_next_issue_times([publication], time_zone=time_zone, **options).get(publication.pk)


def _problems_by_field(problems: list[tuple[Reply, dict[str, Any]]]) -> list[dict[str, Any]]:
    """Return the problems, each with its field: the page shows it there, and links to it from the top."""
    return [{"key": key, "values": values, "field": _FIELDS.get(key, "")} for key, values in problems]


def _doubted_address(form: SignupForm) -> str:
    """Return the address that the page questions, so that it does so only once."""
    return str(form.cleaned_data.get("email", ""))


def _passed_stamp(form: SignupForm) -> str:
    """Return the stamp of the form where it is old enough already: correcting a typing error takes less than its time."""
    given = str(form.data.get("stamp", ""))
    return given if antispam.is_human_stamp(given) else STAMP_PLACEHOLDER


def _confirmed_context(subscription: Subscription) -> dict[str, object]:
    publication, reader = subscription.publication, subscription.subscriber
    return {
        "publication": publication,
        "newest": queries.list_public_digests(publication).first(),
        "next_issue": _find_next_issue(publication, reader.time_zone, subscriber=reader),
        "reader_zone": reader.time_zone,
        "sender": get_sender_address(),
    }
