"""What only the owner of an address may do: see all that is kept of them, change the address, be forgotten.

The link in a digest is not enough for it, because people forward mails: each of these is asked for on the preferences
page and done through a fresh link that is sent for it and soon expires. Not here: reading habits (signup).
"""

import datetime as dt
import logging
from typing import Any, Literal

from django.conf import settings
from django.contrib.admin.models import LogEntry
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from newsletter import signup, tokens
from newsletter.models import Delivery, Event, Note, Subscriber, Subscription

logger = logging.getLogger(__name__)

Scope = Literal["owner", "address"]
_PATHS: dict[Scope, str] = {"owner": "o", "address": "a"}
VALID_FOR: dict[Scope, dt.timedelta] = {"owner": dt.timedelta(hours=1), "address": dt.timedelta(days=1)}


def ask(subscription: Subscription, scope: Scope, *, email: str, language: str, ip: str | None) -> Note:
    """Write down that a link is wanted: to the reader's own address (owner), or to a new one (address)."""
    return Note.objects.create(kind=scope, email=email, subscription=subscription, language=language, ip=ip)


def url(note: Note) -> str:
    """Return the address of the link that a note sends."""
    assert note.subscription is not None  # noqa: S101 - a constraint of the row
    scope: Scope = "owner" if note.kind == Note.Kind.OWNER else "address"
    token = tokens.make(scope, note.pk, note.subscription.subscriber.link_key)
    return f"{settings.SITE_URL}/{_PATHS[scope]}/{token}/"


def find(scope: Scope, token: str, now: dt.datetime | None = None) -> Note | None:
    """Return the note whose link this is, while it is valid and was not used."""
    now = now or timezone.now()
    row_id = tokens.row_id(token)
    rows = Note.objects.filter(kind=scope, used_at=None, at__gt=now - VALID_FOR[scope]).exclude(subscription=None)
    note = rows.select_related("subscription__subscriber").filter(pk=row_id).first() if row_id is not None else None
    secret = note.subscription.subscriber.link_key if note and note.subscription else ""
    return note if tokens.allows(scope, token, secret) else None


@transaction.atomic
def change_address(note: Note) -> bool:
    """Put the confirmed new address in place, once; False where another subscriber has it already."""
    subscription = note.subscription
    if subscription is None:
        return False
    others = Subscriber.objects.exclude(pk=subscription.subscriber_id)
    if signup.of_address(others, note.email).exists():
        return False
    if Note.objects.filter(pk=note.pk, used_at=None).update(used_at=timezone.now()):
        Subscriber.objects.filter(pk=subscription.subscriber_id).update(email=note.email)
        logger.info("address changed subscriber=%s", subscription.subscriber_id)
    return True


@transaction.atomic
def erase(subscriber: Subscriber) -> None:
    """Forget a reader. The counts of past mailings stay; nothing in them leads back to the person."""
    theirs = Delivery.objects.filter(subscriber=subscriber)
    # A mail server's words repeat the address, and a Message-ID holds the reader's number.
    Event.objects.filter(delivery__in=theirs).update(detail="", message_id="", recipient="")
    theirs.update(answer="", message_id="")
    Note.objects.filter(Q(email__iexact=subscriber.email) | Q(subscription__subscriber=subscriber)).delete()
    logged = LogEntry.objects.filter(content_type__app_label="newsletter", content_type__model="subscriber")
    logged.filter(object_id=str(subscriber.pk)).update(object_repr=f"#{subscriber.pk}")
    logger.info("erased subscriber=%s", subscriber.pk)
    subscriber.delete()


def export(subscriber: Subscriber) -> dict[str, Any]:
    """Return everything that is kept of a reader, ready for JSON."""
    subscriptions = subscriber.subscriptions.select_related("publication").prefetch_related(
        "categories", "questions__split__category"
    )
    mails = subscriber.deliveries.values("mailing__subject", "mailing__send_at", "state", "settled_at")
    notes = Note.objects.filter(Q(email__iexact=subscriber.email) | Q(subscription__subscriber=subscriber))
    return {
        "email": subscriber.email,
        "language": subscriber.language,
        "time_zone": subscriber.time_zone,
        "paused_until": subscriber.paused_until,
        "created_at": subscriber.created_at,
        "subscriptions": [_subscription(one) for one in subscriptions],
        "mails": list(mails.order_by("pk")),
        "requests": list(notes.order_by("pk").values("kind", "email", "time_zone", "ip", "at")),
    }


def _subscription(subscription: Subscription) -> dict[str, Any]:
    kept = ("state", "requested_at", "requested_ip", "confirmed_at", "confirmed_ip", "left_at")
    return {
        "publication": subscription.publication.name,
        "categories": [category.slug for category in subscription.categories.all()],
        "asked_about": [question.split.category.slug for question in subscription.questions.all()],
        **{name: getattr(subscription, name) for name in (*kept, "consent_text", "consent_source")},
    }
