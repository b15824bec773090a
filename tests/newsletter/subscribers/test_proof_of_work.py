"""Proof of work: an answer counts if it is right, in time and to a challenge of ours."""

import base64
import hashlib
import json
from typing import Any

import pytest
from pytest_django import Settings

from newsletter.subscribers import proof_of_work

NOW = 1_800_000_000.0


@pytest.fixture(autouse=True)
def _on(settings: Settings) -> None:
    settings.PROOF_OF_WORK = 50


def answer(**changed: Any) -> str:
    """Return the answer to a new challenge, as a browser finds it, with some parts changed."""
    challenge = proof_of_work.make_challenge(NOW)
    assert challenge is not None
    numbers = range(challenge["maxnumber"] + 1)
    challenge["number"] = next(
        n for n in numbers if hashlib.sha256(f"{challenge['salt']}{n}".encode()).hexdigest() == challenge["challenge"]
    )
    return base64.b64encode(json.dumps(challenge | changed).encode()).decode()


def test_right_answer_is_spent_by_a_key_of_its_own() -> None:
    first, second = answer(), answer()

    assert proof_of_work.verify_answer(first, NOW) == proof_of_work.verify_answer(
        first, NOW + proof_of_work.CHALLENGE_LIFETIME_SECONDS
    )
    assert len({proof_of_work.verify_answer(first, NOW), proof_of_work.verify_answer(second, NOW), ""}) == 3


def test_answer_that_comes_too_late_counts_nothing() -> None:
    assert proof_of_work.verify_answer(answer(), NOW + proof_of_work.CHALLENGE_LIFETIME_SECONDS + 1) == ""


@pytest.mark.parametrize(
    "changed",
    [
        {"number": 51},
        {"number": "1"},
        {"number": True},
        {"number": 1e3},
        {"number": -1},
        {"signature": "0" * 64},
        {"signature": "é"},
        {"challenge": "0" * 64},
        {"challenge": hashlib.sha256(b"11").hexdigest(), "salt": "1", "number": 1},
        {"salt": None},
        {"salt": "0" * 24 + "?expires=9999999999&"},
    ],
)
def test_wrong_answer_counts_nothing(changed: dict[str, Any]) -> None:
    assert proof_of_work.verify_answer(answer(**changed), NOW) == ""


def test_digits_of_the_number_do_not_prolong_the_time(settings: Settings) -> None:
    settings.PROOF_OF_WORK = 10_000
    given = json.loads(base64.b64decode(answer()))
    salt, number = given["salt"] + str(given["number"])[:1], int(str(given["number"])[1:] or 0)
    moved = answer(**{**given, "salt": salt, "number": number})

    assert proof_of_work.verify_answer(moved, NOW) == ""


@pytest.mark.parametrize("nonsense", ["", "x", "e30=", "W10=", "bnVsbA==", "1" * 5000, "é", "W" * 1999, "e30=\n"])
def test_nonsense_counts_nothing(nonsense: str) -> None:
    assert proof_of_work.verify_answer(nonsense, NOW) == ""


def test_no_challenge_is_made_where_none_is_asked_for(settings: Settings) -> None:
    settings.PROOF_OF_WORK = 0

    assert proof_of_work.make_challenge() is None
