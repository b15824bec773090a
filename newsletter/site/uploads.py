"""Bodies that strangers send: large files are taken from the people at the desk alone.

Django reads a multipart body to its end, and writes its files to the disk, before any view is asked. No page of the site
takes files; mail programs send an unsubscribe request in this form (RFC 8058), which is short.
"""

from collections.abc import Callable

from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponseBase

MAX_UPLOAD_BYTES = (
    1_000_000  # bytes; below Django's limit for files that stay in memory, so that nothing reaches the disk
)


class UploadLimit:
    """Middleware, behind the one that knows who somebody is: refuse a large multipart body of nobody at the desk."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Refuse before a byte of the body is read; handler400 answers. Without a length Django reads nothing."""
        length = request.META.get("CONTENT_LENGTH") or "0"
        large = not length.isdecimal() or int(length[:18]) > MAX_UPLOAD_BYTES
        if large and request.content_type == "multipart/form-data" and not request.user.is_staff:
            raise RequestDataTooBig(f"a multipart body of {length[:18]} bytes by nobody at the desk")
        return self.get_response(request)
