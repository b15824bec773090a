"""Serves the webhooks of ESPs: takes events of the configured provider, and refuses everything else in one line.

A provider is configured where EMAIL_BACKEND is its own, or where one of its settings is set (ANYMAIL_MAILGUN_API_KEY):
a site that sends by SMTP may get its bounces that way. anymail's views are loaded with the first event. Not here: acting on
an event (events).
"""

import logging
from collections.abc import Callable
from functools import cache

from django.conf import settings
from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.db import DatabaseError, transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBadRequest
from django.views.decorators.csrf import csrf_exempt

from digests.models.row_failures import describe_error

logger = logging.getLogger(__name__)

_View = Callable[..., HttpResponse]


def is_configured(provider: str) -> bool:
    """Say whether events of a provider are expected; `provider` is anymail's name for it, such as `amazon_ses`."""
    backend = settings.EMAIL_BACKEND.removeprefix("anymail.backends.").partition(".")[0]
    own = f"{provider.upper()}_"
    return backend == provider or any(name.startswith(own) for name in settings.ANYMAIL)


@csrf_exempt
def receive_events(request: HttpRequest, provider: str) -> HttpResponse:
    """Answer a tracking webhook; `provider` is anymail's name for it. Its inbound webhooks are not offered."""
    view = _load_views().get(provider) if is_configured(provider) else None
    if view is None:
        raise Http404
    try:
        # A request may bring a thousand events: all of them are saved, or none and the provider sends it again.
        with transaction.atomic():
            return view(request)
    except (SuspiciousOperation, PermissionDenied, Http404, DatabaseError):
        raise  # answered as everywhere: 400, 403, 404, 503
    except Exception as error:
        logger.warning("webhook=%s got no event: %s", provider, describe_error(error))
        return HttpResponseBadRequest("This is no event.")


@cache
def _load_views() -> dict[str, _View]:
    """Return anymail's views of tracking webhooks, by provider."""
    from anymail.urls import urlpatterns  # noqa: PLC0415 - imports boto3 where it is installed: 10 MB

    names = {one.name: one.callback for one in urlpatterns if not one.name.endswith("_inbound_webhook")}
    return {name.removesuffix("_webhook").removesuffix("_tracking"): view for name, view in names.items()}
