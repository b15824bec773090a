"""Edits a digest: an editor's changes of texts and headings, verdicts, overrides, dropped sections, and the approval.

A change of a text names the version that the editor saw. If somebody else has changed the text since, the change is refused
(EditConflictError) and nothing is overwritten. Every change of what readers get is recorded as a Revision, voids the
approval of the digest, and marks the section as edited, so that no later build changes it; the verdict "good" and an
override do not. A digest whose mailing has begun cannot be changed. The order of sections and sources is changed in
`digests.review.reorder`.
"""

import datetime as dt
import hashlib
import json
from collections.abc import Iterable, Iterator
from typing import Any

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from digests.models import Digest, Revision, Section
from digests.quality import section_checks
from digests.review.approve import approve_digest, fingerprint_digest, reopen_digest
from digests.text import markdown_rendering
from digests.writing.chart import draw_digest_chart

# The page saves at each pause of typing: within this time the saves of one editor are one revision, not a hundred.
EDIT_SESSION = dt.timedelta(minutes=10)
DIGEST_FIELDS = ("title", "subject", "opening")
SECTION_FIELDS = ("heading", "text")
TEXT_CHANGES = (Revision.What.TEXT, Revision.What.REWRITE)  # what changes a section's text


class EditError(Exception):
    """The change cannot be made; the text says why, in the editor's language."""


class EditConflictError(EditError):
    """Somebody else changed the same text first; `row` is the row as it is now."""

    def __init__(self, row: Section | Digest) -> None:
        super().__init__(_("Someone else changed this while you were editing. Nothing was overwritten."))
        self.row = row


def compute_version(row: Section | Digest) -> str:
    """Return a hash (16 hex digits) of the fields that an editor may change; the same hash means that nobody changed them."""
    names = SECTION_FIELDS if isinstance(row, Section) else DIGEST_FIELDS
    values = json.dumps([getattr(row, name) for name in names], ensure_ascii=False)
    return hashlib.sha256(values.encode()).hexdigest()[:16]


def is_sent(digest: Digest) -> bool:
    """Say whether a digest has begun to be sent, as the database has it now: sending sets it in its own transaction."""
    return Digest.objects.filter(pk=digest.pk, released_at__isnull=False).exists()


@transaction.atomic
def change_digest(digest: Digest, *, seen: str, by: AbstractBaseUser, **changes: str) -> Digest:
    """Change title, subject or opening of a digest; return the row as saved.

    `seen` is the version that the editor saw. Raises EditConflictError if it has changed, EditError for a wrong value.
    """
    row = Digest.objects.select_for_update().get(pk=digest.pk)
    _save_changes(row, changes, names=DIGEST_FIELDS, seen=seen, by=by)
    return row


@transaction.atomic
def change_section(section: Section, *, seen: str, by: AbstractBaseUser, **changes: str) -> Section:
    """Change heading or text of a section, withdraw the verdict "good", and run the gates; return the row as saved.

    `seen` is the version that the editor saw. Raises EditConflictError if it has changed, EditError for a wrong value.
    """
    row = Section.objects.select_for_update().select_related("digest__publication").get(pk=section.pk)
    if _save_changes(row, changes, names=SECTION_FIELDS, seen=seen, by=by):
        Section.objects.filter(pk=row.pk, verdict=Section.Verdict.GOOD).update(verdict=Section.Verdict.OPEN)
        row.refresh_from_db(fields=["verdict"])
    section_checks.recheck_section(row)
    return row


def _save_changes(
    row: Section | Digest, changes: dict[str, str], *, names: tuple[str, ...], seen: str, by: AbstractBaseUser
) -> bool:
    """Save the changed values, with a revision for each; return whether any value changed."""
    unknown = set(changes) - set(names)
    if unknown:
        raise EditError(_("“%(name)s” can’t be changed.") % {"name": ", ".join(sorted(unknown))})
    wanted = {name: _clean_value(row, name, value) for name, value in changes.items()}
    different = {name: value for name, value in wanted.items() if value != getattr(row, name)}
    if not different:
        return False  # the save was repeated, or somebody else typed the same: no conflict
    if compute_version(row) != seen:
        raise EditConflictError(row)
    section = row if isinstance(row, Section) else None
    digest = section.digest if section else row
    assert isinstance(digest, Digest)  # noqa: S101 - for the type checker
    void_approval(digest, by)
    for name, value in different.items():
        record_revision(digest, section, name, before=getattr(row, name), after=value, by=by)
        setattr(row, name, value)
    row.save(update_fields=list(different))
    if section:
        mark_edited(section, by)
    return True


def _clean_value(row: Section | Digest, name: str, value: str) -> str:
    """Return a value as it is saved: headings and titles as one line; raise EditError if it is empty or too long."""
    # PostgreSQL refuses NUL in a text.
    value = value.replace("\x00", "").replace("\r\n", "\n").strip()
    is_markdown = name in {"text", "opening"}
    value = value if is_markdown else " ".join(value.split())
    longest = (
        markdown_rendering.MAX_MARKDOWN_CHARS
        if is_markdown
        else getattr(row._meta.get_field(name), "max_length", None) or 0
    )
    if len(value) > longest:
        raise EditError(describe_limit(longest))
    if not value and name != "subject" and not is_markdown:
        raise EditError(_("This can’t be empty."))
    return value


def describe_limit(characters: int) -> str:
    """Return the refusal of a text that has more characters than it may."""
    n = characters
    return ngettext("Use %(n)d character or fewer.", "Use %(n)d characters or fewer.", n) % {"n": n}


@transaction.atomic
def set_verdict(section: Section, verdict: str, *, by: AbstractBaseUser) -> None:
    """Set an editor's verdict on a section: good, held or open."""
    if verdict not in Section.Verdict.values:
        raise EditError(_("Unknown status. Reload the page."))
    row = Section.objects.select_for_update().get(pk=section.pk)
    if row.verdict == verdict:
        return
    if verdict == Section.Verdict.GOOD and not row.text:
        raise EditError(_("A section without text isn’t sent."))
    if verdict != Section.Verdict.GOOD:  # "good" takes nothing away from an approval
        void_approval(row.digest, by)
    record_revision(row.digest, row, Revision.What.VERDICT, before=row.verdict, after=verdict, by=by)
    Section.objects.filter(pk=row.pk).update(verdict=verdict)
    mark_edited(row, by)


@transaction.atomic
def override_gates(section: Section, reason: str, *, by: AbstractBaseUser) -> None:
    """Let a section be sent as it is although a gate blocks it; `reason` must not be empty."""
    try:
        section_checks.record_override(section, reason, by=by)
    except section_checks.OverrideError as error:
        raise EditError(str(error)) from error
    mark_edited(section, by)


@transaction.atomic
def drop_section(section: Section, *, by: AbstractBaseUser | None, reason: dict[str, Any] | None = None) -> None:
    """Drop a section from the digest by emptying its text, which stays in the history.

    A section without a text is not sent. `by` is None if a rule drops it; `reason` is then the message that says why.
    """
    row = Section.objects.select_for_update().get(pk=section.pk)
    if not row.text:
        return
    void_approval(row.digest, by)
    record_revision(row.digest, row, Revision.What.TEXT, before=row.text, after="", by=by, apart=True, reason=reason)
    Section.objects.filter(pk=row.pk).update(text="", verdict=Section.Verdict.OPEN)
    mark_edited(row, by)
    redraw_chart(row.digest)


@transaction.atomic
def restore_section(section: Section, *, by: AbstractBaseUser) -> None:
    """Restore the last text of a dropped section."""
    row = Section.objects.select_for_update().get(pk=section.pk)
    last = row.revisions.filter(what__in=TEXT_CHANGES).exclude(before="").first()
    if row.text or last is None:
        return
    void_approval(row.digest, by)
    record_revision(row.digest, row, Revision.What.TEXT, before="", after=last.before, by=by, apart=True)
    Section.objects.filter(pk=row.pk).update(text=last.before)
    mark_edited(row, by)
    redraw_chart(row.digest)


@transaction.atomic
def approve_digest_as_read(digest: Digest, *, seen: str, by: AbstractBaseUser) -> Digest:
    """Approve a digest if its fingerprint is still `seen`, the one that the editor read; raise EditError otherwise."""
    row = Digest.objects.select_for_update().select_related("publication").get(pk=digest.pk)
    if fingerprint_digest(row) != seen:
        raise EditError(_("This issue has changed since you opened it. Check it again, then approve."))
    reasons = list(list_blockers(row.sections.all()))
    if reasons:
        raise EditError(" ".join(reasons))
    return approve_digest(row, by=by)


def list_blockers(sections: Iterable[Section]) -> Iterator[str]:
    """Yield a sentence for each reason against an approval: a section that an editor holds."""
    for section in sections:
        if section.verdict == Section.Verdict.HELD:
            yield _("“%(section)s” is on hold.") % {"section": section}


def get_original_text(section: Section) -> str:
    """Return the text of a section as it was before any person changed it."""
    first = section.revisions.filter(what__in=TEXT_CHANGES).order_by("pk").first()
    return first.before if first else section.text


def mark_edited(section: Section, by: AbstractBaseUser | None) -> None:
    """Mark a section as edited by a person, or by the clock (None), so that later builds leave it as it is."""
    section.edited_by_id, section.edited_at = _user_id(by), timezone.now()
    Section.objects.filter(pk=section.pk).update(edited_by=section.edited_by_id, edited_at=section.edited_at)


def _user_id(by: AbstractBaseUser | None) -> int | None:
    return by.pk if by else None


def redraw_chart(digest: Digest) -> None:
    """Draw and save the chart of the sections that are in the digest now."""
    draw_digest_chart(digest)
    Digest.objects.filter(pk=digest.pk).update(chart=digest.chart, chart_alt=digest.chart_alt)


def record_revision(
    digest: Digest,
    section: Section | None,
    what: str,
    *,
    before: str,
    after: str,
    by: AbstractBaseUser | None,
    apart: bool = False,
    remark: str = "",
    reason: dict[str, Any] | None = None,
) -> None:
    """Record a change as a Revision.

    A change that continues the last one (same person and field, within EDIT_SESSION) extends that revision, unless `apart`.
    """
    # Only typing is continued; a verdict or a move is a decision of its own.
    last = Revision.objects.filter(digest=digest, section=section, what=what).first()
    is_typing = what in {*SECTION_FIELDS, *DIGEST_FIELDS} and not apart
    if (
        last
        and is_typing
        and last.by_id == _user_id(by)
        and last.after == before
        and timezone.now() - last.at < EDIT_SESSION
    ):
        last.after = after
        last.save(update_fields=["after"])
        return
    Revision.objects.create(
        digest=digest,
        section=section,
        what=what,
        before=before,
        after=after,
        by_id=_user_id(by),
        clock=by is None,
        remark=remark,
        reason=reason or {},
    )


@transaction.atomic
def void_approval(digest: Digest, by: AbstractBaseUser | None) -> None:
    """Void the approval of a digest that is about to change; raise EditError if its mailing has begun."""
    # First the UPDATE, then the question: a mailing that begins at this moment holds the row, so that the UPDATE waits for
    # it and the question sees it.
    reopen_digest(digest, by=by)
    if is_sent(digest):
        raise EditError(_("This issue has been sent, so it can’t be edited."))
