"""Composes the email of an approved digest: renders MJML to inlined HTML once, and cuts it into fragments; text likewise.

The fragments are head, one per section, and tail. Markers in them are replaced later: the preheader per set of sections, and
two links per reader. A digest that is too long for an email is shortened section by section (size_limit), by the same blocks in HTML
and text. Paragraphs of the text are lines of any length, as phones show them best: the sender chooses an encoding that takes them. Not here:
who gets which fragments (delivery/audience), and joining them (message).
"""

import logging
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

from django.conf import settings
from django.db import transaction
from django.template import TemplateDoesNotExist, TemplateSyntaxError
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.encoding import iri_to_uri
from django.utils.translation import get_language, gettext, pgettext
from mjml import mjml2html

from digests.models import Digest, Section
from digests.models.digests import make_items_prefetch
from digests.text.evidence import make_item_anchor
from digests.text.localization import format_full_date, get_enabled_language, use_language
from digests.text.markdown_rendering import markdown_to_html, markdown_to_text, remove_unsafe_characters
from newsletter.emails.compose_problems import ComposeError, ComposeProblem
from newsletter.emails.css_inlining import inline_styles
from newsletter.emails.size_limit import fit_sections, make_marker, split_at_markers, split_document
from newsletter.emails.strings import format_coverage, format_reason, format_split_prompt
from newsletter.models import CategorySplit, Fragment, Mailing
from newsletter.subscribers import split_prompts

logger = logging.getLogger(__name__)

MAX_HTML_BYTES = 95_000  # Gmail hides what comes after about 102,000, and with it the link to unsubscribe
LINK_BYTES = 200  # kept free for each link of a reader's own, which replaces a shorter marker
MARKER_NAMES = ("preheader", "manage", "leave", "note", "tail", "body", "sources", "more", "web", "after", "cut")


@dataclass(frozen=True)
class HtmlAndText:
    """A piece of the email as HTML and as plain text."""

    html: str
    text: str


@dataclass(frozen=True)
class ComposedSection:
    """The piece of one section; the label is its part of the preheader."""

    position: int
    section_id: int
    html: str
    text: str
    label: str


@dataclass(frozen=True)
class ComposedEmail:
    """A digest's email in pieces, from which the email of each reader is joined."""

    head: HtmlAndText
    sections: list[ComposedSection]
    tail: HtmlAndText
    note: HtmlAndText | None = None  # the question to readers of a divided category


def make_subject(digest: Digest) -> str:
    """Return the subject line of a digest's email: the editor's own, else the title."""
    return digest.subject or digest.title


def compose_digest(digest: Digest, *, nonce: str) -> ComposedEmail:
    """Return the pieces of a digest's email; a section without a text has none.

    Its words are in the language of the publication, or in English where that language is not enabled; its date is in the
    publication's language in any case. `nonce` is part of every marker, so that no text of a model or a feed can contain one:
    lower-case letters and digits that were not known when the text was written. Raises ComposeError.
    """
    with use_language(get_enabled_language(digest.publication.language)):
        return _compose_digest(digest, nonce)


def _compose_digest(digest: Digest, nonce: str) -> ComposedEmail:
    rows = list(digest.sections.exclude(text="").select_related("category").prefetch_related(make_items_prefetch()))
    if not rows:
        raise ComposeError(ComposeProblem.NO_TEXT)
    page = _digest_context(digest, rows, nonce)
    positions = [row.position for row in rows]
    head, sections, tail = split_document(_render_html("email/digest.mjml", page), nonce, positions, lists=("ol", "ul"))
    text_head, text_sections, text_tail = split_document(_render_text("email/digest.txt", page), nonce, positions)
    shown = fit_sections(
        sections, MAX_HTML_BYTES - LINK_BYTES * len(rows) - _count_frame_bytes(rows, head + tail, nonce)
    )
    (head, *note), (text_head, *text_note) = (
        split_at_markers(part, nonce, ["note"] if page["splits"] else []) for part in (head, text_head)
    )
    pieces = [
        ComposedSection(
            row.position,
            row.pk,
            html.join(extent),
            f"\n\n{_collapse_blank_lines(text.join(extent))}\n",
            _make_label(row),
        )
        for row, html, text, extent in zip(rows, sections, text_sections, shown, strict=True)
    ]
    questions = [
        HtmlAndText(html, f"\n\n{_collapse_blank_lines(text)}\n") for html, text in zip(note, text_note, strict=True)
    ]
    end = HtmlAndText(tail, f"\n\n{_collapse_blank_lines(text_tail)}\n")
    return ComposedEmail(HtmlAndText(head, f"{_collapse_blank_lines(text_head)}\n"), pieces, end, *questions)


def compose_service_mail(template: str, context: dict[str, Any], *, language: str) -> tuple[str, str]:
    """Return HTML and text of a service mail from templates/email/<template>.mjml and .txt. Raises ComposeError."""
    with use_language(get_enabled_language(language)):
        page = _site_context() | context
        html = _render_html(f"email/{template}.mjml", page)
        return html, f"{_collapse_blank_lines(_render_text(f'email/{template}.txt', page))}\n"


def store_fragments(mailing: Mailing) -> None:
    """Compose and store the fragments of a mailing; a second call changes nothing. Raises ComposeError.

    Where the digest was approved again before the mailing was planned, the fragments are replaced by those of the new text.
    """
    nonce = mailing.approved_hash[:16]
    if mailing.composed_at and _has_fragments_of_approval(mailing, nonce):
        return
    composed = compose_digest(mailing.digest, nonce=nonce)
    with transaction.atomic():
        # The UPDATE locks the row: a second process waits here, and then finds the fragments.
        Mailing.objects.filter(pk=mailing.pk).update(composed_at=timezone.now())
        if not _has_fragments_of_approval(mailing, nonce):
            mailing.fragments.all().delete()
            Fragment.objects.bulk_create(build_fragments(mailing, composed))
    mailing.refresh_from_db(fields=["composed_at"])
    pieces = [composed.head.html, *(piece.html for piece in composed.sections), composed.tail.html]
    size = sum(len(piece.encode()) for piece in pieces)
    logger.info("composed mailing=%s sections=%d bytes=%d", mailing.pk, len(composed.sections), size)


def _has_fragments_of_approval(mailing: Mailing, nonce: str) -> bool:
    """Say whether the mailing has its fragments, and they belong to this approval: its hash is in their markers."""
    return mailing.fragments.filter(kind=Fragment.Kind.TAIL, text__contains=make_marker(nonce, "leave")).exists()


def build_fragments(mailing: Mailing, composed: ComposedEmail) -> list[Fragment]:
    """Return the pieces as unsaved rows of a mailing, in the order in which they are joined."""
    head, tail, note = composed.head, composed.tail, composed.note
    questions = (
        [
            Fragment(
                mailing=mailing,
                kind=Fragment.Kind.NOTE,
                position=split_prompts.SPLIT_PROMPT_BIT,
                html=note.html,
                text=note.text,
            )
        ]
        if note
        else []
    )
    return [
        Fragment(mailing=mailing, kind=Fragment.Kind.HEAD, html=head.html, text=head.text),
        *questions,
        *(
            Fragment(
                mailing=mailing,
                kind=Fragment.Kind.SECTION,
                section_id=piece.section_id,
                position=piece.position,
                label=piece.label,
                html=piece.html,
                text=piece.text,
            )
            for piece in composed.sections
        ),
        Fragment(mailing=mailing, kind=Fragment.Kind.TAIL, html=tail.html, text=tail.text),
    ]


def _site_context() -> dict[str, Any]:
    return {
        "language": get_language(),
        "site_name": settings.SITE_NAME,
        "site_url": settings.SITE_URL,
        "postal_address": settings.POSTAL_ADDRESS,
    }


def _digest_context(digest: Digest, rows: Sequence[Section], nonce: str) -> dict[str, Any]:
    """Return the context of the digest's templates."""
    publication = digest.publication
    language = publication.language
    url = settings.SITE_URL + digest.get_absolute_url()
    links = {line.url for row in rows for line in row.items.all()}
    chart = reverse("digest_chart", args=[publication.slug, digest.date.isoformat()]) if digest.chart else ""
    return _site_context() | {
        "marks": {name: make_marker(nonce, name) for name in MARKER_NAMES},
        "title": digest.title,
        "name": publication.name,
        "tagline": publication.tagline,
        "date": format_full_date(digest.date, language),
        "url": url,
        "opening_html": _close_line_breaks(markdown_to_html(digest.opening, links=links)),
        "opening_text": markdown_to_text(digest.opening, links=links),
        "chart_url": chart and settings.SITE_URL + chart,
        "chart_alt": digest.chart_alt,
        "why": format_reason(settings.SITE_NAME, publication.name),
        "sections": [_section_context(row, url=url, nonce=nonce) for row in rows],
        "splits": [_describe_split(one, language) for one in split_prompts.list_open_splits(publication)],
    }


def _describe_split(split: CategorySplit, language: str) -> str:
    """Return the sentences about a divided category, with its open parts."""
    parts = [part.label(language) for part in split.parts.all() if not part.retired]
    return format_split_prompt(split.category.name(language), parts)


def _section_context(row: Section, *, url: str, nonce: str) -> dict[str, Any]:
    lines = list(row.items.all())
    cut = make_marker(nonce, "cut")
    numbers = {one.get("number") for one in row.evidence}
    marks = {line.url: make_marker(nonce, f"proof{n}") for n, line in enumerate(lines, start=1) if n in numbers}
    return {
        "mark": make_marker(nonce, f"section{row.position}"),
        "emoji": row.emoji,
        "heading": row.heading,
        "rule": "=" * _count_columns(_make_label(row)),
        "slug": row.category.slug,
        "color": row.category.color,
        "coverage": format_coverage(
            shown=len(lines), found=row.found, extracted=row.is_extracted, summarized=_count_summarized_items(row)
        ),
        "html": _close_line_breaks(_add_evidence_links(row, row.to_html(cut=cut, item_marks=marks), url, marks)),
        "text": markdown_to_text(row.text, links={line.url for line in lines}, cut=cut),
        "sources": [
            {"title": line.headline, "language": line.language, "url": _clean_web_url(line.url)} for line in lines
        ],
        "url": f"{url}#{row.category.slug}",
        "more": gettext("Read more: {heading}").format(heading=row.heading),
        "web": gettext("View {heading} on the web").format(heading=row.heading),
    }


def _add_evidence_links(row: Section, html: str, url: str, marks: Mapping[str, str]) -> str:
    """Return the text with a quiet link behind each point to its evidence on the web."""
    for number, line in enumerate(row.items.all(), start=1):
        if line.url in marks:
            address = f"{url}#{make_item_anchor(row.category.slug, number)}"
            words = pgettext("link in an email", "Evidence")
            html = html.replace(marks[line.url], f' <a class="proof" href="{escape(address)}">{escape(words)}</a>')
    return html


def _count_summarized_items(row: Section) -> int | None:
    """Return how many items the model wrote about; None where a person edited the text, or it is not by a model."""
    points = row.summary.get("points") if isinstance(row.summary, dict) else None
    if row.edited_at or not isinstance(points, list):
        return None
    # Rows of earlier versions hold a point's text as one.
    return len(
        {one.get("number") for one in points if isinstance(one, dict) and (one.get("sentences") or one.get("text"))}
    )


def _make_label(row: Section) -> str:
    return remove_unsafe_characters(f"{row.emoji} {row.heading}".strip())[:200]  # as long as the column


def _count_columns(text: str) -> int:
    """Return how many columns a line takes in a fixed-width font, where Korean letters and emoji take two."""
    return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in text)


def _clean_web_url(url: str) -> str:
    """Return a URL in ASCII, as mail programs need it; an empty string where it is not http or https."""
    return iri_to_uri(url) if url.startswith(("https://", "http://")) else ""


def _close_line_breaks(html: str) -> str:
    """Return HTML with its line breaks closed: MJML is XML."""
    return html.replace("<br>", "<br />")


def _count_frame_bytes(rows: Sequence[Section], html: str, nonce: str) -> int:
    """Return the bytes of an email around its sections, with every marker replaced by the longest that may take its place."""
    preheader = sum(len(escape(_make_label(row)).encode()) + len(" · ".encode()) for row in rows)
    return (
        len(html.encode())
        + preheader
        + LINK_BYTES * sum(html.count(make_marker(nonce, name)) for name in ("manage", "leave"))
    )


def _render_text(template: str, page: dict[str, Any]) -> str:
    try:
        return remove_unsafe_characters(render_to_string(template, page))
    except (TemplateDoesNotExist, TemplateSyntaxError) as error:
        raise ComposeError(ComposeProblem.TEMPLATE_FAILS, file=template, why=str(error)) from error


def _collapse_blank_lines(text: str) -> str:
    """Return the text with at most one empty line in a row; unused parts of a template leave more."""
    return re.sub(r"\n{3,}", "\n\n", text.strip())


def _render_html(template: str, page: dict[str, Any]) -> str:
    try:
        html = mjml2html(_render_text(template, page), fonts={})
    except ValueError as error:
        raise ComposeError(ComposeProblem.NOT_MJML, file=template, why=str(error)) from error
    return inline_styles(html)
