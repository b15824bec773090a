"""Serves the webhooks of ESPs: takes events of the configured provider, and refuses everything else in one line.

A provider is configured where EMAIL_BACKEND is its own, or where one of its settings is set (ANYMAIL_MAILGUN_API_KEY):
a site that sends by SMTP may get its bounces that way. Not here: acting on an event (events).
"""

import logging
from collections.abc import Callable
from typing import Any

from anymail.urls import urlpatterns as offered
from django.conf import settings
from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.db import DatabaseError, transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBadRequest
from django.urls import URLPattern
from django.views.decorators.csrf import csrf_exempt

from digests.models.row_failures import describe_error

logger = logging.getLogger(__name__)

_View = Callable[..., HttpResponse]


def is_configured(provider: str) -> bool:
    """Say whether events of a provider are expected; `provider` is anymail's name for it, such as `amazon_ses`."""
    backend = settings.EMAIL_BACKEND.removeprefix("anymail.backends.").partition(".")[0]
    own = f"{provider.upper()}_"
    return backend == provider or any(name.startswith(own) for name in settings.ANYMAIL)


def build_event_patterns() -> list[URLPattern]:
    """Return the URL patterns of anymail's tracking webhooks; its inbound webhooks are not offered."""
    return [
        URLPattern(one.pattern, _guard_view(one.name, one.callback), one.default_args, one.name)
        for one in offered
        if one.name and not one.name.endswith("_inbound_webhook")
    ]


def _guard_view(name: str, view: _View) -> _View:
    provider = name.removesuffix("_webhook").removesuffix("_tracking")

    @csrf_exempt
    def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not is_configured(provider):
            raise Http404
        try:
            # A request may bring a thousand events: all of them are saved, or none and the provider sends it again.
            with transaction.atomic():
                return view(request, *args, **kwargs)
        except (SuspiciousOperation, PermissionDenied, Http404, DatabaseError):
            raise  # answered as everywhere: 400, 403, 404, 503
        except Exception as error:
            logger.warning("webhook=%s got no event: %s", provider, describe_error(error))
            return HttpResponseBadRequest("This is no event.")

    return answer
