"""Account of a reader: export of all data, change of address, and the links that prove who owns an address.

The link in a digest is not enough for these, because people forward mails. Each of them, and erasure, begins with a link that
is sent to the reader's present address and expires soon. A change of address is confirmed at the new address too; then all
earlier links end, and the old address gets one mail with a link to undo the change. A reader who has lost the old mailbox
signs up again with the new address. Not here: subscriptions and categories (consent), erasure (operations/erasure).
"""

import datetime as dt
import logging
import secrets
from typing import Any, Literal

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone

from newsletter.models import Event, SignupRequest, Subscriber, Subscription, TransactionalMail
from newsletter.models.columns import format_network_as_hex
from newsletter.subscribers import addresses, consent, links, suppression
from newsletter.subscribers.addresses import fold_address

logger = logging.getLogger(__name__)

AccountLinkScope = Literal["owner", "address", "undo"]
_PATHS: dict[AccountLinkScope, str] = {"owner": "o", "address": "a", "undo": "b"}
LINK_LIFETIMES: dict[AccountLinkScope, dt.timedelta] = {
    "owner": dt.timedelta(hours=1),
    "address": dt.timedelta(days=1),
    "undo": dt.timedelta(days=14),
}
# A reader's lost link opens the owner's page too: it went to the address that the reader has now.
_KINDS: dict[AccountLinkScope, list[str]] = {
    "owner": [TransactionalMail.Kind.OWNER, TransactionalMail.Kind.LINK],
    "address": [TransactionalMail.Kind.ADDRESS],
    "undo": [TransactionalMail.Kind.UNDO],
}


def request_account_link(
    subscription: Subscription, scope: Literal["owner", "address"], *, email: str, language: str, ip: str | None
) -> TransactionalMail:
    """Request a mail with a link to the reader's present address (scope "owner") or to a new address (scope "address").

    Only the owner's page may request the second one.
    """
    return TransactionalMail.objects.create(
        kind=scope, email=email, subscription=subscription, language=language, ip=ip
    )


def request_lost_link(email: str, *, language: str, ip: str | None, quiet: bool = False) -> None:
    """Record that somebody lost the link to the preferences: the same single row for every address.

    The reader is looked up when the row is carried out: an address that no reader has gets no mail. A `quiet` row counts
    for the limits but sends nothing.
    """
    due_at = None if quiet else timezone.now()
    TransactionalMail.objects.create(
        kind=TransactionalMail.Kind.LINK,
        email=email,
        language=language,
        ip=ip,
        network=format_network_as_hex(ip),
        due_at=due_at,
    )


def assign_lost_link(mail: TransactionalMail) -> None:
    """Record the subscription whose links a mail about a lost link has; none where no reader has its address.

    Somebody who never confirmed already has the mail of the sign-up, and gets no other.
    """
    theirs = Subscription.objects.filter(
        subscriber__in=addresses.filter_by_address(Subscriber.objects.all(), mail.email)
    )
    known = theirs.exclude(state=consent.PENDING).select_related("subscriber", "publication")
    found = known.order_by(F("left_at").asc(nulls_first=True), "pk").first()
    if found:
        TransactionalMail.objects.filter(pk=mail.pk).update(subscription=found)
        mail.subscription = found


def make_account_url(mail: TransactionalMail) -> str:
    """Return the URL of the link in a mail."""
    scope = next(scope for scope, kinds in _KINDS.items() if mail.kind in kinds)
    return f"{settings.SITE_URL}/{_PATHS[scope]}/{links.make_token(scope, mail.pk, _get_link_secret(mail))}/"


def find_account_request(
    scope: AccountLinkScope, token: str, now: dt.datetime | None = None
) -> TransactionalMail | None:
    """Return the mail that a link was sent in, while the link is valid and unused; else None."""
    now = now or timezone.now()
    row_id = links.parse_row_id(token)
    rows = TransactionalMail.objects.filter(kind__in=_KINDS[scope], used_at=None, at__gt=now - LINK_LIFETIMES[scope])
    known = rows.exclude(subscription=None).select_related("subscription__subscriber", "subscription__publication")
    mail = known.filter(pk=row_id).first() if row_id is not None else None
    return mail if links.is_valid_token(scope, token, _get_link_secret(mail) if mail else "") else None


def _get_link_secret(mail: TransactionalMail) -> str:
    """Return the secret of a mail's link: the link that undoes a change has its own, and so outlives the reader's link key."""
    assert mail.subscription is not None  # noqa: S101 - a constraint of the row
    return mail.key or mail.subscription.subscriber.link_key


def change_address(mail: TransactionalMail) -> bool:
    """Change a reader's address to the one that a mail confirmed, once; return whether it is the reader's now.

    False where another reader has the address or it is suppressed; True also for a second click that came too late. All
    earlier links end, requests of the old address are deleted, and the old address gets one mail with a link to undo it.
    """
    subscription = mail.subscription
    if subscription is None or suppression.is_suppressed(mail.email):
        return False
    reader, old = subscription.subscriber, subscription.subscriber.email
    try:
        with transaction.atomic():
            if not _mark_request_used(mail) or not consent.renew_link_key(reader, email=mail.email):
                return _is_in_place(mail, reader)
            _delete_stale_requests(reader, old)
            TransactionalMail.objects.create(
                kind=TransactionalMail.Kind.UNDO,
                email=old,
                subscription=subscription,
                language=reader.language,
                key=secrets.token_hex(8),
            )
    except IntegrityError:  # another reader has that address
        return False
    logger.info("address changed subscriber=%s", reader.pk)
    reader.refresh_from_db()
    return True


def undo_address_change(mail: TransactionalMail) -> bool:
    """Undo a change of address, once, by the link in the old mailbox; return False where another reader has the old address.

    Requests of the other address are deleted, and so is every later change: it was made from an address that was not this
    reader's.
    """
    assert mail.subscription is not None  # noqa: S101 - a constraint of the row
    reader = mail.subscription.subscriber
    try:
        with transaction.atomic():
            if not _mark_request_used(mail) or not consent.renew_link_key(reader, email=mail.email):
                return _is_in_place(mail, reader)
            _delete_stale_requests(reader, reader.email)
            _list_subscription_mails(reader).filter(kind=TransactionalMail.Kind.UNDO, pk__gt=mail.pk).delete()
    except IntegrityError:
        return False
    logger.info("address taken back subscriber=%s", reader.pk)
    reader.refresh_from_db()
    return True


def _is_in_place(mail: TransactionalMail, reader: Subscriber) -> bool:
    """Say whether the reader has the address of the mail already, because another click on the same button was faster."""
    reader.refresh_from_db()
    return fold_address(reader.email) == fold_address(mail.email)


def _mark_request_used(mail: TransactionalMail) -> bool:
    return bool(TransactionalMail.objects.filter(pk=mail.pk, used_at=None).update(used_at=timezone.now()))


def _list_subscription_mails(reader: Subscriber) -> QuerySet[TransactionalMail]:
    return TransactionalMail.objects.filter(subscription__subscriber=reader)


def _delete_stale_requests(reader: Subscriber, email: str) -> None:
    """Delete the requests of an address that is not the reader's any more; a welcome that is still due goes to the new one."""
    reader = Subscriber.objects.get(pk=reader.pk)  # the address was changed by an UPDATE: read the new one
    _list_subscription_mails(reader).filter(kind=TransactionalMail.Kind.WELCOME).exclude(due_at=None).update(
        email=reader.email
    )
    spared = [TransactionalMail.Kind.UNDO, TransactionalMail.Kind.REMINDER]  # an editor's reminder is about no reader
    addresses.filter_by_address(SignupRequest.objects.all(), email).delete()
    addresses.filter_by_address(TransactionalMail.objects.exclude(kind__in=spared), email).delete()
    _list_subscription_mails(reader).filter(
        kind__in=[TransactionalMail.Kind.OWNER, TransactionalMail.Kind.LINK, TransactionalMail.Kind.ADDRESS]
    ).delete()


def list_reader_mails(reader: Subscriber) -> QuerySet[TransactionalMail]:
    """Return the mails to a reader's address, and those about a subscription of the reader."""
    of_address = addresses.filter_by_address(TransactionalMail.objects.all(), reader.email).values("pk")
    return TransactionalMail.objects.filter(Q(pk__in=of_address) | Q(subscription__subscriber=reader))


def export_reader_data(subscriber: Subscriber) -> dict[str, Any]:
    """Return all data that is kept about a reader, ready for JSON."""
    subscriptions = subscriber.subscriptions.select_related("publication").prefetch_related(
        "categories", "questions__split__category"
    )
    mails = subscriber.deliveries.values(
        "mailing__subject", "mailing__send_at", "state", "settled_at", "reason", "server_reply"
    )
    events = Event.objects.filter(delivery__subscriber=subscriber).values("kind", "at", "detail")
    return {
        "email": subscriber.email,
        "language": subscriber.language,
        "time_zone": subscriber.time_zone,
        "paused_until": subscriber.paused_until,
        "created_at": subscriber.created_at,
        "subscriptions": [_export_subscription(one) for one in subscriptions],
        "mails": list(mails.order_by("pk")),
        "events": list(events.order_by("pk")),
        "suppressed": list(suppression.find_suppressions(subscriber.email).values("reason", "detail", "created_at")),
        "requests": _list_requests(subscriber),
    }


def _list_requests(subscriber: Subscriber) -> list[dict[str, Any]]:
    """Return the requests by or about a reader, the oldest first."""
    rows = addresses.filter_by_address(SignupRequest.objects.all(), subscriber.email)
    sign_ups = [{"kind": "signup", **row} for row in rows.values("email", "time_zone", "ip", "at")]
    mails = [{**row, "time_zone": ""} for row in list_reader_mails(subscriber).values("kind", "email", "ip", "at")]
    return sorted(sign_ups + mails, key=lambda row: row["at"])


def _export_subscription(subscription: Subscription) -> dict[str, Any]:
    fields = ("state", "requested_at", "requested_ip", "confirmed_at", "confirmed_ip", "left_at")
    return {
        "publication": subscription.publication.name,
        "categories": [category.slug for category in subscription.categories.all()],
        "asked_about": [question.split.category.slug for question in subscription.questions.all()],
        **{name: getattr(subscription, name) for name in (*fields, "consent_text", "consent_source")},
    }
