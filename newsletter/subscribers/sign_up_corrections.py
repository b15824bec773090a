"""Corrects the address of a sign-up: the page after it may send it again to another address, and the first link then ends.

That page holds a token of the row that the sign-up wrote, so it needs no cookie and says nothing of an address. A correction is
a sign-up of its own; that it replaces an earlier one stands on its row, and is carried out with it. Not here: the guards of a
sign-up (antispam, mailbox_limits), and its page (site.signup).
"""

import datetime as dt
import logging

from django.db.models import F

from newsletter.models import SignupRequest, Subscriber, Subscription
from newsletter.subscribers import addresses, consent, links

logger = logging.getLogger(__name__)

# Of two presses the first one began the subscription, and the page is the second's.
_DOUBLE_PRESS = dt.timedelta(minutes=1)


def make_sign_up_token(request: SignupRequest | None) -> str:
    """Return the token of the page after a sign-up; without a row one that leads nowhere, so that a script sees no difference."""
    return links.make_token("again", request.pk, request.email) if request else links.make_token("again", 0, "")


def find_sign_up(token: str) -> SignupRequest | None:
    """Return the sign-up of a token, or None: it is kept for a week only."""
    row_id = links.parse_row_id(token)
    found = SignupRequest.objects.filter(pk=row_id).first() if row_id else None
    return found if found and links.is_valid_token("again", token, found.email) else None


def is_replaced(request: SignupRequest) -> bool:
    """Say whether the address of a sign-up, or of its like from the same network, was corrected after it was made."""
    rows = SignupRequest.objects.filter(publication=request.publication_id, ip=request.ip)
    alike = addresses.filter_by_address(rows, request.email)
    return SignupRequest.objects.filter(pk__gt=request.pk, replaces__in=alike).exists()


def withdraw_sign_up(request: SignupRequest) -> None:
    """End the confirmation link of a sign-up, whose address was wrong; what the address had before stays.

    The subscription is set back to a time at which its link has expired. Its row stays for as long as that of any other expired
    sign-up, so that the owner of the wrong address may still opt out by the mail.
    """
    SignupRequest.objects.filter(pk=request.pk).update(due_at=None)
    begun = Subscription.objects.filter(
        subscriber__in=addresses.filter_by_address(Subscriber.objects.all(), request.email),
        publication=request.publication_id,
        state=consent.PENDING,
        requested_at__range=(request.at - _DOUBLE_PRESS, request.at),
    )
    if begun.update(requested_at=F("requested_at") - consent.CONFIRM_LINK_LIFETIME):
        logger.info("request=%s was corrected", request.pk)
