"""Detects a database that was restored from a backup, and lets a person decide about its open mailings.

Such a database would mail readers once more who got a mailing since the backup. It is detected by its identity, if that is
another than the one in which a mailing was started (database_identity), or by a mark outside the database that lies farther
in the line than the database's own (sent_marks). Every open mailing then waits for a person, before a row of it is claimed
or released: what is queued up to the mark may have been sent; where no mark is known, everything that is queued. Not
detected: a snapshot of the whole machine, for which `manage.py run --paused` is there (docs/backup.md).
"""

import datetime as dt
import logging

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from digests.models import Digest
from digests.text.messages import make_message
from newsletter.delivery import database_identity, queue_order, sent_marks
from newsletter.delivery.mailing_lifecycle import ScheduleError
from newsletter.models import Delivery, DeliveryLease, KnownDatabase, Mailing, Subscription, TakenBack, deliveries
from newsletter.models.deliveries import DeliveryReason
from newsletter.models.mailings import WaitReason

logger = logging.getLogger(__name__)

# For these reasons the folder of marks is as old as the database: its files say nothing of what was sent in between.
_REASONS_AGAINST_FILES = {Mailing.Older.FOLDER, Mailing.Older.ASKED}
_OPEN = Q(state__in=[Mailing.State.PLANNED, Mailing.State.SENDING, Mailing.State.PAUSED])


def pause_uncertain_mailings(now: dt.datetime | None = None) -> int:
    """Pause every open mailing that may have been sent farther than this database knows; return how many are new.

    Called before anything is begun, claimed or released; some five queries, however many mailings are open. Raises MarkError.
    """
    now = now or timezone.now()
    here, place = database_identity.read_identity(), sent_marks.identify_folder()
    moved_at = _record_database(here, now)
    rows = list(Mailing.objects.filter(_OPEN).select_related("digest__publication").defer("digest__chart"))
    # A worker may claim between reading the rows and the marks: the row is compared again once it is locked.
    outside = sent_marks.read_outside_marks(rows, files=not place.is_moved)
    found = 0
    for mailing in rows:
        mark = outside[mailing.pk]
        why = Mailing.Older.FOLDER if place.is_moved else _find_reason(mailing, here, moved_at, mark)
        found += bool(why) and _pause_uncertain(mailing, why, mark)
    if any(not mailing.database for mailing in rows):
        Mailing.objects.filter(_OPEN, database="").update(database=here)
    if place.is_moved:
        sent_marks.adopt_folder()  # only now: every mailing that it concerns waits for a person
    return found


def pause_all_open_mailings() -> int:
    """Pause every open mailing for a person who knows that the whole machine was restored; return how many are new."""
    rows = Mailing.objects.filter(_OPEN).select_related("digest")
    return sum(_pause_uncertain(mailing, Mailing.Older.ASKED, None) for mailing in rows)


def _record_database(here: str, now: dt.datetime) -> dt.datetime | None:
    """Note that these rows live in this database; return since when, or None where they have never lived in another."""
    known = list(KnownDatabase.objects.all()[:2])
    if known and known[0].identity == here:
        return known[0].since if len(known) > 1 else None
    KnownDatabase.objects.update_or_create(identity=here, defaults={"since": now})
    if known:
        logger.warning("the database is another one than before")
    return now if known else None


def _find_reason(mailing: Mailing, here: str, moved_at: dt.datetime | None, mark: deliveries.Mark | None) -> str:
    """Return the Mailing.Older reason why more may have been sent than this database knows; empty where there is none."""
    if mailing.database not in {"", here} or (moved_at and not mailing.database):
        return Mailing.Older.DATABASE
    if mark and is_behind(mailing, mark):
        return Mailing.Older.MARK
    if moved_at and not mailing.planned_at and not mailing.decided_at and _may_have_begun(mailing, moved_at):
        return Mailing.Older.DATABASE
    return ""


def is_behind(mailing: Mailing, mark: deliveries.Mark) -> bool:
    """Return whether more was handed out than the database knows, and no person has decided about that yet."""
    if mailing.planned_at is None:
        is_decided = mailing.decided_at and mark.text() <= mailing.older_mark
        return not is_decided and not _was_taken_back(mailing, mark)
    return mark.text() > max(sent_marks.read_row_mark(mailing).text(), mailing.older_mark)


def _was_taken_back(mailing: Mailing, mark: deliveries.Mark) -> bool:
    """Return whether a mark is that of a plan of which nothing had left when a person undid it."""
    return TakenBack.objects.filter(digest=mailing.digest_id, mark__gte=mark.text()).exists()


def _may_have_begun(mailing: Mailing, moved_at: dt.datetime) -> bool:
    """Return whether a mailing may have begun elsewhere before the database came here, since its digest's day had."""
    return mailing.digest.date <= mailing.digest.publication.today(moved_at)


@transaction.atomic
def _pause_uncertain(mailing: Mailing, why: str, mark: deliveries.Mark | None) -> bool:
    """Pause a mailing, or note that its mark lies farther; return whether it was not paused for this before."""
    # Under the lock of a claim: a worker that moved both marks since the row was read is no restored database.
    row = Mailing.objects.select_for_update(no_key=True).filter(_OPEN, pk=mailing.pk).first()
    if row is None or (why == Mailing.Older.MARK and not (mark and is_behind(row, mark))):
        return False
    is_new = not row.older_why
    farthest = _find_farthest_mark(row, mark)
    if not is_new and farthest <= row.older_mark:
        return False
    row.state, row.wait_reason = Mailing.State.PAUSED, make_message(WaitReason.OLDER_DATABASE)
    row.older_why, row.older_mark = row.older_why or why, farthest
    row.save(update_fields=["state", "wait_reason", "older_why", "older_mark"])
    if is_new:
        logger.warning("mailing=%s paused: its database is older than what was sent, why=%s", row.pk, why)
    return is_new


def _find_farthest_mark(row: Mailing, mark: deliveries.Mark | None) -> str:
    """Return the farthest known mark of this plan; one behind the database's own says nothing of what came after it."""
    if row.older_why in _REASONS_AGAINST_FILES:
        return row.older_mark
    is_of_plan = mark and (
        row.planned_at is None
        or (mark.plan == sent_marks.read_row_mark(row).plan and mark >= sent_marks.read_row_mark(row))
    )
    return max(row.older_mark if row.older_why else "", mark.text() if mark and is_of_plan else "")


def is_mark_known(mailing: Mailing) -> bool:
    """Return whether it is known how far a mailing was sent that waits for a decision."""
    mark = sent_marks.parse_mark(mailing.older_mark)
    return mark is not None and mailing.planned_at is not None and mark.plan == sent_marks.read_row_mark(mailing).plan


def find_uncertain_deliveries(mailing: Mailing) -> QuerySet[Delivery]:
    """Return the queued deliveries that may have been sent: those up to the mark; all of them where no mark is known."""
    queued = Delivery.objects.filter(mailing=mailing, state=Delivery.State.QUEUED)
    mark = sent_marks.parse_mark(mailing.older_mark)
    if mark is None or not is_mark_known(mailing):
        return queued
    at = dt.datetime.fromisoformat(mark.at)
    return queued.filter(Q(due_at__lt=at) | Q(due_at=at, pk__lte=mark.id) | queue_order.UNDER_WAY)


def count_uncertain(mailing: Mailing) -> int:
    """Return how many readers may have got a mailing; of one that this database has not begun, all whom it would go to."""
    return find_uncertain_deliveries(mailing).count() if mailing.planned_at else count_readers(mailing.digest)


def count_readers(digest: Digest) -> int:
    """Return how many active readers chose one of the digest's categories."""
    categories = digest.sections.exclude(text="").values("category")
    active = Subscription.objects.filter(publication=digest.publication, state=Subscription.State.ACTIVE)
    chosen = Subscription.categories.through.objects.filter(category__in=categories)
    return active.filter(pk__in=chosen.values("subscription")).count()


@transaction.atomic
def treat_uncertain_as_sent(mailing: Mailing, expected: int, now: dt.datetime | None = None) -> int:
    """Count the uncertain readers as having it, as a person decided; the mailing goes on behind them. Return how many.

    `expected` is the number that the person saw. Raises ScheduleError where it is another one by now.
    """
    now = now or timezone.now()
    row = _lock_undecided(mailing, expected)
    if row.planned_at is None:
        row.planned_at = row.finished_at = now
        Digest.objects.filter(pk=row.digest_id).update(released_at=now)
        _record_decision(row, Mailing.State.DONE, now)
        return expected
    find_uncertain_deliveries(row).update(
        state=Delivery.State.ACCEPTED, reason=DeliveryReason.TREATED_AS_SENT, settled_at=now
    )
    _record_decision(row, Mailing.State.SENDING, now)
    return expected


@transaction.atomic
def resend_uncertain(mailing: Mailing, expected: int, now: dt.datetime | None = None) -> int:
    """Send to the uncertain readers, as a person decided, though they may have it already. Return how many.

    `expected` is the number that the person saw. Raises ScheduleError where it is another one by now.
    """
    now = now or timezone.now()
    row = _lock_undecided(mailing, expected)
    if row.planned_at is None:
        row.send_at = max(row.send_at, now)
        _record_decision(row, Mailing.State.PLANNED, now)
        return expected
    uncertain = find_uncertain_deliveries(row)
    if not is_mark_known(row):
        uncertain = uncertain.filter(queue_order.UNDER_WAY)  # the others stand behind the mark already
    _record_decision(row, Mailing.State.SENDING, now)  # moves the mark first: they are queued behind it
    queue_order.requeue_deliveries(uncertain, now, reason=DeliveryReason.SENT_AGAIN)
    return expected


def _lock_undecided(mailing: Mailing, expected: int) -> Mailing:
    """Lock a mailing that waits for this decision until the transaction ends. Raises ScheduleError where none is due."""
    row = Mailing.objects.select_for_update(no_key=True).get(pk=mailing.pk)
    if not row.older_why:
        raise ScheduleError(_("This has already been decided."))
    if count_uncertain(row) != expected:
        raise ScheduleError(_("The number of subscribers has changed. Check it again before you decide."))
    return row


def _record_decision(row: Mailing, state: str, now: dt.datetime) -> None:
    """Let a mailing go on from the mark, in this database; nothing of it waits for a decision any more."""
    if is_mark_known(row) and (mark := sent_marks.parse_mark(row.older_mark)):
        row.reached_at, row.reached_id = dt.datetime.fromisoformat(mark.at), mark.id
    DeliveryLease.objects.filter(mailing=row).delete()  # their processes ended with the old database
    row.state, row.older_why, row.wait_reason = state, "", {}
    row.database, row.decided_at, row.looked_after_at = database_identity.read_identity(), now, None
    row.save()
    logger.info("decided mailing=%s state=%s", row.pk, state)
