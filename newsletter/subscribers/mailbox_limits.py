"""How many mails a mailbox gets that ask it to confirm something, while it answers none of them.

Anybody may type anybody's address into a form, as often as they like and with a new label behind a plus each time. What
counts is the mailbox behind the address, and what it was sent: three mails, then one a week, until somebody there answers. Of a
mailbox only a keyed hash is kept. Not here: limits of networks and of the whole site (guard).
"""

import datetime as dt

from django.db.models import F, Q
from django.utils import timezone

from newsletter.models import Mailbox
from newsletter.subscribers.addresses import get_base_mailbox, hash_address, hash_address_with_all_keys

MAX_FIRST_MAILS = 3  # within a day or longer: people mistype, look for the mail, and ask once more
LATER_MAIL_INTERVAL = dt.timedelta(days=7)
MAIL_COUNT_RETENTION = dt.timedelta(days=60)  # of silence; who asks after that long begins again

_BY_READER = "by its reader: "  # before the address, where its hash is made


def count_mail(email: str, now: dt.datetime | None = None, *, by_reader: bool = False) -> bool:
    """Count one more mail to a mailbox; False where it must not be sent, and does not count.

    What was asked for on a reader's own page has a count of its own, which no stranger can use up. One conditional UPDATE, so that of two processes with the last mail in hand one sends it.
    """
    now = now or timezone.now()
    name = _BY_READER + get_base_mailbox(email) if by_reader else get_base_mailbox(email)
    rows = Mailbox.objects.filter(hash__in=hash_address_with_all_keys(name))
    if not rows.exists():
        Mailbox.objects.bulk_create([Mailbox(hash=hash_address(name))], ignore_conflicts=True)
    free = rows.filter(Q(mails__lt=MAX_FIRST_MAILS) | Q(last_at__lte=now - LATER_MAIL_INTERVAL))
    return bool(free.update(mails=F("mails") + 1, last_at=now))


def reset_mail_count(email: str) -> None:
    """Begin to count again: somebody who reads the mailbox has answered."""
    name = get_base_mailbox(email)
    Mailbox.objects.filter(
        hash__in=hash_address_with_all_keys(name) + hash_address_with_all_keys(_BY_READER + name)
    ).delete()


def purge_mail_counts(now: dt.datetime | None = None) -> int:
    """Forget mailboxes that were written to long ago; return how many."""
    now = now or timezone.now()
    return Mailbox.objects.filter(last_at__lt=now - MAIL_COUNT_RETENTION).delete()[0]
