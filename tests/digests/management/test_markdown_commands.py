"""The commands export_digest and import_digest as a person uses them: files, output and exit codes."""

import io
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from digests.models import Digest, Item, Section
from digests.writing.chart import ChartRow, render_chart_png
from tests import build
from tests.reports import ARCHIVE

PNG = render_chart_png([ChartRow("LLM", "#6366f1", 1)])
NAME = "Papers_2024-12-02_report.md"

pytestmark = pytest.mark.django_db


def run(*words: object) -> str:
    out = io.StringIO()
    call_command(*[str(word) for word in words], stdout=out)
    return out.getvalue()


def refused(*words: object) -> tuple[str, str, str]:
    """Run a command that must fail; return its output, its error output, and its last message."""
    out, err = io.StringIO(), io.StringIO()
    with pytest.raises(CommandError) as raised:
        call_command(*[str(word) for word in words], stdout=out, stderr=err, no_color=True)
    return out.getvalue(), err.getvalue(), str(raised.value)


def test_import_digest_then_export_digest_gives_the_same_files(tmp_path: Path) -> None:
    build.publication("papers")
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / NAME).write_text(ARCHIVE, encoding="utf-8")
    (tmp_path / "in" / "paper_2024-12-02.png").write_bytes(PNG)
    answer = run("import_digest", tmp_path / "in" / NAME)
    assert answer == f"{tmp_path}/in/{NAME}: imported as papers 2024-12-02, 2 sections, 3 items, with its chart\n"
    paths = run("export_digest", "papers", "2024-12-02", "--layout", "archive", "--output", tmp_path / "out")
    assert paths == f"{tmp_path}/out/{NAME}\n{tmp_path}/out/paper_2024-12-02.png\n"
    assert (tmp_path / "out" / NAME).read_bytes() == ARCHIVE.encode()
    assert (tmp_path / "out" / "paper_2024-12-02.png").read_bytes() == PNG


def test_import_digest_again_says_so(tmp_path: Path) -> None:
    build.publication("papers")
    path = tmp_path / NAME
    path.write_text(ARCHIVE, encoding="utf-8")
    run("import_digest", path)
    assert run("import_digest", path) == f"{path}: already imported as papers 2024-12-02, no changes\n"


def test_import_digest_windows_file_is_taken_and_the_difference_shown(tmp_path: Path) -> None:
    build.publication("papers")
    path = tmp_path / NAME
    path.write_bytes(b"\xef\xbb\xbf" + ARCHIVE.replace("\n", "\r\n").encode())
    assert run("import_digest", path) == (
        f"{path}: imported as papers 2024-12-02, 2 sections, 3 items; "
        "exporting it gives a file that differs in white space or escapes\n"
    )


def test_import_digest_malformed_file_leaves_nothing_and_the_others_go_on(tmp_path: Path) -> None:
    build.publication("papers")
    paths = [tmp_path / f"{day}.md" for day in ("2024-12-01", "2024-12-02", "2024-12-03", "2024-12-04")]
    paths[0].write_text(ARCHIVE.replace("2024-12-02", "2024-12-01").replace("- Going", "Going"), encoding="utf-8")
    paths[1].write_text(ARCHIVE, encoding="utf-8")
    paths[2].write_bytes(ARCHIVE.encode("cp949", "replace"))
    out, err, last = refused("import_digest", *paths)
    assert out == f"{paths[1]}: imported as papers 2024-12-02, 2 sections, 3 items\n"
    assert err.splitlines() == [
        f"{paths[0]}:21: not of the form ' - title (link)': 'Going (Much) Deeper: A Study  (of Depth) (https://papers.example/d/12/going-(muc'",
        f"{paths[2]}:5: the file isn’t UTF-8",
        f"{paths[3]}: can’t read the file: No such file or directory",
    ]
    assert last == "3 of 4 files not imported. Fix the lines above and run import_digest again."
    assert (Digest.objects.count(), Section.objects.count(), Item.objects.count()) == (1, 2, 2)


def test_import_digest_folder_gives_every_dated_report_below_it(tmp_path: Path) -> None:
    build.publication("papers")
    (tmp_path / "2024" / "12").mkdir(parents=True)
    (tmp_path / "README.md").write_text("# An archive\n", encoding="utf-8")
    (tmp_path / "2024" / "12" / NAME).write_text(ARCHIVE, encoding="utf-8")
    later = tmp_path / "2024" / "Papers_2024-12-03_report.md"
    later.write_text(ARCHIVE.replace("2024-12-02", "2024-12-03"), encoding="utf-8")
    assert run("import_digest", tmp_path).splitlines() == [
        f"{tmp_path}/2024/12/{NAME}: imported as papers 2024-12-02, 2 sections, 3 items",
        f"{later}: imported as papers 2024-12-03, 2 sections, 3 items",
    ]


def test_import_digest_empty_folder_is_refused(tmp_path: Path) -> None:
    last = refused("import_digest", tmp_path)[2]
    assert last == (
        f"No report in {tmp_path}. A report is a *.md file with its date in its name, such as papers_2026-05-22.md."
    )


def test_import_digest_publication_given_wins_over_the_title(tmp_path: Path) -> None:
    build.publication("papers")
    build.publication("weekly")
    (tmp_path / NAME).write_text(ARCHIVE, encoding="utf-8")
    run("import_digest", tmp_path / NAME, "--publication", "weekly")
    assert Digest.objects.get().publication.slug == "weekly"


def test_import_digest_unknown_publication_names_what_exists(tmp_path: Path) -> None:
    build.publication("papers")
    last = refused("import_digest", tmp_path / NAME, "--publication", "paper")[2]
    assert last == "No newsletter “paper”. Available: papers."


def test_import_digest_picture_that_is_none_is_refused(tmp_path: Path) -> None:
    build.publication("papers")
    (tmp_path / NAME).write_text(ARCHIVE, encoding="utf-8")
    (tmp_path / "paper_2024-12-02.png").write_text("<svg/>", encoding="utf-8")
    _, err, last = refused("import_digest", tmp_path / NAME)
    assert err == f"{tmp_path / NAME}:1: paper_2024-12-02.png isn’t a PNG picture\n"
    assert last == "1 of 1 file not imported. Fix the lines above and run import_digest again."


def test_export_digest_is_clean_and_without_chart_one_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    digest = build.digest(build.publication("news", language="en"), title="News")
    item = build.item("A", url="https://a.example")
    build.section(digest, build.category(names={"en": "Policy"}, emoji="🏛️"), items=[item], text="Text")
    monkeypatch.chdir(tmp_path)
    assert run("export_digest", "news", "2026-05-22") == "News_2026-05-22_report.md\n"
    assert (tmp_path / "News_2026-05-22_report.md").read_text(encoding="utf-8") == (
        "# News\n\n2026-05-22\n\n## 🏛️ Policy\n\n**Summary:**\n\nText\n\n**Sources:**\n\n- A (https://a.example)\n"
    )


def test_export_digest_unknown_publication_names_what_exists() -> None:
    assert refused("export_digest", "x", "2026-05-22")[2] == (
        "No newsletter “x”. There are none yet. Run bootstrap first."
    )
    build.publication("papers")
    build.publication("news")
    assert refused("export_digest", "x", "2026-05-22")[2] == "No newsletter “x”. Available: news, papers."


def test_export_digest_unknown_date_names_the_latest() -> None:
    publication = build.publication("papers")
    assert refused("export_digest", "papers", "2026-05-21")[2] == (
        "No issue of papers for 2026-05-21. Run build_digest first."
    )
    build.digest(publication)
    assert refused("export_digest", "papers", "2026-05-21")[2] == (
        "No issue of papers for 2026-05-21. Latest: 2026-05-22."
    )


@pytest.mark.parametrize("day", ["today", "2026-02-30", "22.05.2026", ""])
def test_export_digest_date_that_is_none_is_refused(day: str) -> None:
    build.publication("papers")
    assert refused("export_digest", "papers", day)[2] == (
        f"Error: argument date: “{day}” isn’t a date. Use YYYY-MM-DD, such as 2026-05-22."
    )


def test_export_digest_folder_that_cannot_be_made_is_refused(tmp_path: Path) -> None:
    build.digest(build.publication("papers"))
    (tmp_path / "file").write_text("", encoding="utf-8")
    last = refused("export_digest", "papers", "2026-05-22", "--output", tmp_path / "file")[2]
    assert last == f"Can’t write {tmp_path}/file/Papers_2026-05-22_report.md: File exists."
