"""Reads from the rows who wrote and checked a section, and who approved an issue: a person, or a rule without one.

Codes only: `digests.review.provenance_words` makes sentences of them for readers. A section counts as edited where its text is not what
the model wrote or what was extracted, whatever else an editor has done with it. Load the sections of an issue with
`make_provenance_prefetch`, else each costs a query.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from django.db.models import Prefetch, QuerySet

from digests.models import Digest, Publication, Revision, Section
from digests.quality.gates import find_unverified_sentences
from digests.review.edit import TEXT_CHANGES
from digests.text.cleaning import clean_line
from digests.text.evidence import EvidenceRecord, Verdict, find_passage, read_evidence
from digests.text.key_sentences import split_sentences
from digests.text.section_schema import SourceMaterial


class WrittenBy(StrEnum):
    """Who wrote the text of a section."""

    MODEL = "model"
    MODEL_AND_EDITOR = "model_and_editor"
    SOURCES = "sources"
    SOURCES_AND_EDITOR = "sources_and_editor"
    EDITOR = "editor"
    IMPORTED = "imported"


class ApprovedBy(StrEnum):
    """Who or what approved an issue; UNKNOWN is a person whose account is gone, or a command of the shell."""

    NOBODY = "nobody"
    PERSON = "person"
    UNKNOWN = "unknown"
    CLEAN_RULE = "clean_rule"
    DEADLINE_RULE = "deadline_rule"
    SOME_RULE = "some_rule"
    IMPORT = "import"


_MODEL_WROTE = frozenset({WrittenBy.MODEL, WrittenBy.MODEL_AND_EDITOR})
_MIN_SENTENCE_CHARS = 25  # labels and numbers of a list are in any text
_FIRST_EAST_ASIAN_LETTER = 0x2E80


@dataclass(frozen=True)
class SectionProvenance:
    """How the text of a section came to be; `models` and `checkers` are names of AI models.

    `has_quotes` says that sentences of the sources replaced some of the model's. The rules have checked every text that a model wrote.
    `checkers` have read it too, and confirmed all of it unless `is_partly_confirmed`.
    """

    written_by: WrittenBy
    models: tuple[str, ...] = ()
    has_quotes: bool = False
    checkers: tuple[str, ...] = ()
    is_partly_confirmed: bool = False

    @property
    def is_by_model(self) -> bool:
        """Whether a model wrote it, edited or not."""
        return self.written_by in _MODEL_WROTE


def make_provenance_prefetch() -> "Prefetch[str, QuerySet[Revision], str]":
    """Return what loads the changes of the texts of many sections by one query."""
    return Prefetch("revisions", Revision.objects.filter(what__in=TEXT_CHANGES))


def read_author(section: Section) -> SectionProvenance:
    """Return who wrote a section, without who checked it: for counting many, without their sources."""
    if section.origin == Section.Origin.IMPORTED:
        return SectionProvenance(WrittenBy.IMPORTED)
    machine_text = _get_machine_text(section)
    is_edited = section.text != machine_text
    if is_edited and not _is_left_in(section, machine_text):
        return SectionProvenance(WrittenBy.EDITOR)
    if section.origin == Section.Origin.EXTRACTED:
        return SectionProvenance(WrittenBy.SOURCES_AND_EDITOR if is_edited else WrittenBy.SOURCES)
    return SectionProvenance(
        WrittenBy.MODEL_AND_EDITOR if is_edited else WrittenBy.MODEL,
        models=(section.model,) if section.model else (),
        has_quotes=any(attempt.get("points") for attempt in section.attempts),
    )


def read_section_provenance(section: Section) -> SectionProvenance:
    """Return who wrote a section and who checked it."""
    found = read_author(section)
    records = read_evidence(section.evidence)
    checkers = tuple(dict.fromkeys(one.checked_by for one in records if one.verdict and one.checked_by))
    if not found.is_by_model or not checkers:
        return found
    is_partly = _is_partly_confirmed(section, records, is_edited=found.written_by == WrittenBy.MODEL_AND_EDITOR)
    return replace(found, checkers=checkers, is_partly_confirmed=is_partly)


def merge_provenances(found: Sequence[SectionProvenance], written_by: WrittenBy) -> SectionProvenance:
    """Return what is true of several sections together; checkers are partial where one section has fewer than another."""
    by_model = [one for one in found if one.is_by_model]
    checkers = _unique(name for one in by_model for name in one.checkers)
    is_partly = any(one.is_partly_confirmed or set(one.checkers) != set(checkers) for one in by_model)
    return SectionProvenance(
        written_by,
        models=_unique(name for one in by_model for name in one.models),
        has_quotes=any(one.has_quotes for one in by_model),
        checkers=checkers,
        is_partly_confirmed=bool(checkers) and is_partly,
    )


def read_approval(digest: Digest) -> ApprovedBy:
    """Return who or what approved an issue."""
    if digest.imported:
        return ApprovedBy.IMPORT
    if digest.state != Digest.State.APPROVED:
        return ApprovedBy.NOBODY
    if digest.approved_by_clock:
        rules = {
            Digest.ApprovalRule.CLEAN: ApprovedBy.CLEAN_RULE,
            Digest.ApprovalRule.DEADLINE: ApprovedBy.DEADLINE_RULE,
        }
        return rules.get(Digest.ApprovalRule(digest.approval_rule or ""), ApprovedBy.SOME_RULE)
    return ApprovedBy.PERSON if digest.approved_by_id else ApprovedBy.UNKNOWN


def get_approver_name(digest: Digest) -> str:
    """Return the full name of the person who approved an issue, if the newsletter shows it; never a user name, which logs in."""
    person = digest.approved_by
    if person is None or digest.publication.approver_shown != Publication.ApproverShown.NAME:
        return ""
    first, last = person.first_name.strip(), person.last_name.strip()
    # Where Chinese letters, Kana or Hangul are used, the family name comes first, without a space.
    if first and last and min(map(ord, first + last)) >= _FIRST_EAST_ASIAN_LETTER:
        return last + first
    return f"{first} {last}".strip()


def _get_machine_text(section: Section) -> str:
    """Return the text as the model or the extraction left it last; empty where an editor began the section."""
    changes = sorted((one for one in section.revisions.all() if one.what in TEXT_CHANGES), key=lambda one: one.pk)
    rewrites = [one for one in changes if one.what == Revision.What.REWRITE]
    if rewrites:
        return rewrites[-1].after
    return changes[0].before if changes else section.text


def _is_left_in(section: Section, machine_text: str) -> bool:
    """Say whether something of a machine's text is left. A model's always is: an editor may have reworded each sentence of it."""
    if section.origin == Section.Origin.MODEL:
        return bool(machine_text)
    sentences = (one for one in split_sentences(machine_text) if len(one) >= _MIN_SENTENCE_CHARS)
    return any(one in section.text for one in sentences if "](" not in one)  # titles stay where all else is new


def _is_partly_confirmed(section: Section, records: Sequence[EvidenceRecord], *, is_edited: bool) -> bool:
    """Say whether a sentence is neither confirmed by the second model nor one of the source; no source is read for it."""
    lines = list(section.items.all())
    titles = {clean_line(line.title) for line in lines}  # one may stand in the place of a headline
    confirmed = [one for one in records if one.verdict == Verdict.SUPPORTED or _is_quoted(one, titles)]
    if not is_edited:  # each sentence has a record then
        return len(confirmed) < len(records)
    materials = [SourceMaterial(n, line.title, line.url, "") for n, line in enumerate(lines, start=1)]
    supported = [replace(one, verdict=Verdict.SUPPORTED.value) for one in confirmed]
    return bool(find_unverified_sentences(section.text, materials, supported))


def _is_quoted(record: EvidenceRecord, titles: Collection[str]) -> bool:
    if record.verdict:
        return False
    return record.text in titles or any(find_passage(one.quote, record.text) for one in record.passages)


def _unique(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(names))
