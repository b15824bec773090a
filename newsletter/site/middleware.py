"""Security headers of every response, its language, and the error pages: 400, 403, 404, 500, and 503 without a database."""

import logging
from collections.abc import Callable

from django.conf import settings
from django.core.exceptions import RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent
from django.db import DataError, InterfaceError, InternalError, OperationalError
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.middleware.locale import LocaleMiddleware
from django.urls import reverse
from django.utils import translation

from newsletter.site.rendering import render_message
from newsletter.site.replies import Reply

logger = logging.getLogger(__name__)

# Styles and scripts come from our own files only: markup that slips through every other check still runs nothing.
CONTENT_SECURITY_POLICY = (
    "default-src 'none'; img-src 'self' data:; style-src 'self'; script-src 'self'; font-src 'self'; "
    "connect-src 'self'; manifest-src 'self'; frame-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)


class SecurityHeaders:
    """Middleware that adds the security headers, and answers 503 where the database is away or read-only."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Add the headers that the response does not have yet."""
        response = self.get_response(request)
        response.headers.setdefault("Content-Security-Policy", CONTENT_SECURITY_POLICY)
        response.headers.setdefault("Permissions-Policy", "camera=(), geolocation=(), microphone=()")
        if request.method == "HEAD" and isinstance(response, HttpResponse):
            response.content = b""  # mail scanners send HEAD for every link, and gunicorn warns of each body
        return response

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """Answer 400 to values that no column takes, and 503 where the database failed: nothing was changed."""
        # A NUL, or a number outside of every column and calendar: none of our pages sends it.
        if isinstance(error, DataError | OverflowError):
            return render_message(request, Reply.NOT_FOUND_TITLE, Reply.NOT_FOUND_TEXT, status=400)
        # InternalError is PostgreSQL's error of a read-only database.
        if not isinstance(error, OperationalError | InterfaceError | InternalError):
            return None
        logger.error("the database did not answer: %s", " ".join(str(error).split())[:200])
        response = render_message(request, Reply.BUSY_TITLE, Reply.BUSY_TEXT, status=503)
        response["Retry-After"] = "120"
        response["Cache-Control"] = "no-store"
        return response


class LanguageMiddleware(LocaleMiddleware):
    """Chooses the language of a page: that of the cookie, else of the browser, else DEFAULT_LANGUAGE; of the desk's, one of its own."""

    def process_request(self, request: HttpRequest) -> None:
        """Activate the language."""
        # Django would fall back to LANGUAGE_CODE, the language of the code: ours is the last wish of every browser instead.
        wanted = request.headers.get("Accept-Language", "")
        request.META["HTTP_ACCEPT_LANGUAGE"] = f"{wanted}, {settings.DEFAULT_LANGUAGE};q=0.001".lstrip(", ")
        super().process_request(request)
        desk = dict(settings.DESK_LANGUAGES)
        if translation.get_language() not in desk and request.path_info.startswith(reverse("admin:index")):
            translation.activate(settings.DEFAULT_LANGUAGE if settings.DEFAULT_LANGUAGE in desk else "en")
            request.LANGUAGE_CODE = translation.get_language()


def show_not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer 404 with a page of the site."""
    return render_message(request, Reply.NOT_FOUND_TITLE, Reply.NOT_FOUND_TEXT, status=404)


def show_bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer 400 to a request that none of our pages sends, or one that is too large."""
    if isinstance(exception, TooManyFieldsSent | TooManyFilesSent | RequestDataTooBig):
        return render_message(request, Reply.TOO_LONG_TITLE, Reply.TOO_LONG_TEXT, status=400)
    return render_message(request, Reply.NOT_FOUND_TITLE, Reply.NOT_FOUND_TEXT, status=400)


def show_forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer 403: the page belongs to another role at the desk."""
    return render_message(request, Reply.FORBIDDEN_TITLE, Reply.FORBIDDEN_TEXT, status=403)


def show_csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Answer 403 to a form without a valid CSRF token: it was open during a login, or stands on another site."""
    return render_message(request, Reply.OLD_FORM_TITLE, Reply.OLD_FORM_TEXT, status=403)


def show_server_error(request: HttpRequest) -> HttpResponse:
    """Answer 500 with a page of the site that needs no query."""
    return render_message(request, Reply.FAILED_TITLE, Reply.FAILED_TEXT, status=500)
