"""Django's admin as the desk: who has a second factor gets in after both doors, and is led from one to the other."""

from functools import wraps
from typing import Any
from urllib.parse import urlencode

from django.contrib.admin import AdminSite
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.core.exceptions import SuspiciousOperation
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from newsletter.staff import login_throttle, two_factor

_FIRST_YEAR, _LAST_YEAR = 1900, 2999  # of a list by dates: databases and time zones fail beyond their own ends


class DeskAdminSite(AdminSite):
    """The admin's pages, all behind this one question."""

    def has_permission(self, request: HttpRequest) -> bool:
        """Say whether somebody may be here at all."""
        return super().has_permission(request) and two_factor.is_login_complete(request.user)

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Lead who came through the first door to the second."""
        if request.method == "GET" and super().has_permission(request) and not self.has_permission(request):
            then = urlencode({REDIRECT_FIELD_NAME: request.GET.get(REDIRECT_FIELD_NAME, "")})
            return HttpResponseRedirect(f"{reverse('second_check')}?{then}")
        response = super().login(request, extra_context)
        if request.method == "POST" and request.user.is_authenticated:
            login_throttle.remember_device(request, response, login_throttle.hash_name(request.user.get_username()))
        return response

    def admin_view(self, view: Any, cacheable: bool = False) -> Any:
        """Refuse years that nothing was ever written in, before a database is asked for them."""
        inner = super().admin_view(view, cacheable)

        @wraps(inner)
        def asked(request: HttpRequest, *given: Any, **values: Any) -> Any:
            years = [str(value) for name, value in request.GET.items() if name.endswith("__year")]
            if not all(year.isdecimal() and _FIRST_YEAR <= int(year[:9]) <= _LAST_YEAR for year in years):
                raise SuspiciousOperation("There is no such year")
            return inner(request, *given, **values)

        return asked
