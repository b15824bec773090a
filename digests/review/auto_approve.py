"""A digest that no person has touched -> approved by the clock, as far as its publication allows; or left to wait.

Two things may be allowed, each by a person who may approve, on the publication's page:

- Automatic approval: a digest that was built after it was allowed, on its own day, is approved as soon as it is built,
  if everything in it is clean.
- "Send what is clean": at the deadline the sections that are not clean are dropped, and the rest is approved. Where
  nothing is clean, or the digest was built after its deadline, it waits, as it does with "hold", which is the default.

A section is clean if no gate finds anything, not even something to look at, in its text as it stands in the row, and if
it came to be as it was meant to: where a model is set up and its answer could not be used, in whole or in part, the
extracted text is not clean, however right it is. Where no model is set up, extracted text is what was meant. Unsorted
items stop nothing: they are in no section, reach no reader, and may still come tomorrow.

A digest that a person has changed, judged, approved or reopened is that person's: the clock leaves it alone for good.
So an approval of the clock that was taken back, or voided by an edit, never comes back by itself, and a text is never
sent while somebody is at it. The approval is bound to the fingerprint like any other; all that the clock does is kept
as a Revision of its own.
"""

import datetime as dt
import logging

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from digests.models import Digest, Publication, Rewrite, Section
from digests.models.row_failures import handle_each_row
from digests.quality import section_checks
from digests.quality.findings import localize_finding
from digests.quality.passages import get_base_language
from digests.review import edit
from digests.review.approve import ApprovalError, approve_digest
from digests.sources import link_checker

logger = logging.getLogger(__name__)


def auto_approve_due_digests(now: dt.datetime | None = None) -> list[Digest]:
    """Decide what the clock may decide now; return the digests that it approved. A second call changes nothing."""
    now = now or timezone.now()
    approved = handle_each_row(
        "decide",
        find_digests_awaiting_approval(now),
        lambda digest: digest if is_untouched(digest) and _auto_approve(digest, now) else None,
    )
    return [digest for digest in approved if digest]


def find_digests_awaiting_approval(now: dt.datetime) -> list[Digest]:
    """Return the digests of this very day, each by its own time zone, that wait for an approval."""
    days = [timezone.localdate(now, dt.UTC) + dt.timedelta(days=step) for step in (-1, 0, 1)]  # wherever on earth
    rows = Digest.objects.filter(
        date__in=days, state=Digest.State.IN_REVIEW, imported=False, built_at__isnull=False, publication__enabled=True
    )
    found = rows.select_related("publication").defer("chart")
    todays = handle_each_row(
        "day", found, lambda digest: digest if digest.date == digest.publication.today(now) else None
    )
    return [digest for digest in todays if digest]


def is_untouched(digest: Digest) -> bool:
    """Say whether no person has had a hand in it since it was built."""
    return not (
        digest.revisions.exists()
        or digest.sections.filter(edited_at__isnull=False).exists()
        or Rewrite.objects.filter(section__digest=digest).exists()
    )


def find_approvers() -> QuerySet[User]:
    """Return the people who may approve a digest at the desk."""
    return User.objects.with_perm("digests.approve_digest", backend="django.contrib.auth.backends.ModelBackend").filter(
        is_staff=True
    )


@transaction.atomic
def _auto_approve(digest: Digest, now: dt.datetime) -> bool:
    """Approve a digest if its publication allows it; say whether that was done."""
    row = Digest.objects.select_for_update().select_related("publication").get(pk=digest.pk)
    whole, partly = _may_approve(row), _may_drop(row, now)
    if row.state != Digest.State.IN_REVIEW or not is_untouched(row) or not (whole or partly):
        return False
    sections = list(row.sections.select_for_update())  # nobody writes until this is decided
    faults = {section: why for section in sections if (why := _find_fault(section))}
    if faults and (not partly or len(faults) == len(sections)):
        return False
    for section, why in faults.items():
        edit.drop_section(section, by=None, remark=why)
    try:
        approve_digest(row, clock=True)
    except ApprovalError as error:
        transaction.set_rollback(True)  # a digest that waits for a person is whole
        logger.warning("the clock could not approve digest=%s: %s", row.pk, error)
        return False
    logger.info("approved by the clock digest=%s dropped=%d", row.pk, len(faults))
    return True


def _may_approve(digest: Digest) -> bool:
    allowed = digest.publication.clock_allowed_at
    return bool(allowed and digest.built_at and digest.built_at > allowed)


def _may_drop(digest: Digest, now: dt.datetime) -> bool:
    publication, deadline = digest.publication, digest.publication.deadline(digest.date)
    if publication.when_nobody != Publication.WhenNobody.CLEAN or deadline is None or digest.built_at is None:
        return False
    return digest.built_at <= deadline <= now


def _find_fault(section: Section) -> str:
    """Return why a section is not clean, if it is not."""
    found = section_checks.recheck_section(section)
    said = localize_finding(found[0].as_json(), get_base_language(section.digest.publication.language)) if found else ""
    private = "a link leads into a private network" if link_checker.find_private_links(section.items.all()) else ""
    return section.fallback_reason or said or private or ("" if section.text else "without a text")
