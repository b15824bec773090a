"""Approves a digest in review, bound to a fingerprint of exactly what was approved, and takes an approval back.

An edit voids the approval. Both are recorded as a Revision. The fingerprint is compared with the rows again before sending,
so that a text that was changed without an edit (in the database, by a fault) is never sent as approved. Which gates hold a
digest back is decided in `digests.quality.section_checks`.
"""

import hashlib
import json
import logging
from typing import Any

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from digests.models import Digest, Revision, Section, SectionItem
from digests.quality.section_checks import find_blocked_sections
from digests.quality.section_outline import list_headlines
from digests.sources import link_checker

logger = logging.getLogger(__name__)


class ApprovalError(Exception):
    """The digest cannot be approved; the text says why, in the active language."""


class BlockedError(ApprovalError):
    """A quality gate blocks a section; somebody who may approve can override it."""


def fingerprint_digest(digest: Digest) -> str:
    """Return the SHA-256 (hex) of everything in a digest that reaches a reader."""
    sections: list[Any] = [
        [
            section.position,
            section.category_id,
            section.heading,
            section.emoji,
            section.text,
            section.origin,
            section.found,
            [[line.title, line.url] for line in section.items.all()],
            # What the web shows beside each sentence. Sections of earlier versions have none, and keep their fingerprint.
            *([section.evidence] if section.evidence else []),
        ]
        for section in digest.sections.prefetch_related("items")
    ]
    # The chart is hashed on its own: JSON has no bytes.
    chart = hashlib.sha256(bytes(digest.chart)).hexdigest()
    content = [digest.title, digest.subject, digest.opening, digest.chart_alt, chart, sections]
    return hashlib.sha256(json.dumps(content, ensure_ascii=False).encode()).hexdigest()


def approve_digest(
    digest: Digest,
    *,
    by: AbstractBaseUser | None = None,
    clock: bool = False,
    rule: Digest.ApprovalRule = Digest.ApprovalRule.NONE,
) -> Digest:
    """Approve a digest in review as it is saved; a second call changes nothing.

    `by` is the person, or None from the shell; `clock` says that it was approved without a person, and `rule` why. Raises
    ApprovalError for a draft, for a digest in which no section has a text, and for one with a section that an editor holds, that a
    quality gate blocks without an override, or that links into a private network.
    """
    digest.refresh_from_db()
    if digest.state == Digest.State.APPROVED:
        return digest
    if not digest.sections.exclude(text="").exists():
        raise ApprovalError(_("{issue} has no section with text").format(issue=digest))
    if held_section := digest.sections.filter(verdict=Section.Verdict.HELD).first():
        raise ApprovalError(_("This section is on hold: {section}").format(section=held_section))
    if lines := link_checker.find_private_links(SectionItem.objects.filter(digest=digest).exclude(section__text="")):
        raise ApprovalError(link_checker.describe_private_link(lines[0]))
    # Before the gates: if a text changes while they run, the hash does not fit it, and it is not sent.
    approved_hash = fingerprint_digest(digest)
    if blocked := find_blocked_sections(digest):
        raise BlockedError("; ".join(f"{section}: {findings[0].sentence}" for section, findings in blocked))
    headlines = list_headlines(digest)
    with transaction.atomic():
        # A conditional UPDATE: of two approvals at once, one changes the row and is recorded.
        changed = Digest.objects.filter(pk=digest.pk, state=Digest.State.IN_REVIEW).update(
            state=Digest.State.APPROVED,
            approved_hash=approved_hash,
            approved_at=timezone.now(),
            approved_by=by,
            approved_by_clock=clock,
            headlines=headlines,
            approval_rule=rule,
        )
        if changed:
            _record_approval(digest, before="", after=approved_hash, by=by, clock=clock)
    digest.refresh_from_db()
    if not changed and digest.state != Digest.State.APPROVED:
        raise ApprovalError(_("{issue} is still being built").format(issue=digest))
    logger.info("approved digest=%s hash=%s", digest.pk, digest.approved_hash[:12])
    return digest


@transaction.atomic
def reopen_digest(digest: Digest, *, by: AbstractBaseUser | None = None) -> None:
    """Take an approval back, so that the digest can be edited; a second call changes nothing.

    An imported digest stays approved: it is a past issue, which is public and never mailed.
    """
    old_hash = Digest.objects.filter(pk=digest.pk).values_list("approved_hash", flat=True).first() or ""
    changed = Digest.objects.filter(pk=digest.pk, state=Digest.State.APPROVED, imported=False).update(
        state=Digest.State.IN_REVIEW,
        approved_hash="",
        approved_at=None,
        approved_by=None,
        approved_by_clock=False,
        approval_rule=Digest.ApprovalRule.NONE,
    )
    digest.refresh_from_db()
    if changed:
        _record_approval(digest, before=old_hash, after="", by=by)
        logger.info("reopened digest=%s", digest.pk)


def _record_approval(
    digest: Digest, *, before: str, after: str, by: AbstractBaseUser | None, clock: bool = False
) -> None:
    by_id = by.pk if by else None
    what = Revision.What.APPROVAL
    Revision.objects.create(digest=digest, what=what, before=before, after=after, by_id=by_id, clock=clock)


def is_as_approved(digest: Digest) -> bool:
    """Say whether the digest is approved and its rows are exactly what was approved."""
    return digest.state == Digest.State.APPROVED and digest.approved_hash == fingerprint_digest(digest)
