"""Settles deliveries that a killed worker left behind, from its journal; without a journal, they become unknown.

What was accepted is accepted, what had begun to go out is unknown, the rest is queued again. An unknown delivery may or may
not have arrived: it is shown to a person and never sent again unasked. Not here: the journal itself.
"""

import datetime as dt
import logging

from django.db import transaction
from django.db.models.functions import Now
from django.utils import timezone

from digests.models.row_failures import handle_each_row
from newsletter.delivery import journal, outcomes, queue, restored_database
from newsletter.delivery.journal import DeliveryOutcome, Leftover
from newsletter.models import DeliveryLease, RateReservation
from newsletter.models.deliveries import DeliveryReason
from newsletter.transport.types import SendState

logger = logging.getLogger(__name__)

LEASE = dt.timedelta(minutes=10)  # longer than any batch takes; after it a claimed delivery is in doubt


def recover_journals() -> int:
    """Settle what killed processes of this machine left behind, by their journals; return how many deliveries.

    Each journal is settled by itself; one that cannot be settled stays where it is, for the next time.
    """
    with journal.lock_leftovers() as found:
        done = list(handle_each_row("recover", list(found), _settle_leftover, key=lambda leftover: leftover.token))
        found[:] = [leftover for leftover, _count in done]  # the block's end removes these alone
    return sum(count for _leftover, count in done)


@transaction.atomic
def _settle_leftover(leftover: Leftover) -> tuple[Leftover, int]:
    """Settle what one process left behind; return the journal, and how many deliveries it had in hand."""
    ids = queue.find_deliveries_in_hand(leftover.token)
    settled = {pk: outcome for pk, outcome in leftover.outcomes.items() if pk in ids}
    # After a power cut the end of the journal may be missing: everything without an answer is in doubt.
    doubtful = (ids if leftover.rebooted else ids & leftover.started) - settled.keys()
    outcomes.settle_deliveries(settled.values())
    outcomes.settle_deliveries(map(_make_lost_outcome, doubtful))
    queue.release_deliveries(ids - settled.keys() - doubtful)
    DeliveryLease.objects.filter(token=leftover.token).delete()
    # It may have sent until a moment ago: what it reserved counts for its whole period from now.
    RateReservation.objects.filter(claim=leftover.token, closed_at=None).update(closed_at=Now())
    logger.warning("recovered claim=%s deliveries=%d unknown=%d", leftover.token, len(ids), len(doubtful))
    return leftover, len(ids)


def _make_lost_outcome(delivery_id: int) -> DeliveryOutcome:
    return DeliveryOutcome(delivery_id, SendState.UNKNOWN, reason=DeliveryReason.WORKER_KILLED)


def expire_stale_leases(now: dt.datetime | None = None) -> int:
    """Set to `unknown` what was leased longer than LEASE ago by a process without a journal here; return how many."""
    # Each commits by itself: a mailing is paused once, and a journal is removed after it was settled.
    restored_database.pause_uncertain_mailings()
    recover_journals()
    return _set_stale_to_unknown(now or timezone.now())


@transaction.atomic
def _set_stale_to_unknown(now: dt.datetime) -> int:
    outcomes.skip_ended_deliveries()
    # What may have been sent farther than this database knows waits for a person as a whole.
    stale = DeliveryLease.objects.filter(claimed_at__lt=now - LEASE, mailing__older_why="").exclude(
        token__in=journal.list_live_tokens()
    )
    claims = list(stale.values_list("pk", flat=True))
    lost = queue.find_leased_deliveries(claims)
    outcomes.settle_deliveries(map(_make_lost_outcome, lost), now=now)
    DeliveryLease.objects.filter(pk__in=claims).delete()
    if lost:
        logger.warning("swept deliveries=%d to unknown", len(lost))
    return len(lost)
