"""A digest in review -> approved, bound to the fingerprint of exactly what was approved; and back.

An edit voids the approval; both are kept as a Revision. Whoever sends compares the fingerprint once more with the rows,
so that even a change behind our back never leaves the house under an approval that it does not have.
"""

import hashlib
import json
import logging
from typing import Any

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.utils import timezone

from digests.models import Digest, Revision, Section, SectionItem
from digests.quality.section_checks import find_blocked_sections
from digests.sources import link_checker

logger = logging.getLogger(__name__)


class ApprovalError(Exception):
    """The digest can't be approved or reopened; the text says why."""


def fingerprint_digest(digest: Digest) -> str:
    """Return the SHA-256 of everything of a digest that reaches a reader."""
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
        ]
        for section in digest.sections.prefetch_related("items")
    ]
    chart = hashlib.sha256(bytes(digest.chart)).hexdigest()
    said = [digest.title, digest.subject, digest.opening, digest.chart_alt, chart, sections]
    return hashlib.sha256(json.dumps(said, ensure_ascii=False).encode()).hexdigest()


def approve_digest(digest: Digest, *, by: AbstractBaseUser | None = None, clock: bool = False) -> Digest:
    """Approve a digest in review as it stands in the rows; a second call changes nothing.

    Raises ApprovalError for a draft, for a digest without a section that says something, and for one with a section that
    a quality gate blocks and nobody has overridden, or with a link into a private network.
    """
    digest.refresh_from_db()
    if digest.state == Digest.State.APPROVED:
        return digest
    if not digest.sections.exclude(text="").exists():
        raise ApprovalError(f"{digest} has no section with a text")
    if waiting := digest.sections.filter(verdict=Section.Verdict.HELD).first():
        raise ApprovalError(f"{waiting} is held by an editor")
    if lines := link_checker.find_private_links(SectionItem.objects.filter(digest=digest).exclude(section__text="")):
        raise ApprovalError(link_checker.describe_private_link(lines[0]))
    read = fingerprint_digest(
        digest
    )  # before the gates: a text that changes meanwhile was not the one that was checked
    if blocked := find_blocked_sections(digest):
        raise ApprovalError("; ".join(f"{section}: {findings[0].message}" for section, findings in blocked))
    with transaction.atomic():
        changed = Digest.objects.filter(pk=digest.pk, state=Digest.State.IN_REVIEW).update(
            state=Digest.State.APPROVED,
            approved_hash=read,
            approved_at=timezone.now(),
            approved_by=by,
            approved_by_clock=clock,
        )
        if changed:
            _record_approval(digest, before="", after=read, by=by, clock=clock)
    digest.refresh_from_db()
    if not changed and digest.state != Digest.State.APPROVED:
        raise ApprovalError(f"{digest} is still being built")
    logger.info("approved digest=%s hash=%s", digest.pk, digest.approved_hash[:12])
    return digest


@transaction.atomic
def reopen_digest(digest: Digest, *, by: AbstractBaseUser | None = None) -> None:
    """Take an approval back, so that the digest can be edited; a second call changes nothing."""
    was = Digest.objects.filter(pk=digest.pk).values_list("approved_hash", flat=True).first() or ""
    changed = Digest.objects.filter(pk=digest.pk, state=Digest.State.APPROVED, imported=False).update(
        state=Digest.State.IN_REVIEW, approved_hash="", approved_at=None, approved_by=None, approved_by_clock=False
    )
    digest.refresh_from_db()
    if changed:
        _record_approval(digest, before=was, after="", by=by)
        logger.info("reopened digest=%s", digest.pk)


def _record_approval(
    digest: Digest, *, before: str, after: str, by: AbstractBaseUser | None, clock: bool = False
) -> None:
    by_id = by.pk if by else None
    what = Revision.What.APPROVAL
    Revision.objects.create(digest=digest, what=what, before=before, after=after, by_id=by_id, clock=clock)


def is_as_approved(digest: Digest) -> bool:
    """Say whether what stands in the rows is exactly what was approved."""
    return digest.state == Digest.State.APPROVED and digest.approved_hash == fingerprint_digest(digest)
