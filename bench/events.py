"""Benchmark of taking a burst of events by webhook, and of acting on it."""

import base64
import functools
import json
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings
from django.test import Client
from django.utils import timezone

from digests.models import Digest, Publication
from newsletter.feedback import events
from newsletter.models import Delivery, Event, Mailing, Subscriber

BURST_REQUESTS = 10_000
SINGLE_REQUESTS = 1000  # events that come one per request
SECRET = "user:password"  # noqa: S105 - of this benchmark alone


def measure() -> list[tuple[str, str]]:
    """Return label and figure of each row."""
    warnings.simplefilter("ignore")  # anymail warns that its SendGrid support is untested
    settings.ANYMAIL = {"WEBHOOK_SECRET": SECRET}
    settings.ALLOWED_HOSTS = ["testserver"]
    deliveries = _deliveries()
    batches = [deliveries[at : at + 1000] for at in range(0, BURST_REQUESTS, 1000)]
    with _clock(BURST_REQUESTS) as many:
        for batch in batches:
            _post("sendgrid", [_sendgrid(one) for one in batch])
    with _clock(BURST_REQUESTS) as acted:
        events.process_due_events()
    Event.objects.all().delete()
    with _clock(SINGLE_REQUESTS) as one_by_one:
        for one in deliveries[:SINGLE_REQUESTS]:
            _post("postmark", _postmark(one))
    with _clock(SINGLE_REQUESTS) as bounced:
        events.process_due_events()
    return [
        (f"take {BURST_REQUESTS:,} events, 1,000 per request", many[0]),
        (f"act on {BURST_REQUESTS:,} deliveries", acted[0]),
        (f"take {SINGLE_REQUESTS:,} events, one per request", one_by_one[0]),
        (f"act on {SINGLE_REQUESTS:,} hard bounces", bounced[0]),
    ]


@contextmanager
def _clock(count: int) -> Iterator[list[str]]:
    """Yield a list that holds the figure of the block once it has ended."""
    found = [""]
    began, cpu = time.perf_counter(), time.process_time()
    yield found
    seconds, cpu = time.perf_counter() - began, time.process_time() - cpu
    if Event.objects.count() != count:
        raise RuntimeError(f"{Event.objects.count()} events of {count} are there")
    found[0] = f"{count / seconds:,.0f}/s, {cpu / count * 1000:.2f} CPU s per 1,000"


def _deliveries() -> list[Delivery]:
    publication = Publication.objects.create(slug="bench", name="Daily Insights: Papers")
    digest = Digest.objects.create(publication=publication, date=timezone.localdate(), title="t")
    mailing = Mailing.objects.create(digest=digest, subject="s")
    people = Subscriber.objects.bulk_create(Subscriber(email=f"reader{n}@bench.invalid") for n in range(BURST_REQUESTS))
    return Delivery.objects.bulk_create(
        Delivery(mailing=mailing, subscriber=one, sections=1, state="accepted", message_id=f"esp-{one.pk}")
        for one in people
    )


@functools.cache
def _client() -> Client:
    return Client(headers={"Authorization": f"Basic {base64.b64encode(SECRET.encode()).decode()}"})


def _post(name: str, body: object) -> None:
    found = _client().post(f"/anymail/{name}/tracking/", json.dumps(body), content_type="application/json")
    if found.status_code != 200:
        raise RuntimeError(f"the webhook answered {found.status_code}")


def _sendgrid(one: Delivery) -> dict[str, object]:
    return {
        "event": "delivered",
        "sg_event_id": f"d{one.pk}",
        "email": one.subscriber.email if one.subscriber else "",
        "anymail_id": one.message_id,
        "timestamp": 1779408000,
        "delivery": str(one.pk),
    }


def _postmark(one: Delivery) -> dict[str, object]:
    return {
        "RecordType": "Bounce",
        "Type": "HardBounce",
        "ID": one.pk,
        "MessageID": one.message_id,
        "Email": one.subscriber.email if one.subscriber else "",
        "BouncedAt": "2026-05-22T00:00:00Z",
        "Metadata": {"delivery": str(one.pk)},
    }
