"""Turns counts of rows into Prometheus' figures at each scrape, by the collector of its own client library.

The rows are what all processes share, so nothing is counted in memory and there is no registry of this process: a scrape makes one.
Not here: the page and its token (site/status), and which figures are a problem (monitoring).
"""

from collections.abc import Iterator, Mapping
from typing import Any

from django.db.models import Count, F, QuerySet
from django.utils import timezone
from prometheus_client import CollectorRegistry
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import Collector

from digests.models import Source
from newsletter.models import Alarm, Delivery, Event, Mailing, Subscription
from newsletter.operations import heartbeats, monitoring


class RowCollector(Collector):
    """Collects the figures from the rows, as they are at the moment of the scrape.

    All are gauges, events too: retention deletes old events, and a counter that falls would be taken for one that began again.
    """

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Yield each figure, by one query each."""
        unfinished = Delivery.objects.filter(mailing__finished_at=None)
        due = Delivery.objects.filter(monitoring.build_due_filter(timezone.now()), mailing__state=Mailing.State.SENDING)
        readers = Subscription.objects.filter(state=Subscription.State.ACTIVE).annotate(slug=F("publication__slug"))
        failing = Source.objects.filter(enabled=True, failures__gt=0)
        alarms = Alarm.objects.filter(cleared_at=None)
        ages = {name: one.seconds for name, one in heartbeats.get_process_states().items() if one.seconds is not None}
        yield _make_gauge("deliveries", "Deliveries of unfinished mailings", "state", _count_by(unfinished, "state"))
        yield _make_gauge("due", "Queued deliveries whose send time has come", "state", {"sending": due.count()})
        yield _make_gauge("mailings", "Mailings", "state", _count_by(Mailing.objects.all(), "state"))
        yield _make_gauge("readers", "Active subscriptions", "publication", _count_by(readers, "slug"))
        yield _make_gauge(
            "events", "Events reported by ESPs and bounces", "kind", _count_by(Event.objects.all(), "kind")
        )
        yield _make_gauge("failing_sources", "Sources whose last fetch failed", "which", {"enabled": failing.count()})
        yield _make_gauge("alarms", "Open alerts", "which", {"open": alarms.count()})
        yield _make_gauge("pulse_age_seconds", "Seconds since the last heartbeat of a kind of process", "process", ages)


def render_metrics(accept: str = "") -> tuple[bytes, str]:
    """Return the figures and their content type, in the format that a scraper's Accept header asks for; else as plain text 0.0.4."""
    registry = CollectorRegistry(auto_describe=False)  # describing would ask the database once more
    registry.register(RowCollector())
    try:
        encode, content_type = choose_encoder(accept)
    except TypeError:  # the library compares version=abc of the header with a number
        encode, content_type = choose_encoder("")
    return encode(registry), content_type


def _count_by(rows: QuerySet[Any], column: str) -> dict[str, int]:
    return dict(rows.order_by().values_list(column).annotate(n=Count("pk")))


def _make_gauge(name: str, says: str, label: str, values: Mapping[str, float]) -> GaugeMetricFamily:
    gauge = GaugeMetricFamily(f"daily_insights_{name}", says, labels=[label])
    for key, value in sorted(values.items()):
        gauge.add_metric([key], round(value))
    return gauge
