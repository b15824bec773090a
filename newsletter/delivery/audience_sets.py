"""The sets of categories that readers chose -> how many there are in an issue, and which of them makes the largest email.

One statement over all active subscriptions: some seconds with a million of them, so no page waits for it, and what it
counted is kept for a while.
"""

import hashlib
from dataclasses import dataclass

from django.core.cache import cache
from django.db import connection

from digests.models import Digest
from newsletter.delivery import test_send
from newsletter.emails import message
from newsletter.models import Fragment
from newsletter.subscribers import split_prompts

_SETS_SQL = """
    SELECT bits, COUNT(*) FROM (
        SELECT CAST(SUM(CAST(1 AS bigint) << d.position) AS bigint) AS bits
        FROM newsletter_subscription s
        JOIN newsletter_subscription_categories c ON c.subscription_id = s.id
        JOIN digests_section d ON d.digest_id = %(digest)s AND d.category_id = c.category_id AND d.text <> ''
        WHERE s.publication_id = %(publication)s AND s.state = 'active'
        GROUP BY s.id
    ) chosen GROUP BY bits
"""
CACHE_SECONDS = 600  # seconds; few readers change their choice while an editor looks


@dataclass(frozen=True)
class SetsInUse:
    """The sets that readers chose, and the largest of them as bits of the issue's sections; a note is measured too."""

    sets: int
    readers: int
    largest: int
    check: test_send.EmailCheck


def measure_sets_in_use(letter: message.MailingFragments) -> SetsInUse | None:
    """Return what readers chose of an issue; None where nobody would get an email."""
    readers = _count_readers_by_set(letter.mailing.digest)
    if not readers:
        return None
    weights = [(f.position, len(f.html.encode())) for f in letter.fragments if f.kind == Fragment.Kind.SECTION]
    largest = max(readers, key=lambda bits: sum(weight for position, weight in weights if bits >> position & 1))
    note = 1 << split_prompts.SPLIT_PROMPT_BIT & test_send.select_all_sections(letter)
    return SetsInUse(len(readers), sum(readers.values()), largest, test_send.check_email(letter, largest | note))


def _count_readers_by_set(digest: Digest) -> dict[int, int]:
    """Return how many readers chose each set."""
    places = digest.sections.exclude(text="").values_list("position", "category")
    key = f"sets-{digest.pk}-{'-'.join(f'{position}.{category}' for position, category in places)}"
    key = hashlib.sha256(key.encode()).hexdigest()
    readers: dict[int, int] | None = cache.get(key)
    if readers is None:
        with connection.cursor() as cursor:
            cursor.execute(_SETS_SQL, {"digest": digest.pk, "publication": digest.publication_id})
            readers = dict(cursor.fetchall())
        cache.set(key, readers, CACHE_SECONDS)
    return readers
