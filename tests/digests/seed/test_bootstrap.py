"""The seed content is created once, and never overwrites what an operator changed."""

import io

import pytest
from django.core.exceptions import ValidationError
from django.core.management import call_command

from digests.models import Category, Publication, Source
from digests.seed.bootstrap import bootstrap_content
from digests.text.cleaning import sanitize_url

pytestmark = pytest.mark.django_db


def test_bootstrap_makes_the_three_publications():
    bootstrap_content()

    assert list(Publication.objects.values_list("slug", "short_name", "language", "enabled", "timezone")) == [
        ("news", "AI 뉴스", "ko", True, "Asia/Seoul"),
        ("papers", "AI 논문", "ko", True, "Asia/Seoul"),
        ("papers-en", "AI Papers", "en", False, "Asia/Seoul"),
    ]
    assert [(p.categories.count(), p.sources.count()) for p in Publication.objects.all()] == [(10, 8), (18, 7), (18, 7)]


def test_bootstrap_twice_creates_nothing():
    first = [(count.created, count.kept) for count in bootstrap_content()]
    second = [(count.created, count.kept) for count in bootstrap_content()]

    assert first == [(28, 0), (15, 0), (3, 0)]
    assert second == [(0, 28), (0, 15), (0, 3)]


def test_bootstrap_keeps_what_an_operator_changed():
    bootstrap_content()
    Category.objects.filter(slug="llm").update(emoji="🦙", retired=True)
    Source.objects.filter(slug="geeknews").update(enabled=False)
    papers = Publication.objects.get(slug="papers")
    papers.sources.remove(Source.objects.get(slug="deeplearn-org"))

    bootstrap_content()

    assert Category.objects.filter(slug="llm").values_list("emoji", "retired").get() == ("🦙", True)
    assert Source.objects.get(slug="geeknews").enabled is False
    assert papers.sources.filter(slug="deeplearn-org").count() == 0


def test_bootstrap_rows_are_what_the_admin_would_accept():
    bootstrap_content()

    faults = {}
    for row in (*Category.objects.all(), *Source.objects.all(), *Publication.objects.all()):
        try:
            row.full_clean()
        except ValidationError as error:
            faults[str(row)] = error.messages
    assert faults == {}


def test_bootstrap_categories_have_different_looks():
    bootstrap_content()

    for publication in Publication.objects.all():
        rows = list(publication.categories.all())
        for values in ([c.emoji for c in rows], [c.color for c in rows], [c.name("ko") for c in rows]):
            assert len(set(values)) == len(rows)
        assert {(*sorted(c.names), *sorted(c.descriptions)) for c in rows} == {("en", "ko", "en", "ko")}


def _luminance(color: str) -> float:
    channels = [int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_bootstrap_colors_show_on_white_and_on_dark():
    bootstrap_content()

    dark = _luminance("#16181d")
    for color in Category.objects.values_list("color", flat=True):
        assert 1.05 / (_luminance(color) + 0.05) >= 4.5, color
        assert (_luminance(color) + 0.05) / (dark + 0.05) >= 3, color


def test_bootstrap_sources_are_safe_addresses():
    bootstrap_content()

    addresses = list(Source.objects.values_list("url", flat=True))
    assert [sanitize_url(url) for url in addresses] == addresses


def test_bootstrap_command_prints_a_line_per_kind():
    out = io.StringIO()

    call_command("bootstrap", stdout=out)

    assert out.getvalue() == (
        "categories: 28 created, 0 kept\nsources: 15 created, 0 kept\nnewsletters: 3 created, 0 kept\n"
    )
