"""The filters of our templates."""

import pytest

from newsletter.templatetags.direction import keep_names


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("GPT-4o의 o1-mini", '<span class="nb">GPT-4o</span>의 <span class="nb">o1-mini</span>'),
        ("Gemini-1.5-Pro.", '<span class="nb">Gemini-1.5-Pro</span>.'),
        ("a state-of-the-art model", "a state-of-the-art model"),  # words of a language may break
        ("A-Name-That-Is-Longer-Than-A-Line", "A-Name-That-Is-Longer-Than-A-Line"),
        ('<b>X-1</b> & "x"', '&lt;b&gt;<span class="nb">X-1</span>&lt;/b&gt; &amp; &quot;x&quot;'),
        ("", ""),
    ],
)
def test_a_short_name_is_kept_in_one_line_and_all_else_escaped(text, html):
    assert keep_names(text) == html
