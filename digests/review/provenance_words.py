"""Says to readers, in the active language, who wrote and checked a section or an issue and who approved it.

Every word follows from the rows (`digests.review.provenance`): an issue whose sections came to be in different ways says how many in
which, and one that a rule approved names no person.
"""

from collections import Counter
from collections.abc import Iterable, Sequence

from django.utils import timezone
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from digests.models import Digest, Section
from digests.review.provenance import (
    ApprovedBy,
    SectionProvenance,
    WrittenBy,
    get_approver_name,
    merge_provenances,
    read_approval,
    read_section_provenance,
)
from digests.text.localization import format_short_date, format_time, separate_names


def format_section_provenance(section: Section) -> str:
    """Return who wrote a section and who checked it, as one short line without a full stop."""
    found = read_section_provenance(section)
    return " · ".join([_name_author(found), *_name_checks(found)])


def format_digest_provenance(digest: Digest, sections: Iterable[Section]) -> str:
    """Return who wrote, checked and approved an issue, as a few short sentences; `sections` are those with a text."""
    if digest.imported:
        return _("This issue was imported from an earlier report.")
    found = [read_section_provenance(section) for section in sections if section.text]
    return " ".join(one for one in (*_describe_writing(found), format_approval(digest)) if one)


def format_section_count(written_by: WrittenBy, n: int, models: Sequence[str]) -> str:
    """Return how many sections were written in a way: "3 sections by an AI model (gpt-4o-mini)"."""
    words = _get_section_count_words(written_by, n)
    return words.format(n=number_format(n, force_grouping=True), models=_name_models(models))


def format_issue_count(approved_by: ApprovedBy, n: int) -> str:
    """Return how many issues were approved in a way: "3 issues approved by an editor"."""
    return _get_issue_count_words(approved_by, n).format(n=number_format(n, force_grouping=True))


def format_approval(digest: Digest) -> str:
    """Return who or what approved an issue, and when in its newsletter's time zone; empty before, and for an imported one."""
    approved_by = read_approval(digest)
    if digest.approved_at is None or approved_by in {ApprovedBy.NOBODY, ApprovedBy.IMPORT}:
        return ""
    zone = digest.publication.zone
    day, time = timezone.localdate(digest.approved_at, zone), timezone.localtime(digest.approved_at, zone).time()
    name = get_approver_name(digest) if approved_by == ApprovedBy.PERSON else ""
    return _get_approval_words(approved_by, named=bool(name)).format(
        name=name, day=format_short_date(day), time=format_time(time)
    )


def _get_approval_words(approved_by: ApprovedBy, *, named: bool) -> str:
    if named:
        # Translators: {name} is a person; {day} is such as "May 22", {time} such as "7:41 am", in your language's format already.
        return _("{name}, an editor, approved this issue on {day} at {time}.")
    if approved_by == ApprovedBy.PERSON:
        return _("An editor approved this issue on {day} at {time}.")
    if approved_by == ApprovedBy.CLEAN_RULE:
        return _("The automatic checks found no problems, so this issue was approved automatically on {day} at {time}.")
    if approved_by == ApprovedBy.DEADLINE_RULE:
        return _(
            "No one had reviewed this issue by the deadline, so its sections without problems were approved "
            "automatically on {day} at {time}."
        )
    if approved_by == ApprovedBy.SOME_RULE:
        return _("This issue was approved automatically on {day} at {time}.")
    return _("This issue was approved on {day} at {time}.")


def _name_author(found: SectionProvenance) -> str:
    if found.written_by == WrittenBy.IMPORTED:
        return _("Earlier report")
    if found.written_by == WrittenBy.EDITOR:
        return _("Written by an editor")
    if found.written_by == WrittenBy.SOURCES:
        return _("Excerpts from the sources")
    if found.written_by == WrittenBy.SOURCES_AND_EDITOR:
        return _("Excerpts from the sources, edited by an editor")
    if found.written_by == WrittenBy.MODEL_AND_EDITOR:
        words = _("Written by an AI model ({models}), edited by an editor")
    elif found.has_quotes:
        words = _("Written by an AI model ({models}), partly excerpts from the sources")
    else:
        words = _("Written by an AI model ({models})")
    return words.format(models=_name_models(found.models))


def _name_models(models: Sequence[str]) -> str:
    return separate_names(models) or pgettext("AI model", "name not recorded")


def _name_checks(found: SectionProvenance) -> list[str]:
    """Return what checked the text of a model; nothing for other texts, of which nothing is claimed."""
    if not found.is_by_model:
        return []
    models = separate_names(found.checkers)
    if not models:
        return [_("Checked by rules")]
    if found.is_partly_confirmed:
        return [_("Checked by rules, and in part by {models}").format(models=models)]
    return [_("Checked by rules and by %(model)s") % {"model": models}]  # the words that stand beside a sentence, too


def _describe_writing(found: Sequence[SectionProvenance]) -> list[str]:
    """Return the sentences that say who wrote the sections of an issue, and what checked them."""
    counts = Counter(one.written_by for one in found)
    if not counts:
        return []
    merged = merge_provenances(found, next(iter(counts)))
    models, checks = _name_models(merged.models), _describe_checks(merged)
    if len(counts) > 1 or not merged.is_by_model:
        sentences = [_describe_authors(found)]
        if any(one.is_by_model for one in found):
            sentences.append(_("The AI model’s text was checked against the sources {checks}.").format(checks=checks))
    elif merged.written_by == WrittenBy.MODEL:
        # Translators: {models} is one AI model or several; {checks} is such as "by rules".
        words = _("An AI model ({models}) wrote the summaries, and they were checked against the sources {checks}.")
        sentences = [words.format(models=models, checks=checks)]
    else:
        words = _(
            "An AI model ({models}) wrote the summaries, an editor edited them, and they were checked against the "
            "sources {checks}."
        )
        sentences = [words.format(models=models, checks=checks)]
    return [*sentences, _("Some items are excerpts from the sources.")] if merged.has_quotes else sentences


def _describe_checks(found: SectionProvenance) -> str:
    """Return what checked the text of models, as the end of a sentence."""
    models = separate_names(found.checkers)
    if not models:
        return pgettext("checked", "by rules")
    if found.is_partly_confirmed:
        return pgettext("checked", "by rules, and in part by the model {models}").format(models=models)
    return pgettext("checked", "by rules and by the model {models}").format(models=models)


def _describe_authors(found: Sequence[SectionProvenance]) -> str:
    """Return who wrote sections that no model wrote, or how many sections were written in each way."""
    kinds = [(kind, [one for one in found if one.written_by == kind]) for kind in WrittenBy]
    used = [(kind, rows) for kind, rows in kinds if rows]
    if len(used) > 1:
        parts = [format_section_count(kind, len(rows), merge_provenances(rows, kind).models) for kind, rows in used]
        # Translators: {sections} is a list, such as "3 sections by an AI model (gpt-4o-mini), 1 section by an editor".
        return _("In this issue: {sections}.").format(sections=separate_names(parts))
    return {
        WrittenBy.SOURCES: _("The texts are excerpts from the sources."),
        WrittenBy.SOURCES_AND_EDITOR: _("The texts are excerpts from the sources, edited by an editor."),
        WrittenBy.EDITOR: _("An editor wrote the texts."),
        WrittenBy.IMPORTED: _("The texts are from an earlier report."),
    }[used[0][0]]


def _get_section_count_words(written_by: WrittenBy, n: int) -> str:
    if written_by == WrittenBy.MODEL:
        return ngettext("{n} section by an AI model ({models})", "{n} sections by an AI model ({models})", n)
    if written_by == WrittenBy.MODEL_AND_EDITOR:
        return ngettext(
            "{n} section by an AI model ({models}), edited by an editor",
            "{n} sections by an AI model ({models}), edited by an editor",
            n,
        )
    if written_by == WrittenBy.SOURCES:
        return ngettext("{n} section of excerpts from the sources", "{n} sections of excerpts from the sources", n)
    if written_by == WrittenBy.SOURCES_AND_EDITOR:
        return ngettext(
            "{n} section of excerpts, edited by an editor", "{n} sections of excerpts, edited by an editor", n
        )
    if written_by == WrittenBy.EDITOR:
        return ngettext("{n} section by an editor", "{n} sections by an editor", n)
    return ngettext("{n} section from an earlier report", "{n} sections from an earlier report", n)


def _get_issue_count_words(approved_by: ApprovedBy, n: int) -> str:
    if approved_by == ApprovedBy.PERSON:
        return ngettext("{n} issue approved by an editor", "{n} issues approved by an editor", n)
    if approved_by == ApprovedBy.CLEAN_RULE:
        return ngettext(
            "{n} issue approved automatically, because the checks found no problems",
            "{n} issues approved automatically, because the checks found no problems",
            n,
        )
    if approved_by == ApprovedBy.DEADLINE_RULE:
        return ngettext(
            "{n} issue approved automatically at the deadline, only its sections without problems",
            "{n} issues approved automatically at the deadline, only their sections without problems",
            n,
        )
    if approved_by == ApprovedBy.SOME_RULE:
        return ngettext("{n} issue approved automatically", "{n} issues approved automatically", n)
    return ngettext(
        "{n} issue approved without a record of who did it", "{n} issues approved without a record of who did it", n
    )
