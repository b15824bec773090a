"""The desk as Django's admin site: two-factor login, and a guard against impossible years in addresses."""

from functools import wraps
from typing import Any
from urllib.parse import urlencode

from django.contrib.admin import AdminSite
from django.contrib.admin.models import LogEntry
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.core.exceptions import SuspiciousOperation
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _

from newsletter.staff import login_throttle, two_factor

# Years that the address of a list by dates may name: databases and time zones fail on those beyond their own limits.
_FIRST_YEAR, _LAST_YEAR = 1900, 2999


class DeskAdminSite(AdminSite):
    """The admin site of the desk; every page is behind has_permission."""

    def has_permission(self, request: HttpRequest) -> bool:
        """Say whether a person works at the desk and has completed the login."""
        return super().has_permission(request) and two_factor.is_login_complete(request.user)

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Log a person in by password, and redirect to the page of the second factor where it is still missing."""
        if request.method == "GET" and super().has_permission(request) and not self.has_permission(request):
            then = urlencode({REDIRECT_FIELD_NAME: request.GET.get(REDIRECT_FIELD_NAME, "")})
            return HttpResponseRedirect(f"{reverse('second_check')}?{then}")
        response = super().login(request, extra_context)
        if request.method == "POST" and request.user.is_authenticated:
            login_throttle.remember_device(request, response, login_throttle.hash_name(request.user.get_username()))
        return response

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> list[Any]:
        """Return the tables by app; Django's log has the name that the desk gives it."""
        found = super().get_app_list(request, app_label)
        for table in (table for app in found for table in app["models"] if table["model"] is LogEntry):
            table["name"] = _("Activity log")
        return found

    def admin_view(self, view: Any, cacheable: bool = False) -> Any:
        """Answer 400 to an impossible year in the address of a list, before it reaches the database."""
        inner = super().admin_view(view, cacheable)

        @wraps(inner)
        def guarded(request: HttpRequest, *given: Any, **values: Any) -> Any:
            years = [str(value) for name, value in request.GET.items() if name.endswith("__year")]
            if not all(year.isdecimal() and _FIRST_YEAR <= int(year[:9]) <= _LAST_YEAR for year in years):
                raise SuspiciousOperation("There is no such year")
            return inner(request, *given, **values)

        return guarded
