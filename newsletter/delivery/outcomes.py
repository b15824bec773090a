"""Writes the outcomes of claimed deliveries by one statement, and what follows: retry, back-off of a domain, suppression.

A temporary failure is tried again, each time later, and given up a day after the last moment at which the mailing was due
to any reader. A permanent one is never tried again. Where a server's words say beyond doubt that the mailbox is dead, its
address is suppressed; where they are about a mailbox that may live, an event is kept, so that one which never answers is
found by its streak (feedback.events). A domain that asks for it (4.7.28), or that defers ten of a batch and accepts none, is
left alone as a whole, each time longer. Not here: reading the answers (dispatch), and pausing a mailing over refusals that
are not the readers' fault (worker).
"""

import datetime as dt
import json
import logging
import random
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import NamedTuple, NotRequired, TypedDict

from anymail.signals import EventType
from django.db import connection, transaction
from django.db.models.functions import Coalesce
from django.utils import timezone

from newsletter.delivery import queue_order, sql
from newsletter.delivery.journal import DeliveryOutcome
from newsletter.models import Delivery, DomainBackoff, Event, Mailing, Suppression
from newsletter.models.columns import clean_for_database
from newsletter.models.deliveries import DeliveryReason
from newsletter.models.events import Weight
from newsletter.transport.responses import extract_codes
from newsletter.transport.smtp_reply_rules import classify_reply, is_about_mailbox
from newsletter.transport.types import SendState

logger = logging.getLogger(__name__)

GIVE_UP_AFTER = dt.timedelta(hours=24)  # a temporary failure is tried again for so long
# Each wait is twice the one before, up to 64 times the first.
FIRST_RETRY_DELAY = dt.timedelta(minutes=5)
_MAX_RETRY_DOUBLINGS = 6
FIRST_BACKOFF = dt.timedelta(minutes=10)  # of a whole domain; twice as long each time, up to the longest
LONGEST_BACKOFF = dt.timedelta(hours=4)
_MAX_BACKOFF_DOUBLINGS = 10  # more than the longest allows; a larger power is no number that a timedelta takes
DEFERRALS_FOR_BACKOFF = 10  # of one domain, in a batch of which it accepted nothing
_RECENTLY_ENDED = dt.timedelta(days=2)  # what was under way when it ended has come back by then
_SLOW_DOWN = re.compile(r"\b4\.7\.28\b")  # the mails of this sender come too fast


class OutcomeRow(TypedDict):
    """What the statement writes of one delivery; moments as the database keeps them."""

    id: int
    state: str
    server_reply: str
    reason: NotRequired[str]
    message_id: NotRequired[str]
    due_at: NotRequired[str]


class _Deferred(NamedTuple):
    """A delivery with a temporary failure, and what its next due moment is reckoned from."""

    id: int
    attempts: int
    email: str | None
    last_due_at: dt.datetime | None  # of the mailing's last reader
    mailing_id: int


@transaction.atomic
def settle_deliveries(outcomes: Iterable[DeliveryOutcome], now: dt.datetime | None = None) -> None:
    """Write what became of claimed deliveries; a row that has its outcome already is left alone.

    Also suppresses dead mailboxes, keeps events of soft refusals, and backs off domains that ask for it.
    """
    now = now or timezone.now()
    last = {outcome.delivery_id: outcome for outcome in outcomes}.values()
    outcomes = [
        DeliveryOutcome(pk, state, clean_for_database(reply), clean_for_database(name)[:200], reason)
        for pk, state, reply, name, reason in last
    ]
    deferral_replies = {
        outcome.delivery_id: outcome.server_reply for outcome in outcomes if outcome.state == SendState.RETRY
    }
    rows = [_make_row(*outcome) for outcome in outcomes if outcome.state != SendState.RETRY]
    if deferral_replies:
        deferred = _load_deferred(deferral_replies)
        marks = queue_order.lock_marks(one.mailing_id for one in deferred)
        rows += [_make_retry_row(one, deferral_replies[one.id], now, marks[one.mailing_id]) for one in deferred]
        accepted = [outcome.delivery_id for outcome in outcomes if outcome.state == Delivery.State.ACCEPTED]
        _back_off_domains(deferred, deferral_replies, accepted, now)
    failed = [outcome for outcome in outcomes if outcome.state == Delivery.State.FAILED]
    _suppress_dead_mailboxes([outcome for outcome in failed if classify_reply(outcome.server_reply) == "mailbox"])
    _record_soft_refusals([row for row in rows if row["state"] == Delivery.State.FAILED], now)
    if rows:
        with connection.cursor() as cursor:
            queue_order.use_indexes(cursor)
            cursor.execute(
                sql.WRITE_OUTCOMES[connection.vendor], {"rows": json.dumps(rows), "now": _format_moment(now)}
            )
    if deferral_replies:
        skip_ended_deliveries(deferral_replies)


def _make_row(delivery_id: int, state: str, reply: str, message_id: str = "", reason: str = "") -> OutcomeRow:
    row: OutcomeRow = {"id": delivery_id, "state": str(state), "server_reply": reply}
    if message_id:  # SMTP gives none, and a batch has thousands of rows: what is empty takes no bytes
        row["message_id"] = message_id
    if reason:
        row["reason"] = str(reason)
    return row


def _format_moment(moment: dt.datetime) -> str:
    return str(connection.ops.adapt_datetimefield_value(moment))


def _load_deferred(ids: Iterable[int]) -> list[_Deferred]:
    rows = Delivery.objects.filter(pk__in=list(ids), state=Delivery.State.QUEUED)
    found = rows.values_list(
        "pk", "attempts", "subscriber__email", Coalesce("mailing__last_due_at", "mailing__planned_at"), "mailing"
    )
    return [_Deferred(*row) for row in found]


def _make_retry_row(one: _Deferred, reply: str, now: dt.datetime, mark: dt.datetime) -> OutcomeRow:
    """Return the row that queues a delivery again, each time later, or fails it after GIVE_UP_AFTER."""
    if one.last_due_at and now - one.last_due_at > GIVE_UP_AFTER:
        return _make_row(one.id, Delivery.State.FAILED, reply, reason=DeliveryReason.GAVE_UP)
    # Up to 30 % longer by chance, so that what was deferred together does not come back all at once.
    jitter = random.uniform(1.0, 1.3)  # noqa: S311 - not a secret
    wait = FIRST_RETRY_DELAY * 2 ** min(one.attempts, _MAX_RETRY_DOUBLINGS) * jitter
    row = _make_row(one.id, Delivery.State.QUEUED, reply)
    row["due_at"] = _format_moment(queue_order.find_due_behind_mark(mark, now + wait))
    return row


def extract_domain(email: str) -> str:
    """Return the domain of an address in small letters, as back-offs and limits name it."""
    return email.rpartition("@")[2].lower()


def is_backoff_request(state: str, reply: str) -> bool:
    """Return whether a reply asks us to send more slowly to its whole domain."""
    return state == SendState.RETRY and bool(_SLOW_DOWN.search(reply))


def _back_off_domains(
    deferred: Sequence[_Deferred], replies: dict[int, str], accepted: Sequence[int], now: dt.datetime
) -> None:
    """Leave the domains alone that asked for it, and those that deferred many deliveries and accepted none."""
    requests = {
        extract_domain(one.email): replies[one.id]
        for one in deferred
        if one.email and _SLOW_DOWN.search(replies[one.id])
    }
    counts = Counter(extract_domain(one.email) for one in deferred if one.email)
    busy = {name for name, n in counts.items() if n >= DEFERRALS_FOR_BACKOFF} - requests.keys()
    if busy:
        accepted_emails = Delivery.objects.filter(pk__in=accepted).values_list("subscriber__email", flat=True)
        busy -= {extract_domain(email) for email in accepted_emails if email}
    last_replies = {extract_domain(one.email): replies[one.id] for one in deferred if one.email}
    for name in sorted(requests.keys() | busy):
        back_off_domain(name, requests.get(name) or last_replies[name], now)


def back_off_domain(name: str, reply: str, now: dt.datetime | None = None) -> dt.datetime:
    """Leave a domain alone for ten minutes, or for twice as long as the last time; return until when.

    Of the reply only the codes are kept: its words may name a reader. While a back-off lasts, another reply does not
    extend it.
    """
    now, codes = now or timezone.now(), extract_codes(reply)
    row, made = DomainBackoff.objects.get_or_create(
        domain=name, defaults={"until": now + FIRST_BACKOFF, "server_reply": codes}
    )
    if not made and row.until <= now:
        # A back-off that ended long ago says nothing of today: it begins with the shortest again.
        row.times = row.times + 1 if now - row.until < LONGEST_BACKOFF else 1
        row.until = now + min(FIRST_BACKOFF * 2 ** min(row.times - 1, _MAX_BACKOFF_DOUBLINGS), LONGEST_BACKOFF)
        row.server_reply = codes
        row.save()
    logger.warning("held domain=%s until=%s times=%d", name, row.until.isoformat(), row.times)
    return row.until


def _suppress_dead_mailboxes(outcomes: Sequence[DeliveryOutcome]) -> None:
    if not outcomes:
        return
    replies = {outcome.delivery_id: outcome.server_reply for outcome in outcomes}
    claimed = Delivery.objects.filter(pk__in=replies, state=Delivery.State.QUEUED, subscriber__isnull=False)
    rows = [
        Suppression(email=email, reason=Suppression.Reason.BOUNCE, detail=replies[pk][:2000])
        for pk, email in claimed.values_list("pk", "subscriber__email")
        if email
    ]
    Suppression.objects.bulk_create(rows, ignore_conflicts=True)
    logger.info("suppressed addresses=%d", len(rows))


def _record_soft_refusals(rows: Sequence[OutcomeRow], now: dt.datetime) -> None:
    """Keep an event of each refusal that is about a mailbox which may live: the rule that counts bounces counts these too."""
    soft = {row["id"]: row["server_reply"] for row in rows if is_about_mailbox(row["server_reply"])}
    if not soft:
        return
    claimed = Delivery.objects.filter(pk__in=soft, state=Delivery.State.QUEUED, subscriber__isnull=False)
    events = [
        Event(
            provider="smtp",
            provider_id=str(pk),
            kind=EventType.REJECTED,  # never taken, so that it is no share of what was accepted
            weight=Weight.SOFT,
            at=now,
            named=pk,
            detail=soft[pk][:2000],
        )
        for pk in claimed.values_list("pk", flat=True)
    ]
    Event.objects.bulk_create(events, ignore_conflicts=True)


def skip_ended_deliveries(delivery_ids: Iterable[int] | None = None) -> int:
    """Skip deliveries that came back to the queue of a mailing which a person ended in the meantime; return how many."""
    queued = Delivery.objects.filter(queue_order.WAITING, mailing__in=_list_ended_mailings())
    if delivery_ids is not None:
        queued = queued.filter(pk__in=list(delivery_ids))
    return queued.update(state=Delivery.State.SKIPPED, reason=DeliveryReason.CANCELLED, settled_at=timezone.now())


def _list_ended_mailings() -> list[int]:
    """Return the mailings that ended lately; of the others nothing can be under way any more."""
    recent = timezone.now() - _RECENTLY_ENDED
    return list(Mailing.objects.filter(state=Mailing.State.DONE, finished_at__gt=recent).values_list("pk", flat=True))
