"""Checks the sections of a digest exactly as they would be sent, and records overrides of findings that block.

The checks run at approval, after a build, an edit and a regenerated text; the answer of a model was checked before, in
`digests.writing.section_writer`. An override is a person's reason to send a text although a gate blocks it. It counts for
the text and the sources that it was given for: after any change of these a new one is needed.
"""

import hashlib
import json
from collections.abc import Iterator

from django.contrib.auth.models import AbstractBaseUser
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from digests.models import Digest, Section, SectionItem
from digests.quality.duplicates import build_identity_keys, check_duplicates
from digests.quality.findings import Finding, make_finding
from digests.quality.gates import check_section_text, filter_blocking_findings, find_unverified_sentences
from digests.text.evidence import read_evidence
from digests.text.section_schema import SourceMaterial


class OverrideError(Exception):
    """The override cannot be given; the text says why, in the editor's language."""


def recheck_section(section: Section) -> list[Finding]:
    """Check the saved text of a section, keep the findings on its row, and return them."""
    found = find_section_findings(section, find_earlier_keys(section.digest)) if section.text else []
    _save_findings(section, found)
    return found


def record_override(section: Section, reason: str, *, by: AbstractBaseUser | None = None) -> None:
    """Let a section be sent as it stands although a gate blocks it; the reason is kept, with the person who gave it."""
    reason = " ".join(reason.split())
    if not reason:
        raise OverrideError(_("Enter a reason for sending it as it is."))
    section.override = {
        "reason": reason,
        "by": by.get_username() if by else "",
        "at": timezone.now().isoformat(),
        "for": fingerprint_section(section),
    }
    section.save(update_fields=["override"])


def is_overridden(section: Section) -> bool:
    """Say whether a person has given a reason to send the text and the sources as they are now."""
    return bool(section.override) and section.override.get("for") == fingerprint_section(section)


def find_blocked_sections(digest: Digest) -> list[tuple[Section, list[Finding]]]:
    """Return the sections that may not be sent, each with the findings that block it; keep all findings on the rows."""
    checked = [(section, filter_blocking_findings(found)) for section, found in recheck_sections(digest)]
    return [(section, blocking) for section, blocking in checked if blocking and not is_overridden(section)]


def recheck_sections(digest: Digest) -> list[tuple[Section, list[Finding]]]:
    """Run the gates on all sections with a text, in a fixed number of queries; keep the findings on the rows, and return them.

    A section without a text is not sent, so nothing in it can block.
    """
    earlier_keys = find_earlier_keys(digest)
    sections = digest.sections.exclude(text="").prefetch_related("items__item").select_related("digest__publication")
    checked = [(section, find_section_findings(section, earlier_keys)) for section in sections]
    for section, found in checked:
        _save_findings(section, found)
    return checked


def find_section_findings(section: Section, earlier_keys: set[str]) -> list[Finding]:
    """Return all findings of the gates in a section's text and sources; nothing is written.

    `earlier_keys` are those of `find_earlier_keys`, loaded once per digest.
    """
    materials = list_source_materials(section)
    language, evidence = section.digest.publication.language, read_evidence(section.evidence)
    found = check_section_text(section.text, materials, language, evidence=evidence)
    return [*found, *check_duplicates(materials, earlier_keys), *check_withdrawn_items(section)]


def is_unverified(section: Section) -> bool:
    """Say whether a sentence of a written section was not called supported by the second model."""
    if section.is_extracted:
        return False
    return bool(
        find_unverified_sentences(section.text, list_source_materials(section), read_evidence(section.evidence))
    )


def check_withdrawn_items(section: Section) -> Iterator[Finding]:
    """Find the papers of a section that were withdrawn after it was made."""
    for number, line in enumerate(section.items.all(), start=1):
        if line.item and line.item.withdrawn:
            yield make_finding(
                "ledger.withdrawn", found=number, more=line.item.withdrawn, span=(0, 0), part=f"point {number}"
            )


def list_source_materials(section: Section) -> list[SourceMaterial]:
    """Return a section's sources, numbered from 1, with title and address as they are printed."""
    return [
        SourceMaterial(number, line.title, line.url, line.item.summary if line.item else "")
        for number, line in enumerate(section.items.all(), start=1)
    ]


def _save_findings(section: Section, findings: list[Finding]) -> None:
    kept = [one.as_json() for one in findings]
    if kept != section.findings:  # most checks find what the last one found: no write then
        section.findings = kept
        Section.objects.filter(pk=section.pk).update(findings=kept)


def fingerprint_section(section: Section) -> str:
    """Return the SHA-256 (hex) of a section's text and of the titles and addresses of its sources."""
    lines = [[line.title, line.url] for line in section.items.all()]
    return hashlib.sha256(json.dumps([section.text, lines], ensure_ascii=False).encode()).hexdigest()


def find_earlier_keys(digest: Digest) -> set[str]:
    """Return the identity keys of those of the digest's items that an earlier digest of the publication has carried."""
    # One query for all items of the digest, by the indexed keys; an empty key would match every item without one.
    items = [line.item for line in SectionItem.objects.filter(digest=digest, item__isnull=False).select_related("item")]
    same_story = (
        Q(item__url_key__in={item.url_key for item in items if item})
        | Q(item__arxiv_id__in={item.arxiv_id for item in items if item} - {""})
        | Q(item__title_key__in={item.title_key for item in items if item} - {""})
    )
    earlier = SectionItem.objects.filter(
        same_story, digest__publication=digest.publication_id, digest__date__lt=digest.date
    ).select_related("item")
    return {key for line in earlier for key in build_identity_keys(SourceMaterial(1, line.title, line.url, ""))}
