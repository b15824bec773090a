"""Benchmark of composing a digest and joining its fragments for a set of sections: times, and the bytes of an email."""

import datetime as dt
import random
import statistics
import time

from django.db import transaction
from django.utils import timezone

from digests.models import Category, Digest, Item, Publication, Section, SectionItem
from newsletter.emails.compose import ComposedEmail, build_fragments, compose_digest
from newsletter.emails.joining import MailingFragments, join_fragments
from newsletter.models import Fragment, Mailing

SECTIONS, ITEMS, SETS = 12, 5, 1000  # a full day
NONCE = "0123456789abcdef"
POINT = "적은 계산으로도 긴 문맥을 다루는 방법을 제안하고, 공개된 벤치마크에서 기존 방법보다 나은 결과를 보고합니다."


def measure() -> list[tuple[str, str]]:
    """Return label and figure of each row; the digest is rolled back afterwards."""
    with transaction.atomic():
        digest = _digest()
        times = []
        for _run in range(6):
            started = time.perf_counter()
            composed = compose_digest(digest, nonce=NONCE)
            times.append(time.perf_counter() - started)
        letter = _load_letter(digest, composed)
        digest.publication.slug  # noqa: B018 - loaded once, as it is with a mailing
        join, plain = _measure_joining(letter)
        sizes = {count: len(join_fragments(letter, (1 << count) - 1).html.encode()) for count in (SECTIONS, 3)}
        transaction.set_rollback(True)
    return [
        (f"compose {SECTIONS} sections, first time in a process", f"{times[0] * 1000:.0f} ms"),
        (f"compose {SECTIONS} sections, then (median of 5)", f"{statistics.median(times[1:]) * 1000:.0f} ms"),
        (f"join the email of one set of sections, {SETS:,} sets in use", f"{join * 1000:.2f} ms"),
        ("the same fragments put together whole", f"{plain * 1000:.2f} ms"),
        (f"HTML of all {SECTIONS} sections", f"{sizes[SECTIONS]:,} bytes"),
        ("HTML of 3 sections", f"{sizes[3]:,} bytes"),
    ]


def _load_letter(digest: Digest, composed: ComposedEmail) -> MailingFragments:
    mailing = Mailing(digest=digest, subject="", approved_hash=NONCE)
    return MailingFragments(mailing, NONCE, build_fragments(mailing, composed))


def _measure_joining(letter: MailingFragments) -> tuple[float, float]:
    """Return the seconds per set of joining the email of many sets, and of putting their fragments together without choosing."""
    chance = random.Random(14)  # noqa: S311 - sets for a measurement
    sets = chance.sample(range(1, 1 << SECTIONS), SETS)
    began = time.perf_counter()
    for bits in sets:
        join_fragments(letter, bits)
    join = time.perf_counter() - began
    began = time.perf_counter()
    for bits in sets:
        chosen = [one for one in letter.fragments if one.kind != Fragment.Kind.SECTION or bits >> one.position & 1]
        "".join(one.html for one in chosen).replace(NONCE, "")
        "".join(one.text for one in chosen).replace(NONCE, "")
    return join / SETS, (time.perf_counter() - began) / SETS


def _digest() -> Digest:
    """Return a saved digest of Korean sections as long as a model writes them."""
    publication = Publication.objects.create(slug="bench-compose", name="Daily Insights: Papers")
    digest = Digest.objects.create(publication=publication, date=dt.date(2026, 5, 22), title="Daily Insights")
    for number in range(SECTIONS):
        category = Category.objects.create(slug=f"bench-compose-{number}", names={"ko": f"분야 {number}"}, emoji="🧩")
        section = Section.objects.create(
            digest=digest, category=category, position=number, heading=f"분야 {number}", emoji="🧩", found=14
        )
        items = [_item(number, n) for n in range(ITEMS)]
        SectionItem.objects.bulk_create(
            SectionItem(section=section, digest=digest, item=item, position=n, title=item.title, url=item.url)
            for n, item in enumerate(items)
        )
        points = "\n".join(f"{n}. **[{item.title}]({item.url})** — {POINT}" for n, item in enumerate(items, 1))
        section.text = f"### 주요 주제\n\n{POINT * 2}\n\n### 핵심 내용\n\n{points}\n\n### 영향\n\n{POINT}"
        section.save(update_fields=["text"])
    return digest


def _item(section: int, number: int) -> Item:
    url = f"https://bench.invalid/compose/{section}/{number}"
    title = f"A Title as Long as Titles of Papers Have Become, With a Subtitle, Number {section}.{number}"
    return Item.objects.create(title=title, url=url, url_key=url, published_at=timezone.now())
