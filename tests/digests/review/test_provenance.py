"""Who wrote, checked and approved: read from the rows, in words."""

import dataclasses
import datetime as dt
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.utils import timezone
from django.utils.translation import override

from digests.models import Digest, Publication, Revision, Section
from digests.review import edit
from digests.review.provenance import (
    SectionProvenance,
    WrittenBy,
    make_provenance_prefetch,
    read_author,
    read_section_provenance,
)
from digests.review.provenance_words import format_digest_provenance, format_section_provenance
from digests.text.evidence import EvidenceRecord, Verdict, read_evidence
from digests.text.section_schema import Passage
from tests import build

pytestmark = pytest.mark.django_db

_SENTENCE = "The method halves the cost of training on long documents."
_OTHER = "Its authors expect more of the same next year from others."
_AT = dt.datetime(2026, 5, 21, 22, 41, tzinfo=dt.UTC)  # 7:41 on 22 May in Seoul


def _section(digest: Digest | None = None, **fields: Any) -> Section:
    defaults = {"text": f"{_SENTENCE} {_OTHER}", "origin": Section.Origin.MODEL, "model": "gpt-4o-mini"}
    return build.section(digest or build.digest(), build.category(), **defaults | fields)


def _record(text: str, verdict: str = Verdict.SUPPORTED, quote: str = "This halves the costs.") -> dict[str, Any]:
    by = "gpt-4.1" if verdict else ""
    return EvidenceRecord("themes", 0, text, (Passage(number=1, quote=quote),), verdict, quote, by).as_json()


def _edit(section: Section, text: str) -> Section:
    by, _made = User.objects.get_or_create(username="hana@example.org")
    return edit.change_section(section, seen=edit.compute_version(section), by=by, text=text)


def _approve(digest: Digest, **fields: Any) -> Digest:
    build.approve_unchecked(digest)
    for name, value in ({"approved_at": _AT} | fields).items():
        setattr(digest, name, value)
    digest.save()
    return digest


def _said(digest: Digest, language: str = "en") -> str:
    with override(language):
        return format_digest_provenance(digest, digest.sections.all())


def _line(section: Section) -> str:
    with override("en"):
        return format_section_provenance(section)


# ---- sections ----


def test_a_section_of_a_model_names_it_and_the_rules() -> None:
    assert _line(_section()) == "Written by an AI model (gpt-4o-mini) · Checked by rules"


def test_a_model_without_a_name_is_still_a_model() -> None:
    assert _line(_section(model="")) == "Written by an AI model (name not recorded) · Checked by rules"


def test_a_second_model_that_confirmed_every_sentence_is_named() -> None:
    section = _section(evidence=[_record(_SENTENCE), _record(_OTHER)])

    assert _line(section) == "Written by an AI model (gpt-4o-mini) · Checked by rules and by gpt-4.1"


@pytest.mark.parametrize("verdict", [Verdict.NOT_STATED, Verdict.CONTRADICTED, ""])
def test_a_sentence_that_the_second_model_did_not_confirm_makes_it_partial(verdict: str) -> None:
    section = _section(evidence=[_record(_SENTENCE), _record(_OTHER, verdict)])

    assert _line(section) == "Written by an AI model (gpt-4o-mini) · Checked by rules, and in part by gpt-4.1"


def test_a_sentence_of_the_source_needs_no_second_model() -> None:
    section = _section(evidence=[_record(_SENTENCE), _record(_OTHER, "", quote=_OTHER)])

    assert read_section_provenance(section).is_partly_confirmed is False


def test_a_title_in_place_of_a_headline_needs_no_second_model() -> None:
    section = _section(evidence=[_record(_SENTENCE)])
    title = dataclasses.replace(read_evidence([_record(section.items.get().title, "")])[0], part="headline", number=1)
    section.evidence = [*section.evidence, title.as_json()]

    assert read_section_provenance(section).is_partly_confirmed is False


def test_quotes_in_place_of_a_models_sentences_are_named() -> None:
    section = _section(attempts=[{"step": "mending", "points": [2], "fallen": 1}])

    assert _line(section) == (
        "Written by an AI model (gpt-4o-mini), partly excerpts from the sources · Checked by rules"
    )


def test_excerpts_and_imports_claim_no_check() -> None:
    assert _line(_section(origin=Section.Origin.EXTRACTED, model="")) == "Excerpts from the sources"
    assert _line(_section(origin=Section.Origin.IMPORTED, model="")) == "Earlier report"


def test_an_edited_section_says_so_and_an_edit_taken_back_does_not() -> None:
    section = _section()
    before = section.text

    section = _edit(section, f"{before} It is an editor who says this.")
    assert _line(section) == "Written by an AI model (gpt-4o-mini), edited by an editor · Checked by rules"

    section = _edit(section, before)
    assert _line(section) == "Written by an AI model (gpt-4o-mini) · Checked by rules"


def test_an_editors_sentence_makes_it_partial_until_the_second_model_confirms_it() -> None:
    section, own = _section(evidence=[_record(_SENTENCE), _record(_OTHER)]), "It is an editor who says this."
    section = _edit(section, f"{_SENTENCE} {own}")
    assert read_section_provenance(section).is_partly_confirmed is True

    section.evidence = [*section.evidence, _record(own)]
    assert read_section_provenance(section).is_partly_confirmed is False


def test_a_verdict_of_an_editor_is_no_edit() -> None:
    section = _section()
    edit.set_verdict(section, Section.Verdict.GOOD, by=User.objects.create(username="hana"))
    section.refresh_from_db()

    assert section.edited_at is not None
    assert read_author(section).written_by == WrittenBy.MODEL


def test_a_text_that_came_back_after_it_was_left_out_is_no_edit() -> None:
    section, by = _section(), User.objects.create(username="hana")
    edit.drop_section(section, by=by)
    edit.restore_section(section, by=by)
    section.refresh_from_db()

    assert read_author(section).written_by == WrittenBy.MODEL


def test_a_text_that_the_model_wrote_again_is_the_models() -> None:
    section = _edit(_section(), "An editor replaced it.")
    what = Revision.What.REWRITE
    edit.record_revision(section.digest, section, what, before=section.text, after=_OTHER, by=None, apart=True)
    Section.objects.filter(pk=section.pk).update(text=_OTHER)
    section.refresh_from_db()

    assert read_author(section).written_by == WrittenBy.MODEL


def test_a_section_that_an_editor_began_is_the_editors() -> None:
    section = _edit(_section(text="", origin=Section.Origin.EXTRACTED, model=""), "All of this is new.")

    assert _line(section) == "Written by an editor"


def test_excerpts_are_the_editors_where_none_is_left() -> None:
    section = _section(origin=Section.Origin.EXTRACTED, model="")

    section = _edit(section, f"{_SENTENCE} And this an editor added.")
    assert _line(section) == "Excerpts from the sources, edited by an editor"

    section = _edit(section, "All of this an editor wrote.")
    assert _line(section) == "Written by an editor"


def test_a_models_text_stays_one_however_much_an_editor_reworded() -> None:
    section = _edit(_section(), "Reworded from the first word to the last one.")

    assert read_author(section) == SectionProvenance(WrittenBy.MODEL_AND_EDITOR, models=("gpt-4o-mini",))


@pytest.mark.parametrize("sections", [1, 3])
def test_the_words_of_many_sections_take_the_same_number_of_queries(
    sections: int, django_assert_num_queries: Any
) -> None:
    digest = build.digest()
    for _one in range(sections):
        _section(digest, evidence=[_record(_SENTENCE)])

    with django_assert_num_queries(3):
        for one in digest.sections.prefetch_related("items", make_provenance_prefetch()):
            format_section_provenance(one)


# ---- issues ----


def test_an_issue_of_one_model_that_an_editor_approved() -> None:
    digest = build.digest()
    _section(digest)
    _approve(digest, approved_by=User.objects.create(username="hana", first_name="하나", last_name="김"))

    assert _said(digest) == (
        "An AI model (gpt-4o-mini) wrote the summaries, and they were checked against the sources by rules. "
        "An editor approved this issue on May 22 at 7:41 am."
    )


def test_an_issue_of_several_origins_counts_them() -> None:
    digest = build.digest()
    _section(digest, evidence=[_record(_SENTENCE), _record(_OTHER)])
    _section(digest, model="gpt-4.1-mini", attempts=[{"step": "mending", "points": [1]}])
    _edit(_section(digest), "Reworded from the first word to the last one.")
    _section(digest, origin=Section.Origin.EXTRACTED, model="")
    _edit(_section(digest, text="", origin=Section.Origin.EXTRACTED, model=""), "All of this is new.")
    _section(digest, text="", origin=Section.Origin.EXTRACTED, model="")  # not sent
    _approve(digest)

    assert _said(digest) == (
        "In this issue: 2 sections by an AI model (gpt-4o-mini, gpt-4.1-mini), "
        "1 section by an AI model (gpt-4o-mini), edited by an editor, "
        "1 section of excerpts from the sources, 1 section by an editor. "
        "The AI model’s text was checked against the sources by rules, and in part by the model gpt-4.1. "
        "Some items are excerpts from the sources. This issue was approved on May 22 at 7:41 am."
    )


def test_an_issue_of_excerpts_names_no_model() -> None:
    digest = build.digest()
    _section(digest, origin=Section.Origin.EXTRACTED, model="")
    _approve(digest)

    assert _said(digest) == ("The texts are excerpts from the sources. This issue was approved on May 22 at 7:41 am.")


@pytest.mark.parametrize(
    ("first", "last", "shown", "named"),
    [
        ("하나", "김", "name", "김하나, an editor, approved"),
        ("Ada", "Lovelace", "name", "Ada Lovelace, an editor, approved"),
        ("", "", "name", "An editor approved"),
        ("하나", "김", "role", "An editor approved"),
    ],
)
def test_the_approver_is_shown_as_the_newsletter_chose(first: str, last: str, shown: str, named: str) -> None:
    digest = build.digest(build.publication(approver_shown=shown))
    person = User.objects.create(username="hana@example.org", first_name=first, last_name=last)
    _approve(digest, approved_by=person)

    assert _said(digest) == f"{named} this issue on May 22 at 7:41 am."


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        (
            "clean",
            "The automatic checks found no problems, so this issue was approved automatically on May 22 at 7:41 am.",
        ),
        (
            "deadline",
            (
                "No one had reviewed this issue by the deadline, so its sections without problems were approved "
                "automatically on May 22 at 7:41 am."
            ),
        ),
        ("", "This issue was approved automatically on May 22 at 7:41 am."),
    ],
)
def test_a_rule_that_approved_is_named_and_no_person(rule: str, said: str) -> None:
    digest = build.digest(build.publication(approver_shown=Publication.ApproverShown.NAME))
    _approve(digest, approved_by_clock=True, approval_rule=rule)

    assert _said(digest) == said


def test_an_issue_that_was_not_approved_claims_no_approval() -> None:
    assert _said(build.digest(approved_at=timezone.now())) == ""


def test_an_imported_issue_claims_nothing() -> None:
    digest = build.digest(imported=True)
    _section(digest, origin=Section.Origin.IMPORTED, model="")
    _approve(digest)

    assert _said(digest) == "This issue was imported from an earlier report."
