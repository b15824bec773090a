"""A count and its noun agree."""

import pytest

from digests.text.counts import count_noun


@pytest.mark.parametrize(
    ("n", "many", "words"),
    [
        (0, "", "0 entrys"),
        (1, "", "1 entry"),
        (1, "entries", "1 entry"),
        (2, "entries", "2 entries"),
        (1200, "entries", "1,200 entries"),
    ],
)
def test_count_noun_agrees(n, many, words):
    assert count_noun(n, "entry", many) == words
