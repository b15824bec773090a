"""What an email says of one item: its source's address, its authors, and a text of at most two sentences and 45 words."""

import pytest

from digests.models import Section, SectionItem
from digests.quality.section_outline import ItemVotes, OutlinedItem
from digests.text.localization import use_language
from digests.text.text_direction import isolate_in_text
from newsletter.emails.item_context import format_authors, format_authors_html, make_item_context, shorten_text
from tests import build

pytestmark = pytest.mark.django_db


def outlined(*, votes: int = 0, headline: str = "한 줄 제목", **fields: object) -> OutlinedItem:
    item = build.item("Lens: Rethinking Training", language="en", **fields)
    section = build.section(build.digest(), build.category("vision"), items=[item], origin=Section.Origin.MODEL)
    row = SectionItem.objects.get(section=section)
    return OutlinedItem(
        section, row, 1, headline, "첫 문장입니다. 둘째입니다.", "", "", ItemVotes(1, votes), has_evidence=True
    )


def test_a_paper_is_linked_by_its_abstract_page_without_a_version():
    found = make_item_context(
        outlined(arxiv_id="2605.21573", url="http://arxiv.org/abs/2605.21573v3", votes=1234),
        number=2,
        digest_url="https://n.test/papers/2026-05-22/",
    )

    assert (found["url"], found["pdf"]) == ("https://arxiv.org/abs/2605.21573", "https://arxiv.org/pdf/2605.21573")
    assert found["votes"] == "1,234 votes on Hugging Face"
    assert found["place"] == "https://n.test/papers/2026-05-22/#vision-1"
    assert found["title"] == {"words": "Lens: Rethinking Training", "language": "en", "turns": False}


def test_a_story_is_linked_by_its_own_address_and_an_own_headline_is_no_title_again():
    found = make_item_context(
        outlined(headline="Lens: Rethinking Training", url="https://example.org/한글"),
        number=1,
        digest_url="https://n.test/",
    )

    assert (found["url"], found["pdf"], found["votes"], found["title"]) == (
        "https://example.org/%ED%95%9C%EA%B8%80",
        "",
        "",
        None,
    )


def test_a_title_from_right_to_left_is_set_apart():
    item = outlined(url="https://example.org/ar")
    item.row.title = "نموذج لغوي كبير"

    assert make_item_context(item, number=1, digest_url="")["title"]["turns"] is True


@pytest.mark.parametrize(
    ("names", "line"),
    [
        ([], ""),
        (["Jisoo Kim"], "Jisoo Kim"),
        (["Jisoo Kim", "Minho Lee"], "Jisoo Kim, Minho Lee"),
        (["Jisoo Kim", "Minho  Lee", "C", "D"], "Jisoo Kim, Minho Lee 외 2명"),
        (["A Team", ":", "Jisoo Kim", "C"], "A Team, Jisoo Kim 외 1명"),
    ],
)
def test_authors_are_the_first_two_and_a_number(names, line):
    with use_language("ko"):
        assert (format_authors(names), format_authors_html(names)) == (line, line)


def test_each_author_from_right_to_left_stands_apart():
    names = ["محمد علي", "Jane <Doe>", "C"]

    with use_language("en"):
        assert format_authors(names, isolate=isolate_in_text) == "\u2068محمد علي\u2069, Jane <Doe> and 1 more"
        assert format_authors_html(names) == '<span dir="auto">محمد علي</span>, Jane &lt;Doe&gt; and 1 more'


def test_a_text_has_two_sentences_at_most_and_45_words():
    short = "One two three. Four five six. Seven eight."
    long = "Word " * 50 + "end."

    assert shorten_text(short) == "One two three. Four five six."
    assert shorten_text(f"One two three. {long}") == "One two three."
    assert shorten_text(long) == "Word " * 45 + "…"
