"""The pages of two-factor login: the code after the password; set-up, backup codes, switching it off."""

import base64
import math
from collections.abc import Callable
from typing import Any

import segno
from django.conf import settings
from django.contrib import admin, messages
from django.contrib.auth import REDIRECT_FIELD_NAME, logout
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods
from django_otp import login as pass_second

from newsletter.admin import audit
from newsletter.staff import two_factor

_Page = Callable[[HttpRequest], HttpResponse]


def _require_staff(page: _Page) -> _Page:
    """Decorate a page so that it redirects to the login unless a member of staff has given the password."""

    def guarded(request: HttpRequest) -> HttpResponse:
        if not (request.user.is_active and request.user.is_staff):
            return HttpResponseRedirect(reverse("admin:login"))
        return page(request)

    return never_cache(require_http_methods(["GET", "POST"])(guarded))


@_require_staff
def check_code(request: HttpRequest) -> HttpResponse:
    """Ask for the code after the password; then redirect to the page that was wanted."""
    if request.POST.get("do") == "logout":
        logout(request)
        return HttpResponseRedirect(reverse("admin:login"))
    if two_factor.is_login_complete(request.user):
        return HttpResponseRedirect(_next_url(request))
    if not two_factor.has_two_factor(request.user):  # REQUIRE_TWO_FACTOR: it has to be set up first
        return HttpResponseRedirect(reverse("second"))
    problem = ""
    if request.method == "POST":
        device, problem = _verify_posted_code(request)
        if device:
            _log_in(request, device)
            return HttpResponseRedirect(_next_url(request))
    return _render(
        request, "check", title=_("Two-factor authentication"), problem=problem, then=_next_parameter(request)
    )


@_require_staff
def show_two_factor(request: HttpRequest) -> HttpResponse:
    """Show a person's own second factor; on POST set it up, renew the codes or switch it off."""
    if two_factor.has_two_factor(request.user) and not two_factor.is_login_complete(request.user):
        return HttpResponseRedirect(reverse("second_check"))
    do = _ORDERS.get(request.POST.get("do", ""))
    return _show_own_page(request, **(do(request) if do else {}))


def _start_setup(request: HttpRequest) -> dict[str, Any]:
    return {"device": two_factor.create_pending_device(request.user)}


def _confirm_device(request: HttpRequest) -> dict[str, Any]:
    """Switch the second factor on by its first code; show the backup codes."""
    try:
        device, problem = two_factor.confirm_device(request.user, request.POST.get("code", "")), _wrong_code_text()
    except two_factor.TooManyCodesError as error:
        device, problem = None, _format_wait(error.seconds)
    if device is None:
        waits = two_factor.get_pending_device(request.user)
        return {"device": waits, "problem": problem if waits else _("Start again.")}
    _log_in(request, device)
    audit.log_action(request, _current_user(request), _("Two-factor authentication turned on."))
    return {"codes": two_factor.create_backup_codes(request.user)}


def _renew_backup_codes(request: HttpRequest) -> dict[str, Any]:
    if not two_factor.has_two_factor(request.user):
        return {}
    audit.log_action(request, _current_user(request), _("New backup codes created."))
    return {"codes": two_factor.create_backup_codes(request.user)}


def _switch_off(request: HttpRequest) -> dict[str, Any]:
    """Switch the second factor off by a code: an unlocked screen alone must not be enough."""
    if settings.REQUIRE_TWO_FACTOR or not two_factor.has_two_factor(request.user):
        return {}
    device, problem = _verify_posted_code(request)
    if device:
        two_factor.reset_two_factor(request.user)
        audit.log_action(request, _current_user(request), _("Two-factor authentication turned off."))
        messages.success(request, _("Two-factor authentication is off."))
    return {"problem": problem}


_ORDERS: dict[str, Callable[[HttpRequest], dict[str, Any]]] = {
    "begin": _start_setup,
    "confirm": _confirm_device,
    "codes": _renew_backup_codes,
    "off": _switch_off,
}


def _verify_posted_code(request: HttpRequest) -> tuple[Any, str]:
    """Return the device of the posted code and no message, or None and what is wrong."""
    try:
        device = two_factor.verify_code(request.user, request.POST.get("code", ""))
    except two_factor.TooManyCodesError as error:
        return None, _format_wait(error.seconds)
    return device, "" if device else _wrong_code_text()


def _format_wait(seconds: int) -> str:
    """Return the sentence that says how long to wait: in seconds up to a minute, then in minutes, rounded up."""
    if seconds <= 60:
        words = ngettext(
            "This was too soon after a wrong code. Try again in %(n)d second.",
            "This was too soon after a wrong code. Try again in %(n)d seconds.",
            seconds,
        )
        return words % {"n": seconds}
    minutes = math.ceil(seconds / 60)
    words = ngettext(
        "Too many wrong codes. Try again in %(n)d minute.",
        "Too many wrong codes. Try again in %(n)d minutes.",
        minutes,
    )
    return words % {"n": minutes}


def _wrong_code_text() -> str:
    return _("That code is wrong or was already used. Enter the next one. If it still fails, check your phone’s clock.")


def _log_in(request: HttpRequest, device: Any) -> None:
    pass_second(request, device)
    request.session.cycle_key()  # a session key that leaked before this step must not work after it


def _current_user(request: HttpRequest) -> User:
    return User.objects.get(username=request.user.get_username())


def _next_parameter(request: HttpRequest) -> str:
    return request.POST.get(REDIRECT_FIELD_NAME, "") or request.GET.get(REDIRECT_FIELD_NAME, "")


def _next_url(request: HttpRequest) -> str:
    """Return the page that was wanted before the login, if it is one of ours, else the dashboard."""
    wanted = _next_parameter(request)
    ours = url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure())
    return wanted if ours else reverse("admin:index")


def _show_own_page(request: HttpRequest, device: Any = None, **context: Any) -> HttpResponse:
    """Render a person's own page; the QR code is drawn here, so that its secret goes to no other service."""
    key = base64.b32encode(device.bin_key).decode().rstrip("=") if device else ""
    drawn = segno.make(device.config_url, error="m").svg_inline(scale=5, light="#fff") if device else ""
    return _render(
        request,
        "own",
        title=_("Two-factor authentication"),
        qr=mark_safe(drawn),  # noqa: S308 - of our own making
        key=" ".join(key[at : at + 4] for at in range(0, len(key), 4)),
        on=two_factor.has_two_factor(request.user),
        left=two_factor.count_backup_codes(request.user),
        required=settings.REQUIRE_TWO_FACTOR,
        **context,
    )


def _render(request: HttpRequest, name: str, **context: Any) -> HttpResponse:
    response = TemplateResponse(
        request, f"admin/newsletter/second_{name}.html", {**admin.site.each_context(request), **context}
    )
    response["Cache-Control"] = "no-store"
    return response
