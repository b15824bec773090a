"""Signing up and confirming. The answer is the same for every address, known or not."""

import logging

from django.conf import settings
from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST

from digests.models import Publication
from newsletter import guard, published, signup, tongue
from newsletter.phrases import LANGUAGES
from newsletter.site import pages, wake
from newsletter.site.forms import SignupForm
from newsletter.site.show import STAMP, language_of, message, personal, show, speak_to
from newsletter.tokens import manage_url

logger = logging.getLogger(__name__)

# No view here is protected by a cookie, so there is nothing that a forged request could borrow: no CSRF token either.


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
@personal
def subscribe(request: HttpRequest) -> HttpResponse:
    """Take a sign-up from our own form or from one that stands on another site."""
    if request.method != "POST":
        return redirect("home")
    form = SignupForm(request.POST)
    if form.is_trap():
        return _sent(request, str(form.data.get("email", ""))[:254])
    problems = form.problems()
    if problems and form.chosen is None:
        return message(request, "error_title", problems[0][0], status=404)
    if problems and form.chosen:
        context = pages.about(request, form.chosen, form)
        context |= {"problems": problems, "doubted": _doubted(form), "stamp": _stamp(form)}
        context |= {"answer": form.data.get("altcha", "") if form.spent() else ""}
        return show(request, "publication", context, status=400)
    if not accept(request, form):
        return message(request, "flooded_title", "flooded_text", status=429)
    return _sent(request, form.cleaned_data["email"])


def accept(request: HttpRequest, form: SignupForm) -> bool:
    """Write a sign-up without problems down; False where this network asks too often."""
    ip = guard.network(request)
    if guard.is_flooded(ip):
        return False
    email = form.cleaned_data["email"]
    try:
        with transaction.atomic():
            signup.ask(
                email=email,
                publication=form.cleaned_data["publication"],
                categories=[category.slug for category in form.cleaned_data["category"]],
                language=language_of(request),
                time_zone=form.zone(),
                ip=ip,
                quiet=guard.is_bothered(email),
                puzzle=form.spent(),
            )
    except IntegrityError:  # the very same request, sent twice at once: the other one was written down
        logger.info("a puzzle was spent twice at once")
    wake.send_notes_soon()
    return True


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
@personal
def confirm(request: HttpRequest, token: str) -> HttpResponse:
    """Show what was asked for and a button; the button starts the subscription."""
    subscription = signup.find_pending(token)
    if subscription is None:
        return _again(request, token)
    speak_to(request, subscription.subscriber)
    if request.method != "POST":
        return show(request, "confirm", {"subscription": subscription, "categories": subscription.categories.all()})
    if not signup.confirm(subscription, ip=guard.network(request)):
        return _again(request, token)
    wake.send_notes_soon()  # the welcome
    manage = manage_url(subscription.pk, subscription.subscriber.link_key)
    return show(request, "confirmed", _after(subscription.publication) | {"manage": manage})


def _again(request: HttpRequest, token: str) -> HttpResponse:
    """Answer a second click: it must not look as if the first had failed.

    The way to the preferences was shown once; a mail that is passed on must not lead there for years.
    """
    subscription = signup.find_confirmed(token)
    if subscription is None:
        return message(request, "stale_title", "stale_text", status=404)
    speak_to(request, subscription.subscriber)
    return show(request, "confirmed", _after(subscription.publication))


@csrf_exempt
@require_POST
def language(request: HttpRequest) -> HttpResponse:
    """Remember a language for this browser, and go back to the page."""
    back = request.POST.get("next", "/")
    safe = back.startswith("/") and url_has_allowed_host_and_scheme(back, allowed_hosts=None)
    response = redirect(back if safe else "/")
    wanted = request.POST.get("language")
    if wanted in LANGUAGES:
        response.set_cookie(
            settings.LANGUAGE_COOKIE_NAME,
            wanted,
            max_age=365 * 86_400,
            secure=settings.SESSION_COOKIE_SECURE,
            httponly=True,
            samesite="Lax",
        )
        if request.user.is_authenticated:  # somebody at the desk
            tongue.choose(request.user, wanted)
    response.status_code = 303
    return response


def _sent(request: HttpRequest, email: str) -> HttpResponse:
    return show(request, "sent", {"email": email})


def _doubted(form: SignupForm) -> str:
    """Return the address that the page hints at, so that the same one is not doubted twice."""
    return str(form.cleaned_data.get("email", ""))


def _stamp(form: SignupForm) -> str:
    """Return the stamp that proved a person already: correcting a typing error must not be too fast for anybody."""
    given = str(form.data.get("stamp", ""))
    return given if guard.is_human(given) else STAMP


def _after(publication: Publication) -> dict[str, object]:
    """Return what the page after confirming offers."""
    return {"publication": publication, "newest": published.public(publication).first()}
