"""Writes the judged lines of a CSV import: subscriptions with their consent, and what keeps the other addresses away.

Runs in the transaction in which `jobs` saves the progress of the import, and under the lock of category changes. Not here:
what becomes of a line (judge_rows).
"""

from collections.abc import Iterable, Sequence

from django.utils import timezone

from newsletter.models import Import, KeptAway, Subscriber, Subscription, Suppression
from newsletter.subscribers import consent, split_prompts, suppression
from newsletter.subscribers.addresses import hash_address
from newsletter.subscribers.csv_import.import_errors import CsvImportError, ImportErrorCode
from newsletter.subscribers.csv_import.judge_rows import IMPORTED_FATES, ImportLine, KnownAddress, LineFate

_SUPPRESSION_REASONS = {
    LineFate.BOUNCED: Suppression.Reason.BOUNCE,
    LineFate.BLOCKED: Suppression.Reason.BLOCKED,
    LineFate.SUPPRESSED: Suppression.Reason.MANUAL,
    LineFate.COMPLAINED: Suppression.Reason.COMPLAINT,
}


def write_lines(lines: Sequence[ImportLine], known: dict[str, KnownAddress], row: Import) -> None:
    """Write some judged lines, one per address. Raises CsvImportError where a category is gone since the check."""
    imported = [line for line in lines if line.fate in IMPORTED_FATES]
    gone = [line for line in lines if line.has_fate_of_state and line.fate is LineFate.LEFT]
    readers = _get_or_create_readers([*imported, *gone], known)
    _create_subscriptions(imported, readers, row)
    _record_unsubscribed(gone, readers, known, row)
    ended = [known[line.key].reader for line in lines if line.fate is LineFate.ENDED_SUBSCRIPTION]
    theirs = Subscription.objects.filter(publication=row.publication, subscriber__in=[pk for pk in ended if pk])
    theirs.update(state=consent.LEFT, left_at=timezone.now())
    _suppress_addresses(
        [line for line in lines if line.has_fate_of_state and line.fate in _SUPPRESSION_REASONS], known, row
    )
    # Of people who never confirmed nothing but a hash is kept: they agreed to nothing.
    unconfirmed = [line for line in lines if line.has_fate_of_state and line.fate is LineFate.UNCONFIRMED]
    KeptAway.objects.bulk_create((KeptAway(hash=hash_address(line.key)) for line in unconfirmed), ignore_conflicts=True)


def _get_or_create_readers(lines: Sequence[ImportLine], known: dict[str, KnownAddress]) -> dict[str, int]:
    """Return the id of each line's subscriber by folded address; those who are new are created."""
    unknown = [line for line in lines if known[line.key].reader is None]
    made = Subscriber.objects.bulk_create(
        Subscriber(email=line.email, time_zone=line.time_zone, **({"language": line.language} if line.language else {}))
        for line in unknown
    )
    found = {line.key: reader for line in lines if (reader := known[line.key].reader) is not None}
    return found | {one.email.lower(): one.pk for one in made}


def _create_subscriptions(lines: Sequence[ImportLine], readers: dict[str, int], row: Import) -> None:
    """Create the active subscriptions of lines, with their categories and consent."""
    categories = _resolve_category_ids({slug for line in lines for slug in line.categories}, row)
    ids = [readers[line.key] for line in lines]
    # Sign-ups that waited for a confirmation: the file brings the consent.
    Subscription.objects.filter(publication=row.publication, subscriber__in=ids).delete()
    made = Subscription.objects.bulk_create(
        Subscription(
            subscriber_id=reader,
            publication=row.publication,
            state=consent.ACTIVE,
            requested_at=line.confirmed_at or timezone.now(),
            confirmed_at=line.confirmed_at or timezone.now(),
            consent_source=line.consent or row.consent[:300],
        )
        for line, reader in zip(lines, ids, strict=True)
    )
    choice = Subscription.categories.through
    choice.objects.bulk_create(
        choice(subscription_id=one.pk, category_id=category)
        for one, line in zip(made, lines, strict=True)
        for category in _chosen_categories(line, categories)
    )


def _chosen_categories(line: ImportLine, categories: dict[str, list[int]]) -> Iterable[int]:
    return dict.fromkeys(pk for slug in line.categories for pk in categories[slug])


def _resolve_category_ids(slugs: set[str], row: Import) -> dict[str, list[int]]:
    """Return the ids of the categories that slugs mean now: one that was divided since the check means all of its parts.

    Raises CsvImportError where a slug means none any more.
    """
    open_now = dict(consent.list_open_categories(row.publication).values_list("slug", "pk"))
    found = {slug: [open_now[slug]] for slug in slugs if slug in open_now}
    for slug in sorted(slugs - found.keys()):
        found[slug] = [category.pk for category in split_prompts.resolve_categories(row.publication, [slug])]
        if not found[slug]:
            raise CsvImportError(ImportErrorCode.CATEGORY_GONE, slug=slug)
    return found


def _record_unsubscribed(
    lines: Sequence[ImportLine], readers: dict[str, int], known: dict[str, KnownAddress], row: Import
) -> None:
    """Record people who left elsewhere, also those who signed up here and did not confirm: no later file brings them back."""
    Subscription.objects.bulk_create(
        Subscription(
            subscriber_id=readers[line.key],
            publication=row.publication,
            state=consent.LEFT,
            consent_source=row.consent[:300],
        )
        for line in lines
        if not known[line.key].state
    )
    waiting = [readers[line.key] for line in lines if known[line.key].state == consent.PENDING]
    pending = Subscription.objects.filter(publication=row.publication, subscriber__in=waiting, left_at=None)
    pending.update(left_at=timezone.now())


def _suppress_addresses(lines: Sequence[ImportLine], known: dict[str, KnownAddress], row: Import) -> None:
    """Suppress the addresses of lines; a complaint replaces an earlier reason, because it lasts while others may be lifted."""
    free = [line for line in lines if not known[line.key].suppression]
    Suppression.objects.bulk_create(
        Suppression(email=line.email, reason=_SUPPRESSION_REASONS[line.fate], detail=row.consent)
        for line in free
        if line.fate
    )
    for line in lines:
        if line.fate is LineFate.COMPLAINED and known[line.key].suppression not in {"", Suppression.Reason.COMPLAINT}:
            suppression.find_suppressions(line.email).update(reason=Suppression.Reason.COMPLAINT)
