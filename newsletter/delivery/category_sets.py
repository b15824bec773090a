"""Counts the sets of categories that readers of an issue chose, and measures the largest email among them.

One statement over all active subscriptions takes four seconds with a million of them. So no page waits for it: the preview
asks for it by a request of its own, and the counts are kept for ten minutes. Not here: how an email is measured (send_test).
"""

import hashlib
from dataclasses import dataclass

from django.core.cache import cache
from django.db import connection

from digests.models import Digest
from newsletter.delivery import send_test, sql
from newsletter.emails import joining
from newsletter.models import Fragment
from newsletter.subscribers import split_prompts

CACHE_SECONDS = 600  # few readers change their choice while an editor looks


@dataclass(frozen=True)
class SetsInUse:
    """How many sets of sections and readers there are, and the set with the largest email: one bit per section.

    `check` measures that email with the note of a divided category, where the issue has one.
    """

    sets: int
    readers: int
    largest: int
    check: send_test.EmailCheck


def measure_sets_in_use(letter: joining.MailingFragments) -> SetsInUse | None:
    """Count the sets that readers chose of an issue and measure the largest; None where nobody would get an email."""
    readers = _count_readers_by_set(letter.mailing.digest)
    if not readers:
        return None
    weights = [(f.position, len(f.html.encode())) for f in letter.fragments if f.kind == Fragment.Kind.SECTION]
    largest = max(readers, key=lambda bits: sum(weight for position, weight in weights if bits >> position & 1))
    note = 1 << split_prompts.SPLIT_PROMPT_BIT & send_test.select_all_sections(letter)
    return SetsInUse(len(readers), sum(readers.values()), largest, send_test.check_email(letter, largest | note))


def _count_readers_by_set(digest: Digest) -> dict[int, int]:
    # The key names the sections that have a text: a dropped section changes the sets.
    places = digest.sections.exclude(text="").values_list("position", "category")
    key = f"sets-{digest.pk}-{'-'.join(f'{position}.{category}' for position, category in places)}"
    key = hashlib.sha256(key.encode()).hexdigest()
    readers: dict[int, int] | None = cache.get(key)
    if readers is None:
        with connection.cursor() as cursor:
            cursor.execute(sql.COUNT_SETS, {"digest": digest.pk, "publication": digest.publication_id})
            readers = dict(cursor.fetchall())
        cache.set(key, readers, CACHE_SECONDS)
    return readers
