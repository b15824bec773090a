"""Opt-out: records that the owner of an address never wants mail again, by the link in the mail that asks to confirm.

The wish holds for every later request with this address. Where nothing was ever confirmed, only a keyed hash of the address is
kept. The page of the link can take the wish back for as long as the request is kept; a confirmed sign-up takes it back too
(consent).
"""

import logging

from django.conf import settings
from django.db import transaction

from newsletter.models import Subscription, Suppression
from newsletter.subscribers import consent, links, suppression
from newsletter.subscribers.addresses import fold_address, get_base_mailbox

logger = logging.getLogger(__name__)


def make_opt_out_url(subscription: Subscription) -> str:
    """Return the URL of the page on which the wish can be expressed."""
    token = links.make_token("never", subscription.pk, _make_link_secret(subscription))
    return f"{settings.SITE_URL}/n/{token}/"


def find_opt_out_subscription(token: str) -> Subscription | None:
    """Return the subscription of an opt-out link, while its sign-up waits for confirmation; else None.

    A reader who has confirmed leaves by the link in every email: a forwarded mail must not allow more.
    """
    subscription = consent.find_subscription_by_token(token)
    if subscription is None or not links.is_valid_token("never", token, _make_link_secret(subscription)):
        return None
    return subscription if subscription.state == consent.PENDING else None


def _make_link_secret(subscription: Subscription) -> str:
    """Return the secret of the link; the time of confirmation is part of it, so that no link from before it is valid any more."""
    since = subscription.confirmed_at
    return f"{subscription.subscriber.link_key} {since.timestamp() if since else 0:.6f}"


def is_address_suppressed(subscription: Subscription) -> bool:
    """Say whether the address of a subscription is suppressed."""
    return suppression.is_suppressed(subscription.subscriber.email)


@transaction.atomic
def record_opt_out(subscription: Subscription) -> None:
    """Suppress the address of a subscription and the other labels of its mailbox, and end all of its subscriptions."""
    reader = subscription.subscriber
    for one in reader.subscriptions.filter(state=consent.ACTIVE):
        consent.unsubscribe_from_publication(one)
    if suppression.is_confirmed_address(reader.email):
        suppression.suppress_address(reader.email, Suppression.Reason.WISH)
    else:
        suppression.suppress_by_hash(reader.email, Suppression.Reason.WISH)
    base = get_base_mailbox(reader.email)
    # With some providers a plus is a letter like others: the reader with the bare name may be another person.
    if base != fold_address(reader.email) and not suppression.is_confirmed_address(base):
        suppression.suppress_by_hash(base, Suppression.Reason.WISH)
    logger.info("asked not to be written to subscription=%s", subscription.pk)
