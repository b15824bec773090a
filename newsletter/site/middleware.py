"""Headers of every answer, and the page for the moments when the database does not take a change."""

import logging
from collections.abc import Callable

from django.core.exceptions import RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent
from django.db import DataError, InterfaceError, InternalError, OperationalError
from django.http import HttpRequest, HttpResponse, HttpResponseBase

from newsletter.site.rendering import render_message

logger = logging.getLogger(__name__)

# Styles and scripts come from our own files only: a text that slips through every other net still runs nothing.
CONTENT_SECURITY_POLICY = (
    "default-src 'none'; img-src 'self' data:; style-src 'self'; script-src 'self'; font-src 'self'; "
    "connect-src 'self'; frame-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)


class SecurityHeaders:
    """Middleware: add the policy, and answer 503 where the database is away or read-only."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Add what is missing to the answer."""
        response = self.get_response(request)
        response.headers.setdefault("Content-Security-Policy", CONTENT_SECURITY_POLICY)
        response.headers.setdefault("Permissions-Policy", "camera=(), geolocation=(), microphone=()")
        if request.method == "HEAD" and isinstance(response, HttpResponse):
            response.content = b""  # scanners of mail ask so for every link, and gunicorn warns of each body
        return response

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """Say that nothing was changed, and never pretend that it was."""
        # A NUL, or a number that no column and no calendar takes: nothing that a page of ours sends.
        if isinstance(error, DataError | OverflowError):
            return render_message(request, "notfound_title", "notfound_text", status=400)
        if not isinstance(
            error, OperationalError | InterfaceError | InternalError
        ):  # the last is PostgreSQL's read-only
            return None
        logger.error("the database did not answer: %s", " ".join(str(error).split())[:200])
        response = render_message(request, "busy_title", "busy_text", status=503)
        response["Retry-After"] = "120"
        response["Cache-Control"] = "no-store"
        return response


def show_not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer 404 with a page like the others."""
    return render_message(request, "notfound_title", "notfound_text", status=404)


def show_bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer 400 to what no page of ours sends, or not so much of it."""
    if isinstance(exception, TooManyFieldsSent | TooManyFilesSent | RequestDataTooBig):
        return render_message(request, "toolong_title", "toolong_text", status=400)
    return render_message(request, "notfound_title", "notfound_text", status=400)


def show_forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer 403: at the desk, a page that is another role's."""
    return render_message(request, "forbidden_title", "forbidden_text", status=403)


def show_csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Answer 403 to a form without the mark of its own page: it lay open over a login, or comes from elsewhere."""
    return render_message(request, "oldform_title", "oldform_text", status=403)


def show_server_error(request: HttpRequest) -> HttpResponse:
    """Answer 500 with a page like the others; it asks nothing of the database."""
    return render_message(request, "failed_title", "failed_text", status=500)
