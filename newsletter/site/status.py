"""Health checks and metrics: /health, /health/KIND for each kind of process, and /metrics behind METRICS_TOKEN."""

from django.conf import settings
from django.db import connection
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.crypto import constant_time_compare
from django.views.decorators.http import require_safe

from newsletter.operations import heartbeats, metrics


@require_safe
def show_health(_request: HttpRequest) -> HttpResponse:
    """Answer "ok" where the site reaches its database."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")  # the cheapest statement that proves a connection
    return _plain_text("ok")


@require_safe
def show_process_health(_request: HttpRequest, name: str) -> HttpResponse:
    """Answer 200 where a kind of process is alive by its heartbeat, else 503."""
    found = heartbeats.get_process_state(name)
    if found is None:
        raise Http404
    return _plain_text(found.words, status=200 if found.alive else 503)


def _plain_text(words: str, *, status: int = 200) -> HttpResponse:
    response = HttpResponse(f"{words}\n", content_type="text/plain; charset=utf-8", status=status)
    response["Cache-Control"] = "no-store"
    return response


def show_metrics(request: HttpRequest) -> HttpResponse:
    """Answer with the figures for Prometheus, in the format that it asks for; 404 without the token."""
    expected = f"Bearer {settings.METRICS_TOKEN}"
    if not settings.METRICS_TOKEN or not constant_time_compare(request.headers.get("Authorization", ""), expected):
        raise Http404
    body, content_type = metrics.render_metrics(request.headers.get("Accept", ""))
    return HttpResponse(body, content_type=content_type)
