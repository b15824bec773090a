"""Consent by double opt-in: sign up, confirm, change categories, pause, unsubscribe, undo. Changes of subscriptions.

A sign-up becomes a pending subscription, and only the link sent to the address makes it active. A change of state is
one conditional UPDATE, so that a link that is followed twice, or a request that overtakes another, changes nothing more. Not here:
the mails (transactional), the pages (site), and the owner's rights over the data (account).
"""

import datetime as dt
import logging
from collections.abc import Collection, Iterable
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Case, Q, QuerySet, Value, When
from django.db.models.functions import Coalesce
from django.utils import timezone

from digests.models import Category, Publication
from newsletter.models import KeptAway, SignupRequest, Subscriber, Subscription, Suppression, TransactionalMail
from newsletter.models.columns import format_network_as_hex, new_link_key
from newsletter.subscribers import addresses, links, mailbox_limits, split_prompts, suppression

logger = logging.getLogger(__name__)

CONFIRM_LINK_LIFETIME = dt.timedelta(days=7)  # after a week without a click the mail was not wanted
UNDO_PERIOD = dt.timedelta(days=1)  # short, because everybody who has a forwarded email can undo as well
CONSENT_TEXT_VERSION = "2026-11"  # version of the words beside the sign-up button, in templates/site/publication.html

ACTIVE, PENDING, LEFT = Subscription.State.ACTIVE, Subscription.State.PENDING, Subscription.State.LEFT
_CAN_UNDO_FILTER = Q(state=LEFT, confirmed_at__isnull=False)


def record_sign_up(
    *,
    email: str,
    publication: Publication,
    categories: Collection[str],
    language: str,
    time_zone: str = "",
    ip: str | None = None,
    puzzle: str = "",
    by_reader: bool = False,
    replaces: SignupRequest | None = None,
) -> SignupRequest:
    """Record a sign-up: the same single row for a known, an unknown and a suppressed address.

    `by_reader` says that it was made on a reader's own page, which is outside the limits of networks. `replaces` is the sign-up
    whose address it corrects. Whether a mail follows is decided later, by `process_sign_up`. The row spends the solved puzzle: a
    second row with it raises IntegrityError.
    """
    return SignupRequest.objects.create(
        email=email,
        publication=publication,
        categories=sorted(categories),
        language=language,
        time_zone=time_zone,
        ip=ip,
        network=format_network_as_hex(ip),
        by_reader=by_reader,
        puzzle=puzzle,
        replaces=replaces,
    )


@transaction.atomic
def process_sign_up(request: SignupRequest, now: dt.datetime | None = None) -> Subscription | None:
    """Carry out a sign-up and return its subscription: active for a present reader, else waiting for confirmation.

    None where no mail may be sent: after a complaint or a person's suppression of the address, or where the publication is
    closed. An earlier bounce, a block elsewhere or an earlier leave does not forbid it, because a click on a link that was
    sent to the address shows that its owner is there and wants the mail.
    """
    split_prompts.lock_category_changes()
    now = now or timezone.now()
    if not request.publication.enabled or suppression.is_permanently_suppressed(request.email):
        return None
    subscriber = _get_or_create_subscriber(request)
    subscription, _ = Subscription.objects.get_or_create(
        subscriber=subscriber,
        publication=request.publication,
        defaults={"requested_at": request.at, "requested_ip": request.ip},
    )
    # A pending subscription is not reset by a second request, so that the link in the older of two mails stays valid: people
    # open that one. `left_at` is kept until the confirmation, because anybody may sign up somebody who left, and no imported
    # file may bring that reader back meanwhile.
    resets = Q(state=LEFT) | Q(state=PENDING, requested_at__lte=now - CONFIRM_LINK_LIFETIME)
    if suppression.is_suppressed(request.email):
        resets |= Q(state=ACTIVE)  # the address bounced or was blocked: only a new confirmation lifts that
    had_left = Case(When(state=LEFT, then=Coalesce("left_at", Value(now))), default="left_at")
    Subscription.objects.filter(resets, pk=subscription.pk).update(
        state=PENDING, requested_at=request.at, requested_ip=request.ip, left_at=had_left
    )
    subscription.refresh_from_db()
    if subscription.state == PENDING:
        subscription.categories.set(split_prompts.resolve_categories(request.publication, request.categories))
    return subscription


def list_open_categories(publication: Publication) -> QuerySet[Category]:
    """Return the categories of a publication that a reader may choose."""
    return publication.categories.filter(retired=False)


def make_confirm_token(subscription: Subscription) -> str:
    """Return the token of the link that confirms one sign-up; after a reset it is another one."""
    return links.make_token("confirm", subscription.pk, _make_confirm_secret(subscription))


def find_subscription(scope: links.LinkScope, token: str) -> Subscription | None:
    """Return the subscription of a reader's link to the preferences (scope "manage") or to unsubscribe ("leave"), or None."""
    subscription = find_subscription_by_token(token)
    secret = subscription.subscriber.link_key if subscription else ""
    return subscription if links.is_valid_token(scope, token, secret) else None


def find_pending_subscription(token: str, now: dt.datetime | None = None) -> Subscription | None:
    """Return the subscription of a confirmation link, while it waits and the link has not expired; else None."""
    subscription = find_subscription_by_token(token)
    secret = _make_confirm_secret(subscription) if subscription else ""
    if subscription is None or not links.is_valid_token("confirm", token, secret):
        return None
    return subscription if can_be_confirmed(subscription, now) else None


def can_be_confirmed(subscription: Subscription, now: dt.datetime | None = None) -> bool:
    """Say whether a subscription waits for its confirmation, and the link has not expired."""
    since = (now or timezone.now()) - CONFIRM_LINK_LIFETIME
    return subscription.state == PENDING and subscription.requested_at > since


def find_confirmed_subscription(token: str) -> Subscription | None:
    """Return the active subscription that a confirmation link has started, or None: people click such a link twice."""
    subscription = find_subscription_by_token(token)
    if subscription is None or subscription.state != ACTIVE:
        return None
    return subscription if links.is_valid_token("confirm", token, _make_confirm_secret(subscription)) else None


@transaction.atomic
def confirm_subscription(subscription: Subscription, *, ip: str | None, now: dt.datetime | None = None) -> bool:
    """Make a pending subscription active and request the welcome mail; return whether it was this call that did.

    It lifts a bounce, a block and an opt-out of the address: the link was sent there, so its owner reads it and wants the mail.
    """
    now = now or timezone.now()
    waiting = Subscription.objects.filter(
        pk=subscription.pk,
        state=PENDING,
        requested_at=subscription.requested_at,
        requested_at__gt=now - CONFIRM_LINK_LIFETIME,
    )
    if not waiting.update(
        state=ACTIVE, confirmed_at=now, confirmed_ip=ip, consent_text=CONSENT_TEXT_VERSION, left_at=None
    ):
        return False
    subscriber = subscription.subscriber
    suppression.find_suppressions(subscriber.email).filter(reason__in=suppression.REASONS_LIFTED_BY_SIGN_UP).delete()
    KeptAway.objects.filter(hash__in=addresses.hash_address_with_all_keys(subscriber.email)).delete()
    mailbox_limits.reset_mail_count(subscriber.email)
    withdraw_opt_out(subscriber.email)
    TransactionalMail.objects.create(
        kind=TransactionalMail.Kind.WELCOME,
        email=subscriber.email,
        subscription=subscription,
        language=subscriber.language,
    )
    logger.info("confirmed subscription=%s", subscription.pk)
    return True


def withdraw_opt_out(email: str) -> None:
    """Lift the opt-out of an address and of its mailbox; suppressions for other reasons stay."""
    for address in {email, addresses.get_base_mailbox(email)}:
        suppression.find_suppressions(address).filter(reason=Suppression.Reason.WISH).delete()


def unsubscribe_from_publication(subscription: Subscription, now: dt.datetime | None = None) -> bool:
    """Unsubscribe from a publication; return whether it was this call that did."""
    rows = Subscription.objects.filter(pk=subscription.pk).exclude(state=LEFT)
    changed = bool(rows.update(state=LEFT, left_at=now or timezone.now()))
    if changed:
        logger.info("left subscription=%s", subscription.pk)
    return changed


@transaction.atomic
def unsubscribe_from_category(subscription: Subscription, category: Category) -> bool:
    """Drop one category; dropping the last one unsubscribes. Return whether it was this call that did.

    An email from before the category was divided offers to drop it under its old name: that means all of its parts.
    """
    split_prompts.lock_category_changes()
    parts = split_prompts.resolve_categories(subscription.publication, [category.slug])
    dropped, _ = subscription.categories.through.objects.filter(
        subscription_id=subscription.pk, category_id__in=[category.pk, *(part.pk for part in parts)]
    ).delete()
    if dropped:
        split_prompts.close_answered_prompts(subscription, subscription.categories.all(), seen=[])
    if dropped and not subscription.categories.exists():
        unsubscribe_from_publication(subscription)
    return bool(dropped)


@transaction.atomic
def undo_unsubscribe(
    subscription: Subscription, category: Category | None = None, now: dt.datetime | None = None
) -> bool:
    """Undo unsubscribing, or dropping one category, within a day; return whether the subscription became active.

    Only for addresses that were confirmed at some time: a link must not confirm one in passing.
    """
    now = now or timezone.now()
    if category:
        split_prompts.lock_category_changes()
        subscription.categories.add(*split_prompts.resolve_categories(subscription.publication, [category.slug]))
    rows = Subscription.objects.filter(_CAN_UNDO_FILTER, pk=subscription.pk, left_at__gt=now - UNDO_PERIOD)
    return bool(rows.update(state=ACTIVE, left_at=None))


def can_undo_unsubscribe(subscription: Subscription, now: dt.datetime | None = None) -> bool:
    """Say whether unsubscribing can still be undone."""
    since = (now or timezone.now()) - UNDO_PERIOD
    return Subscription.objects.filter(_CAN_UNDO_FILTER, pk=subscription.pk, left_at__gt=since).exists()


@transaction.atomic
def choose_categories(
    subscriber: Subscriber,
    publication: Publication,
    slugs: Iterable[str],
    *,
    ip: str | None,
    seen: Collection[int] = (),
) -> Subscription | None:
    """Set a reader's categories of one publication; an empty choice unsubscribes. Return the subscription as it was, or None.

    Of a publication that the reader does not receive, a choice is only a sign-up, which a click in a mail to the address
    confirms: the page's link may have been forwarded, and a reader who left stays away. Categories that were retired since
    stay as they are, because the page did not offer them. `seen` are the ids of the splits that the page showed: the choice
    answers these.
    """
    split_prompts.lock_category_changes()
    subscription = Subscription.objects.filter(subscriber=subscriber, publication=publication).first()
    open_splits = set(subscription.questions.values_list("split", flat=True)) if subscription else set()
    chosen = split_prompts.resolve_categories(publication, slugs, unseen=open_splits - set(seen))
    if subscription and not chosen:
        unsubscribe_from_publication(subscription)  # what was chosen stays, so that leaving can be undone
    elif subscription and subscription.state == ACTIVE:
        retired = subscription.categories.exclude(pk__in=list_open_categories(publication)).exclude(
            split_prompts.filter_dropped_categories(chosen)
        )
        subscription.categories.set([*chosen, *retired])
        split_prompts.close_answered_prompts(subscription, chosen, seen=seen)
    elif chosen:
        record_sign_up(
            email=subscriber.email,
            publication=publication,
            categories=[category.slug for category in chosen],
            language=subscriber.language,
            ip=ip,
            by_reader=True,
        )
    return subscription


def pause_reader(subscriber: Subscriber, until: dt.date | None) -> None:
    """Send nothing to a reader before a day; None ends the pause."""
    Subscriber.objects.filter(pk=subscriber.pk).update(paused_until=until)


def set_language(subscriber: Subscriber, language: str) -> None:
    """Set the language of a reader's pages and service mails."""
    Subscriber.objects.filter(pk=subscriber.pk).update(language=language)


def set_time_zone(subscriber: Subscriber, time_zone: str) -> None:
    """Set the time zone by which a reader gets mailings at the send hour; an empty string means each publication's own."""
    Subscriber.objects.filter(pk=subscriber.pk).update(time_zone=time_zone)


def revoke_links(subscriber: Subscriber) -> None:
    """Revoke every link in every mail that a reader was sent so far."""
    renew_link_key(subscriber)
    subscriber.refresh_from_db()


def renew_link_key(subscriber: Subscriber, **changes: Any) -> bool:
    """Give a reader a new link key, together with other changes; return False where another request was faster."""
    rows = Subscriber.objects.filter(pk=subscriber.pk, link_key=subscriber.link_key)
    return bool(rows.update(link_key=new_link_key(), **changes))


def purge_unconfirmed_sign_ups(now: dt.datetime | None = None) -> int:
    """Delete sign-ups that nobody confirmed for two weeks, with readers who then have no subscription; return how many.

    Pending subscriptions of people who had left before become left again: that they left is kept.
    """
    now = now or timezone.now()
    old = Subscription.objects.filter(state=PENDING, requested_at__lte=now - 2 * CONFIRM_LINK_LIFETIME)
    old.filter(left_at__isnull=False).update(state=LEFT)
    stale = Subscription.objects.filter(
        state=PENDING, confirmed_at__isnull=True, requested_at__lte=now - 2 * CONFIRM_LINK_LIFETIME
    )
    people = list(stale.values_list("subscriber_id", flat=True))
    stale.delete()
    Subscriber.objects.filter(pk__in=people, subscriptions__isnull=True).delete()
    return len(people)


def _get_or_create_subscriber(request: SignupRequest) -> Subscriber:
    """Return the subscriber with the address of a sign-up, created where there is none."""
    known = addresses.filter_by_address(Subscriber.objects.all(), request.email).first()
    if known:
        return known
    try:
        with transaction.atomic():
            return Subscriber.objects.create(
                email=request.email, language=request.language, time_zone=request.time_zone
            )
    except IntegrityError:  # another worker created the same address in this moment
        return addresses.filter_by_address(Subscriber.objects.all(), request.email).get()


def find_subscription_by_token(token: str) -> Subscription | None:
    """Return the subscription whose id a token names, or None. Does not check the token: call links.is_valid_token."""
    row_id = links.parse_row_id(token)
    if row_id is None:
        return None
    return Subscription.objects.filter(pk=row_id).select_related("subscriber", "publication").first()


def _make_confirm_secret(subscription: Subscription) -> str:
    return f"{subscription.subscriber.link_key} {subscription.requested_at.timestamp():.6f}"
