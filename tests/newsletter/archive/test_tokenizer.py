"""Tokens of texts, queries for both databases, and excerpts."""

import pytest

from newsletter.archive import tokenizer


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("GPT-4o learns", ["gpt", "4o", "learns"]),
        ("모델은 크다", ["모델", "델은", "은", "크다", "다"]),
        ("GPT4는", ["gpt4", "는"]),
        ("ＡＩ　모델", ["ai", "모델", "델"]),
        ("'; DROP TABLE--\0", ["drop", "table"]),
        ("✨ … 🧩", []),
    ],
)
def test_tokens_of_a_text(text: str, expected: list[str]) -> None:
    assert tokenizer.tokenize_text(text) == expected


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("모델", [(["모델"], False)]),
        ("모", [(["모"], True)]),
        ("Robot a", [(["robot"], True), (["a"], False)]),
        ("GPT-4o", [(["gpt", "4o"], True)]),
        ('"* OR (NEAR', [(["or"], True), (["near"], True)]),
        ("🧩 -- ''", []),
    ],
)
def test_words_of_a_query(query: str, expected: list[tokenizer.QueryWord]) -> None:
    assert tokenizer.parse_query(query) == expected


def test_words_of_a_long_query_are_few_and_short() -> None:
    assert len(tokenizer.parse_query("ab " * 100)) == tokenizer.MAX_QUERY_WORDS
    assert tokenizer.parse_query("a" * 10_000) == [(["a" * 40], True)]


def test_forms_that_the_databases_are_asked_in() -> None:
    words = tokenizer.parse_query("GPT-4o 모델")

    assert tokenizer.build_fts5_query(words) == '"gpt 4o" * AND "모델"'
    assert tokenizer.build_tsquery(words) == "('gpt' <-> '4o':*) & ('모델')"
    assert tokenizer.build_tsvector(["gpt", "4o"]) == "'gpt':1 '4o':2"


@pytest.mark.parametrize(
    ("text", "query", "expected"),
    [
        ("The Robots came", "robot", [("The ", False), ("Robots", True), (" came", False)]),
        ("대규모 언어모델은", "모델", [("대규모 언어", False), ("모델", True), ("은", False)]),
        ("a plan", "a", [("a", True), (" plan", False)]),
        ("GPT 4o", "gpt-4", [("GPT 4o", True)]),
        ("nothing here", "robot", [("nothing here", False)]),
        ("<b>", "", [("<b>", False)]),
    ],
)
def test_excerpt_marks_what_was_asked_for(text: str, query: str, expected: list[tuple[str, bool]]) -> None:
    assert tokenizer.cut_excerpt(text, query) == expected


def test_excerpt_of_a_long_text_is_the_part_around_the_hit() -> None:
    pieces = tokenizer.cut_excerpt("word " * 200 + "needle " + "word " * 200, "needle")

    assert [text for text, marked in pieces if marked] == ["needle"]
    assert (pieces[0], pieces[-1]) == (("… ", False), (" …", False))
    assert [pieces[1][0], pieces[-2][0]] == ["word " * 17, " word" * 35]
