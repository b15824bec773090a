"""The sets of categories that readers chose -> how many there are in an issue, and which of them makes the largest email.

One statement over all active subscriptions: a second or more with a million of them, so no page waits for it.
"""

from dataclasses import dataclass

from django.db import connection

from newsletter import message, proof
from newsletter.models import Fragment

_SETS = """
    SELECT bits, COUNT(*) FROM (
        SELECT CAST(SUM(CAST(1 AS bigint) << d.position) AS bigint) AS bits
        FROM newsletter_subscription s
        JOIN newsletter_subscription_categories c ON c.subscription_id = s.id
        JOIN digests_section d ON d.digest_id = %(digest)s AND d.category_id = c.category_id AND d.text <> ''
        WHERE s.publication_id = %(publication)s AND s.state = 'active'
        GROUP BY s.id
    ) chosen GROUP BY bits
"""


@dataclass(frozen=True)
class InUse:
    """The sets that readers chose, and the largest of them as bits of the issue's sections."""

    sets: int
    readers: int
    largest: int
    check: proof.Check


def in_use(letter: message.Letter) -> InUse | None:
    """Return what readers chose of an issue; None where nobody would get an email."""
    digest = letter.mailing.digest
    with connection.cursor() as cursor:
        cursor.execute(_SETS, {"digest": digest.pk, "publication": digest.publication_id})
        readers = dict(cursor.fetchall())
    if not readers:
        return None
    weights = [(f.position, len(f.html.encode())) for f in letter.fragments if f.kind == Fragment.Kind.SECTION]
    largest = max(readers, key=lambda bits: sum(weight for position, weight in weights if bits >> position & 1))
    return InUse(len(readers), sum(readers.values()), largest, proof.check(letter, largest))
