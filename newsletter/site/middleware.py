"""Headers of every answer, and the page for the moments when the database does not take a change."""

import logging
from collections.abc import Callable

from django.core.exceptions import RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent
from django.db import DataError, InterfaceError, InternalError, OperationalError
from django.http import HttpRequest, HttpResponse, HttpResponseBase

from newsletter.site.rendering import message

logger = logging.getLogger(__name__)

# Styles and scripts come from our own files only: a text that slips through every other net still runs nothing.
POLICY = (
    "default-src 'none'; img-src 'self' data:; style-src 'self'; script-src 'self'; font-src 'self'; "
    "connect-src 'self'; frame-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)


class Headers:
    """Middleware: add the policy, and answer 503 where the database is away or read-only."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Add what is missing to the answer."""
        response = self.get_response(request)
        response.headers.setdefault("Content-Security-Policy", POLICY)
        response.headers.setdefault("Permissions-Policy", "camera=(), geolocation=(), microphone=()")
        if request.method == "HEAD" and isinstance(response, HttpResponse):
            response.content = b""  # scanners of mail ask so for every link, and gunicorn warns of each body
        return response

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """Say that nothing was changed, and never pretend that it was."""
        # A NUL, or a number that no column and no calendar takes: nothing that a page of ours sends.
        if isinstance(error, DataError | OverflowError):
            return message(request, "notfound_title", "notfound_text", status=400)
        if not isinstance(
            error, OperationalError | InterfaceError | InternalError
        ):  # the last is PostgreSQL's read-only
            return None
        logger.error("the database did not answer: %s", " ".join(str(error).split())[:200])
        response = message(request, "busy_title", "busy_text", status=503)
        response["Retry-After"] = "120"
        response["Cache-Control"] = "no-store"
        return response


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer 404 with a page like the others."""
    return message(request, "notfound_title", "notfound_text", status=404)


def refused(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer 400 to what no page of ours sends, or not so much of it."""
    if isinstance(exception, TooManyFieldsSent | TooManyFilesSent | RequestDataTooBig):
        return message(request, "toolong_title", "toolong_text", status=400)
    return message(request, "notfound_title", "notfound_text", status=400)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer 403: at the desk, a page that is another role's."""
    return message(request, "forbidden_title", "forbidden_text", status=403)


def old_form(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Answer 403 to a form without the mark of its own page: it lay open over a login, or comes from elsewhere."""
    return message(request, "oldform_title", "oldform_text", status=403)


def failed(request: HttpRequest) -> HttpResponse:
    """Answer 500 with a page like the others; it asks nothing of the database."""
    return message(request, "failed_title", "failed_text", status=500)
