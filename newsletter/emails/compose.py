"""Composes the email of an approved digest: renders MJML to inlined HTML once, and cuts it into fragments; text likewise.

The fragments are head, one per section, and tail. Markers in them are replaced later: by what depends on a set of sections
(joining), and by two links per reader. Paragraphs of the text are lines of any length, as phones show them best: the sender
chooses an encoding that takes them. Not here: who gets which fragments (delivery/audience), and joining them (joining, message).
"""

import logging
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import prefetch_related_objects
from django.template import TemplateDoesNotExist, TemplateSyntaxError
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language, gettext
from mjml import mjml2html

from digests.models import Digest, SectionItem
from digests.quality.section_outline import SectionOutline, describe_headline, load_outlines, rank_items
from digests.review.provenance import make_provenance_prefetch
from digests.review.provenance_words import format_digest_provenance
from digests.text.localization import format_weekday_date, get_base_language, get_enabled_language, use_language
from digests.text.markdown_rendering import markdown_to_html, markdown_to_text, remove_unsafe_characters
from digests.text.text_direction import isolate_in_text, remove_unsafe_characters_outside_isolates
from digests.writing.chart import ChartRow, order_columns
from newsletter.emails.compose_problems import ComposeError, ComposeProblem
from newsletter.emails.css_inlining import inline_styles
from newsletter.emails.item_context import make_item_context
from newsletter.emails.joining import HEAD_REGIONS
from newsletter.emails.markers import make_marker, split_at_markers
from newsletter.emails.section_pieces import REGIONS, SectionPieces
from newsletter.emails.size_limit import MAX_HTML_BYTES, get_smallest_size, measure_section
from newsletter.emails.strings import format_coverage, format_reason, format_split_prompt
from newsletter.emails.subjects import PREHEADER_CHARS, cut_at_word, format_subject
from newsletter.emails.text_measures import count_columns
from newsletter.models import CategorySplit, Fragment, Mailing
from newsletter.subscribers import split_prompts
from newsletter.subscribers.timezones import format_publication_schedule

logger = logging.getLogger(__name__)

MARKER_NAMES = (
    *("preheader", "counts", *HEAD_REGIONS, "contents", "note", "tail", "total", "own"),
    *(*REGIONS, "cut", "rest", "more"),
    *("manage", "leave"),
)
MAX_SUBJECT_CHARS = 200  # as long as the column
_FRAME_BYTES = 8_000  # kept free for the reader's links, three headlines, contents and own counts around the sections
_MAX_LEAD_WORDS = 90  # an editor may write a section as one long text; the web has all of it


@dataclass(frozen=True)
class HtmlAndText:
    """A piece of the email as HTML and as plain text."""

    html: str
    text: str


@dataclass(frozen=True)
class ComposedSection:
    """The piece of one section, its label, and its items in the order of their pieces."""

    position: int
    section_id: int
    html: str
    text: str
    label: str
    items: list[dict[str, Any]] = field(default_factory=list)


@dataclass(frozen=True)
class ComposedEmail:
    """A digest's email in pieces, from which the email of each reader is joined."""

    head: HtmlAndText
    sections: list[ComposedSection]
    tail: HtmlAndText
    note: HtmlAndText | None = None  # the question to readers of a divided category


def make_subject(digest: Digest) -> str:
    """Return the subject line of the email of all sections: the editor's own, else the first headline, else the title."""
    if digest.subject or not digest.headlines:
        return (digest.subject or digest.title)[:MAX_SUBJECT_CHARS]
    count = SectionItem.objects.filter(digest=digest).exclude(section__text="").count()
    with use_language(get_enabled_language(digest.publication.language)):
        return format_subject(digest.headlines, count, digest.publication.sender_name)[:MAX_SUBJECT_CHARS]


def compose_digest(digest: Digest, *, nonce: str) -> ComposedEmail:
    """Return the pieces of a digest's email; a section without a text has none.

    Its words are in the language of the publication, or in English where that language is not enabled; its date is in the
    publication's language in any case. `nonce` is part of every marker, so that no text of a model or a feed can contain one:
    lower-case letters and digits that were not known when the text was written. Raises ComposeError.
    """
    with use_language(get_enabled_language(digest.publication.language)):
        return _compose_digest(digest, nonce)


def _compose_digest(digest: Digest, nonce: str) -> ComposedEmail:
    outlines = load_outlines(digest)
    if not outlines:
        raise ComposeError(ComposeProblem.NO_TEXT)
    prefetch_related_objects([one.section for one in outlines], make_provenance_prefetch())
    page = _digest_context(digest, outlines, nonce)
    names = [*(f"section{one.section.position}" for one in outlines), "tail"]
    documents = (_render_html("email/digest.mjml", page), _render_text("email/digest.txt", page))
    (head, *pieces, tail), (text_head, *texts, text_tail) = (split_at_markers(one, nonce, names) for one in documents)
    (head, *note), (text_head, *text_note) = (
        split_at_markers(part, nonce, ["note"] if page["splits"] else []) for part in (head, text_head)
    )
    sections = [
        ComposedSection(one.section.position, one.section.pk, html, text, _make_label(one), shown["ranked"])
        for one, html, text, shown in zip(outlines, pieces, texts, page["sections"], strict=True)
    ]
    for part in (head, text_head):
        split_at_markers(part, nonce, HEAD_REGIONS)
    _check_size(sections, head + tail, nonce)
    questions = [HtmlAndText(html, text) for html, text in zip(note, text_note, strict=True)]
    return ComposedEmail(HtmlAndText(head, text_head), sections, HtmlAndText(tail, text_tail), *questions)


def _check_size(sections: Sequence[ComposedSection], frame: str, nonce: str) -> None:
    """Raise ComposeError where the sections don't fit into one email even with a single line each, or a marker is missing."""
    cut = [SectionPieces.parse(one.html, one.text, nonce) for one in sections]
    ranks = ([item["rank"] for item in one.items] for one in sections)
    least = get_smallest_size([measure_section(*pair) for pair in zip(cut, ranks, strict=True)])
    if least + len(frame.encode()) + _FRAME_BYTES > MAX_HTML_BYTES:
        raise ComposeError(ComposeProblem.TOO_LONG, count=len(sections))


def compose_service_mail(template: str, context: dict[str, Any], *, language: str) -> tuple[str, str]:
    """Return HTML and text of a service mail from templates/email/<template>.mjml and .txt. Raises ComposeError."""
    with use_language(get_enabled_language(language)):
        # Hidden text longer than inboxes show looks like spam.
        preheader = cut_at_word(next(iter(context.get("paragraphs", [])), ""), PREHEADER_CHARS)
        page = _site_context() | {"preheader": preheader} | context
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
                items=piece.items,
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


def _digest_context(digest: Digest, outlines: Sequence[SectionOutline], nonce: str) -> dict[str, Any]:
    """Return the context of the digest's templates."""
    publication, language = digest.publication, digest.publication.language
    url = settings.SITE_URL + digest.get_absolute_url()
    links = {item.row.url for one in outlines for item in one.items}
    chart = reverse("digest_chart", args=[publication.slug, digest.date.isoformat()]) if digest.chart else ""
    ranks = {id(item): rank for rank, item in enumerate(rank_items(outlines))}
    return _site_context() | {
        "marks": {name: make_marker(nonce, name) for name in MARKER_NAMES},
        "title": digest.title,
        "short_name": publication.sender_name,
        "date": format_weekday_date(digest.date, language),
        "notice": _make_notice(outlines, language),
        "url": url,
        "opening_html": _close_line_breaks(markdown_to_html(digest.opening, links=links)),
        "opening_text": markdown_to_text(digest.opening, links=links),
        "chart_url": chart and settings.SITE_URL + chart,
        "chart_alt": digest.chart_alt,
        "chart_cells": order_columns([_make_chart_row(one) for one in outlines]) if chart and links else [],
        "provenance": format_digest_provenance(digest, [one.section for one in outlines]),
        "why": format_reason(settings.SITE_NAME, publication.sender_name),
        "schedule": format_publication_schedule(publication, language),
        "sections": [_section_context(one, ranks, url=url, nonce=nonce) for one in outlines],
        "splits": [_describe_split(one, language) for one in split_prompts.list_open_splits(publication)],
    }


def _make_chart_row(outline: SectionOutline) -> ChartRow:
    section = outline.section
    return ChartRow(section.heading, section.category.color, len(outline.items), section.emoji)


def _make_notice(outlines: Sequence[SectionOutline], language: str) -> str:
    """Return the words of the first line that say that all texts are excerpts in another language; empty otherwise."""
    foreign = {item.text_language for one in outlines for item in one.items if item.text}
    is_foreign = bool(foreign) and all(one and get_base_language(one) != get_base_language(language) for one in foreign)
    return gettext("excerpts from the sources") if is_foreign else ""


def _describe_split(split: CategorySplit, language: str) -> str:
    """Return the sentences about a divided category, with its open parts."""
    parts = [isolate_in_text(part.label(language)) for part in split.parts.all() if not part.retired]
    return format_split_prompt(isolate_in_text(split.category.name(language)), parts)


def _section_context(outline: SectionOutline, ranks: dict[int, int], *, url: str, nonce: str) -> dict[str, Any]:
    section = outline.section
    items = sorted(outline.items, key=lambda item: not item.text)  # those with a text first, each kind in its order
    shown = [make_item_context(item, number=number, digest_url=url) for number, item in enumerate(items, start=1)]
    coverage = format_coverage(len(items), section.found)
    return {
        "mark": make_marker(nonce, f"section{section.position}"),
        "emoji": section.emoji,
        "heading": section.heading,
        "rule": "-" * count_columns(_make_label(outline)),
        "slug": section.category.slug,
        "color": section.category.color,
        "coverage": coverage,
        "lead": _choose_lead(outline),
        "notes": outline.notes,
        "meaning": outline.meaning,
        "items": shown,
        "ranked": [describe_headline(item) | {"rank": ranks[id(item)]} for item in items],
        "url": f"{url}#{section.category.slug}",
    }


def _choose_lead(outline: SectionOutline) -> str:
    """Return what the items have in common, else what they are about; one item with a text needs no lead."""
    if len(outline.items) == 1 and outline.items[0].text:
        return ""
    lead = outline.trends or outline.lead
    words = lead.split()
    return lead if len(words) <= _MAX_LEAD_WORDS else " ".join(words[:_MAX_LEAD_WORDS]).rstrip(" ,;:") + " …"


def _make_label(outline: SectionOutline) -> str:
    section = outline.section
    return remove_unsafe_characters(f"{section.emoji} {section.heading}".strip())[:200]  # as long as the column


def _close_line_breaks(html: str) -> str:
    """Return HTML with its line breaks closed: MJML is XML."""
    return html.replace("<br>", "<br />")


def _render_text(template: str, page: dict[str, Any]) -> str:
    try:
        return remove_unsafe_characters_outside_isolates(render_to_string(template, page))
    except (TemplateDoesNotExist, TemplateSyntaxError) as error:
        # Django puts the place of the error on the exception; what it names none for is a file that is not there.
        line = getattr(getattr(error, "token", None), "lineno", 0)
        problem = ComposeProblem.TEMPLATE_LINE if line else ComposeProblem.TEMPLATE_FAILS
        raise ComposeError(problem, file=template, why=str(error), **({"line": line} if line else {})) from error


def _collapse_blank_lines(text: str) -> str:
    """Return the text with at most one empty line in a row; unused parts of a template leave more."""
    return re.sub(r"\n{3,}", "\n\n", text.strip())


def _render_html(template: str, page: dict[str, Any]) -> str:
    try:
        html = mjml2html(_render_text(template, page), fonts={})
    except ValueError as error:
        raise ComposeError(ComposeProblem.NOT_MJML, file=template, why=str(error)) from error
    return inline_styles(html)
