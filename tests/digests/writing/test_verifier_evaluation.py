"""The shipped sections are what the seeds give, and faults are put in and counted as the table says."""

from collections import Counter

import pytest

from digests.quality.blocks import list_claims
from digests.writing.model_trials import TrialError
from digests.writing.verifier_evaluation import (
    SET_FILE,
    FaultySection,
    SentenceFault,
    choose_sections,
    find_wilson_interval,
    put_faults,
    read_verifier_set,
)
from digests.writing.verify import make_claim_key
from tests.eval import verifier_set
from tests.eval.seeds import read_seeds


@pytest.fixture(scope="module")
def rows() -> list[FaultySection]:
    return read_verifier_set()


def test_verifier_set_is_what_the_script_makes():
    assert SET_FILE.read_text(encoding="utf-8") == verifier_set.make_verifier_set()


def test_verifier_set_is_small_and_balanced(rows):
    assert SET_FILE.stat().st_size <= 400_000
    assert Counter(row.language for row in rows) == {"ko": 20, "en": 20}
    assert [row.language for row in rows[:4]] == ["ko", "en", "ko", "en"]
    assert len({row.name for row in rows}) == 40
    faults = Counter(fault.kind for row in choose_sections(rows, [], 40) for fault in row.faults)
    assert set(faults) == verifier_set.KINDS
    assert min(faults.values()) >= 3


def test_verifier_set_has_only_seeds_that_the_gates_were_developed_with(rows):
    assert {row.name for row in rows} <= {seed.name for seed in read_seeds()}


def test_verifier_set_has_a_passage_for_each_sentence(rows):
    assert [
        (row.name, claim.text) for row in rows for claim in list_claims(row.answer, row.items) if not claim.passages
    ] == []


def test_put_faults_replaces_each_sentence_and_keeps_its_passages(rows):
    for row in choose_sections(rows, [], 40):
        answer, kinds = put_faults(row)
        right = {(one.block.part, one.block.number, one.passages) for one in list_claims(row.answer, row.items)}
        claims = list_claims(answer, row.items)
        faulty = [one for one in claims if make_claim_key(one) in kinds]

        assert len(faulty) == len(row.faults) == len(kinds)
        assert {(one.block.part, one.block.number, one.passages) for one in claims} == right


def test_put_faults_replaces_a_headline(rows):
    row = next(one for one in rows if one.language == "en")
    fault = SentenceFault("digit", "points.1.headline", "A headline with a wrong 7 in it")
    answer, kinds = put_faults(FaultySection(row.name, row.language, row.answer, row.items, (fault,)))

    assert answer.points[0].headline == fault.text
    assert answer.points[0].sentences == row.answer.points[0].sentences
    assert kinds == {("headline", 1, fault.text): "digit"}


def test_choose_sections_takes_one_fault_per_sentence(rows):
    chosen = choose_sections(rows, [], 40)

    assert [row.name for row in chosen if len({fault.place for fault in row.faults}) < len(row.faults)] == []


def test_choose_sections_takes_only_what_is_asked_for(rows):
    chosen = choose_sections(rows, ["negation", "digit"], 3, "ko")

    assert [row.language for row in chosen] == ["ko"] * 3
    assert {fault.kind for row in chosen for fault in row.faults} <= {"negation", "digit"}


def test_choose_sections_names_the_kinds_that_there_are(rows):
    with pytest.raises(TrialError, match=r"^No faults of the kind “poetry”. There are: bound, cause_added, "):
        choose_sections(rows, ["poetry"], 3)


@pytest.mark.parametrize(
    ("hits", "of", "low", "high"), [(0, 0, 0, 1), (0, 10, 0, 0.2775), (10, 10, 0.7225, 1), (8, 10, 0.4902, 0.9433)]
)
def test_find_wilson_interval_holds_at_the_ends(hits, of, low, high):
    assert list(find_wilson_interval(hits, of)) == pytest.approx([low, high], abs=1e-4)
