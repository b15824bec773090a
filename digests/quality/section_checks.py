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
from digests.quality.findings import make_finding
from digests.quality.gates import (
    Finding,
    build_identity_keys,
    check_duplicates,
    check_section_text,
    filter_blocking_findings,
)
from digests.text.section_schema import SourceMaterial


class OverrideError(Exception):
    """The override can't be given; the text says why."""


def recheck_section(section: Section) -> list[Finding]:
    """Check a section's text as it stands in the row, keep the findings there, and return them."""
    found = _check_section(section, _keys_in_earlier_digests(section.digest)) if section.text else []
    _save_findings(section, found)
    return found


def record_override(section: Section, reason: str, *, by: AbstractBaseUser | None = None) -> None:
    """Let a section be sent as it stands although a gate blocks it; the reason is kept with who gave it."""
    reason = " ".join(reason.split())
    if not reason:
        raise OverrideError(_("Say why it may be sent as it stands."))
    section.override = {
        "reason": reason,
        "by": by.get_username() if by else "",
        "at": timezone.now().isoformat(),
        "for": fingerprint_section(section),
    }
    section.save(update_fields=["override"])


def is_overridden(section: Section) -> bool:
    """Say whether a person has given a reason for the text and the sources that stand there now."""
    return bool(section.override) and section.override.get("for") == fingerprint_section(section)


def find_blocked_sections(digest: Digest) -> list[tuple[Section, list[Finding]]]:
    """Return the sections that may not be sent, each with what blocks it; the findings of all are kept on their rows."""
    told = _keys_in_earlier_digests(digest)
    found = []
    for section in (
        digest.sections.exclude(text="").prefetch_related("items__item").select_related("digest__publication")
    ):
        findings = _check_section(section, told)
        _save_findings(section, findings)
        if filter_blocking_findings(findings) and not is_overridden(section):
            found.append((section, filter_blocking_findings(findings)))
    return found


def _check_section(section: Section, told: set[str]) -> list[Finding]:
    stories = list(_section_materials(section))
    found = check_section_text(section.text, stories, section.digest.publication.language)
    return [*found, *check_duplicates(stories, told), *check_withdrawn_items(section)]


def check_withdrawn_items(section: Section) -> Iterator[Finding]:
    """Find the papers of a section that were withdrawn since it was made."""
    for number, line in enumerate(section.items.all(), start=1):
        if line.item and line.item.withdrawn:
            yield make_finding(
                "ledger.withdrawn", found=number, more=line.item.withdrawn, span=(0, 0), part=f"point {number}"
            )


def _section_materials(section: Section) -> Iterator[SourceMaterial]:
    for number, line in enumerate(section.items.all(), start=1):
        yield SourceMaterial(number, line.title, line.url, line.item.summary if line.item else "")


def _save_findings(section: Section, findings: list[Finding]) -> None:
    kept = [one.as_json() for one in findings]
    if kept != section.findings:
        section.findings = kept
        Section.objects.filter(pk=section.pk).update(findings=kept)


def fingerprint_section(section: Section) -> str:
    """Return the SHA-256 of what a section says and from which sources."""
    lines = [[line.title, line.url] for line in section.items.all()]
    return hashlib.sha256(json.dumps([section.text, lines], ensure_ascii=False).encode()).hexdigest()


def _keys_in_earlier_digests(digest: Digest) -> set[str]:
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
    return {key for line in earlier for key in build_identity_keys(SourceMaterial(1, line.title, line.url, ""))}
