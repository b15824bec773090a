"""Records bounces, complaints and other events, and acts on them: suppresses an address, or ends a subscription.

A request of an ESP (anymail's `tracking` signal) or a report in the bounce mailbox only writes a row; a tick acts on
the rows, so that a burst is queued. A replayed event makes no second row. An event of an unknown message is kept, and
acts only on an address that is a subscriber's. Not here: the weight of an event (classify, bounce_reports).

A hard bounce (the mailbox is dead) and a complaint suppress the address at once. A refusal for policy is not the
reader's fault and suppresses nobody. A soft bounce (full, slow, away today) suppresses once the mailbox has bounced
everything for ten days, and at least five mails; a mail in between that did not bounce starts the count again.
"""

import datetime as dt
import hashlib
import logging
import re
from collections.abc import Iterable, Mapping, Sequence
from itertools import takewhile
from typing import Any

from anymail.signals import AnymailTrackingEvent, EventType, tracking
from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import connection, transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.dispatch import receiver
from django.utils import timezone

from digests.models import RowFailure
from digests.models.row_failures import DATABASE_DOWN_ERRORS, describe_error, handle_each_row
from newsletter.delivery import queue
from newsletter.emails import message
from newsletter.feedback.classify import classify_event
from newsletter.models import Delivery, Event, Subscriber, Subscription, Suppression
from newsletter.models.columns import clean_for_database
from newsletter.models.events import Weight
from newsletter.subscribers import addresses, consent, suppression
from newsletter.subscribers.addresses import fold_address

logger = logging.getLogger(__name__)

STREAK_BOUNCES = 5  # soft bounces
STREAK_DURATION = dt.timedelta(days=10)
_LOOK_BACK_DELIVERIES = 200  # of one reader: more than ten days of several daily publications
_IGNORED_KINDS = {EventType.QUEUED, EventType.SENT}  # the delivery's own row says so already
_TRACKING_KINDS = {EventType.OPENED, EventType.CLICKED}
_OWN_ID = re.compile(r"<?(\d{1,18})\.(\d{1,18})\.[\w-]{12}@[^>]*>?")


@receiver(tracking)
def on_tracking(event: AnymailTrackingEvent, esp_name: str, **_signal: Any) -> None:
    """Record an event of anymail's webhooks. Without a secret anybody could forge one, so then none is taken."""
    if not settings.ANYMAIL.get("WEBHOOK_SECRET"):
        raise PermissionDenied("ANYMAIL_WEBHOOK_SECRET is not set")
    record_event(event, provider=esp_name)


def record_event(event: AnymailTrackingEvent, *, provider: str) -> None:
    """Save an event for the next tick to act on; a replay changes nothing. `provider` is anymail's name of the ESP."""
    if event.event_type in _IGNORED_KINDS or (event.event_type in _TRACKING_KINDS and not settings.TRACKING):
        return
    metadata = event.metadata if isinstance(event.metadata, Mapping) else {}
    kind, weight = classify_event(event, provider)
    named = str(metadata.get("delivery", ""))
    row = Event(
        provider=provider[:30],
        kind=kind[:30],
        weight=weight,
        at=event.timestamp or timezone.now(),
        detail=_storable_text(event.mta_response or event.description or event.reject_reason, 2000),
        named=int(named) if re.fullmatch(r"[0-9]{1,18}", named) else None,
        message_id=_storable_text(event.message_id, 200),
        recipient=_storable_text(event.recipient, 254),
    )
    row.provider_id = _storable_text(event.event_id, 200) or _fingerprint(row, event)
    save_new_events([row])


def save_new_events(rows: Sequence[Event]) -> None:
    """Save events; those whose provider and id are there already are left out."""
    Event.objects.bulk_create(rows, ignore_conflicts=True)


def _storable_text(words: Any, most: int) -> str:
    """Return a text without what PostgreSQL refuses (NUL, half of a character), cut to `most` characters."""
    return clean_for_database(str(words or ""))[:most]


def _fingerprint(row: Event, event: AnymailTrackingEvent) -> str:
    """Return an id for an event whose provider gives none: the same for a replay."""
    content = (row.kind, row.message_id, row.recipient, event.timestamp, row.detail, event.click_url)
    return hashlib.blake2b(repr(content).encode(), digest_size=16).hexdigest()


def process_due_events(*, limit: int = 1000) -> int:
    """Act on the events that wait, oldest first, in batches of `limit`; return how many.

    Where a batch fails, each of its events is acted on by itself, so that only the bad one fails; that one is tried
    again after its pause.
    """
    waiting = Event.objects.filter(acted_at=None)
    acted, failed = 0, RowFailure.objects.filter(step="events").values_list("row", flat=True)
    if known := list(failed):
        acted += sum(handle_each_row("events", waiting.filter(pk__in=known), _process_one))
    while True:
        others = waiting.exclude(pk__in=known) if known else waiting
        try:
            count = _process_batch(others, limit)
        except DATABASE_DOWN_ERRORS:
            raise
        except Exception as error:
            logger.warning("events are acted on one by one: %s", describe_error(error))
            count = sum(handle_each_row("events", list(others.order_by("pk")[:limit]), _process_one))
            known = list(failed.all())
        acted += count
        if not count:
            break
    if acted:
        logger.info("acted on events=%d", acted)
    return acted


def _process_one(row: Event) -> int:
    return _process_batch(Event.objects.filter(acted_at=None, pk=row.pk), 1)


@transaction.atomic
def _process_batch(waiting: QuerySet[Event], limit: int) -> int:
    waiting = waiting.order_by("pk")
    if connection.features.has_select_for_update_skip_locked:
        # Two workers may act at the same moment: each takes the rows that the other has not locked.
        waiting = waiting.select_for_update(skip_locked=True)
    rows = list(waiting[:limit])
    for row, delivery in zip(rows, _find_deliveries(rows), strict=True):
        row.delivery = delivery
    Event.objects.bulk_update([row for row in rows if row.delivery], ["delivery"], batch_size=500)
    _settle_unknown_as_sent([row for row in rows if row.kind == EventType.DELIVERED])
    for row in rows:
        _apply_event(row)
    # The address is needed no more; on the delivery it is erased with its reader.
    Event.objects.filter(pk__in=[row.pk for row in rows]).update(acted_at=timezone.now(), recipient="")
    # A server's words repeat the address: they stay where erasing a reader finds them, and nowhere else.
    nobodys = [row.pk for row in rows if not row.delivery]
    Event.objects.filter(pk__in=nobodys).update(detail="")
    gone = [row.pk for row in rows if _is_of_erased_reader(row)]
    if gone:
        Event.objects.filter(pk__in=gone).update(detail="", message_id="")
    return len(rows)


def _find_deliveries(rows: Sequence[Event]) -> list[Delivery | None]:
    """Return the delivery of each event: by the number that we sent along, else our Message-ID, else the provider's id."""
    known = Delivery.objects.select_related("subscriber", "mailing__digest")
    by_number = known.in_bulk({row.named for row in rows if row.named is not None})
    pairs = {row.pk: _mailing_and_subscriber(row.message_id) for row in rows}
    own = known.filter(
        mailing__in={pair[0] for pair in pairs.values() if pair}, subscriber__in={p[1] for p in pairs.values() if p}
    )
    by_pair = {(one.mailing_id, one.subscriber_id): one for one in own}
    by_id: dict[str, list[Delivery]] = {}
    for one in known.filter(message_id__in={row.message_id for row in rows if row.message_id and not pairs[row.pk]}):
        by_id.setdefault(one.message_id, []).append(one)
    return [
        by_number.get(row.named or 0)
        or by_pair.get(pairs[row.pk] or (0, 0))
        or _delivery_for_recipient(row, by_id.get(row.message_id, []))
        for row in rows
    ]


def is_own_message_id(message_id: str) -> bool:
    """Say whether a Message-ID is one that we signed."""
    return _mailing_and_subscriber(message_id) is not None


def _mailing_and_subscriber(message_id: str) -> tuple[int, int] | None:
    """Return mailing and subscriber of a Message-ID that we signed; None of any other."""
    found = _OWN_ID.fullmatch(message_id)
    if not found:
        return None
    pair = int(found[1]), int(found[2])
    return pair if message.make_message_id(*pair).strip("<>") == message_id.strip("<>") else None


def _delivery_for_recipient(row: Event, deliveries: Sequence[Delivery]) -> Delivery | None:
    """Return the recipient's delivery among those of one id: a provider may give one id to a whole batch."""
    if len(deliveries) == 1:
        return deliveries[0]
    address = fold_address(row.recipient)
    return next((one for one in deliveries if one.subscriber and fold_address(one.subscriber.email) == address), None)


def _settle_unknown_as_sent(rows: Iterable[Event]) -> None:
    """Settle unknown deliveries as sent, where the provider says that they arrived."""
    unknown = [row.delivery_id for row in rows if row.delivery and row.delivery.state == Delivery.State.UNKNOWN]
    queue.treat_unknown_as_sent([pk for pk in unknown if pk is not None])


def _apply_event(row: Event) -> None:
    """Suppress the address or end the subscription, as kind and weight of the event ask for."""
    if _is_of_erased_reader(row):
        _apply_event_of_erased_reader(row)
    elif row.weight == Weight.HARD:
        suppression.suppress_address(_address_to_suppress(row), Suppression.Reason.BOUNCE, detail=row.detail)
    elif row.weight == Weight.COMPLAINT:
        suppression.suppress_address(_address_to_suppress(row), Suppression.Reason.COMPLAINT, detail=row.detail)
    elif row.weight == Weight.SOFT and row.delivery and _has_soft_bounce_streak(row.delivery):
        suppression.suppress_address(
            _address_to_suppress(row), Suppression.Reason.BOUNCE, detail=f"bounced for ten days: {row.detail}"
        )
    elif row.kind == EventType.UNSUBSCRIBED and row.delivery:
        for subscription in Subscription.objects.filter(
            subscriber=row.delivery.subscriber_id, publication=row.delivery.mailing.digest.publication_id
        ):
            consent.unsubscribe_from_publication(subscription)
    if row.weight:
        logger.info("event=%s kind=%s weight=%s delivery=%s", row.pk, row.kind, row.weight, row.delivery_id)


def _is_of_erased_reader(row: Event) -> bool:
    return row.delivery is not None and row.delivery.subscriber_id is None


def _apply_event_of_erased_reader(row: Event) -> None:
    """Suppress an erased reader's address that complains, by its keyed hash alone; a dead mailbox needs no suppression."""
    if row.weight == Weight.COMPLAINT and row.recipient and not _is_subscriber_address(row.recipient):
        suppression.suppress_by_hash(row.recipient, Suppression.Reason.COMPLAINT)
    elif row.weight == Weight.COMPLAINT:
        suppression.suppress_address(row.recipient, Suppression.Reason.COMPLAINT)


def _is_subscriber_address(address: str) -> bool:
    return addresses.filter_by_address(Subscriber.objects.all(), address).exists()


def _address_to_suppress(row: Event) -> str:
    """Return the address that an event is about; empty where it is none that we write to, so that nobody else is hit."""
    if row.delivery:
        return row.recipient or (row.delivery.subscriber.email if row.delivery.subscriber else "")
    return row.recipient if row.recipient and _is_subscriber_address(row.recipient) else ""


def _has_soft_bounce_streak(delivery: Delivery) -> bool:
    """Say whether the last mails to a reader all bounced, for STREAK_DURATION and STREAK_BOUNCES mails at least."""
    reported = Event.objects.filter(delivery=OuterRef("pk"))
    mails = Delivery.objects.filter(
        subscriber=delivery.subscriber_id,
        state__in=[Delivery.State.ACCEPTED, Delivery.State.FAILED],
        pk__lte=delivery.pk,
        settled_at__isnull=False,
    ).annotate(
        bounced=Exists(reported.filter(weight__in=[Weight.SOFT, Weight.HARD])),
        refused=Exists(reported.filter(weight=Weight.POLICY)),
        arrived=Exists(reported.filter(kind__in=[EventType.DELIVERED, EventType.AUTORESPONDED])),
    )
    newest = mails.order_by("-pk").values_list("settled_at", "state", "bounced", "refused", "arrived")[
        :_LOOK_BACK_DELIVERIES
    ]
    # A refusal for policy says nothing of the mailbox: such a mail neither adds to the streak nor ends it.
    conclusive = (
        (at, bounced and not arrived)
        for at, state, bounced, refused, arrived in newest
        if bounced or arrived or not (refused or state == Delivery.State.FAILED)
    )
    streak = [at for at, _bounced in takewhile(lambda mail: mail[1], conclusive) if at]
    return len(streak) >= STREAK_BOUNCES and streak[0] - streak[-1] >= STREAK_DURATION
