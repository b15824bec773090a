"""Benchmark of the desk's pages with a million readers.

The database itself makes the rows. Each page is requested three times, as by an administrator's browser; the figure is
the median. It takes about three minutes on PostgreSQL, most of them for the rows.
"""

import datetime as dt
import statistics
import time
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from digests.models import Category, Digest, Publication, Section
from newsletter.models import Mailing, Subscriber

READERS = 1_000_000
DELIVERIES = 1_000_000  # of the mailing under way, half of which have been sent
EVENTS = 200_000
CATEGORIES = 12
IMPORTED_LINES = 100_000  # of the CSV file
REPETITIONS = 3
Row = tuple[str, str]

_NUMBERS = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < %(n)s)"
# Names of people, so that parts of an address are as frequent as in a real list of readers.
_NAMES = """, first(a, name) AS (VALUES (0, 'minji'), (1, 'jisoo'), (2, 'seojun'), (3, 'hana'), (4, 'anna'), (5, 'peter'),
    (6, 'yuna'), (7, 'dohyun'), (8, 'maria'), (9, 'john')),
last(b, name) AS (VALUES (0, 'kim'), (1, 'lee'), (2, 'park'), (3, 'choi'), (4, 'jung'), (5, 'kang'), (6, 'schmidt'),
    (7, 'yoon'), (8, 'garcia'), (9, 'smith'), (10, 'han')),
host(c, name) AS (VALUES (0, 'gmail.com'), (1, 'naver.com'), (2, 'daum.net'), (3, 'kaist.ac.kr'), (4, 'snu.ac.kr'),
    (5, 'outlook.com'), (6, 'example.org'))"""
_SUBSCRIBERS = f"""{_NUMBERS}{_NAMES}
    INSERT INTO newsletter_subscriber (email, language, link_key, time_zone, created_at)
    SELECT first.name || '.' || last.name || i || '@' || host.name,
        CASE WHEN i %% 5 = 0 THEN 'en' ELSE 'ko' END, CAST(1000000000000000 + i AS text), '', %(now)s
    FROM n JOIN first ON a = i %% 10 JOIN last ON b = i %% 11 JOIN host ON c = i %% 7"""  # noqa: S608 - built from constants
# Nine of ten read, some left, a few never confirmed.
_SUBSCRIPTIONS = """
    INSERT INTO newsletter_subscription
        (subscriber_id, publication_id, state, requested_at, confirmed_at, consent_text, consent_source)
    SELECT id, %(publication)s, CASE WHEN id %% 10 > 0 THEN 'active' WHEN id %% 30 > 0 THEN 'left' ELSE 'pending' END,
        %(now)s, %(now)s, '2026-11', ''
    FROM newsletter_subscriber WHERE id %% %(every)s = 0"""
# Every reader chose a third of the categories, in three different sets.
_CHOICES = """
    INSERT INTO newsletter_subscription_categories (subscription_id, category_id)
    SELECT s.id, c.id FROM newsletter_subscription s JOIN digests_category c ON (s.id + c.position) %% 3 = 0"""
# Settled up to %(left)s, with one in fifty refused and a few unknown or skipped; the rest is queued.
_DELIVERIES = """
    INSERT INTO newsletter_delivery (mailing_id, subscriber_id, sections, state, due_at, attempts, settled_at, server_reply,
        reason, message_id)
    SELECT %(mailing)s, id, 1 + id %% 4095,
        CASE WHEN id > %(left)s THEN 'queued' WHEN id %% 50 = 0 THEN 'failed' WHEN id %% 5000 = 1 THEN 'unknown'
            WHEN id %% 500 = 1 THEN 'skipped' ELSE 'accepted' END,
        %(now)s, 1, CASE WHEN id > %(left)s THEN NULL ELSE %(now)s END,
        CASE WHEN id > %(left)s THEN '' WHEN id %% 50 = 0 THEN '550 5.1.1 <' || email || '>: no such user'
            WHEN id %% 500 = 1 THEN '' ELSE '250 2.0.0 queued as ' || id END,
        CASE WHEN id <= %(left)s AND id %% 50 <> 0 AND id %% 500 = 1 THEN 'left' ELSE '' END, ''
    FROM newsletter_subscriber WHERE id <= %(n)s"""
# Of twenty events one is a bounce and one a complaint.
_EVENTS = """
    INSERT INTO newsletter_event (delivery_id, kind, provider, provider_id, at, detail, weight, message_id, recipient, acted_at)
    SELECT id, CASE id %% 20 WHEN 0 THEN 'bounced' WHEN 1 THEN 'complained' ELSE 'delivered' END, 'bench', '', %(now)s, '',
        '', '', '', %(now)s
    FROM newsletter_delivery ORDER BY id LIMIT %(n)s"""


def measure() -> list[Row]:
    """Return label and figure of each row."""
    settings.ALLOWED_HOSTS = ["testserver"]
    mailing = _create_rows()
    client = Client(raise_request_exception=True)
    client.force_login(User.objects.create_superuser("bench"))
    return [
        (f"desk, {READERS:,} subscribers: {name}", _page(client, path, query)) for name, path, query in _pages(mailing)
    ] + [
        (f"desk, {READERS:,} subscribers: dry run of a CSV file of {IMPORTED_LINES:,} lines", _dry_run(client)),
        (f"desk, {READERS:,} subscribers: export of all as CSV", _export(client)),
    ]


def _create_rows() -> Mailing:
    """Make all rows; return the mailing that is under way."""
    categories = [
        Category.objects.create(slug=f"c{n}", names={"ko": f"분야 {n}"}, position=n) for n in range(CATEGORIES)
    ]
    values: dict[str, Any] = {"n": READERS, "now": timezone.now()}
    _run(_SUBSCRIBERS, values)
    for slug, every in (("papers", 1), ("news", 3)):
        publication = Publication.objects.create(slug=slug, name=slug.title())
        publication.categories.set(categories)
        _run(_SUBSCRIPTIONS, values | {"publication": publication.pk, "every": every})
    _run(_CHOICES, values)
    papers = Publication.objects.get(slug="papers")
    for day, sent in ((21, DELIVERIES), (22, DELIVERIES // 2)):
        mailing = _mailing(papers, categories, day)
        _run(_DELIVERIES, values | {"mailing": mailing.pk, "left": sent, "n": DELIVERIES})
    _run(_EVENTS, values | {"n": EVENTS})
    Mailing.objects.exclude(pk=mailing.pk).update(state=Mailing.State.DONE, finished_at=timezone.now())
    with connection.cursor() as cursor:
        # Without fresh statistics the planner would guess; an operator's autovacuum has long made them.
        cursor.execute("VACUUM ANALYZE" if connection.vendor == "postgresql" else "ANALYZE")
    return mailing


def _mailing(publication: Publication, categories: list[Category], day: int) -> Mailing:
    now = timezone.now()
    digest = Digest.objects.create(
        publication=publication, date=dt.date(2026, 5, day), title="Daily Insights", released_at=now
    )
    for position, category in enumerate(categories):
        Section.objects.create(digest=digest, category=category, position=position, heading=category.slug, text="x")
    return Mailing.objects.create(
        digest=digest, state=Mailing.State.SENDING, subject="Daily Insights", planned_at=now, planned=DELIVERIES
    )


def _run(statement: str, values: dict[str, Any]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)


def _pages(mailing: Mailing) -> list[tuple[str, str, dict[str, str]]]:
    readers = reverse("admin:newsletter_subscriber_changelist")
    some = Subscriber.objects.order_by("pk")[READERS // 2]
    papers, category = mailing.digest.publication, Category.objects.earliest("pk")
    done = Mailing.objects.exclude(pk=mailing.pk).get()
    return [
        ("today", reverse("admin:index"), {}),
        ("list of subscribers", readers, {}),
        ("its last page that is offered", readers, {"p": "100"}),
        ("search, a whole address", readers, {"q": some.email}),
        ("search, the beginning", readers, {"q": "minji.kim1"}),
        ("search, a part that many have", readers, {"q": "schmidt"}),
        ("search, a part that few have", readers, {"q": "t99999"}),
        ("search, a part that no one has", readers, {"q": "nobody.here"}),
        ("search, a domain", readers, {"q": "@kaist.ac.kr"}),
        ("search, two letters", readers, {"q": "zz"}),
        ("filter, newsletter", readers, {"publication": str(papers.pk)}),
        ("filter, state unsubscribed", readers, {"state": "left"}),
        (
            "filter, waiting for confirmation in one newsletter",
            readers,
            {"publication": str(papers.pk), "state": "pending"},
        ),
        ("filter, category", readers, {"category": str(category.pk)}),
        ("filter, language", readers, {"language": "en"}),
        ("filter and search", readers, {"state": "left", "language": "en", "q": "schmidt"}),
        ("a reader", reverse("admin:newsletter_subscriber_change", args=[some.pk]), {}),
        ("list of deliveries", reverse("admin:newsletter_delivery_changelist"), {}),
        ("deliveries in doubt", reverse("admin:newsletter_delivery_changelist"), {"state__exact": "unknown"}),
        ("deliveries of a reader", reverse("admin:newsletter_delivery_changelist"), {"q": some.email}),
        ("list of events", reverse("admin:newsletter_event_changelist"), {}),
        ("events of a kind", reverse("admin:newsletter_event_changelist"), {"kind__exact": "complained"}),
        ("a mailing under way", reverse("admin:newsletter_progress", args=[mailing.pk]), {}),
        ("its figures", reverse("admin:newsletter_figures", args=[mailing.pk]), {}),
        ("what became of it, after the page", reverse("admin:newsletter_after", args=[mailing.pk]), {}),
        ("a mailing that is done", reverse("admin:newsletter_progress", args=[done.pk]), {}),
        ("schedule", reverse("admin:newsletter_schedule", args=[mailing.digest_id]), {}),
        ("a category", reverse("admin:digests_category_change", args=[category.pk]), {}),
        ("whom it touches, after the page", reverse("admin:newsletter_touched", args=[category.pk]), {}),
        ("merging it", reverse("admin:newsletter_merge", args=[category.pk]), {}),
    ]


def _page(client: Client, path: str, query: dict[str, str]) -> str:
    took = []
    for _time in range(REPETITIONS):
        began = time.perf_counter()
        response = client.get(path, query)
        took.append(time.perf_counter() - began)
        if response.status_code not in {200, 302}:
            raise RuntimeError(f"{path} {query}: {response.status_code}")
    return f"{statistics.median(took) * 1000:,.0f} ms"


def _dry_run(client: Client) -> str:
    """Upload a file of new addresses and a known one, and have it checked."""
    lines = [f"new{n}@bench.invalid" for n in range(1, IMPORTED_LINES)] + [_known()]
    file = SimpleUploadedFile("readers.csv", "\n".join(["email", *lines]).encode())
    began = time.perf_counter()
    page = client.post(
        reverse("admin:newsletter_import"),
        {"publication": Publication.objects.get(slug="papers").pk, "consent": "A list", "file": file},
    )
    if f">{IMPORTED_LINES - 1}<".encode() not in page.content:  # one of them reads already
        raise RuntimeError("the file was not looked at")
    return f"{time.perf_counter() - began:.1f} s"


def _export(client: Client) -> str:
    """Read the export of all readers chunk by chunk, as a browser would."""
    began = time.perf_counter()
    response: Any = client.post(reverse("admin:newsletter_export"))
    lines = sum(piece.count(b"\r\n") for piece in response.streaming_content) - 1
    return f"{lines:,} lines in {time.perf_counter() - began:.0f} s"


def _known() -> str:
    active = Subscriber.objects.filter(subscriptions__state="active", subscriptions__publication__slug="papers")
    return str(active.values_list("email", flat=True)[0])
