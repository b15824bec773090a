"""Limits how many confirmation mails a mailbox gets that never answers: three, then one a week.

Anybody may type anybody's address into a form, as often as they like and with a new label behind a plus each time. So
mails are counted by the mailbox behind the address, until somebody there confirms. Of a mailbox only a keyed hash is kept.
Not here: limits of networks and of the whole site (antispam).
"""

import datetime as dt

from django.db.models import F, Q
from django.utils import timezone

from newsletter.models import Mailbox
from newsletter.subscribers.addresses import get_base_mailbox, hash_address, hash_address_with_all_keys

MAX_FIRST_MAILS = 3  # in any time: people look for a mail, and ask once or twice more
LATER_MAIL_INTERVAL = dt.timedelta(days=7)
MAIL_COUNT_RETENTION = dt.timedelta(days=60)  # after the last mail; then counting begins again

_BY_READER = "by its reader: "  # put before the address that is hashed: it makes a second count of the same mailbox


def count_mail(email: str, now: dt.datetime | None = None, *, by_reader: bool = False) -> bool:
    """Count one more mail to a mailbox; return False, and do not count, where the limit forbids it.

    Mails that a reader's own page asked for (`by_reader`) have a count of their own, which no stranger can use up.
    """
    now = now or timezone.now()
    name = _BY_READER + get_base_mailbox(email) if by_reader else get_base_mailbox(email)
    rows = Mailbox.objects.filter(hash__in=hash_address_with_all_keys(name))
    if not rows.exists():
        Mailbox.objects.bulk_create([Mailbox(hash=hash_address(name))], ignore_conflicts=True)
    # One conditional UPDATE: of two processes that hold the last allowed mail, one sends it.
    free = rows.filter(Q(mails__lt=MAX_FIRST_MAILS) | Q(last_at__lte=now - LATER_MAIL_INTERVAL))
    return bool(free.update(mails=F("mails") + 1, last_at=now))


def reset_mail_count(email: str) -> None:
    """Reset both counts of a mailbox, because somebody who reads it has confirmed."""
    name = get_base_mailbox(email)
    Mailbox.objects.filter(
        hash__in=hash_address_with_all_keys(name) + hash_address_with_all_keys(_BY_READER + name)
    ).delete()


def purge_mail_counts(now: dt.datetime | None = None) -> int:
    """Delete the counts of mailboxes that were written to long ago; return how many."""
    now = now or timezone.now()
    return Mailbox.objects.filter(last_at__lt=now - MAIL_COUNT_RETENTION).delete()[0]
