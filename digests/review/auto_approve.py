"""Approves digests without a person (the clock), as far as the publication allows and no person has touched them.

A person who may approve can allow two things, on the publication's page:

- Automatic approval: a digest of today that was built after this was allowed is approved as soon as it is built, if all
  its sections are clean.
- "Send what is clean": at the deadline, the sections that are not clean are dropped and the rest is approved. If no section
  is clean, or the digest was built after its deadline, it waits. It also waits with "hold", which is the default.

A section is clean if no gate finds anything in its saved text, not even a warning, if a second model has called each of its
sentences supported (where one is configured), and if its text was written as configured. If a model is configured and its
answer could not be used, in whole or in part, the extracted text is not clean, even if it is right. If no model is configured,
extracted text is clean. Unsorted items do not matter: they are in no section, reach no reader, and may still be carried tomorrow.

If a person has changed, judged, approved or reopened a digest, the clock never touches it again. So an approval of the clock
that was taken back, or voided by an edit, does not come back by itself, and no text is sent while a person works on it. The
approval is bound to the fingerprint like any other, and all that the clock does is recorded as Revisions.
"""

import datetime as dt
import logging
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from digests.llm.servers import is_verifier_configured
from digests.models import Digest, Publication, Rewrite, Section
from digests.models.row_failures import handle_each_row
from digests.quality import section_checks
from digests.review import edit
from digests.review.approve import ApprovalError, approve_digest
from digests.sources import link_checker
from digests.text.messages import make_message
from digests.writing.fallback_codes import FallbackCode

logger = logging.getLogger(__name__)


def auto_approve_due_digests(now: dt.datetime | None = None) -> list[Digest]:
    """Approve the digests that the clock may approve now, and return them; a second call changes nothing."""
    now = now or timezone.now()
    approved = handle_each_row(
        "decide",
        find_digests_awaiting_approval(now),
        lambda digest: digest if is_untouched(digest) and _auto_approve(digest, now) else None,
    )
    return [digest for digest in approved if digest]


def find_digests_awaiting_approval(now: dt.datetime) -> list[Digest]:
    """Return the digests in review whose date is today in the time zone of their publication."""
    days = [timezone.localdate(now, dt.UTC) + dt.timedelta(days=step) for step in (-1, 0, 1)]  # today in any time zone
    rows = Digest.objects.filter(
        date__in=days, state=Digest.State.IN_REVIEW, imported=False, built_at__isnull=False, publication__enabled=True
    )
    found = rows.select_related("publication").defer("chart")
    todays = handle_each_row(
        "day", found, lambda digest: digest if digest.date == digest.publication.today(now) else None
    )
    return [digest for digest in todays if digest]


def is_untouched(digest: Digest) -> bool:
    """Say whether no person has changed, judged or approved anything in the digest, or asked for a new text."""
    return not (
        digest.revisions.exists()
        or digest.sections.filter(edited_at__isnull=False).exists()
        or Rewrite.objects.filter(section__digest=digest).exists()
    )


def find_approvers() -> QuerySet[User]:
    """Return the staff users who may approve a digest."""
    return User.objects.with_perm("digests.approve_digest", backend="django.contrib.auth.backends.ModelBackend").filter(
        is_staff=True
    )


@transaction.atomic
def _auto_approve(digest: Digest, now: dt.datetime) -> bool:
    """Approve a digest if its publication allows it; return whether it was approved."""
    # An editor's change takes the same lock: of the two, the second waits and sees what the first has done.
    row = Digest.objects.select_for_update().select_related("publication").get(pk=digest.pk)
    may_approve, may_drop = _may_approve(row), _may_drop(row, now)
    if row.state != Digest.State.IN_REVIEW or not is_untouched(row) or not (may_approve or may_drop):
        return False
    sections = list(row.sections.select_for_update())  # no edit of a text until this is decided
    faults = {section: why for section in sections if (why := _find_fault(section))}
    if faults and (not may_drop or len(faults) == len(sections)):
        return False
    for section, why in faults.items():
        edit.drop_section(section, by=None, reason=why)
    try:
        rule = Digest.ApprovalRule.CLEAN if may_approve and not faults else Digest.ApprovalRule.DEADLINE
        approve_digest(row, clock=True, rule=rule)
    except ApprovalError as error:
        transaction.set_rollback(True)  # a digest that waits for a person keeps all its sections
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


def _find_fault(section: Section) -> dict[str, Any]:
    """Return the message that says why a section is not clean, empty if it is."""
    found = section_checks.recheck_section(section)
    if section.fallback_reason:
        return dict(section.fallback_reason)
    if found:
        return found[0].message
    if link_checker.find_private_links(section.items.all()):
        return make_message(FallbackCode.PRIVATE_LINK)
    if is_verifier_configured() and section_checks.is_unverified(section):
        return make_message(FallbackCode.UNVERIFIED)
    return {} if section.text else make_message(FallbackCode.NO_TEXT)
