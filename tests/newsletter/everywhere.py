"""Every address of the desk, as Django's own resolver lists them, and a row of every table to open them with."""

import io
import re
from collections.abc import Iterator
from typing import Any

from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group, User
from django.contrib.contenttypes.models import ContentType
from django.urls import URLPattern, URLResolver, get_resolver
from django.utils import timezone

from digests.models import Collection, Publication
from digests.review.approve import approve_digest
from newsletter.models import Delivery, Event, Import, LeaveReason, Mailing, Suppression
from newsletter.subscribers.csv_import import jobs
from tests import build

ADDRESS = "ann.secret@example.net"
# Orders, which a GET does not carry out; each is sent with nothing in it.
ORDER_ROUTES = {
    *(
        "digests_digest_save",
        "digests_digest_do",
        "digests_digest_approve",
        "digests_source_try",
        "digests_source_move",
    ),
    *("digests_digest_render", "newsletter_mailing_do", "newsletter_test"),
    *("newsletter_reader_export", "newsletter_reader_suppress", "newsletter_reader_erase"),
    "newsletter_export",
}
# Pages of a digest that stand below the mailings, and of a category.
OTHERS = {
    **dict.fromkeys(["newsletter_schedule", "newsletter_test"], "digests_digest"),
    **dict.fromkeys(["newsletter_preview", "newsletter_preview_email"], "digests_digest"),
    **dict.fromkeys(["newsletter_merge", "newsletter_split", "newsletter_touched"], "digests_category"),
    **dict.fromkeys(["newsletter_progress", "newsletter_figures", "newsletter_after"], "newsletter_mailing"),
    "newsletter_mailing_do": "newsletter_mailing",
    **dict.fromkeys(["newsletter_import_one", "newsletter_import_look"], "newsletter_import"),
}


def list_urls() -> Iterator[tuple[str, str]]:
    """Yield route and name of every address of the desk that has a name."""

    def below(patterns: Any, before: str) -> Iterator[tuple[str, str]]:
        for pattern in patterns:
            if isinstance(pattern, URLResolver):
                yield from below(pattern.url_patterns, before + str(pattern.pattern))
            elif isinstance(pattern, URLPattern) and pattern.name:
                yield before + str(pattern.pattern), pattern.name

    for route, name in below(get_resolver().url_patterns, ""):
        if route.startswith("admin/"):
            yield route, name


def create_rows() -> dict[str, int]:
    """Return a row of every table, by the names that Django gives their pages."""
    category, source = build.category(), build.source()
    publication = build.publication(categories=[category], sources=[source])
    digest = build.digest(publication, state="in_review")
    build.section(digest, category, items=[item := build.item()])
    reader = build.subscription(publication, [category], subscriber_=build.subscriber(ADDRESS)).subscriber
    sent = build.digest(publication, date=publication.today(), state="in_review")
    build.section(sent, category)
    mailing = Mailing.objects.create(
        digest=approve_digest(sent), subject="x", planned_at=timezone.now(), state="sending"
    )
    answer = f"550 5.1.1 <{ADDRESS}>: no such user"
    delivery = Delivery.objects.create(
        mailing=mailing, subscriber=reader, sections=1, state="failed", server_reply=answer
    )
    person = User.objects.create_user("someone")
    content = ContentType.objects.get_for_model(User)
    made = [
        *(category, publication, digest, source, item, reader, mailing, delivery, person),
        Event.objects.create(kind="bounced", delivery=delivery, detail=answer),
        LeaveReason.objects.create(reason="often", key="x"),
        Suppression.objects.create(email=f"x{ADDRESS}", reason="manual"),
        Collection.objects.create(source=source),
        _import(publication),
        Group.objects.create(name="x"),
        LogEntry.objects.create(user=person, content_type=content, object_repr="x", action_flag=2),
    ]
    return {f"{row._meta.app_label}_{row._meta.model_name}": row.pk for row in made}


def _import(publication: Publication) -> Import:
    """Return an import that waits for a person."""
    row = Import(publication=publication, name="readers.csv", consent="x")
    jobs.start_import(row, io.BytesIO(f"email,plan\n{ADDRESS},a\nx{ADDRESS},b\n".encode()))
    jobs.run_due_imports()
    return row


def fill_path(route: str, name: str, made: dict[str, int]) -> str:
    """Return an address with the row that its page is about."""
    table = OTHERS.get(name) or next((one for one in made if name.startswith(f"{one}_")), "")
    pk = made.get(table or "newsletter_subscriber", 0)
    if name == "view_on_site":
        return f"/admin/r/{ContentType.objects.get(model='digest').pk}/{made['digests_digest']}/"
    if name == "app_list":
        return "/admin/digests/"
    return "/" + re.sub(r"<[^>]+>", str(pk), route)
