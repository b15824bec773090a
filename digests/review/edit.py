"""What an editor changes in a digest: texts, headings, which sources stand where, a verdict per section.

Every change says which version it was made on; where somebody else was faster it is refused (ConflictError) and what
stands there is left alone. Every change is kept as a Revision, voids the digest's approval, and puts the section into
a person's hands, so that no later build touches it. A digest that has begun to go out is not changed any more.
"""

import datetime as dt
import hashlib
import json
from collections.abc import Iterable, Iterator

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from digests.models import Digest, Revision, Section
from digests.quality import section_checks
from digests.review.approve import approve_digest, fingerprint_digest, reopen_digest
from digests.text import markdown_rendering
from digests.writing.chart import draw_digest_chart

EDIT_SESSION = dt.timedelta(minutes=10)  # keystrokes of one editor within it are one revision, not a hundred
DIGEST_FIELDS = ("title", "subject", "opening")
SECTION_FIELDS = ("heading", "text")
TEXT_CHANGES = (Revision.What.TEXT, Revision.What.REWRITE)  # what changes a section's text


class EditError(Exception):
    """The change can't be made; the text tells the editor why."""


class EditConflictError(EditError):
    """Somebody else changed the same thing first; `row` is what stands there now."""

    def __init__(self, row: Section | Digest) -> None:
        super().__init__(_("Somebody else changed this in the meantime. Nothing was overwritten."))
        self.row = row


def compute_version(row: Section | Digest) -> str:
    """Return a short hash of what an editor may change in a row: equal hashes mean that nobody changed it."""
    names = SECTION_FIELDS if isinstance(row, Section) else DIGEST_FIELDS
    said = json.dumps([getattr(row, name) for name in names], ensure_ascii=False)
    return hashlib.sha256(said.encode()).hexdigest()[:16]


def is_sent(digest: Digest) -> bool:
    """Say whether a digest has begun to be sent, as the database has it now: sending sets it in its own transaction."""
    return Digest.objects.filter(pk=digest.pk, released_at__isnull=False).exists()


@transaction.atomic
def change_digest(digest: Digest, *, seen: str, by: AbstractBaseUser, **changes: str) -> Digest:
    """Change title, subject or opening line of a digest whose version is still `seen`."""
    row = Digest.objects.select_for_update().get(pk=digest.pk)
    _save_changes(row, changes, names=DIGEST_FIELDS, seen=seen, by=by)
    return row


@transaction.atomic
def change_section(section: Section, *, seen: str, by: AbstractBaseUser, **changes: str) -> Section:
    """Change heading or text of a section whose version is still `seen`; a new text asks for a new verdict."""
    row = Section.objects.select_for_update().select_related("digest__publication").get(pk=section.pk)
    if _save_changes(row, changes, names=SECTION_FIELDS, seen=seen, by=by):
        Section.objects.filter(pk=row.pk, verdict=Section.Verdict.GOOD).update(verdict=Section.Verdict.OPEN)
        row.refresh_from_db(fields=["verdict"])
        section_checks.recheck_section(row)
    return row


def _save_changes(
    row: Section | Digest, changes: dict[str, str], *, names: tuple[str, ...], seen: str, by: AbstractBaseUser
) -> bool:
    """Write what differs, with a revision each; say whether anything did."""
    unknown = set(changes) - set(names)
    if unknown:
        raise EditError(_("There is no %(name)s to change.") % {"name": ", ".join(sorted(unknown))})
    wanted = {name: _clean_value(row, name, value) for name, value in changes.items()}
    different = {name: value for name, value in wanted.items() if value != getattr(row, name)}
    if not different:
        return False  # both typed the same, or a save was repeated
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
    """Return a value as it is kept: one line where it is one, no longer than its column."""
    value = value.replace("\x00", "").replace("\r\n", "\n").strip()
    is_markdown = name in {"text", "opening"}
    value = value if is_markdown else " ".join(value.split())
    longest = (
        markdown_rendering.MAX_MARKDOWN_CHARS
        if is_markdown
        else getattr(row._meta.get_field(name), "max_length", None) or 0
    )
    if len(value) > longest:
        raise EditError(_("At most %(n)d characters.") % {"n": longest})
    if not value and name != "subject" and not is_markdown:
        raise EditError(_("This cannot be empty."))
    return value


@transaction.atomic
def set_verdict(section: Section, verdict: str, *, by: AbstractBaseUser) -> None:
    """Set an editor's verdict on a section: good, held, or none."""
    if verdict not in Section.Verdict.values:
        raise EditError(_("There is no such verdict."))
    row = Section.objects.select_for_update().get(pk=section.pk)
    if row.verdict == verdict:
        return
    if verdict == Section.Verdict.GOOD and not row.text:
        raise EditError(_("A section without a text is not sent."))
    if verdict != Section.Verdict.GOOD:  # reading it and finding it good changes nothing that was approved
        void_approval(row.digest, by)
    record_revision(row.digest, row, Revision.What.VERDICT, before=row.verdict, after=verdict, by=by)
    Section.objects.filter(pk=row.pk).update(verdict=verdict)
    mark_edited(row, by)


@transaction.atomic
def override_gates(section: Section, reason: str, *, by: AbstractBaseUser) -> None:
    """Let a section be sent as it stands although a gate blocks it."""
    try:
        section_checks.record_override(section, reason, by=by)
    except section_checks.OverrideError as error:
        raise EditError(str(error)) from error
    mark_edited(section, by)


@transaction.atomic
def drop_section(section: Section, *, by: AbstractBaseUser | None, remark: str = "") -> None:
    """Leave a section out of the digest: a section without a text is not sent. Its text stays in the history.

    Without a person it is the clock, which says why.
    """
    row = Section.objects.select_for_update().get(pk=section.pk)
    if not row.text:
        return
    void_approval(row.digest, by)
    record_revision(row.digest, row, Revision.What.TEXT, before=row.text, after="", by=by, apart=True, remark=remark)
    Section.objects.filter(pk=row.pk).update(text="", verdict=Section.Verdict.OPEN)
    mark_edited(row, by)
    redraw_chart(row.digest)


@transaction.atomic
def restore_section(section: Section, *, by: AbstractBaseUser) -> None:
    """Bring a dropped section's last text back."""
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
    """Approve a digest whose fingerprint is still the one that the editor read; refuse where something is held."""
    row = Digest.objects.select_for_update().select_related("publication").get(pk=digest.pk)
    if fingerprint_digest(row) != seen:
        raise EditError(_("The digest was changed since you opened this page. Read it again, then approve."))
    reasons = list(list_blockers(row.sections.all()))
    if reasons:
        raise EditError(" ".join(reasons))
    return approve_digest(row, by=by)


def list_blockers(sections: Iterable[Section]) -> Iterator[str]:
    """Yield what stands in the way of an approval, a sentence each."""
    for section in sections:
        if section.verdict == Section.Verdict.HELD:
            yield _("%(section)s is held.") % {"section": section}


def get_original_text(section: Section) -> str:
    """Return the text as it was before any person changed it."""
    first = section.revisions.filter(what__in=TEXT_CHANGES).order_by("pk").first()
    return first.before if first else section.text


def mark_edited(section: Section, by: AbstractBaseUser | None) -> None:
    """Take a section out of the builds' hands: from now on they leave it alone."""
    section.edited_by_id, section.edited_at = _user_id(by), timezone.now()
    Section.objects.filter(pk=section.pk).update(edited_by=section.edited_by_id, edited_at=section.edited_at)


def _user_id(by: AbstractBaseUser | None) -> int | None:
    return by.pk if by else None


def redraw_chart(digest: Digest) -> None:
    """Draw the chart of what is in the digest now."""
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
) -> None:
    """Keep a change; typing on within one sitting prolongs the last revision unless this one stands `apart`."""
    last = Revision.objects.filter(digest=digest, section=section, what=what).first()
    typed = what in {*SECTION_FIELDS, *DIGEST_FIELDS} and not apart
    if (
        last
        and typed
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
    )


@transaction.atomic
def void_approval(digest: Digest, by: AbstractBaseUser | None) -> None:
    """Void the approval of what is about to change; refuse where it is too late."""
    reopen_digest(
        digest, by=by
    )  # first: a mailing that begins at this moment holds the row, and is seen once it has begun
    if is_sent(digest):
        raise EditError(_("This digest has been sent. It is not changed any more."))
