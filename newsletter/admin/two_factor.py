"""The pages of the second factor: the code after the password; setting it up, its codes on paper, switching it off."""

import base64
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
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods
from django_otp import login as pass_second

from newsletter.admin import audit
from newsletter.staff import two_factor
from newsletter.subscribers import antispam

_Page = Callable[[HttpRequest], HttpResponse]


def _staff(page: _Page) -> _Page:
    """Let nobody in who did not come through the first door."""

    def guarded(request: HttpRequest) -> HttpResponse:
        if not (request.user.is_active and request.user.is_staff):
            return HttpResponseRedirect(reverse("admin:login"))
        return page(request)

    return never_cache(require_http_methods(["GET", "POST"])(guarded))


@_staff
def check(request: HttpRequest) -> HttpResponse:
    """Ask for the code of a person who gave the password."""
    if request.POST.get("do") == "logout":
        logout(request)
        return HttpResponseRedirect(reverse("admin:login"))
    if two_factor.is_passed(request.user):
        return HttpResponseRedirect(_then(request))
    if not two_factor.is_set_up(request.user):  # everybody has to have one
        return HttpResponseRedirect(reverse("second"))
    problem = ""
    if request.method == "POST":
        device, problem = _checked(request)
        if device:
            _let_in(request, device)
            return HttpResponseRedirect(_then(request))
    return _show(request, "check", title=_("Second factor"), problem=problem, then=_asked(request))


@_staff
def page(request: HttpRequest) -> HttpResponse:
    """Show a person's second factor, and change it."""
    if two_factor.is_set_up(request.user) and not two_factor.is_passed(request.user):
        return HttpResponseRedirect(reverse("second_check"))
    do = _ORDERS.get(request.POST.get("do", ""))
    return _own(request, **(do(request) if do else {}))


def _begin(request: HttpRequest) -> dict[str, Any]:
    return {"device": two_factor.begin(request.user)}


def _confirm(request: HttpRequest) -> dict[str, Any]:
    """Switch it on by the first code; show the codes for paper."""
    try:
        device = two_factor.confirm(request.user, request.POST.get("code", ""), antispam.network(request))
    except two_factor.ShutError:
        return {"problem": _shut()}
    if device is None:
        waits = two_factor.begun(request.user)
        return {"device": waits, "problem": _wrong() if waits else _("Begin once more.")}
    _let_in(request, device)
    audit.note(request, _me(request), _("Second factor switched on."))
    return {"codes": two_factor.new_codes(request.user)}


def _codes(request: HttpRequest) -> dict[str, Any]:
    if not two_factor.is_set_up(request.user):
        return {}
    audit.note(request, _me(request), _("New codes on paper."))
    return {"codes": two_factor.new_codes(request.user)}


def _off(request: HttpRequest) -> dict[str, Any]:
    """Switch it off, by a code: an open screen alone is not enough."""
    if settings.REQUIRE_TWO_FACTOR or not two_factor.is_set_up(request.user):
        return {}
    device, problem = _checked(request)
    if device:
        two_factor.reset(request.user)
        audit.note(request, _me(request), _("Second factor switched off."))
        messages.success(request, _("The second factor is off."))
    return {"problem": problem}


_ORDERS: dict[str, Callable[[HttpRequest], dict[str, Any]]] = {
    "begin": _begin,
    "confirm": _confirm,
    "codes": _codes,
    "off": _off,
}


def _checked(request: HttpRequest) -> tuple[Any, str]:
    """Return the device of the code that was sent, or what is wrong."""
    try:
        device = two_factor.check(request.user, request.POST.get("code", ""), antispam.network(request))
    except two_factor.ShutError:
        return None, _shut()
    return device, "" if device else _wrong()


def _shut() -> str:
    return _("Too many wrong codes. Try again in 15 minutes.")


def _wrong() -> str:
    return _("This code is not right, or it was used already. Wait for the next one and check your phone's clock.")


def _let_in(request: HttpRequest, device: Any) -> None:
    pass_second(request, device)
    request.session.cycle_key()  # what was known of the session before the second door is worthless


def _me(request: HttpRequest) -> User:
    return User.objects.get(username=request.user.get_username())


def _asked(request: HttpRequest) -> str:
    return request.POST.get(REDIRECT_FIELD_NAME, "") or request.GET.get(REDIRECT_FIELD_NAME, "")


def _then(request: HttpRequest) -> str:
    """Return the page that was asked for before the doors, if it is one of ours."""
    asked = _asked(request)
    ours = url_has_allowed_host_and_scheme(asked, {request.get_host()}, require_https=request.is_secure())
    return asked if ours else reverse("admin:index")


def _own(request: HttpRequest, device: Any = None, **context: Any) -> HttpResponse:
    """Return a person's own page; the QR code is drawn here, its secret goes nowhere else."""
    key = base64.b32encode(device.bin_key).decode().rstrip("=") if device else ""
    drawn = segno.make(device.config_url, error="m").svg_inline(scale=5, light="#fff") if device else ""
    return _show(
        request,
        "own",
        title=_("Second factor"),
        qr=mark_safe(drawn),  # noqa: S308 - of our own making
        key=" ".join(key[at : at + 4] for at in range(0, len(key), 4)),
        on=two_factor.is_set_up(request.user),
        left=two_factor.codes_left(request.user),
        required=settings.REQUIRE_TWO_FACTOR,
        **context,
    )


def _show(request: HttpRequest, name: str, **context: Any) -> HttpResponse:
    response = TemplateResponse(
        request, f"admin/newsletter/second_{name}.html", {**admin.site.each_context(request), **context}
    )
    response["Cache-Control"] = "no-store"
    return response
