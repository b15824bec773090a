"""Suppression: finds and adds addresses that must not be written to.

A suppressed address gets no mail, whatever its subscriptions say. Where the address itself may not be kept (of readers who
were erased, and of people who never confirmed), a keyed hash stands in its place. Not here: what a reader chooses (consent),
and which event of a mail server leads to a suppression (feedback/events).
"""

from collections.abc import Iterable

from django.db.models import Q, QuerySet
from django.db.models.functions import Lower

from newsletter.models import Subscriber, Suppression
from newsletter.subscribers import addresses

# A confirmed sign-up shows that the mailbox lives and wants the mail. A complaint, or a person's decision, it does not lift.
REASONS_LIFTED_BY_SIGN_UP = (Suppression.Reason.BOUNCE, Suppression.Reason.BLOCKED)


def is_suppressed(email: str) -> bool:
    """Say whether an address is suppressed, by itself or by the address of its mailbox."""
    return bool(find_suppressed_addresses({email, addresses.get_base_mailbox(email)}))


def find_suppressed_addresses(emails: Iterable[str]) -> set[str]:
    """Return the suppressed ones of some addresses, folded; by two queries for any number of them.

    To be asked for some hundred at once, because SQLite takes 999 values per query or more.
    """
    by_hash = {
        one: addresses.fold_address(email) for email in emails for one in addresses.hash_address_with_all_keys(email)
    }
    known = Suppression.objects.annotate(address=Lower("email"))
    found = set(known.filter(address__in=set(by_hash.values())).values_list("address", flat=True))
    hashes = Suppression.objects.filter(address_hash__in=by_hash).values_list("address_hash", flat=True)
    return found | {by_hash[one] for one in hashes if one}


def find_suppressions(email: str) -> QuerySet[Suppression]:
    """Return the suppressions of an address: by its name, or by its keyed hash."""
    rows = Suppression.objects.annotate(address=Lower("email"))
    return rows.filter(
        Q(address=addresses.fold_address(email)) | Q(address_hash__in=addresses.hash_address_with_all_keys(email))
    )


def is_permanently_suppressed(email: str) -> bool:
    """Say whether not even a sign-up of its owner brings an address back, after a complaint or a person's decision."""
    names = {email, addresses.get_base_mailbox(email)}
    return any(find_suppressions(name).exclude(reason__in=REASONS_LIFTED_BY_SIGN_UP).exists() for name in names)


def suppress_address(address: str, reason: Suppression.Reason, *, detail: str = "") -> bool:
    """Suppress an address; return False where it is empty or was suppressed already. The detail is cut at 2,000 characters."""
    if not address or find_suppressed_addresses([address]):
        return False
    Suppression.objects.create(email=address, reason=reason, detail=detail[:2000])
    return True


def suppress_by_hash(address: str, reason: str) -> None:
    """Suppress an address that belongs to no reader, by its keyed hash alone."""
    if not find_suppressed_addresses([address]):
        Suppression.objects.create(address_hash=addresses.hash_address(address), reason=reason)


def is_confirmed_address(email: str) -> bool:
    """Say whether an address belongs to a reader who confirmed a subscription at some time."""
    readers = addresses.filter_by_address(Subscriber.objects.all(), email)
    return readers.filter(subscriptions__confirmed_at__isnull=False).exists()
