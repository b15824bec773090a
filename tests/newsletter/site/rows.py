"""Rows that most pages need: a publication of three categories, and a digest of it that was sent."""

import datetime as dt

from django.utils import timezone

from digests.models import Category, Digest, Publication
from digests.review.approve import approve_digest
from newsletter.delivery import audience
from newsletter.emails import compose
from newsletter.models import Mailing
from tests import build


def publication(slug: str = "papers") -> Publication:
    """Return an open publication with the categories llm, vision and audio."""
    categories = [
        Category.objects.filter(slug=one).first()
        or build.category(one, color=color, names={"ko": f"{one} 분야", "en": one.title()})
        for one, color in (("llm", "#2563eb"), ("vision", "#0891b2"), ("audio", "#be185d"))
    ]
    return build.publication(slug, categories=categories, tagline="A day of papers")


def draft(publication_: Publication, day: dt.date, slugs: tuple[str, ...] = ("llm", "vision")) -> Digest:
    """Return a digest in review with a section per category."""
    digest = build.digest(publication_, date=day, title=f"Issue of {day}", state=Digest.State.IN_REVIEW)
    for slug in slugs:
        build.section(digest, Category.objects.get(slug=slug), found=3)
    return digest


def sent(publication_: Publication, day: dt.date, slugs: tuple[str, ...] = ("llm", "vision")) -> Digest:
    """Return a digest that was approved, composed and sent."""
    return send(approve_digest(draft(publication_, day, slugs)))


def send(digest: Digest) -> Digest:
    """Return an approved digest, composed and sent."""
    audience.open_mailings()
    mailing = Mailing.objects.get(digest=digest)
    compose.store_fragments(mailing)
    audience.plan_deliveries(mailing, timezone.now())
    return digest
