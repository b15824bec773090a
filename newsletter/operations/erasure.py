"""Erases a reader: afterwards no row and no file leads back to the person.

Two things stay. The counts of mailings have no names. Where a complaint or the owner's own wish suppresses the address,
a keyed hash of it stays (subscribers.addresses), so that no sign-up and no import brings the reader back. An event that
arrives later about a mail to an erased reader is saved without its text (feedback.events).
"""

import logging
from collections.abc import Iterable

from django.contrib.admin.models import LogEntry
from django.db import OperationalError, connection, transaction
from django.db.models import Q

from newsletter.models import Delivery, Event, KeptAway, SignupRequest, Subscriber, Suppression, TransactionalMail
from newsletter.models.events import Weight
from newsletter.subscribers import account, mailbox_limits, suppression
from newsletter.subscribers.addresses import filter_by_address, get_base_mailbox, hash_address_with_all_keys
from newsletter.subscribers.csv_import import forget_address
from newsletter.transport import eml_backend

logger = logging.getLogger(__name__)

# A dead mailbox is no wish of its owner. A suppression that a person set at the desk is taken for one.
_KEPT_REASONS = [Suppression.Reason.COMPLAINT, Suppression.Reason.WISH, Suppression.Reason.MANUAL]
_JOURNAL_WAIT_MS = 2_000  # a person waits for the page


def is_suppression_kept(subscriber: Subscriber) -> bool:
    """Say whether a keyed hash of the address has to stay when the reader is erased."""
    return suppression.find_suppressions(subscriber.email).filter(reason__in=_KEPT_REASONS).exists()


def erase_subscriber(subscriber: Subscriber, *, never_again: bool = False) -> None:
    """Erase a reader. With `never_again` a keyed hash of the address stays suppressed."""
    pk, addresses = subscriber.pk, _current_and_earlier_addresses(subscriber)
    with transaction.atomic():
        reported = _anonymize_events(subscriber, addresses)
        for address in addresses:
            wish = Suppression.Reason.WISH if never_again and address == subscriber.email else ""
            _replace_by_hash(address, Suppression.Reason.COMPLAINT if address.lower() in reported else wish)
            filter_by_address(SignupRequest.objects.all(), address).delete()
            filter_by_address(TransactionalMail.objects.all(), address).delete()
            mailbox_limits.reset_mail_count(address)
            KeptAway.objects.filter(hash__in=hash_address_with_all_keys(address)).delete()
            forget_address.erase_address_from_imports(address)
        account.list_reader_mails(subscriber).delete()
        _anonymize_admin_log(subscriber)
        subscriber.delete()
        transaction.on_commit(truncate_sqlite_journal)
    for address in addresses:
        eml_backend.delete_messages_to(address)
    logger.info("erased subscriber=%s", pk)


def truncate_sqlite_journal() -> None:
    """Write SQLite's write-ahead log into the database file and truncate it; nothing on PostgreSQL.

    The log would hold erased rows until it is overwritten. Where another connection reads for longer than the wait, the
    daily purge does it.
    """
    if connection.vendor != "sqlite":
        return
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA busy_timeout")
        usual_wait_ms = int(cursor.fetchone()[0])
        # A checkpoint waits for every reader, so it gets a shorter wait than the connection's own.
        cursor.execute(f"PRAGMA busy_timeout = {_JOURNAL_WAIT_MS}")
        try:
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            cursor.fetchall()
        except OperationalError as error:  # within a transaction, or somebody writes
            logger.warning("the journal is not emptied: %s", error)
        finally:
            cursor.execute(f"PRAGMA busy_timeout = {usual_wait_ms}")


def _current_and_earlier_addresses(subscriber: Subscriber) -> list[str]:
    """Return the reader's address, and those before it that could still take a change back and are nobody else's."""
    earlier = TransactionalMail.objects.filter(kind=TransactionalMail.Kind.UNDO, subscription__subscriber=subscriber)
    others = Subscriber.objects.exclude(pk=subscriber.pk)
    found = {one for one in earlier.values_list("email", flat=True) if not filter_by_address(others, one).exists()}
    return sorted({subscriber.email, *found})


def _anonymize_events(subscriber: Subscriber, addresses: Iterable[str]) -> set[str]:
    """Blank the texts of a reader's deliveries and events; return the addresses, in lower case, whose complaints wait.

    A server's words repeat the address, a Message-ID has the reader's number, and a waiting event names the recipient.
    """
    theirs = Delivery.objects.filter(subscriber=subscriber)
    lowered = {address.lower() for address in addresses}
    waiting = Event.objects.filter(acted_at=None).exclude(recipient="").values_list("pk", "recipient", "weight")
    found = [(pk, recipient.lower(), weight) for pk, recipient, weight in waiting if recipient.lower() in lowered]
    Event.objects.filter(Q(delivery__in=theirs) | Q(pk__in=[pk for pk, _recipient, _weight in found])).update(
        detail="", message_id="", recipient=""
    )
    theirs.update(server_reply="", message_id="")
    return {recipient for _pk, recipient, weight in found if weight == Weight.COMPLAINT}


def _anonymize_admin_log(subscriber: Subscriber) -> None:
    """Reduce the reader to a number in the log of the desk."""
    logged = LogEntry.objects.filter(content_type__app_label="newsletter", content_type__model="subscriber")
    logged.filter(object_id=str(subscriber.pk)).update(object_repr=f"#{subscriber.pk}")


def _replace_by_hash(address: str, wish: str) -> None:
    """Replace a suppressed address by its keyed hash where its owner wished it; else delete the suppression."""
    rows = filter_by_address(Suppression.objects.all(), address)
    reason = rows.filter(reason__in=_KEPT_REASONS).values_list("reason", flat=True).first() or wish
    rows.delete()
    if reason == Suppression.Reason.WISH and not suppression.is_confirmed_address(get_base_mailbox(address)):
        address = get_base_mailbox(address)  # the same mailbox may sign up with another +label or dot
    if reason:
        suppression.suppress_by_hash(address, reason)
