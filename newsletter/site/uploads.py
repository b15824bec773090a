"""Limits uploads: only people at the desk may send a large multipart body.

Django reads a multipart body to its end, and writes its files to the disk, before any view runs. No page of the site
takes files; mail programs send unsubscribe requests as multipart (RFC 8058), which are short.
"""

from collections.abc import Callable

from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponseBase

# Below Django's limit for files that stay in memory, so that nothing reaches the disk.
MAX_UPLOAD_BYTES = 1_000_000


class UploadLimit:
    """Middleware, behind authentication, that refuses a large multipart body unless a person at the desk sends it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Raise RequestDataTooBig before the body is read; handler400 answers. Without a length Django reads no body."""
        length = request.META.get("CONTENT_LENGTH") or "0"
        large = not length.isdecimal() or int(length[:18]) > MAX_UPLOAD_BYTES
        if large and request.content_type == "multipart/form-data" and not request.user.is_staff:
            raise RequestDataTooBig(f"a multipart body of {length[:18]} bytes by nobody at the desk")
        return self.get_response(request)
