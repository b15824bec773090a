"""Joins the fragments of a mailing into the email of one set of sections: subject, HTML and text, without any query.

All readers of a set share what is joined; their own links are still markers in it. What depends on the set is decided here, once: the
subject, the headlines on top, and how much of each section fits. Not here: what the fragments look like (compose).
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from digests.text.localization import get_enabled_language, use_language
from newsletter.emails import strings
from newsletter.emails.markers import make_marker, split_at_markers
from newsletter.emails.section_pieces import Cost, Piece, SectionPieces
from newsletter.emails.size_limit import (
    LINK_BYTES,
    MAX_HEIGHT_PX,
    MAX_HTML_BYTES,
    MAX_WORDS,
    MeasuredSection,
    ShownExtent,
    fit_sections,
    measure_section,
)
from newsletter.emails.subjects import format_preheader, format_subject
from newsletter.emails.text_measures import count_words, to_minutes
from newsletter.models import Fragment, Mailing

HEAD_REGIONS = ("topstart", "topend", "contentsstart", "contentsend")
MAX_TOP = 3
_FRAME_LINKS = 5  # of the reader's own, around the sections
MIN_ITEMS_FOR_TOP, MIN_SECTIONS_FOR_CONTENTS = 4, 3
_FRAME_PX, _FRAME_WORDS = 900, 150  # what stands above and below the sections, with three headlines


@dataclass(frozen=True)
class JoinedEmail:
    """The email of one set of sections; the reader's links in it are still markers.

    `minutes` is how long it takes to read, and `best` has its most important items, as their fragments do.
    """

    subject: str
    html: str
    text: str
    minutes: int = 1
    best: tuple[dict[str, Any], ...] = ()


@dataclass(frozen=True)
class _CutSection:
    fragment: Fragment
    pieces: SectionPieces
    measured: MeasuredSection


@dataclass(frozen=True)
class _CutMailing:
    """The fragments of a mailing, cut at the markers of what depends on the set."""

    head: list[Piece]
    notes: list[Fragment]
    sections: list[_CutSection]
    tail: Piece
    frame_bytes: int  # of head and tail
    items: int  # of all sections


@dataclass
class MailingFragments:
    """A mailing's fragments in memory, with the email of each set of sections that was joined so far.

    `sets` is keyed by the bits of the sections. It grows by one entry per set of categories in use, not per reader.
    """

    mailing: Mailing
    nonce: str
    fragments: list[Fragment]
    sets: dict[int, JoinedEmail] = field(default_factory=dict)
    cut: _CutMailing | None = None


def load_mailing_fragments(mailing: Mailing) -> MailingFragments:
    """Load the fragments of a composed mailing, by one query."""
    return MailingFragments(mailing=mailing, nonce=mailing.approved_hash[:16], fragments=list(mailing.fragments.all()))


def join_fragments(letter: MailingFragments, sections: int) -> JoinedEmail:
    """Return the email of a set of sections, given as bits of their positions. Raises ComposeError for a mark out of its place."""
    if sections not in letter.sets:
        with use_language(get_enabled_language(letter.mailing.digest.publication.language)):
            mark = make_marker(letter.nonce, HEAD_REGIONS[0])
            is_cut = any(mark in one.html for one in letter.fragments if one.kind == Fragment.Kind.HEAD)
            letter.sets[sections] = (_join_set if is_cut else _join_earlier_version)(letter, sections)
    return letter.sets[sections]


def _join_set(letter: MailingFragments, sections: int) -> JoinedEmail:
    letter.cut = cut = letter.cut or _cut_mailing(letter)
    chosen = [one for one in cut.sections if sections >> one.fragment.position & 1]
    notes = [Piece(one.html, one.text) for one in cut.notes if sections >> one.position & 1]
    room = _find_room(cut, notes, chosen)
    extents, total = fit_sections([one.measured for one in chosen], room)
    bodies = [_join_section(letter.nonce, one, shown) for one, shown in zip(chosen, extents, strict=True)]
    ranked = sorted(
        (item["rank"], number, place)
        for number, one in enumerate(chosen)
        for place, item in enumerate(one.fragment.items)
    )
    best = [(chosen[number], place) for number, place in choose_best_items(ranked)]
    counts = [(one.fragment.label, len(one.fragment.items)) for one in chosen]
    head = _join_head(letter.nonce, cut.head, best, counts, len(ranked))
    minutes = to_minutes(total.words + count_words("\n".join(piece.text for piece in head)))
    items = [one.fragment.items[place] for one, place in best]
    digest = letter.mailing.digest
    words = {
        "preheader": format_preheader(items) or strings.join_labels([label for label, _count in counts]),
        "counts": strings.format_amount(len(ranked), minutes),
        "total": strings.format_total(len(ranked), cut.items),
        "own": strings.format_own_counts(counts, cut.items - len(ranked)),
    }
    start, *rest, tail = [*head, *notes, *bodies, cut.tail]
    for name in ("preheader", "counts"):
        start = start.replace(make_marker(letter.nonce, name), words[name])
    for name in ("total", "own"):
        tail = tail.replace(make_marker(letter.nonce, name), words[name])
    whole = _join_pieces([start, *rest, tail])
    subject = digest.subject or format_subject(items, len(ranked), digest.publication.sender_name)
    return JoinedEmail(subject, whole.html, _collapse_blank_lines(whole.text), minutes, tuple(items))


def choose_best_items(ranked: Sequence[tuple[int, int, int]]) -> list[tuple[int, int]]:
    """Return section and place of the headlines on top: the best item, then the best ones of other sections while there are any."""
    waiting, best = list(ranked), list[tuple[int, int]]()
    while waiting and len(best) < MAX_TOP:
        shown = {number for number, _place in best}
        one = next((one for one in waiting if one[1] not in shown), waiting[0])
        waiting.remove(one)
        best.append(one[1:])
    return best


def _join_earlier_version(letter: MailingFragments, sections: int) -> JoinedEmail:
    """Join fragments of a mailing that was composed before items had pieces of their own: all that they have is shown."""
    everybody = {Fragment.Kind.HEAD, Fragment.Kind.TAIL}
    order = {Fragment.Kind.HEAD: 0, Fragment.Kind.NOTE: 1, Fragment.Kind.SECTION: 2, Fragment.Kind.TAIL: 3}
    chosen = [one for one in letter.fragments if one.kind in everybody or sections >> one.position & 1]
    chosen.sort(key=lambda one: (order[Fragment.Kind(one.kind)], one.position))
    whole = _join_pieces([Piece(one.html, one.text) for one in chosen])
    labels = strings.join_labels([one.label for one in chosen if one.label])
    whole = whole.replace(make_marker(letter.nonce, "preheader"), labels)
    return JoinedEmail(letter.mailing.subject, whole.html, whole.text, to_minutes(count_words(whole.text)))


def _cut_mailing(letter: MailingFragments) -> _CutMailing:
    by_kind: dict[str, list[Fragment]] = {}
    for one in sorted(letter.fragments, key=lambda one: one.position):
        by_kind.setdefault(one.kind, []).append(one)
    (head,), (tail,) = by_kind[Fragment.Kind.HEAD], by_kind[Fragment.Kind.TAIL]
    sections = []
    for one in by_kind.get(Fragment.Kind.SECTION, []):
        pieces = SectionPieces.parse(one.html, one.text, letter.nonce)
        ranks = [item["rank"] for item in one.items]
        sections.append(_CutSection(one, pieces, measure_section(pieces, ranks)))
    both = (split_at_markers(part, letter.nonce, HEAD_REGIONS) for part in (head.html, head.text))
    pieces_of_head = [Piece(*pair) for pair in zip(*both, strict=True)]
    return _CutMailing(
        pieces_of_head,
        by_kind.get(Fragment.Kind.NOTE, []),
        sections,
        Piece(tail.html, tail.text),
        frame_bytes=len((head.html + tail.html).encode()),
        items=sum(len(one.fragment.items) for one in sections),
    )


def _find_room(cut: _CutMailing, notes: Sequence[Piece], chosen: Sequence[_CutSection]) -> Cost:
    """Return what the sections of a set may take together."""
    size = cut.frame_bytes + sum(len(note.html.encode()) for note in notes) + LINK_BYTES * _FRAME_LINKS
    size += sum(3 * len(one.fragment.label.encode()) for one in chosen)  # in preheader, contents and own counts
    words = _FRAME_WORDS + sum(count_words(one.fragment.label) for one in chosen)
    return Cost(MAX_HEIGHT_PX - _FRAME_PX, MAX_WORDS - words, MAX_HTML_BYTES - size)


def _join_section(nonce: str, section: _CutSection, shown: ShownExtent) -> Piece:
    pieces = section.pieces
    end = shown.full + shown.rows
    parts = [pieces.before]
    parts += [pieces.lead] if shown.lead else []
    parts += pieces.full[: shown.full]
    if shown.full and shown.rows:
        parts.append(pieces.others.replace(make_marker(nonce, "rest"), strings.format_rest(shown.rows)))
    if shown.rows:
        parts += [pieces.list_start, *pieces.rows[shown.full : end], pieces.list_end]
    parts += [pieces.meaning] if shown.meaning else []
    parts += pieces.links[:end]
    if shown.web and not shown.is_whole:
        parts.append(pieces.web.replace(make_marker(nonce, "more"), strings.format_more_on_web(shown.hidden)))
    parts += [pieces.leave] if shown.leave else []
    return _join_pieces([*parts, pieces.after])


def _join_head(
    nonce: str,
    head: Sequence[Piece],
    best: Sequence[tuple[_CutSection, int]],
    counts: Sequence[tuple[str, int]],
    items: int,
) -> list[Piece]:
    """Return the pieces of the head: headlines on top where there are more than three items, contents from three sections on."""
    start, top_start, top_end, contents, end = head
    parts = [start]
    if items >= MIN_ITEMS_FOR_TOP:
        parts += [top_start, *(section.pieces.top[place] for section, place in best), top_end]
    if len(counts) >= MIN_SECTIONS_FOR_CONTENTS:
        parts.append(contents.replace(make_marker(nonce, "contents"), strings.join_counts(counts)))
    return [*parts, end]


def _join_pieces(pieces: Sequence[Piece]) -> Piece:
    return Piece("".join(piece.html for piece in pieces), "".join(piece.text for piece in pieces))


def _collapse_blank_lines(text: str) -> str:
    """Return the text with at most one empty line in a row; pieces that are left out leave more."""
    return re.sub(r"\n{3,}", "\n\n", text.strip()) + "\n"
