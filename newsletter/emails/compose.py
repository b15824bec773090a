"""An approved digest -> MJML -> inlined HTML, once -> head, one fragment per section, tail; the plain text likewise.

Per reader, three marks are filled in later: the preheader and the two links. A digest of more text than fits an email
is shortened section by section (cut), by the same blocks in HTML and in text. The text's paragraphs are lines of any
length, as phones want them: whoever sends encodes them (base64). Not here: who gets which fragments.
"""

import logging
import re
import unicodedata
from collections.abc import Sequence
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
from mjml import mjml2html
from premailer import Premailer

from digests.models import Digest, Section
from digests.text.markdown_rendering import markdown_to_html, markdown_to_text, remove_unsafe_characters
from newsletter.emails.fit import FitError, fit_sections, make_marker, split_at_markers, split_document
from newsletter.emails.strings import format_coverage, format_date_line, get_email_language, get_strings
from newsletter.models import CategorySplit, Fragment, Mailing
from newsletter.subscribers import split_prompts

__all__ = [
    "ComposeError",
    "ComposedEmail",
    "ComposedSection",
    "HtmlAndText",
    "build_fragments",
    "compose_digest",
    "compose_service_mail",
    "make_marker",
    "store_fragments",
]

logger = logging.getLogger(__name__)

MAX_HTML_BYTES = 95_000  # bytes of HTML; Gmail hides what comes after about 102,000, the way out included
LINK_BYTES = 200  # bytes kept free for each link of a reader's own
MARKER_NAMES = ("preheader", "manage", "leave", "note", "tail", "body", "sources", "more", "web", "after", "cut")


class ComposeError(Exception):
    """The digest can't be made into an email; the text says why."""


@dataclass(frozen=True)
class HtmlAndText:
    """A piece of the email in both its forms."""

    html: str
    text: str


@dataclass(frozen=True)
class ComposedSection:
    """A section's piece; the label is its share of the preheader."""

    position: int
    section_id: int
    html: str
    text: str
    label: str


@dataclass(frozen=True)
class ComposedEmail:
    """An email in the pieces that every reader's own is joined from."""

    head: HtmlAndText
    sections: list[ComposedSection]
    tail: HtmlAndText
    note: HtmlAndText | None = None  # to those who have to be asked about a divided category


def compose_digest(digest: Digest, *, nonce: str) -> ComposedEmail:
    """Return the pieces of a digest's email; sections without a text have none.

    `nonce` is lower-case letters and digits that no text can know. Raises ComposeError.
    """
    rows = list(digest.sections.exclude(text="").select_related("category").prefetch_related("items"))
    if not rows:
        raise ComposeError("the digest has no section with a text")
    page = _digest_context(digest, rows, nonce)
    positions = [row.position for row in rows]
    try:
        head, sections, tail = split_document(_html("email/digest.mjml", page), nonce, positions, lists=("ol", "ul"))
        text_head, text_sections, text_tail = split_document(_text("email/digest.txt", page), nonce, positions)
        shown = fit_sections(
            sections, MAX_HTML_BYTES - LINK_BYTES * len(rows) - _count_frame_bytes(rows, head + tail, nonce)
        )
        (head, *note), (text_head, *text_note) = (
            split_at_markers(part, nonce, ["note"] if page["splits"] else []) for part in (head, text_head)
        )
    except FitError as error:
        raise ComposeError(str(error)) from error
    pieces = [
        ComposedSection(row.position, row.pk, html.join(much), f"\n\n{_tidy(text.join(much))}\n", _label(row))
        for row, html, text, much in zip(rows, sections, text_sections, shown, strict=True)
    ]
    asked = [HtmlAndText(html, f"\n\n{_tidy(text)}\n") for html, text in zip(note, text_note, strict=True)]
    end = HtmlAndText(tail, f"\n\n{_tidy(text_tail)}\n")
    return ComposedEmail(HtmlAndText(head, f"{_tidy(text_head)}\n"), pieces, end, *asked)


def compose_service_mail(template: str, context: dict[str, Any], *, language: str) -> tuple[str, str]:
    """Return HTML and text of a service mail, made of templates/email/<template>.mjml and .txt. Raises ComposeError."""
    page = _site_context(language) | context
    return _html(f"email/{template}.mjml", page), f"{_tidy(_text(f'email/{template}.txt', page))}\n"


def store_fragments(mailing: Mailing) -> None:
    """Compose a mailing's fragments, once: a second call changes nothing. Raises ComposeError.

    An approval that was renewed before the mailing was planned makes new fragments of what is approved now.
    """
    nonce = mailing.approved_hash[:16]
    if mailing.composed_at and _has_fragments_of_approval(mailing, nonce):
        return
    composed = compose_digest(mailing.digest, nonce=nonce)
    with transaction.atomic():
        # Whoever comes second waits for this row, and then finds the fragments there.
        Mailing.objects.filter(pk=mailing.pk).update(composed_at=timezone.now())
        if not _has_fragments_of_approval(mailing, nonce):
            mailing.fragments.all().delete()
            Fragment.objects.bulk_create(build_fragments(mailing, composed))
    mailing.refresh_from_db(fields=["composed_at"])
    pieces = [composed.head.html, *(piece.html for piece in composed.sections), composed.tail.html]
    size = sum(len(piece.encode()) for piece in pieces)
    logger.info("composed mailing=%s sections=%d bytes=%d", mailing.pk, len(composed.sections), size)


def _has_fragments_of_approval(mailing: Mailing, nonce: str) -> bool:
    """Say whether the mailing has its fragments, and they are those of this approval."""
    return mailing.fragments.filter(kind=Fragment.Kind.TAIL, text__contains=make_marker(nonce, "leave")).exists()


def build_fragments(mailing: Mailing, composed: ComposedEmail) -> list[Fragment]:
    """Return the pieces as rows of a mailing; nothing is saved."""
    head, tail, note = composed.head, composed.tail, composed.note
    asked = (
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
        *asked,
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


def _site_context(language: str) -> dict[str, Any]:
    return {
        "language": get_email_language(language),
        "words": get_strings(language),
        "site_name": settings.SITE_NAME,
        "site_url": settings.SITE_URL,
        "postal_address": settings.POSTAL_ADDRESS,
    }


def _digest_context(digest: Digest, rows: Sequence[Section], nonce: str) -> dict[str, Any]:
    """Return what the digest's templates are filled with."""
    publication = digest.publication
    language = publication.language
    url = settings.SITE_URL + digest.get_absolute_url()
    links = {line.url for row in rows for line in row.items.all()}
    chart = reverse("digest_chart", args=[publication.slug, digest.date.isoformat()]) if digest.chart else ""
    return _site_context(language) | {
        "marks": {name: make_marker(nonce, name) for name in MARKER_NAMES},
        "title": digest.title,
        "name": publication.name,
        "tagline": publication.tagline,
        "date": format_date_line(digest.date, language),
        "url": url,
        "opening_html": _close_line_breaks(markdown_to_html(digest.opening, links=links)),
        "opening_text": markdown_to_text(digest.opening, links=links),
        "chart_url": chart and settings.SITE_URL + chart,
        "chart_alt": digest.chart_alt,
        "why": get_strings(language)["why"].format(site=settings.SITE_NAME, name=publication.name),
        "sections": [_section_context(row, url=url, language=language, nonce=nonce) for row in rows],
        "splits": [_format_split_prompt(one, language) for one in split_prompts.list_open_splits(publication)],
    }


def _format_split_prompt(split: CategorySplit, language: str) -> str:
    """Return the sentences that tell a reader of a divided category."""
    parts = [f"{part.emoji} {part.name(language)}".strip() for part in split.parts.all() if not part.retired]
    return get_strings(language)["split"].format(old=split.category.name(language), parts=", ".join(parts))


def _section_context(row: Section, *, url: str, language: str, nonce: str) -> dict[str, Any]:
    lines = list(row.items.all())
    links = {line.url for line in lines}
    cut = make_marker(nonce, "cut")
    extracted = row.origin == Section.Origin.EXTRACTED
    return {
        "mark": make_marker(nonce, f"section{row.position}"),
        "emoji": row.emoji,
        "heading": row.heading,
        "rule": "=" * _width(_label(row)),
        "slug": row.category.slug,
        "color": row.category.color,
        "coverage": format_coverage(
            language, shown=len(lines), found=row.found, extracted=extracted, told=_count_summarized_items(row)
        ),
        "html": _close_line_breaks(markdown_to_html(row.text, links=links, cut=cut)),
        "text": markdown_to_text(row.text, links=links, cut=cut),
        "sources": [{"title": line.headline, "url": _web_url(line.url)} for line in lines],
        "url": f"{url}#{row.category.slug}",
        "more": get_strings(language)["more"].format(heading=row.heading),
        "web": get_strings(language)["section"].format(heading=row.heading),
    }


def _count_summarized_items(row: Section) -> int | None:
    """Return how many items the model wrote about; what a person edited has no count."""
    points = row.summary.get("points") if isinstance(row.summary, dict) else None
    if row.edited_at or not isinstance(points, list):
        return None
    return len({point.get("number") for point in points if isinstance(point, dict) and point.get("text")})


def _label(row: Section) -> str:
    return remove_unsafe_characters(f"{row.emoji} {row.heading}".strip())[:200]  # as long as the column


def _width(text: str) -> int:
    """Return how many columns a line takes where Korean letters and emoji take two."""
    return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in text)


def _web_url(url: str) -> str:
    """Return an address as mail programs take it, or nothing where it is none of the web."""
    return iri_to_uri(url) if url.startswith(("https://", "http://")) else ""


def _close_line_breaks(html: str) -> str:
    """Return HTML as MJML takes it."""
    return html.replace("<br>", "<br />")


def _count_frame_bytes(rows: Sequence[Section], html: str, nonce: str) -> int:
    """Return the bytes of an email around its sections, with every mark filled in."""
    preheader = sum(len(escape(_label(row)).encode()) + len(" · ".encode()) for row in rows)
    return (
        len(html.encode())
        + preheader
        + LINK_BYTES * sum(html.count(make_marker(nonce, name)) for name in ("manage", "leave"))
    )


def _text(template: str, page: dict[str, Any]) -> str:
    try:
        return remove_unsafe_characters(render_to_string(template, page))
    except (TemplateDoesNotExist, TemplateSyntaxError) as error:
        raise ComposeError(f"the template {template} fails: {error}") from error


def _tidy(text: str) -> str:
    """Return the text without the empty lines that unused parts of a template leave."""
    return re.sub(r"\n{3,}", "\n\n", text.strip())


def _html(template: str, page: dict[str, Any]) -> str:
    try:
        html = mjml2html(_text(template, page), fonts={})
    except ValueError as error:
        raise ComposeError(f"{template} is no MJML: {error}") from error
    return str(_make_inliner(html).transform())


def _make_inliner(html: str) -> Premailer:
    """Return the inliner, set so that it keeps what email needs (each of these off by default breaks it)."""
    # The rules that MJML itself adds are for old programs that do read <style>: inlined they'd be a third of the bytes.
    own = html.replace('<style type="text/css">', '<style type="text/css" data-premailer="ignore">', 1)
    return Premailer(
        own.replace("<!doctype html>", "<!DOCTYPE html>", 1),
        keep_style_tags=True,
        strip_important=False,
        remove_classes=False,
        disable_validation=True,
        allow_network=False,
        disable_basic_attributes=["width", "height", "align", "valign", "bgcolor"],
        cssutils_logging_level=logging.CRITICAL,
    )
