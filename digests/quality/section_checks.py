"""A digest's sections, exactly as they would be sent -> what holds them back, and a person's reason to send all the same.

Run at approval and after an edit; a model's answer was checked before, by `summarize`. An override is bound to the text
and the sources that it was given for: whatever changes them asks for a new one.
"""

import hashlib
import json
from collections.abc import Iterator

from django.contrib.auth.models import AbstractBaseUser
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from digests.models import Digest, Section, SectionItem
from digests.quality.findings import finding
from digests.quality.gates import Finding, blocks, check_ledger, check_text, keys
from digests.text.section_schema import Material


class OverrideError(Exception):
    """The override can't be given; the text says why."""


def recheck(section: Section) -> list[Finding]:
    """Check a section's text as it stands in the row, keep the findings there, and return them."""
    found = _inspect(section, _told_before(section.digest)) if section.text else []
    _keep(section, found)
    return found


def override(section: Section, reason: str, *, by: AbstractBaseUser | None = None) -> None:
    """Let a section be sent as it stands although a gate blocks it; the reason is kept with who gave it."""
    reason = " ".join(reason.split())
    if not reason:
        raise OverrideError(_("Say why it may be sent as it stands."))
    section.override = {
        "reason": reason,
        "by": by.get_username() if by else "",
        "at": timezone.now().isoformat(),
        "for": fingerprint(section),
    }
    section.save(update_fields=["override"])


def is_overridden(section: Section) -> bool:
    """Say whether a person has given a reason for the text and the sources that stand there now."""
    return bool(section.override) and section.override.get("for") == fingerprint(section)


def held(digest: Digest) -> list[tuple[Section, list[Finding]]]:
    """Return the sections that may not be sent, each with what blocks it; the findings of all are kept on their rows."""
    told = _told_before(digest)
    found = []
    for section in (
        digest.sections.exclude(text="").prefetch_related("items__item").select_related("digest__publication")
    ):
        findings = _inspect(section, told)
        _keep(section, findings)
        if blocks(findings) and not is_overridden(section):
            found.append((section, blocks(findings)))
    return found


def _inspect(section: Section, told: set[str]) -> list[Finding]:
    stories = list(_stories(section))
    found = check_text(section.text, stories, section.digest.publication.language)
    return [*found, *check_ledger(stories, told), *withdrawn(section)]


def withdrawn(section: Section) -> Iterator[Finding]:
    """Find the papers of a section that were withdrawn since it was made."""
    for number, line in enumerate(section.items.all(), start=1):
        if line.item and line.item.withdrawn:
            yield finding(
                "ledger.withdrawn", found=number, more=line.item.withdrawn, span=(0, 0), part=f"point {number}"
            )


def _stories(section: Section) -> Iterator[Material]:
    for number, line in enumerate(section.items.all(), start=1):
        yield Material(number, line.title, line.url, line.item.summary if line.item else "")


def _keep(section: Section, findings: list[Finding]) -> None:
    kept = [one.as_json() for one in findings]
    if kept != section.findings:
        section.findings = kept
        Section.objects.filter(pk=section.pk).update(findings=kept)


def fingerprint(section: Section) -> str:
    """Return the SHA-256 of what a section says and from which sources."""
    lines = [[line.title, line.url] for line in section.items.all()]
    return hashlib.sha256(json.dumps([section.text, lines], ensure_ascii=False).encode()).hexdigest()


def _told_before(digest: Digest) -> set[str]:
    """Return the keys of the digest's stories that an earlier digest of the publication has carried."""
    here = [line.item for line in SectionItem.objects.filter(digest=digest, item__isnull=False).select_related("item")]
    same = (
        Q(item__url_key__in={item.url_key for item in here if item})
        | Q(item__arxiv_id__in={item.arxiv_id for item in here if item} - {""})
        | Q(item__title_key__in={item.title_key for item in here if item} - {""})
    )
    earlier = SectionItem.objects.filter(
        same, digest__publication=digest.publication_id, digest__date__lt=digest.date
    ).select_related("item")
    return {key for line in earlier for key in keys(Material(1, line.title, line.url, ""))}
