"""Importing reports: the rows export the same bytes, known items and categories are found, and nothing is replaced."""

import datetime as dt

import pytest

from digests.interchange.archive_import import find_or_create_category, find_publication, import_report
from digests.interchange.markdown_export import export_markdown, make_chart_file_name
from digests.interchange.markdown_reader import ReportError, ReportLayout, ReportSection, parse_report
from digests.models import Category, Digest, Item, Publication, Section, SectionItem
from digests.seed.bootstrap import bootstrap_content
from tests import build
from tests.reports import ARCHIVE, parse_example


def papers(**fields: object) -> Publication:
    return build.publication("papers", **fields)  # type: ignore[arg-type] # fields of the model


@pytest.mark.django_db
@pytest.mark.parametrize("slug", ["papers", "other"])
def test_import_report_then_export_gives_the_same_bytes(slug: str) -> None:
    digest, new = import_report(parse_example(), publication=build.publication(slug))
    assert new
    assert export_markdown(digest, layout=ReportLayout.ARCHIVE) == ARCHIVE
    assert make_chart_file_name(digest) == "paper_2024-12-02.png"


@pytest.mark.django_db
def test_import_report_clean_then_export_gives_the_same_bytes() -> None:
    first, _ = import_report(parse_example(), publication=papers(), picture=b"png")
    text = export_markdown(first, layout=ReportLayout.CLEAN)
    second, _ = import_report(parse_report(text), publication=build.publication("copy"), picture=b"png")
    assert export_markdown(second, layout=ReportLayout.CLEAN) == text.replace("paper_", "copy_")


@pytest.mark.django_db
def test_import_report_refuses_a_link_into_a_private_network(settings) -> None:
    settings.FETCH_ALLOW_PRIVATE = False
    report = parse_report(ARCHIVE.replace("http://arxiv.org/abs/1512.03385v1", "http://10.0.0.8/paper"))
    with pytest.raises(ReportError, match=r"a link into a private network: 'http://10.0.0.8/paper'"):
        import_report(report, publication=papers())
    assert Digest.objects.count() == 0


@pytest.mark.django_db
def test_import_report_is_approved_on_its_day() -> None:
    publication = papers(send_hour=8, timezone="Asia/Seoul")
    digest, _ = import_report(parse_example(), publication=publication, picture=b"png")
    assert (digest.imported, digest.state, digest.approved_hash) == (True, "approved", parse_example().sha256)
    assert digest.approved_at == dt.datetime(2024, 12, 1, 23, tzinfo=dt.UTC)
    assert digest.chart_alt == "분야별 글 수: Computer Vision 2편, Open Domain  Reasoning 1편. 모두 3편"
    assert set(digest.sections.values_list("origin", "found")) == {("imported", 2), ("imported", 1)}


@pytest.mark.django_db
def test_import_report_repeated_source_stands_without_item() -> None:
    digest, _ = import_report(parse_example(), publication=papers())
    printed = SectionItem.objects.filter(section__digest=digest).order_by("section__position", "position")
    assert [(row.title, row.item is None) for row in printed] == [
        ("Deep Residual Learning for Image Recognition", False),
        ("Going (Much) Deeper: A Study  (of Depth)", False),
        ("Deep Residual Learning for Image Recognition", True),
    ]


@pytest.mark.django_db
def test_import_report_new_items_are_of_that_day() -> None:
    import_report(parse_example(), publication=papers(timezone="Asia/Seoul"))
    midnight = dt.datetime(2024, 12, 1, 15, tzinfo=dt.UTC)
    rows = Item.objects.order_by("pk").values_list("title", "arxiv_id", "language", "published_at", "collected_at")
    assert list(rows) == [
        ("Deep Residual Learning for Image Recognition", "1512.03385", "en", midnight, midnight),
        ("Going (Much) Deeper: A Study (of Depth)", "", "en", midnight, midnight),
    ]


@pytest.mark.django_db
def test_import_report_known_items_are_found_by_arxiv_id_and_title() -> None:
    near = dt.datetime(2024, 12, 5, tzinfo=dt.UTC)
    residual = build.item(arxiv_id="1512.03385")
    import_report(parse_example(), publication=build.publication("other"))
    deeper = SectionItem.objects.get(title__startswith="Going").item
    assert deeper is not None
    Item.objects.filter(pk=deeper.pk).update(url_key="elsewhere.example", published_at=near)
    digest, _ = import_report(parse_example(), publication=papers())
    found = SectionItem.objects.filter(section__digest=digest, item__isnull=False).values_list("item", flat=True)
    assert set(found) == {residual.pk, deeper.pk}


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("heading", "slug"),
    [
        ("Computer Vision", "vision"),
        ("COMPUTER-VISION", "vision"),
        ("컴퓨터 비전", "vision"),
        ("LLM", "language-models"),
        ("Large language model", "language-models"),
        ("NLP", "natural-language-processing"),
        ("Quantum Computing", "quantum-computing"),
        ("양자 컴퓨팅", "imported-18bfcf2a"),
    ],
)
def test_import_report_categories_are_mapped_by_name(heading: str, slug: str) -> None:
    vision = build.category("vision", names={"ko": "컴퓨터 비전", "en": "Computer Vision"})
    models = build.category("language-models", names={"ko": "거대 언어 모델(LLM)", "en": "Large Language Models"})
    nlp = build.category("natural-language-processing", names={"ko": "자연어 처리"})
    publication = papers(categories=[vision, models, nlp])
    digest, _ = import_report(parse_example(**{"Computer Vision": heading}), publication=publication)
    first = digest.sections.select_related("category").first()
    assert first is not None
    assert (first.category.slug, first.heading, first.emoji) == (slug, heading, "☀️")


@pytest.mark.django_db
def test_import_report_unknown_category_is_made_once_and_retired() -> None:
    import_report(parse_example(), publication=papers())
    import_report(parse_example(**{"2024-12-02": "2024-12-03"}), publication=Publication.objects.get())
    assert list(Category.objects.order_by("slug").values_list("slug", "names", "emoji", "retired")) == [
        ("computer-vision", {"en": "Computer Vision"}, "☀️", True),
        ("open-domain-reasoning", {"en": "Open Domain Reasoning"}, "", True),
    ]


@pytest.mark.django_db
def test_import_report_two_headings_of_one_category_become_two() -> None:
    llm = build.category("llm", names={"en": "LLM"})
    text = ARCHIVE.replace("Computer Vision", "LLM").replace("Open Domain  Reasoning ", "Large Language Models")
    digest, _ = import_report(parse_report(text), publication=papers(categories=[llm]))
    assert list(digest.sections.values_list("category__slug", "category__retired")) == [
        ("llm", False),
        ("large-language-models", True),
    ]
    assert export_markdown(digest, layout=ReportLayout.ARCHIVE) == text


@pytest.mark.django_db
def test_import_report_again_changes_nothing() -> None:
    publication = papers()
    first, _ = import_report(parse_example(), publication=publication)
    again, new = import_report(parse_report(ARCHIVE.replace("\n", "\r\n")), publication=publication)
    assert (again, new) == (first, False)
    assert (Digest.objects.count(), Section.objects.count(), SectionItem.objects.count()) == (1, 2, 3)


@pytest.mark.django_db
def test_import_report_never_replaces_another_text() -> None:
    publication = papers()
    import_report(parse_example(), publication=publication)
    with pytest.raises(
        ReportError, match=r"^1: the issue papers 2024-12-02 was imported from another text, and an import"
    ):
        import_report(parse_example(**{"첫째 글": "둘째 글"}), publication=publication)


@pytest.mark.django_db
def test_import_report_never_replaces_a_digest_made_here() -> None:
    digest = build.digest(papers(), date=dt.date(2024, 12, 2))
    with pytest.raises(
        ReportError, match=r"^1: the issue papers 2024-12-02 was built here, and an import doesn’t replace it$"
    ):
        import_report(parse_example(), publication=digest.publication)
    assert (Section.objects.count(), Item.objects.count(), Category.objects.count()) == (0, 0, 0)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("title", "picture", "slug"),
    [
        ("Insights : Papers", "x", "papers"),
        ("Insights: NEWS", "x", "news"),
        ("오늘", "paper", "papers"),
        ("오늘", "weekly", "weekly"),
    ],
)
def test_publication_of_title_or_picture(title: str, picture: str, slug: str) -> None:
    for known in ("papers", "news", "weekly"):
        build.publication(known)
    text = ARCHIVE.replace("Daily Artificial Intelligence Insights : Papers", title).replace("paper_2", f"{picture}_2")
    assert find_publication(parse_report(text)).slug == slug


@pytest.mark.django_db
def test_publication_of_unknown_title_names_what_exists() -> None:
    build.publication("weekly")
    with pytest.raises(ReportError, match=r"^1: the title names no newsletter; give one as --publication: weekly$"):
        find_publication(parse_example())


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("slug", "printed", "expected"),
    [
        ("papers", "Security", "ai-security"),
        ("news", "Security", "security-safety"),
        ("papers", "Machine Learning Ethics", "ml-ethics"),
        ("papers", "Natural Language Processing", "nlp"),
        ("papers", "AI in Healthcare", "healthcare-science"),
        ("news", "AI business insight", "ai-business"),
        ("papers", "Tabular", "tabular"),
        ("papers", "Audio", "audio"),
    ],
)
def test_a_heading_of_the_archive_finds_its_category_in_the_start_content(slug, printed, expected):
    bootstrap_content()
    section = ReportSection(heading=printed, emoji="", text="글입니다.", sources=())

    assert find_or_create_category(section, Publication.objects.get(slug=slug), set()).slug == expected
