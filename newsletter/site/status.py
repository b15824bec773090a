"""Figures for monitoring: /metrics, for whoever holds METRICS_TOKEN."""

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.crypto import constant_time_compare

from newsletter import watch


def metrics(request: HttpRequest) -> HttpResponse:
    """Answer with the figures in Prometheus' text format; to nobody else is the page there."""
    expected = f"Bearer {settings.METRICS_TOKEN}"
    if not settings.METRICS_TOKEN or not constant_time_compare(request.headers.get("Authorization", ""), expected):
        raise Http404
    return HttpResponse(watch.metrics(), content_type="text/plain; version=0.0.4; charset=utf-8")
