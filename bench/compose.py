"""Benchmark of composing a digest and joining its fragments for a set of sections: times, and the bytes of an email."""

import datetime as dt
import random
import statistics
import time

from django.db import transaction
from django.utils import timezone

from digests.models import Category, Digest, Item, Publication, Section, SectionItem
from newsletter.emails.compose import ComposedEmail, build_fragments, compose_digest
from newsletter.emails.joining import JoinedEmail, MailingFragments, join_fragments
from newsletter.models import Fragment, Mailing
from newsletter.models.deliveries import ClaimedDelivery
from newsletter.transport.wire_format import WireEncoder, encode_delivery

SECTIONS, ITEMS, SETS = 12, 5, 1000  # a full day
READERS_PER_SET = 50
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
        other = _load_letter(digest, composed)  # the sets of the first one are measured below
        message, plain_message = (_measure_messages(other, choose=choose) for choose in (True, False))
        sizes = {count: len(join_fragments(letter, (1 << count) - 1).html.encode()) for count in (SECTIONS, 3)}
        transaction.set_rollback(True)
    return [
        (f"compose {SECTIONS} sections, first time in a process", f"{times[0] * 1000:.0f} ms"),
        (f"compose {SECTIONS} sections, then (median of 5)", f"{statistics.median(times[1:]) * 1000:.0f} ms"),
        (f"join the email of one set of sections, {SETS:,} sets in use", f"{join * 1000:.2f} ms"),
        ("the same fragments put together whole", f"{plain * 1000:.2f} ms"),
        (f"a message on the wire, {READERS_PER_SET} readers of each of the {SETS:,} sets", f"{message * 1e6:.0f} µs"),
        ("the same with fragments put together whole", f"{plain_message * 1e6:.0f} µs"),
        (f"HTML of all {SECTIONS} sections", f"{sizes[SECTIONS]:,} bytes"),
        ("HTML of 3 sections", f"{sizes[3]:,} bytes"),
    ]


def _load_letter(digest: Digest, composed: ComposedEmail) -> MailingFragments:
    mailing = Mailing(digest=digest, subject="", approved_hash=NONCE)
    return MailingFragments(mailing, NONCE, build_fragments(mailing, composed))


def _measure_joining(letter: MailingFragments) -> tuple[float, float]:
    """Return the seconds of the processor per set for joining the email of many sets, and for putting their fragments together without choosing."""
    chance = random.Random(14)  # noqa: S311 - sets for a measurement
    sets = chance.sample(range(1, 1 << SECTIONS), SETS)
    began = time.process_time()
    for bits in sets:
        join_fragments(letter, bits)
    join = time.process_time() - began
    began = time.process_time()
    for bits in sets:
        _put_together(letter, bits)
    return join / SETS, (time.process_time() - began) / SETS


def _put_together(letter: MailingFragments, bits: int) -> JoinedEmail:
    chosen = [one for one in letter.fragments if one.kind != Fragment.Kind.SECTION or bits >> one.position & 1]
    return JoinedEmail("Daily Insights", "".join(one.html for one in chosen), "".join(one.text for one in chosen))


def _measure_messages(letter: MailingFragments, *, choose: bool) -> float:
    """Return the seconds of the processor per message to all readers; without `choose` fragments are put together whole."""
    chance = random.Random(14)  # noqa: S311 - sets for a measurement
    readers = chance.sample(range(1, 1 << SECTIONS), SETS) * READERS_PER_SET
    letter.sets.clear()
    encoder = WireEncoder(letter, eight_bit=True)
    began = time.process_time()
    for n, bits in enumerate(readers):
        if not choose and bits not in letter.sets:
            letter.sets[bits] = _put_together(letter, bits)
        encode_delivery(encoder, ClaimedDelivery(n, bits, n, n, "reader@bench.invalid", "0" * 16))
    return (time.process_time() - began) / len(readers)


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
