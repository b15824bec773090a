"""Addresses that must not be written to: asked for, added, and kept as a keyed hash where the address itself may not be.

A row of Suppression holds whatever a subscription says. Not here: what a reader chooses (consent), and which event of a
mail server leads to a suppression (feedback/events).
"""

from collections.abc import Iterable

from django.db.models import Q, QuerySet
from django.db.models.functions import Lower

from newsletter.models import Subscriber, Suppression
from newsletter.subscribers import addresses

REASONS_LIFTED_BY_SIGN_UP = (Suppression.Reason.BOUNCE, Suppression.Reason.BLOCKED)


def is_suppressed(email: str) -> bool:
    """Say whether an address must not be written to, under this name or that of its mailbox."""
    return bool(find_suppressed_addresses({email, addresses.get_base_mailbox(email)}))


def find_suppressed_addresses(emails: Iterable[str]) -> set[str]:
    """Return those of some addresses, in lower case, that must not be written to; some hundred at once.

    Of readers who were erased only a keyed hash is known.
    """
    by_hash = {
        one: addresses.fold_address(email) for email in emails for one in addresses.hash_address_with_all_keys(email)
    }
    known = Suppression.objects.annotate(address=Lower("email"))
    found = set(known.filter(address__in=set(by_hash.values())).values_list("address", flat=True))
    hashes = Suppression.objects.filter(address_hash__in=by_hash).values_list("address_hash", flat=True)
    return found | {by_hash[one] for one in hashes if one}


def find_suppressions(email: str) -> QuerySet[Suppression]:
    """Return why an address must not be written to: the row that names it, or that of its keyed hash."""
    rows = Suppression.objects.annotate(address=Lower("email"))
    return rows.filter(
        Q(address=addresses.fold_address(email)) | Q(address_hash__in=addresses.hash_address_with_all_keys(email))
    )


def is_permanently_suppressed(email: str) -> bool:
    """Say whether not even an own sign-up brings an address back: its owner complained, or a person suppressed it."""
    names = {email, addresses.get_base_mailbox(email)}
    return any(find_suppressions(name).exclude(reason__in=REASONS_LIFTED_BY_SIGN_UP).exists() for name in names)


def suppress_address(address: str, reason: Suppression.Reason, *, detail: str = "") -> bool:
    """Keep an address from ever being written to; False where it was suppressed already or is empty."""
    if not address or find_suppressed_addresses([address]):
        return False
    Suppression.objects.create(email=address, reason=reason, detail=detail[:2000])
    return True


def suppress_by_hash(address: str, reason: str) -> None:
    """Keep an address that belongs to no reader from being written to: by its keyed hash alone."""
    if not find_suppressed_addresses([address]):
        Suppression.objects.create(address_hash=addresses.hash_address(address), reason=reason)


def is_confirmed_address(email: str) -> bool:
    """Say whether an address is a reader's who confirmed it once."""
    readers = addresses.filter_by_address(Subscriber.objects.all(), email)
    return readers.filter(subscriptions__confirmed_at__isnull=False).exists()
