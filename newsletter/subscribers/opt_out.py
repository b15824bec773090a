"""The wish never to be written to again, from the mail that asks to confirm a sign-up: kept, and taken back.

It holds for whatever is asked for at this address from now on. Of who never confirmed anything a keyed hash alone stays;
the link can take the wish back for as long as the request is kept. Who confirms a sign-up has taken it back too (signup).
"""

import logging

from django.conf import settings
from django.db import transaction

from newsletter.models import Subscription, Suppression
from newsletter.subscribers import consent, links, suppression
from newsletter.subscribers.addresses import fold_address, get_base_mailbox

logger = logging.getLogger(__name__)


def make_opt_out_url(subscription: Subscription) -> str:
    """Return the address of the page that takes the wish."""
    token = links.make_token("never", subscription.pk, _secret(subscription))
    return f"{settings.SITE_URL}/n/{token}/"


def find_opt_out_subscription(token: str) -> Subscription | None:
    """Return the subscription that such a link is about, while its sign-up waits for confirmation.

    A reader who has confirmed leaves by the link of every email: a mail that was passed on must not do more.
    """
    subscription = consent.find_subscription_by_token(token)
    if subscription is None or not links.is_valid_token("never", token, _secret(subscription)):
        return None
    return subscription if subscription.state == consent.PENDING else None


def _secret(subscription: Subscription) -> str:
    """Return what makes the link secret: confirming ends it for good, also where somebody asks for the address once more."""
    since = subscription.confirmed_at
    return f"{subscription.subscriber.link_key} {since.timestamp() if since else 0:.6f}"


def is_address_suppressed(subscription: Subscription) -> bool:
    """Say whether the address of a subscription is kept from being written to."""
    return suppression.is_suppressed(subscription.subscriber.email)


@transaction.atomic
def record_opt_out(subscription: Subscription) -> None:
    """Write to this address never again, nor to another label of its mailbox; whatever it reads ends."""
    reader = subscription.subscriber
    for one in reader.subscriptions.filter(state=consent.ACTIVE):
        consent.unsubscribe_from_publication(one)
    if suppression.is_confirmed_address(reader.email):
        suppression.suppress_address(reader.email, Suppression.Reason.WISH)
    else:
        suppression.suppress_by_hash(reader.email, Suppression.Reason.WISH)
    base = get_base_mailbox(reader.email)
    # With some providers a plus is a letter like others: whoever reads under the bare name may be somebody else.
    if base != fold_address(reader.email) and not suppression.is_confirmed_address(base):
        suppression.suppress_by_hash(base, Suppression.Reason.WISH)
    logger.info("asked not to be written to subscription=%s", subscription.pk)
