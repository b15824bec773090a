"""What happened after a mail was handed over -> Event rows, suppression, leaving.

Receives django-anymail's `tracking` signal, whichever ESP it comes from. A hard bounce (the mailbox does not exist)
and a complaint suppress the address at once; a soft bounce (full, slow, blocked) is only noted, since the ESP tries
again by itself and a policy refusal is not the reader's fault. A replayed event is a no-op, an unknown message is
kept without its delivery.
"""

import logging
from typing import Any

from anymail.signals import AnymailTrackingEvent, EventType, RejectReason, tracking
from django.db import transaction
from django.dispatch import receiver
from django.utils import timezone

from newsletter.models import Delivery, Event, Subscription, Suppression

logger = logging.getLogger(__name__)

_HARD = {RejectReason.INVALID, RejectReason.BOUNCED}


@receiver(tracking)
def on_tracking(event: AnymailTrackingEvent, esp_name: str, **_signal: Any) -> None:
    """Take one event of anymail's."""
    record(event, provider=esp_name)


@transaction.atomic
def record(event: AnymailTrackingEvent, *, provider: str) -> bool:
    """Keep an event and act on it; False for one that was recorded before."""
    delivery = _delivery(event.message_id)
    key = str(event.event_id or "")[:200]
    values = {
        "delivery": delivery,
        "kind": str(event.event_type or EventType.UNKNOWN)[:30],
        "at": event.timestamp or timezone.now(),
        "detail": str(event.description or event.mta_response or event.reject_reason or "")[:2000],
    }
    if key:
        _row, made = Event.objects.get_or_create(provider=provider, provider_id=key, defaults=values)
    else:
        _row, made = Event.objects.create(provider=provider, **values), True
    if made:
        _act(event, delivery)
        logger.info("event kind=%s delivery=%s", values["kind"], delivery and delivery.pk)
    return made


def _delivery(message_id: str | None) -> Delivery | None:
    if not message_id:
        return None
    return Delivery.objects.filter(message_id=message_id).first()


def _act(event: AnymailTrackingEvent, delivery: Delivery | None) -> None:
    """Suppress or unsubscribe, where the event says so."""
    address = event.recipient or (delivery and delivery.subscriber and delivery.subscriber.email) or ""
    if event.event_type == EventType.COMPLAINED:
        suppress(address, Suppression.Reason.COMPLAINT)
    elif event.event_type == EventType.BOUNCED and event.reject_reason in _HARD:
        suppress(address, Suppression.Reason.BOUNCE, detail=str(event.mta_response or event.description or ""))
    elif event.event_type == EventType.UNSUBSCRIBED and delivery is not None:
        Subscription.objects.filter(
            subscriber=delivery.subscriber_id,
            publication=delivery.mailing.digest.publication_id,
            state=Subscription.State.ACTIVE,
        ).update(state=Subscription.State.LEFT, left_at=timezone.now())


def suppress(address: str, reason: Suppression.Reason, *, detail: str = "") -> bool:
    """Keep an address from ever being written to; False where it was suppressed already or is empty."""
    if not address or Suppression.objects.filter(email__iexact=address).exists():
        return False
    Suppression.objects.create(email=address, reason=reason, detail=detail[:2000])
    return True
