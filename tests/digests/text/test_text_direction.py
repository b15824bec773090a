"""Names and titles of the other writing direction stand apart; ordinary text gets no invisible letters."""

import pytest

from digests.text.text_direction import (
    FIRST_STRONG_ISOLATE,
    POP_ISOLATE,
    isolate_in_html,
    isolate_in_text,
    remove_unsafe_characters_outside_isolates,
)

ARABIC = "نموذج لغوي كبير"
APART = f"{FIRST_STRONG_ISOLATE}{ARABIC}{POP_ISOLATE}"


@pytest.mark.parametrize("text", ["", "Lens: Rethinking Training", "한 줄 제목", "日本語", "Ünal Çağlar"])
def test_ordinary_text_stays_as_it_is(text):
    assert (isolate_in_text(text), isolate_in_html(text)) == (text, text)


@pytest.mark.parametrize("text", [ARABIC, "שלום עולם", "GPT-4 و", "ߒߞߏ", "𞤀𞤁"])
def test_text_from_right_to_left_stands_apart(text):
    assert isolate_in_text(text) == f"\u2068{text}\u2069"
    assert isolate_in_html(text) == f'<span dir="auto">{text}</span>'


def test_html_is_escaped_in_both_cases():
    assert isolate_in_html("a < b") == "a &lt; b"
    assert isolate_in_html("<b>شكر") == '<span dir="auto">&lt;b&gt;شكر</span>'


def test_a_name_cannot_end_its_isolate_early():
    assert isolate_in_text(f"{POP_ISOLATE}\u202e{ARABIC}\n{FIRST_STRONG_ISOLATE}") == APART


def test_isolates_survive_cleaning_only_in_pairs_around_such_letters():
    clean = remove_unsafe_characters_outside_isolates

    assert clean(f"{APART} · HF ▲3\u202e") == f"{APART} · HF ▲3"
    assert clean(f"{FIRST_STRONG_ISOLATE}plain{POP_ISOLATE}") == "plain"
    assert clean(f"{FIRST_STRONG_ISOLATE}{ARABIC}\n{POP_ISOLATE}") == f"{ARABIC}\n"
    assert clean(f"{POP_ISOLATE}{ARABIC}{FIRST_STRONG_ISOLATE}") == ARABIC
