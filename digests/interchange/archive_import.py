"""Imports a report of a Markdown archive as a digest that is approved on its day, public, and never mailed.

A source of the report becomes the item that is known by its arXiv id, its address or (within a month) its title; if there is
none, a new item of that day. A section gets the category whose name or synonym is its heading; if there is none, a new
category that is retired. The rows keep all text exactly as it is printed, odd spaces included, so that
`digests.interchange.markdown_export` can write the same bytes again. Parsing is done in
`digests.interchange.markdown_reader`.
"""

import hashlib
import itertools
import logging
import re
import unicodedata
from collections.abc import Iterable

from django.db import transaction
from django.db.models import Q
from django.utils.text import slugify

from digests.interchange.markdown_export import PICTURE_PREFIXES
from digests.interchange.markdown_reader import MarkdownReport, ReportError, ReportLayout, ReportSection, ReportSource
from digests.models import Category, Digest, Item, Publication, Section, SectionItem
from digests.sources.dedupe import SAME_TITLE_WINDOW
from digests.sources.ssrf_guard import is_linkable_url
from digests.text.cleaning import canonicalize_url, clean_line, make_title_key, parse_arxiv_id, sanitize_url
from digests.text.entities import normalize_markup
from digests.writing import chart

logger = logging.getLogger(__name__)


# Other names of categories in old reports, written by models and by people.
CATEGORY_SYNONYMS = (
    ("llm", "large language model", "language model", "거대 언어 모델", "대규모 언어 모델"),
    ("nlp", "natural language processing"),
    ("cv", "computer vision", "vision"),
    ("rl", "reinforcement learning"),
    ("gnn", "graph neural network", "graph learning"),
    ("audio", "speech", "audio and speech", "speech and audio"),
    ("tabular", "tabular data"),
    ("ai alignment", "alignment"),
    ("machine learning ethics", "ml ethics", "ai ethics", "ethics"),
    ("model training technique", "training technique", "model training"),
    ("inference acceleration", "model acceleration", "efficient inference"),
    ("robotics", "robot"),
    ("ai security", "security and safety", "security", "cybersecurity"),
    ("healthcare science", "healthcare", "healthcare ai", "ai in healthcare", "ai in medicine", "medicine"),
    ("information retrieval", "retrieval and recommendation", "recommendation"),
    ("ai business", "ai business insight", "business"),
    ("ai policy", "policy and regulation", "policy", "regulation"),
    ("software development", "programming"),
)


def find_publication(report: MarkdownReport) -> Publication:
    """Return the publication that the title names after its last colon ("... : Papers"), or else the picture's file name.

    Raises ReportError if there is no such publication.
    """
    prefix = report.picture.rpartition("_")[0]
    slugs = [slugify(report.title.rpartition(":")[2]), {v: k for k, v in PICTURE_PREFIXES.items()}.get(prefix, prefix)]
    known = {publication.slug: publication for publication in Publication.objects.all()}
    found = next((known[slug] for slug in slugs if slug in known), None)
    if not found:
        names = (
            f"give one as --publication: {', '.join(known)}" if known else "there are none yet, so run bootstrap first"
        )
        raise ReportError(report.line, f"the title names no newsletter; {names}")
    return found


@transaction.atomic
def import_report(report: MarkdownReport, *, publication: Publication, picture: bytes = b"") -> tuple[Digest, bool]:
    """Save a report with its chart (PNG) as an approved digest of its day; return the digest, and whether it is new.

    A report that was imported before, with the same text, is left alone. Raises ReportError if the day has another digest.
    """
    # Of two imports of one day, the second waits here and finds the digest of the first.
    Publication.objects.select_for_update().get(pk=publication.pk)
    if existing := Digest.objects.filter(publication=publication, date=report.date).first():
        if existing.imported and existing.approved_hash == report.sha256:
            return existing, False
        made = "imported from another text" if existing.imported else "built here"
        raise ReportError(report.line, f"the issue {existing} was {made}, and an import doesn’t replace it")
    digest = _create_digest(report, publication, picture)
    used_categories, seen = set[int](), set[int]()
    for position, printed in enumerate(report.sections):
        section = Section.objects.create(
            digest=digest,
            category=find_or_create_category(printed, publication, used_categories),
            position=position,
            heading=printed.heading,
            emoji=printed.emoji,
            text=printed.text,
            # The archive's title line also holds the picture's name and text: kept on the first section, for the export.
            summary={"picture": report.picture, "alt": report.alt}
            if (report.layout, position) == (ReportLayout.ARCHIVE, 0)
            else {},
            origin=Section.Origin.IMPORTED,
            found=len(printed.sources),
        )
        _save_sources(section, printed.sources, seen)
    logger.info("imported digest=%s sections=%s items=%s", digest.pk, len(report.sections), len(seen))
    return digest, True


def _create_digest(report: MarkdownReport, publication: Publication, picture: bytes) -> Digest:
    counts = [chart.ChartRow(one.heading.strip(), "", len(one.sources)) for one in report.sections]
    # The archive's picture has the same text on each day, which says nothing to a reader: describe the chart instead.
    is_clean = report.layout == ReportLayout.CLEAN
    alt = report.alt if is_clean else chart.describe_chart(counts, language=publication.language)
    return Digest.objects.create(
        publication=publication,
        date=report.date,
        title=report.title,
        opening=report.opening,
        chart=picture,
        chart_alt=alt if picture else "",
        imported=True,
        state=Digest.State.APPROVED,
        approved_hash=report.sha256,
        approved_at=publication.moment(report.date, publication.send_hour),
    )


def _save_sources(section: Section, sources: Iterable[ReportSource], seen: set[int]) -> None:
    """Save the sources of a section; a source that the report has twice gets its item only once (a constraint)."""
    rows = []
    for position, source in enumerate(sources):
        if not is_linkable_url(source.url):
            raise ReportError(source.line, f"a link into a private network: {source.url[:80]!r}")
        item = _find_or_create_item(source, section.digest)
        rows.append(
            SectionItem(
                section=section,
                digest=section.digest,
                item=None if item.pk in seen else item,
                position=position,
                title=source.title,
                url=source.url,
            )
        )
        seen.add(item.pk)
    SectionItem.objects.bulk_create(rows)


def _find_or_create_item(source: ReportSource, digest: Digest) -> Item:
    day = digest.publication.moment(digest.date, 0)
    title = clean_line(normalize_markup(source.title))  # the section item keeps the title as printed
    key = make_title_key(title)
    arxiv, url_key = parse_arxiv_id(source.url), canonicalize_url(source.url)
    same_story = Q(url_key=url_key)
    if arxiv:
        same_story |= Q(arxiv_id=arxiv)
    if key:  # a title proves nothing against an arXiv id: two ids are two papers
        titled = Q(title_key=key, published_at__range=(day - SAME_TITLE_WINDOW, day + SAME_TITLE_WINDOW))
        same_story |= titled & Q(arxiv_id="") if arxiv else titled
    # The arXiv id is the best proof, then the address, then the title.
    known = sorted(
        Item.objects.filter(same_story),
        key=lambda one: (not (arxiv and one.arxiv_id == arxiv), one.url_key != url_key, one.pk),
    )
    return (
        known[0]
        if known
        else Item.objects.create(
            title=title or source.url[:500],
            url=sanitize_url(source.url),
            language="ko" if re.search("[가-힣]", title) else "en",
            published_at=day,
            collected_at=day,
            arxiv_id=arxiv,
            url_key=url_key,
            title_key=key,
        )
    )


def find_or_create_category(printed: ReportSection, publication: Publication, used_categories: set[int]) -> Category:
    """Return the category that the heading names, preferably one of the publication; each only once in a digest."""
    own = set(publication.categories.values_list("pk", flat=True))
    wanted = _name_keys(printed.heading)
    known = sorted(
        Category.objects.exclude(pk__in=used_categories), key=lambda one: (one.pk not in own, one.retired, one.pk)
    )
    named = (one for one in known if wanted & _name_keys(one.slug, *one.names.values()))
    category = next(named, None) or _create_retired_category(printed)
    used_categories.add(category.pk)
    return category


def _name_keys(*names: str) -> set[str]:
    """Return the folded names: whole, without their parentheses, what is in these, and the synonyms of all."""
    parts = [part for name in names for part in (name, re.sub(r"\(.*?\)", "", name), *re.findall(r"\((.*?)\)", name))]
    keys = {_fold_name(part) for part in parts} - {""}
    return keys.union(*(group for group in map(_fold_names, CATEGORY_SYNONYMS) if keys & group))


def _fold_names(names: Iterable[str]) -> set[str]:
    return {_fold_name(name) for name in names}


def _fold_name(name: str) -> str:
    return "".join(c for c in unicodedata.normalize("NFKC", name).casefold() if c.isalnum()).rstrip("s")


def _create_retired_category(printed: ReportSection) -> Category:
    name = " ".join(printed.heading.split())
    stem = slugify(name)[:40] or f"imported-{hashlib.sha256(name.encode()).hexdigest()[:8]}"
    slugs = itertools.chain([stem], (f"{stem}-{n}" for n in itertools.count(2)))
    return Category.objects.create(
        slug=next(slug for slug in slugs if not Category.objects.filter(slug=slug).exists()),
        names={"ko" if re.search("[가-힣]", name) else "en": name},
        emoji=printed.emoji,
        position=1000,  # after those that are in use
        retired=True,
    )
