"""Outcomes -> rows: what became of claimed deliveries, written by one statement, and what follows from an answer.

A temporary failure is tried again, each time later, and given up a day after the last moment at which the mailing was
due to anybody. A permanent one never is; where the words say beyond doubt that the mailbox is dead, its address is
suppressed, and where they speak of a mailbox that may live, an event is kept, so that one which never answers is found
by its streak (events). A domain that asks for it (4.7.28), or that puts off ten of a batch and takes none, is held back as a whole,
each time longer. Not here: who reads the answers on the way (send), and that a mailing pauses over refusals that are
not the reader's fault (ledger).
"""

import datetime as dt
import json
import logging
import random
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from anymail.signals import EventType
from django.db import connection, transaction
from django.db.models.functions import Coalesce
from django.utils import timezone

from newsletter.delivery import queue_order
from newsletter.delivery.journal import DeliveryOutcome
from newsletter.models import Delivery, DomainBackoff, Event, Mailing, Suppression
from newsletter.models.events import Weight
from newsletter.transport.reply_classes import classify_reply, is_about_mailbox
from newsletter.transport.responses import extract_codes
from newsletter.transport.types import SendState

logger = logging.getLogger(__name__)

CANCELLED = "cancelled"
GIVE_UP_AFTER = dt.timedelta(hours=24)  # a temporary failure is tried again for so long
GAVE_UP_PREFIX = "gave up after 24 hours: "
FIRST_RETRY_DELAY = dt.timedelta(minutes=5)
FIRST_BACKOFF = dt.timedelta(minutes=10)
LONGEST_BACKOFF = dt.timedelta(hours=4)
DEFERRALS_FOR_BACKOFF = 10  # of one domain put off in a batch that has none accepted there
_SLOW_DOWN = re.compile(r"\b4\.7\.28\b")  # the mails of a sender come too fast

# Of a reader who was erased while the mail was on its way nothing is kept: a server's words repeat the address.
_WRITE_SQL = {
    "postgresql": """
        UPDATE newsletter_delivery d SET state = v.state, attempts = d.attempts + 1,
            answer = CASE WHEN d.subscriber_id IS NULL THEN '' ELSE v.answer END,
            message_id = CASE WHEN d.subscriber_id IS NULL THEN '' ELSE COALESCE(v.message_id, '') END,
            settled_at = CASE WHEN v.state = 'queued' THEN NULL ELSE CAST(%(now)s AS timestamptz) END,
            due_at = COALESCE(CAST(v.due_at AS timestamptz), d.due_at)
        FROM jsonb_to_recordset(%(rows)s::jsonb) AS v(id bigint, state text, answer text, message_id text, due_at text)
        WHERE d.id = v.id AND d.state = 'queued'
    """,
    "sqlite": """
        UPDATE newsletter_delivery SET state = v.state, attempts = newsletter_delivery.attempts + 1,
            answer = CASE WHEN subscriber_id IS NULL THEN '' ELSE v.answer END,
            message_id = CASE WHEN subscriber_id IS NULL THEN '' ELSE COALESCE(v.message_id, '') END,
            settled_at = CASE WHEN v.state = 'queued' THEN NULL ELSE %(now)s END,
            due_at = COALESCE(v.due_at, newsletter_delivery.due_at)
        FROM (SELECT json_extract(value, '$.id') AS taken, json_extract(value, '$.state') AS state,
            json_extract(value, '$.answer') AS answer, json_extract(value, '$.message_id') AS message_id,
            json_extract(value, '$.due_at') AS due_at FROM json_each(%(rows)s)) AS v
        WHERE newsletter_delivery.id = v.taken AND newsletter_delivery.state = 'queued'
    """,
}


class _Deferred(NamedTuple):
    """A delivery that was put off, and what its next moment is reckoned from."""

    id: int
    attempts: int
    email: str | None
    due_at: dt.datetime | None  # the latest moment of the mailing
    mailing_id: int


@transaction.atomic
def settle_deliveries(outcomes: Iterable[DeliveryOutcome], now: dt.datetime | None = None) -> None:
    """Write what became of claimed deliveries; a row that has its outcome already is left alone."""
    now = now or timezone.now()
    last = {outcome.delivery_id: outcome for outcome in outcomes}.values()
    outcomes = [
        DeliveryOutcome(pk, state, _clean_for_database(answer), _clean_for_database(name)[:200])
        for pk, state, answer, name in last
    ]
    put_off = {outcome.delivery_id: outcome.answer for outcome in outcomes if outcome.state == SendState.RETRY}
    rows = [_make_row(*outcome) for outcome in outcomes if outcome.state != SendState.RETRY]
    if put_off:
        deferred = _load_deferred(put_off)
        marks = queue_order.lock_marks(one.mailing_id for one in deferred)
        rows += [_make_retry_row(one, put_off[one.id], now, marks[one.mailing_id]) for one in deferred]
        _back_off_domains(
            deferred, put_off, [o.delivery_id for o in outcomes if o.state == Delivery.State.ACCEPTED], now
        )
    _suppress_dead([o for o in outcomes if o.state == Delivery.State.FAILED and classify_reply(o.answer) == "mailbox"])
    _record_soft_refusals([row for row in rows if row["state"] == Delivery.State.FAILED], now)
    if rows:
        with connection.cursor() as cursor:
            if connection.vendor == "postgresql":
                cursor.execute(queue_order.USE_INDEXES_SQL)
            cursor.execute(_WRITE_SQL[connection.vendor], {"rows": json.dumps(rows), "now": _format_moment(now)})
    if put_off:
        skip_ended_deliveries(put_off)


def _make_row(delivery_id: int, state: str, answer: str, message_id: str = "") -> dict[str, Any]:
    """Return what is written of a delivery, in few bytes: a batch has thousands of them."""
    row = {"id": delivery_id, "state": str(state), "answer": answer}
    return row | {"message_id": message_id} if message_id else row


def _clean_for_database(words: str) -> str:
    """Return a server's words as a database takes them: it may say a NUL, or half of a character."""
    if words.isascii() and "\0" not in words:
        return words
    return words.replace("\0", "").encode(errors="replace").decode()


def _format_moment(moment: dt.datetime) -> str:
    return str(connection.ops.adapt_datetimefield_value(moment))


def _load_deferred(ids: Iterable[int]) -> list[_Deferred]:
    rows = Delivery.objects.filter(pk__in=list(ids), state=Delivery.State.QUEUED)
    found = rows.values_list(
        "pk", "attempts", "subscriber__email", Coalesce("mailing__last_due_at", "mailing__planned_at"), "mailing"
    )
    return [_Deferred(*row) for row in found]


def _make_retry_row(one: _Deferred, answer: str, now: dt.datetime, mark: dt.datetime) -> dict[str, Any]:
    """Queue a delivery again, each time later; after a day it has failed."""
    if one.due_at and now - one.due_at > GIVE_UP_AFTER:
        return _make_row(one.id, Delivery.State.FAILED, f"{GAVE_UP_PREFIX}{answer}")
    wait = FIRST_RETRY_DELAY * 2 ** min(one.attempts, 6) * random.uniform(1.0, 1.3)  # noqa: S311 - jitter, not a secret
    return _make_row(one.id, Delivery.State.QUEUED, answer) | {
        "due_at": _format_moment(queue_order.find_due_behind_mark(mark, now + wait))
    }


def extract_domain(email: str) -> str:
    """Return the domain of an address, as holds and limits name it."""
    return email.rpartition("@")[2].lower()


def is_backoff_request(state: str, answer: str) -> bool:
    """Say whether an answer asks us to leave its whole domain alone for a while."""
    return state == SendState.RETRY and bool(_SLOW_DOWN.search(answer))


def _back_off_domains(
    deferred: Sequence[_Deferred], answers: dict[int, str], accepted: Sequence[int], now: dt.datetime
) -> None:
    """Hold the domains that asked for it, and those that put off many and took none."""
    asked = {
        extract_domain(one.email): answers[one.id]
        for one in deferred
        if one.email and _SLOW_DOWN.search(answers[one.id])
    }
    counted = Counter(extract_domain(one.email) for one in deferred if one.email)
    many = {name for name, n in counted.items() if n >= DEFERRALS_FOR_BACKOFF} - asked.keys()
    if many:
        took = Delivery.objects.filter(pk__in=accepted).values_list("subscriber__email", flat=True)
        many -= {extract_domain(email) for email in took if email}
    last = {extract_domain(one.email): answers[one.id] for one in deferred if one.email}
    for name in sorted(asked.keys() | many):
        back_off_domain(name, asked.get(name) or last[name], now)


def back_off_domain(name: str, answer: str, now: dt.datetime | None = None) -> dt.datetime:
    """Leave a domain alone for ten minutes, or twice as long as the last time; return until when.

    Of the answer only the codes are kept: its words may name a reader.
    """
    now, answer = now or timezone.now(), extract_codes(answer)
    row, made = DomainBackoff.objects.get_or_create(
        domain=name, defaults={"until": now + FIRST_BACKOFF, "answer": answer}
    )
    if not made and row.until <= now:
        # A hold that is long past says nothing of today.
        row.times = row.times + 1 if now - row.until < LONGEST_BACKOFF else 1
        row.until = now + min(FIRST_BACKOFF * 2 ** min(row.times - 1, 10), LONGEST_BACKOFF)
        row.answer = answer
        row.save()
    logger.warning("held domain=%s until=%s times=%d", name, row.until.isoformat(), row.times)
    return row.until


def _suppress_dead(outcomes: Sequence[DeliveryOutcome]) -> None:
    """Keep the addresses of dead mailboxes from ever being written to."""
    if not outcomes:
        return
    words = {outcome.delivery_id: outcome.answer for outcome in outcomes}
    claimed = Delivery.objects.filter(pk__in=words, state=Delivery.State.QUEUED, subscriber__isnull=False)
    rows = [
        Suppression(email=email, reason=Suppression.Reason.BOUNCE, detail=words[pk][:2000])
        for pk, email in claimed.values_list("pk", "subscriber__email")
        if email
    ]
    Suppression.objects.bulk_create(rows, ignore_conflicts=True)
    logger.info("suppressed addresses=%d", len(rows))


def _record_soft_refusals(rows: Sequence[dict[str, Any]], now: dt.datetime) -> None:
    """Keep an event of each refusal that is about a mailbox, for the same rule that counts bounces."""
    soft = {row["id"]: row["answer"] for row in rows if is_about_mailbox(row["answer"].removeprefix(GAVE_UP_PREFIX))}
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
    """Skip what came back to the queue of a mailing that a person ended in the meantime."""
    queued = Delivery.objects.filter(queue_order.WAITING, mailing__in=_list_ended_mailings())
    if delivery_ids is not None:
        queued = queued.filter(pk__in=list(delivery_ids))
    return queued.update(state=Delivery.State.SKIPPED, answer=CANCELLED, settled_at=timezone.now())


def _list_ended_mailings() -> list[int]:
    """Return the mailings that are done, as far as they may still be on their way somewhere."""
    recent = timezone.now() - dt.timedelta(days=2)
    return list(Mailing.objects.filter(state=Mailing.State.DONE, finished_at__gt=recent).values_list("pk", flat=True))
