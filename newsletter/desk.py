"""Django's admin as the desk: who has a second factor gets in after both doors, and is led from one to the other."""

from typing import Any
from urllib.parse import urlencode

from django.contrib.admin import AdminSite
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from newsletter import second


class Desk(AdminSite):
    """The admin's pages, all behind this one question."""

    def has_permission(self, request: HttpRequest) -> bool:
        """Say whether somebody may be here at all."""
        return super().has_permission(request) and second.is_passed(request.user)

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Lead who came through the first door to the second."""
        if request.method == "GET" and super().has_permission(request) and not self.has_permission(request):
            then = urlencode({REDIRECT_FIELD_NAME: request.GET.get(REDIRECT_FIELD_NAME, "")})
            return HttpResponseRedirect(f"{reverse('second_check')}?{then}")
        return super().login(request, extra_context)
