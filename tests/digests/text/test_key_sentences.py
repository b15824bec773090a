"""Key sentences: the sentence of a text that says what is new, word for word."""

import json
from pathlib import Path

from digests.text.key_sentences import MAX_SENTENCE_CHARS, extract_key_sentence, split_sentences, strip_latex_and_urls

ABSTRACT = (
    "Large models are slow, e.g. when contexts are long (cf. Fig. 2). However, Smith et al. report only 3.5% gains. "
    "In this paper, we propose FastThing, which reads only what matters. It achieves 92.1% on three benchmarks."
)


def test_sentences_survive_abbreviations_and_decimals():
    assert list(split_sentences(ABSTRACT)) == [
        "Large models are slow, e.g. when contexts are long (cf. Fig. 2).",
        "However, Smith et al. report only 3.5% gains.",
        "In this paper, we propose FastThing, which reads only what matters.",
        "It achieves 92.1% on three benchmarks.",
    ]


def test_sentences_survive_formulas():
    text = r"We bound $f(x). A$ by $\mathcal{O}(n)$. The bound is tight. HyCo$_2$ is faster."

    assert list(split_sentences(text)) == [
        r"We bound $f(x). A$ by $\mathcal{O}(n)$.",
        "The bound is tight.",
        "HyCo$_2$ is faster.",
    ]


def test_sentences_in_korean():
    text = "정부가 규제를 손본다. 업계는 3.5% 인상을 예상한다! 시행은 언제일까? 아직 모른다"

    assert list(split_sentences(text)) == [
        "정부가 규제를 손본다.",
        "업계는 3.5% 인상을 예상한다!",
        "시행은 언제일까?",
        "아직 모른다",
    ]


def test_sentences_over_wrapped_lines_and_paragraphs():
    assert list(split_sentences("A line is\nwrapped here.\n\nAnother paragraph\nends")) == [
        "A line is wrapped here.",
        "Another paragraph ends",
    ]


def test_sentences_of_empty_text_are_none():
    assert list(split_sentences(" \n\x00 ")) == []


def test_key_sentence_is_what_was_done():
    assert extract_key_sentence(ABSTRACT) == "In this paper, we propose FastThing, which reads only what matters."


def test_key_sentence_of_news_is_its_first():
    text = (
        "The city council met on Monday to talk about chatbots in schools. Parents were divided. "
        "A vote is planned for the spring."
    )

    assert extract_key_sentence(text) == "The city council met on Monday to talk about chatbots in schools."


def test_key_sentence_is_about_the_work_that_the_title_names():
    text = (
        "As requests grow, we develop a general agent for pictures and more. To this end, we propose GenThing, a framework "
        "that learns by itself. Moreover, we introduce GenBench, which is new."
    )

    assert extract_key_sentence(text, "GenThing: Pictures") == (
        "To this end, we propose GenThing, a framework that learns by itself."
    )
    assert extract_key_sentence(text) == "As requests grow, we develop a general agent for pictures and more."


def test_key_sentence_in_korean_of_news_is_its_first():
    text = (
        "세션이 끝나면 모든 것을 잊는 도우미는 매번 같은 설명을 들어야 합니다. 다만 모두 저장하면 비용이 늘어납니다. "
        "그래서 무엇을 남길지 정해야 하며, 이것이 성능을 3배 향상시킵니다."
    )

    assert extract_key_sentence(text) == "세션이 끝나면 모든 것을 잊는 도우미는 매번 같은 설명을 들어야 합니다."


def test_key_sentence_in_korean_is_what_was_done():
    text = (
        "긴 문서를 읽는 모델은 느리고 비쌉니다. 이 글은 필요한 부분만 골라 읽는 방법을 제안합니다. 기존 연구는 이 점을 "
        "다루지 않았습니다. 세 벤치마크를 살펴보았습니다."
    )

    assert extract_key_sentence(text) == "이 글은 필요한 부분만 골라 읽는 방법을 제안합니다."


def test_key_sentence_of_a_short_snippet_is_empty():
    assert extract_key_sentence("We propose a thing.") == ""
    assert extract_key_sentence("") == ""


def test_key_sentence_leaves_addresses_out():
    text = (
        "We propose FastThing (https://evil.example/a?b=c), a reader of long texts, see www.evil.example. "
        "It is fast, and it is small, and it is cheap, and it is ours."
    )

    assert extract_key_sentence(text) == "We propose FastThing, a reader of long texts, see."


def test_key_sentence_has_a_limit():
    sentence = extract_key_sentence("We propose " + "a long and winding road " * 400)

    assert len(sentence) <= MAX_SENTENCE_CHARS
    assert sentence.startswith("We propose a long")
    assert sentence.endswith("…")


def test_key_sentence_of_nonsense_takes_little_time():
    for text in ("$" * 50_000, "e.g. " * 10_000, "." * 50_000, "(((" * 20_000, "A. " * 10_000):
        assert len(extract_key_sentence(text)) <= MAX_SENTENCE_CHARS


def test_key_sentence_is_the_contribution_of_most_abstracts():
    lines = (Path(__file__).parents[2] / "data/contributions.jsonl").read_text(encoding="utf-8").splitlines()

    found = 0
    for row in map(json.loads, lines):
        sentence = extract_key_sentence(row["abstract"], row["title"])
        found += any(sentence.startswith(strip_latex_and_urls(beginning)[:40]) for beginning in row["accepted"])

    assert (len(lines), found >= 85) == (100, True)
