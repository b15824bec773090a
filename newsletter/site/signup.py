"""The pages of signing up, confirming and opting out. The answer is the same for a known and an unknown address."""

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
from newsletter.subscribers import antispam, consent, opt_out
from newsletter.subscribers.links import make_manage_url

logger = logging.getLogger(__name__)

_FIELDS = {Reply.ERROR_CATEGORY: "category"} | dict.fromkeys(
    (Reply.ERROR_EMAIL, Reply.ERROR_UNUSABLE, Reply.ERROR_MEANT, Reply.ERROR_HOST, Reply.ERROR_DISPOSABLE), "email"
)

# No CSRF token: none of these views relies on a cookie, so a forged request could borrow nothing.


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
@keep_private
def subscribe(request: HttpRequest) -> HttpResponse:
    """Take a sign-up from our own form, or from one on another site."""
    if request.method != "POST":
        return redirect("home")
    form = SignupForm(request.POST)
    if form.is_trap():
        return _show_mail_sent(request, str(form.data.get("email", ""))[:254])
    problems = form.list_problems()
    if problems and form.chosen is None:
        return render_message(request, Reply.ERROR_TITLE, problems[0][0], status=404)
    if problems and form.chosen:
        context = pages.build_publication_context(request, form.chosen, form)
        context |= {
            "problems": _problems_by_field(problems),
            "doubted": _doubted_address(form),
            "stamp": _passed_stamp(form),
        }
        context |= {f"wrong_{one['field']}": True for one in context["problems"] if one["field"]}
        context |= {"answer": form.data.get("altcha", "") if form.get_puzzle_key() else ""}
        return render_page(request, "publication", context, status=400)
    if until := accept_sign_up(request, form):
        return _show_try_later(request, until)
    return _show_mail_sent(request, form.cleaned_data["email"])


def accept_sign_up(request: HttpRequest, form: SignupForm) -> dt.datetime | None:
    """Record a valid sign-up; where the network has reached its limit, return the moment at which it ends."""
    ip = antispam.get_client_network(request)
    if until := antispam.get_network_limit_end(ip):
        return until
    try:
        with transaction.atomic():
            consent.record_sign_up(
                email=form.cleaned_data["email"],
                publication=form.cleaned_data["publication"],
                categories=[category.slug for category in form.cleaned_data["category"]],
                language=get_language_of(request),
                time_zone=form.get_time_zone(),
                ip=ip,
                puzzle=form.get_puzzle_key(),
            )
    except IntegrityError:  # the same request was sent twice at once, and the other one has used up the puzzle
        logger.info("a puzzle was spent twice at once")
    wake_worker.send_mails_soon()
    return None


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
    return render_page(request, "confirmed", _confirmed_context(subscription.publication) | {"manage": manage})


def _show_already_confirmed(request: HttpRequest, token: str) -> HttpResponse:
    """Answer a second click on a confirmation link: it must not look as if the first had failed.

    Only the first click shows the link to the preferences: a forwarded mail must not lead there for years.
    """
    subscription = consent.find_confirmed_subscription(token)
    if subscription is None:
        return render_stale_link(request)
    activate_language(request, subscription.subscriber)
    return render_page(request, "confirmed", _confirmed_context(subscription.publication) | {"again": True})


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


def _show_mail_sent(request: HttpRequest, email: str) -> HttpResponse:
    return render_page(request, "sent", {"email": email})


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


def _confirmed_context(publication: Publication) -> dict[str, object]:
    return {"publication": publication, "newest": queries.list_public_digests(publication).first()}
