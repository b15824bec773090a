"""The migration that reads sentences of before as codes."""

import importlib

import pytest

from digests.text.messages import find_code, format_message

codes = importlib.import_module("digests.migrations.0002_codes")


@pytest.mark.parametrize(
    ("before", "now"),
    [
        ("", ""),
        ("the server answered 404 Not Found", "The server responded with 404 Not Found"),
        ("no complete answer within 20 s", "Timed out after 20 seconds"),
        ("the document is larger than 10,000,000 bytes", "The document is larger than 10,000,000 bytes"),
        ("feeds.test takes no connection on port 8443", "feeds.test refused the connection on port 8443"),
        ("the model server is busy (429) (3 times)", "The AI server is overloaded (429) (3 times)"),
        (
            "the model is not asked any more: 3 failures in a row, at last: the model refused to answer",
            "The AI was stopped: 3 failures in a row. Last one: The AI refused to respond",
        ),
        (
            "held by the quality gates: impact: X. The repair failed: the model's answer was cut off.",
            "Didn’t pass the automatic checks: impact: X. Fixing it failed too: The AI’s response was cut off",
        ),
        ("words that nobody knows", "words that nobody knows"),
    ],
)
def test_sentence_of_before_says_the_same_as_a_code(before, now):
    assert format_message(codes.read_sentence(before)) == now


def test_every_code_of_the_migration_is_one_of_ours():
    assert [code for code in codes._SENTENCES if find_code(code) is None] == []


def test_finding_of_before_keeps_its_place_and_its_values():
    kept = {"gate": "names", "weight": "warn", "span": [3, 8], "part": "point 2", "korean": "x"}
    kept["message"] = "GPT-6 looks like a misspelling of GPT-4 in the source."

    assert codes.read_finding(kept) == {
        "code": "names.typo",
        "params": {"found": "GPT-6", "more": "GPT-4"},
        "gate": "names",
        "weight": "warn",
        "span": [3, 8],
        "part": "point 2",
    }
    assert codes.read_finding(codes.read_finding(kept)) == codes.read_finding(kept)


def test_finding_that_nobody_knows_keeps_its_sentence():
    kept = {"gate": "names", "weight": "warn", "message": "Something else.", "span": [0, 1], "part": "text"}

    assert format_message(codes.read_finding(kept)) == "Something else."
