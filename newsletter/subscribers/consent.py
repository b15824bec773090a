"""Consent: sign up, confirm, change, leave, come back. Every change of a Subscription's state stands here.

Double opt-in: a request becomes a pending row, and only the link sent to the address makes it active. Each change is
one conditional UPDATE, so that a link that is followed twice, or a request that overtakes another, changes nothing
more. Not here: the mails (transactional), the pages (site), the owner's rights over the data (account).
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

CONFIRM_LINK_LIFETIME = dt.timedelta(days=7)  # a link that waits longer was not wanted
UNDO_PERIOD = dt.timedelta(days=1)  # whoever an email was forwarded to can undo as well
CONSENT_TEXT_VERSION = "2026-11"  # version of the words beside the sign-up button: phrases `consent` of every language

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
) -> SignupRequest:
    """Write down a sign-up: the same single row for a known, an unknown and a suppressed address.

    `by_reader`: it was made on a reader's own page, which is outside the limits of networks. Whether a mail follows is
    decided when it is carried out. A solved puzzle is spent by the row: a second row with it raises IntegrityError.
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
    )


@transaction.atomic
def process_sign_up(request: SignupRequest, now: dt.datetime | None = None) -> Subscription | None:
    """Return the subscription that a sign-up is about: active for a known reader, else waiting for confirmation.

    None where nothing may be sent: its owner complained or a person suppressed it, or the publication takes nobody now.
    A dead mailbox, a block elsewhere or having left is no bar: whoever confirms by a link that was sent there is there.
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
    # A link that still waits stays valid when somebody asks once more: people open the older of two mails. That they had
    # left is remembered until they confirm: anybody may ask for them, and no file may bring them back meanwhile.
    anew = Q(state=LEFT) | Q(state=PENDING, requested_at__lte=now - CONFIRM_LINK_LIFETIME)
    if suppression.is_suppressed(request.email):
        anew |= Q(state=ACTIVE)
    had_left = Case(When(state=LEFT, then=Coalesce("left_at", Value(now))), default="left_at")
    Subscription.objects.filter(anew, pk=subscription.pk).update(
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
    """Return the token of the link that confirms one request; a later request has another."""
    return links.make_token("confirm", subscription.pk, _confirm_secret(subscription))


def find_subscription(scope: links.LinkScope, token: str) -> Subscription | None:
    """Return the subscription that a link of a reader is about: preferences (manage) or end (leave)."""
    subscription = find_subscription_by_token(token)
    secret = subscription.subscriber.link_key if subscription else ""
    return subscription if links.is_valid_token(scope, token, secret) else None


def find_pending_subscription(token: str, now: dt.datetime | None = None) -> Subscription | None:
    """Return the subscription that a confirm link is about, while it waits and has not expired."""
    now = now or timezone.now()
    subscription = find_subscription_by_token(token)
    secret = _confirm_secret(subscription) if subscription else ""
    if subscription is None or not links.is_valid_token("confirm", token, secret):
        return None
    waits = subscription.state == PENDING and subscription.requested_at > now - CONFIRM_LINK_LIFETIME
    return subscription if waits else None


def find_confirmed_subscription(token: str) -> Subscription | None:
    """Return the subscription that a confirm link has started, for as long as it lasts: people click twice."""
    subscription = find_subscription_by_token(token)
    if subscription is None or subscription.state != ACTIVE:
        return None
    return subscription if links.is_valid_token("confirm", token, _confirm_secret(subscription)) else None


@transaction.atomic
def confirm_subscription(subscription: Subscription, *, ip: str | None, now: dt.datetime | None = None) -> bool:
    """Make a waiting subscription active and ask for its welcome; say whether it was this call that did."""
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
    # The link was sent there: somebody is there, and wants it.
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
    """Let an address be written to again whose owner did not want it for a while; who was kept away otherwise stays so."""
    for address in {email, addresses.get_base_mailbox(email)}:
        suppression.find_suppressions(address).filter(reason=Suppression.Reason.WISH).delete()


def unsubscribe_from_publication(subscription: Subscription, now: dt.datetime | None = None) -> bool:
    """End a subscription; say whether it was this call that did."""
    rows = Subscription.objects.filter(pk=subscription.pk).exclude(state=LEFT)
    changed = bool(rows.update(state=LEFT, left_at=now or timezone.now()))
    if changed:
        logger.info("left subscription=%s", subscription.pk)
    return changed


@transaction.atomic
def unsubscribe_from_category(subscription: Subscription, category: Category) -> bool:
    """Drop one category; who drops the last one has left. Say whether it was this call that did.

    An email of before a category was divided offers to drop it: that means all of its parts.
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
    """Undo leaving (or dropping one category), where the address was confirmed once and it is not long ago."""
    now = now or timezone.now()
    if category:
        split_prompts.lock_category_changes()
        subscription.categories.add(*split_prompts.resolve_categories(subscription.publication, [category.slug]))
    rows = Subscription.objects.filter(_CAN_UNDO_FILTER, pk=subscription.pk, left_at__gt=now - UNDO_PERIOD)
    return bool(rows.update(state=ACTIVE, left_at=None))


def can_undo_unsubscribe(subscription: Subscription, now: dt.datetime | None = None) -> bool:
    """Say whether leaving can still be undone."""
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
    """Set a reader's categories of one publication that they receive; none leaves.

    What does not come now is only asked for, and begins with a click in a mail to the address: the page's link may have
    been forwarded, and who left stays away. Categories that were retired since stay as they are: nobody was asked about
    them. `seen` are the splits that the page told of: the choice is the answer to these.
    """
    split_prompts.lock_category_changes()
    subscription = Subscription.objects.filter(subscriber=subscriber, publication=publication).first()
    asked = set(subscription.questions.values_list("split", flat=True)) if subscription else set()
    chosen = split_prompts.resolve_categories(publication, slugs, unseen=asked - set(seen))
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
    """Send nothing before a day; None ends the pause."""
    Subscriber.objects.filter(pk=subscriber.pk).update(paused_until=until)


def set_language(subscriber: Subscriber, language: str) -> None:
    """Set the language of pages and service mails."""
    Subscriber.objects.filter(pk=subscriber.pk).update(language=language)


def set_time_zone(subscriber: Subscriber, time_zone: str) -> None:
    """Set the time zone whose send hour counts for a reader; empty for each publication's own."""
    Subscriber.objects.filter(pk=subscriber.pk).update(time_zone=time_zone)


def revoke_links(subscriber: Subscriber) -> None:
    """Make every link in every mail sent so far worthless."""
    renew_link_key(subscriber)
    subscriber.refresh_from_db()


def renew_link_key(subscriber: Subscriber, **changes: Any) -> bool:
    """Give a reader a new link key, together with other changes; False where another request was faster."""
    rows = Subscriber.objects.filter(pk=subscriber.pk, link_key=subscriber.link_key)
    return bool(rows.update(link_key=new_link_key(), **changes))


def purge_unconfirmed_sign_ups(now: dt.datetime | None = None) -> int:
    """Forget requests that nobody confirmed, and who has no subscription left by it; return how many requests.

    Those of people who had left before are no requests any more, but what is known of them stays.
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
    """Return the person behind an address, made where there is none."""
    known = addresses.filter_by_address(Subscriber.objects.all(), request.email).first()
    if known:
        return known
    try:
        with transaction.atomic():
            return Subscriber.objects.create(
                email=request.email, language=request.language, time_zone=request.time_zone
            )
    except IntegrityError:  # another worker met the same new address in this very moment
        return addresses.filter_by_address(Subscriber.objects.all(), request.email).get()


def find_subscription_by_token(token: str) -> Subscription | None:
    """Return the subscription that a token names; whether the token is ours `tokens.allows` says."""
    row_id = links.parse_row_id(token)
    if row_id is None:
        return None
    return Subscription.objects.filter(pk=row_id).select_related("subscriber", "publication").first()


def _confirm_secret(subscription: Subscription) -> str:
    return f"{subscription.subscriber.link_key} {subscription.requested_at.timestamp():.6f}"
