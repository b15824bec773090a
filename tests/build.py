"""Builders of rows with plain defaults: a test names only the values that matter to it."""

import datetime as dt
import itertools
from typing import Any

from django.utils import timezone

from digests.models import Category, Digest, Item, Publication, Section, SectionItem, Source
from digests.review.approve import fingerprint_digest
from newsletter.models import Delivery, Mailing, Subscriber, Subscription

_count = itertools.count(1)


def category(slug: str = "", **fields: Any) -> Category:
    """Return a saved category."""
    n = next(_count)
    slug = slug or f"category-{n}"
    fields = {"names": {"ko": f"분류 {n}", "en": f"Category {n}"}, "emoji": "🧩", "position": n} | fields
    return Category.objects.create(slug=slug, **fields)


def source(slug: str = "", **fields: Any) -> Source:
    """Return a saved source."""
    n = next(_count)
    slug = slug or f"source-{n}"
    return Source.objects.create(slug=slug, **{"name": f"Source {n}", "url": f"http://feeds.test/{slug}.xml"} | fields)


def publication(
    slug: str = "", *, categories: list[Category] | None = None, sources: list[Source] | None = None, **fields: Any
) -> Publication:
    """Return a saved publication with its categories and sources."""
    slug = slug or f"publication-{next(_count)}"
    made = Publication.objects.create(slug=slug, **{"name": slug.title(), "language": "ko"} | fields)
    made.categories.set(categories or [])
    made.sources.set(sources or [])
    return made


def item(title: str = "", **fields: Any) -> Item:
    """Return a saved item, published now."""
    n = next(_count)
    title = title or f"A Sufficiently Dull Title Number {n}"
    defaults = {
        "url": f"https://example.org/{n}",
        "url_key": f"example.org/{n}",
        "title_key": title.casefold(),
        "summary": f"We propose method {n}, which improves accuracy on a public benchmark over all earlier methods.",
        "published_at": timezone.now(),
    }
    return Item.objects.create(title=title, **defaults | fields)


def digest(publication_: Publication | None = None, **fields: Any) -> Digest:
    """Return a saved draft digest without sections."""
    publication_ = publication_ or publication()
    defaults = {"date": dt.date(2026, 5, 22), "title": f"{publication_.name} 2026-05-22"}
    return Digest.objects.create(publication=publication_, **defaults | fields)


def approve_unchecked(digest_: Digest) -> Digest:
    """Return a digest as if it had been approved, without asking the gates."""
    digest_.state, digest_.approved_hash = Digest.State.APPROVED, fingerprint_digest(digest_)
    digest_.approved_at = timezone.now()
    digest_.save()
    return digest_


def section(digest_: Digest, category_: Category, *, items: list[Item] | None = None, **fields: Any) -> Section:
    """Return a saved section with one item (or those given) and a short text."""
    defaults: dict[str, Any] = {
        "position": digest_.sections.count(),
        "heading": category_.name(digest_.publication.language)[:200],
        "emoji": category_.emoji,
        "text": f"### 주요 주제\n\n{category_.slug} 분야의 글입니다.",
    }
    made = Section.objects.create(digest=digest_, category=category_, **defaults | fields)
    for position, one in enumerate([item()] if items is None else items):
        SectionItem.objects.create(
            section=made, digest=digest_, item=one, position=position, title=one.title, url=one.url
        )
    return made


def subscriber(email: str = "", **fields: Any) -> Subscriber:
    """Return a saved subscriber."""
    return Subscriber.objects.create(email=email or f"reader{next(_count)}@example.org", **fields)


def subscription(
    publication_: Publication, categories: list[Category], *, subscriber_: Subscriber | None = None, **fields: Any
) -> Subscription:
    """Return a saved active subscription to the given categories."""
    defaults: dict[str, Any] = {"state": Subscription.State.ACTIVE, "confirmed_at": timezone.now()}
    made = Subscription.objects.create(
        subscriber=subscriber_ or subscriber(), publication=publication_, **defaults | fields
    )
    made.categories.set(categories)
    return made


def delivery(email: str = "reader@example.org", **fields: Any) -> Delivery:
    """Return the saved delivery of a mailing to a reader, accepted now by the server."""
    chosen = category()
    of = publication(categories=[chosen])
    reader = subscription(of, [chosen], subscriber_=subscriber(email)).subscriber
    mailing = Mailing.objects.create(digest=digest(of, state=Digest.State.DRAFT), subject="s")
    plain = {"sections": 1, "state": Delivery.State.ACCEPTED, "settled_at": timezone.now()}
    return Delivery.objects.create(mailing=mailing, subscriber=reader, **plain | fields)
