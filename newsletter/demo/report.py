"""Writes the demo's results as files to look at: every email as HTML and text, the charts, the Markdown, and an index.

The pages show the bodies of the .eml files; only the address of the chart is replaced by the file beside them.
"""

import email
import email.policy
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path

from django.conf import settings
from django.template.loader import render_to_string

from digests.interchange.markdown_export import export_markdown, make_chart_file_name, make_report_file_name
from digests.interchange.markdown_reader import ReportLayout
from digests.models import Digest
from digests.text.counts import count_noun
from newsletter.demo.failures import ModeOutcome
from newsletter.demo.readers import DemoReader
from newsletter.demo.run import DemoDay
from newsletter.models import Delivery, Subscription


@dataclass(frozen=True)
class ReportRow:
    """One reader's line in the table of the demo."""

    reader: str
    publication: str
    chosen: str
    sent: str  # the sections that were sent, or why nothing was
    size: int = 0  # bytes of the message
    file: str = ""  # the .eml, relative to the folder
    subject: str = ""


def write_report(day: DemoDay, outcomes: list[ModeOutcome], folder: Path) -> list[ReportRow]:
    """Write pages, charts and Markdown into the demo's folder; return the rows of the table."""
    for digest in day.digests:
        _write_digest(digest, folder)
    mails = {str(mail["To"]): (path, mail) for path, mail in map(_read_mail, sorted((folder / "outbox").glob("*.eml")))}
    rows = []
    for reader, subscription in day.subscriptions:
        path, mail = mails.get(reader.email, (None, None))
        rows.append(_row(reader, subscription, path, mail))
        if mail is not None:
            _write_mail(reader, mail, day, folder)
    for outcome in outcomes:
        _write_page(folder / "failures" / f"{outcome.mode.slug}.html", outcome.html)
    digests = [_files(digest) for digest in day.digests]
    shown = {"rows": rows, "digests": digests, "day": day, "outcomes": outcomes}
    index = render_to_string("demo/index.html", shown)
    (folder / "index.html").write_text(index, encoding="utf-8")
    return rows


def _write_page(path: Path, html: str) -> None:
    path.parent.mkdir(exist_ok=True)
    path.write_text(html, encoding="utf-8")


def _files(digest: Digest) -> dict[str, str]:
    slug = digest.publication.slug
    return {
        "title": digest.title,
        "chart": f"{slug}/{make_chart_file_name(digest)}",
        "report": f"{slug}/{make_report_file_name(digest)}",
    }


def _write_digest(digest: Digest, folder: Path) -> None:
    """Write a digest's chart and Markdown into its publication's folder."""
    files = _files(digest)
    (folder / digest.publication.slug).mkdir(parents=True, exist_ok=True)
    (folder / files["chart"]).write_bytes(bytes(digest.chart))
    (folder / files["report"]).write_text(export_markdown(digest, layout=ReportLayout.CLEAN), encoding="utf-8")


def _read_mail(path: Path) -> tuple[Path, EmailMessage]:
    return path, email.message_from_bytes(path.read_bytes(), policy=email.policy.default)


def _row(reader: DemoReader, subscription: Subscription, path: Path | None, mail: EmailMessage | None) -> ReportRow:
    chosen = ", ".join(subscription.categories.values_list("slug", flat=True)) if reader.categories else "all"
    row = ReportRow(
        reader.name, reader.publication, chosen, reader.note or "nothing", subject=str(mail and mail["Subject"])
    )
    delivery = Delivery.objects.filter(subscriber=subscription.subscriber_id).select_related("mailing__digest").first()
    if delivery is None or path is None:
        return row
    sections = delivery.mailing.digest.sections.select_related("category")
    sent = [s.category.slug for s in sections if delivery.sections >> s.position & 1]
    names = count_noun(len(sent), "section") if len(sent) > 4 else ", ".join(sent)
    return ReportRow(
        reader.name, reader.publication, chosen, names, path.stat().st_size, f"outbox/{path.name}", row.subject
    )


def _write_mail(reader: DemoReader, mail: EmailMessage, day: DemoDay, folder: Path) -> None:
    pages = folder / "emails"
    pages.mkdir(exist_ok=True)
    for kind, suffix in (("html", ".html"), ("plain", ".txt")):
        part = mail.get_body(preferencelist=(kind,))
        text = str(part.get_content()) if part else ""
        for digest in day.digests:
            hosted = f"{settings.SITE_URL}{digest.get_absolute_url()}chart.png"
            text = text.replace(f'src="{hosted}"', f'src="../{_files(digest)["chart"]}"')
        (pages / f"{reader.name}{suffix}").write_text(text, encoding="utf-8")


def format_table(rows: list[ReportRow]) -> list[str]:
    """Return the rows as lines for a terminal."""
    head = ("subscriber", "newsletter", "chosen categories", "sections sent", "bytes", "file")
    cells = [head, *((r.reader, r.publication, r.chosen, r.sent, str(r.size or "-"), r.file or "-") for r in rows)]
    widths = [max(len(line[column]) for line in cells) for column in range(len(head) - 1)]
    return ["  ".join([*(cell.ljust(w) for cell, w in zip(line, widths, strict=False)), line[-1]]) for line in cells]
