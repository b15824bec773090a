"""The keyword rules find a category by words alone."""

import json
import tomllib
from dataclasses import dataclass, field
from pathlib import Path

from digests.seed.bootstrap import SEED_FOLDER
from digests.selection.keyword_rules import CategoryGuess, build_rules, guess_category


@dataclass
class Drawer:
    """A category without a row."""

    slug: str
    names: dict[str, str] = field(default_factory=dict)
    descriptions: dict[str, str] = field(default_factory=dict)
    keywords: list[str] = field(default_factory=list)


def _start(file: str) -> list[Drawer]:
    rows = tomllib.loads((SEED_FOLDER / f"{file}.toml").read_text(encoding="utf-8"))["category"]
    return [Drawer(row["slug"], row["names"], row["descriptions"], row["keywords"]) for row in rows]


PAPERS = _start("papers")
NEWS = _start("news")
OWN = [
    Drawer("semiconductors", {"ko": "반도체"}, {"ko": "파운드리와 메모리, 장비 업체 소식"}),
    Drawer("biotech", {"ko": "바이오"}, {"ko": "신약 개발과 임상 시험, 유전체 소식"}),
]


def test_classify_takes_the_longer_phrase():
    assert guess_category("Evaluating Vision-Language Models on Charts", "", PAPERS) == CategoryGuess("multimodal")
    assert guess_category("Evaluating Language Models on Charts", "", PAPERS) == CategoryGuess("llm")


def test_classify_reads_the_title_before_the_abstract():
    abstract = "Large language models and LLM agents are large language models. LLM, LLM, LLM."

    assert guess_category("A Survey of Speech Synthesis", abstract, PAPERS) == CategoryGuess("audio")


def test_classify_reads_the_abstract_where_the_title_says_nothing():
    abstract = "A robot learns to grasp. The robot then folds a shirt."

    assert guess_category("All You Need Is a Good Start", abstract, PAPERS) == CategoryGuess("robotics")


def test_classify_leaves_a_passing_mention_unsorted():
    guess = guess_category("Monotone Erasure Channels", "Monotone erasure channels mention a robot.", PAPERS)

    assert guess == CategoryGuess("", "Monotone Erasure Channels")


def test_classify_of_equals_takes_the_first_of_the_list():
    assert guess_category("Speech and Graph", "", PAPERS) == CategoryGuess("audio")
    assert guess_category("Speech and Graph", "", PAPERS[::-1]) == CategoryGuess("graph-neural-networks")


def test_classify_knows_korean_words_with_their_endings():
    assert guess_category("정부, 생성형 AI 규제를 손본다", "", NEWS) == CategoryGuess("ai-policy")
    assert guess_category("AI반도체에서 앞서려면", "", NEWS) == CategoryGuess("hardware-infrastructure")


def test_classify_by_a_list_without_keywords_uses_names_and_descriptions():
    assert guess_category("반도체의 겨울이 끝났다", "", OWN) == CategoryGuess("semiconductors")
    assert guess_category("신약 후보 임상에 들어가다", "", OWN) == CategoryGuess("biotech")
    assert guess_category("파운드리 2위 경쟁", "", OWN) == CategoryGuess("semiconductors")


def test_classify_ignores_a_word_that_all_describe():
    assert guess_category("오늘의 소식", "", OWN) == CategoryGuess("")


def test_classify_of_nonsense_is_unsorted():
    for title in ("", "{}", "\x00" * 50, "$\\frac{1}{2}$", "的" * 400):
        assert guess_category(title, "", PAPERS).slug == ""


def test_classify_with_no_category_is_unsorted():
    assert guess_category("Speech", "", []) == CategoryGuess("", "")


def test_rules_agree_with_a_models_labels():
    lines = (Path(__file__).parents[2] / "data/labels.jsonl").read_text(encoding="utf-8").splitlines()
    rows = [json.loads(line) for line in lines]
    rules = build_rules(PAPERS)

    agreed = sum(guess_category(row["title"], row["abstract"], rules).slug == row["expected"] for row in rows)

    assert agreed / len(rows) >= 0.70
