"""Renders the readers' pages: the language, the names and the cache headers that they share.

The ETag of a public page is computed before the stamp of its form is put in, so that a browser that has the page only
asks whether it changed. A page behind a personal link is cached nowhere.
"""

import functools
import hashlib
from collections.abc import Callable
from typing import Any, Concatenate, ParamSpec

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils import translation
from django.utils.cache import get_conditional_response, patch_cache_control, patch_vary_headers

from newsletter.models import Subscriber
from newsletter.site.replies import Reply
from newsletter.subscribers import antispam

# Stands in a public page where each response gets a stamp of its own.
STAMP_PLACEHOLDER = "00000000000000000000000000000000"

_P = ParamSpec("_P")
_View = Callable[Concatenate[HttpRequest, _P], HttpResponse]
_Answer = Callable[Concatenate[HttpRequest, _P], HttpResponseBase]


def get_language_of(request: HttpRequest) -> str:
    """Return the language of the page: that of the cookie, else of the browser, else of the site."""
    code = translation.get_language() or settings.DEFAULT_LANGUAGE
    return code if code in dict(settings.LANGUAGES) else "en"


def list_languages() -> list[tuple[str, str]]:
    """Return the languages that a reader may choose, each with its own name for itself."""
    return [(code, translation.get_language_info(code)["name_local"]) for code, _name in settings.LANGUAGES]


def activate_language(request: HttpRequest, subscriber: Subscriber) -> None:
    """Switch to the reader's own language, unless the browser has the cookie of another choice."""
    if settings.LANGUAGE_COOKIE_NAME not in request.COOKIES and subscriber.language in dict(settings.LANGUAGES):
        translation.activate(subscriber.language)


def save_language_cookie(response: HttpResponse, language: str) -> None:
    """Set the cookie of the chosen language, for a year."""
    response.set_cookie(
        settings.LANGUAGE_COOKIE_NAME,
        language,
        max_age=365 * 86_400,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


def render_page(
    request: HttpRequest, template: str, context: dict[str, Any] | None = None, status: int = 200
) -> HttpResponse:
    """Render the template site/TEMPLATE.html with the values that all pages share."""
    language = get_language_of(request)
    shared = {
        "site_name": settings.SITE_NAME,
        "site_url": settings.SITE_URL,
        "language": language,
        "languages": list_languages(),
        "canonical": settings.SITE_URL + request.path,
        "stamp": STAMP_PLACEHOLDER,
    }
    response = render(request, f"site/{template}.html", shared | (context or {}), status=status)
    response["Content-Language"] = language
    return response


def render_message(
    request: HttpRequest, title: Reply, text: Reply, *, status: int = 200, **context: Any
) -> HttpResponse:
    """Render a page with one message."""
    return render_page(request, "message", {"title": title, "text": text, **context}, status=status)


def render_stale_link(request: HttpRequest) -> HttpResponse:
    """Answer 404 to a personal link that is used, revoked, expired or forged, with the form that sends a fresh one."""
    return render_page(request, "stale", status=404)


def get_page_number(request: HttpRequest) -> int:
    """Return the page number of the query string; 1 where it is missing or no number."""
    wanted = request.GET.get("page", "")
    return max(int(wanted), 1) if wanted.isdecimal() and len(wanted) < 6 else 1


def cache_publicly(max_age: int) -> Callable[[_View[_P]], _Answer[_P]]:
    """Decorate a view so that browsers and proxies may cache its page for `max_age` seconds, and revalidate it by ETag."""

    def decorate(view: _View[_P]) -> _Answer[_P]:
        @functools.wraps(view)
        def answer(request: HttpRequest, /, *args: _P.args, **kwargs: _P.kwargs) -> HttpResponseBase:
            response = view(request, *args, **kwargs)
            if response.status_code != 200:
                return response
            etag = f'W/"{hashlib.blake2b(response.content, digest_size=12).hexdigest()}"'
            response.content = response.content.replace(STAMP_PLACEHOLDER.encode(), antispam.make_form_stamp().encode())
            response["ETag"] = etag
            patch_cache_control(response, public=True, max_age=max_age)
            patch_vary_headers(response, ["Accept-Language", "Cookie"])
            return get_conditional_response(request, etag=etag, response=response) or response

        return answer

    return decorate


def keep_private(view: _View[_P]) -> _View[_P]:
    """Decorate a view behind a personal link: no cache, no search engine, no Referer."""

    @functools.wraps(view)
    def answer(request: HttpRequest, /, *args: _P.args, **kwargs: _P.kwargs) -> HttpResponse:
        response = view(request, *args, **kwargs)
        response["Cache-Control"] = "no-store"
        response["X-Robots-Tag"] = "noindex"
        response["Referrer-Policy"] = "no-referrer"
        response.content = response.content.replace(STAMP_PLACEHOLDER.encode(), antispam.make_form_stamp().encode())
        return response

    return answer
