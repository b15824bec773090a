"""Words in one form, and the technical terms that titles and abstracts share."""

from digests.text.keywords import extract_keywords, split_words


def test_words_are_lower_case_and_singular():
    assert split_words("LLMs: Studies of GPUs, bias & less") == ["llm", "study", "of", "gpu", "bia", "less"]


def test_words_of_two_scripts_are_two_words():
    assert split_words("AI반도체 3.5%") == ["ai", "반도체", "3", "5"]


def test_words_of_punctuation_are_none():
    assert split_words("$$ -- … \x00 {}") == []


def test_terms_shared_by_several_items_come_first():
    texts = [
        ("Sparse Attention for Long Video", "Sparse attention reads long video."),
        ("Linear Attention Revisited", "We compare linear and sparse attention."),
        ("Sparse Attention on Phones", "A phone runs sparse attention."),
    ]

    assert extract_keywords(texts, 3) == ["Sparse Attention"]


def test_terms_of_one_item_are_what_its_abstract_repeats():
    text = ("RACER: Recovery Policies for Robots", "RACER learns recovery policies from language.")

    assert extract_keywords([text], 5) == ["Recovery Policies", "RACER"]


def test_terms_of_korean_titles_lose_their_particles():
    texts = [("양자화를 쓰는 법", "양자화는 모델을 줄입니다."), ("양자화의 대가", "양자화가 잃는 것.")]

    assert extract_keywords(texts, 1) == ["양자화"]


def test_terms_of_no_texts_are_none():
    assert extract_keywords([], 5) == []
    assert extract_keywords([("", "")], 5) == []
