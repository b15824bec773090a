"""A Report that was read from a Markdown archive -> an imported digest: approved on its day, never mailed.

Its items are those that are known by arXiv id, address or (within a month) title, else new ones of that day; its
categories those whose name or synonym it prints, else new ones that are retired. What the report prints stands in the
rows letter for letter, odd spaces and all, so that `markdown` can write the same bytes again.
"""

import datetime as dt
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
from digests.interchange.markdown_reader import MarkdownReport, ReportError, ReportSection, ReportSource
from digests.models import Category, Digest, Item, Publication, Section, SectionItem
from digests.sources.ssrf_guard import is_linkable_url
from digests.text.cleaning import canonicalize_url, clean_line, make_title_key, parse_arxiv_id, sanitize_url
from digests.text.entities import normalize_markup
from digests.writing import chart

logger = logging.getLogger(__name__)

IMPORTED_TITLE_WINDOW = dt.timedelta(days=30)  # a title that comes again later is another story

# What models and people also call a category.
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
    """Return the publication that the title line names: its last words ("... : Papers"), or the picture's name."""
    prefix = report.picture.rpartition("_")[0]
    slugs = [slugify(report.title.rpartition(":")[2]), {v: k for k, v in PICTURE_PREFIXES.items()}.get(prefix, prefix)]
    known = {publication.slug: publication for publication in Publication.objects.all()}
    found = next((known[slug] for slug in slugs if slug in known), None)
    if not found:
        names = ", ".join(known) or "none yet"
        raise ReportError(report.line, f"the title names no publication; there are: {names}")
    return found


@transaction.atomic
def import_report(report: MarkdownReport, *, publication: Publication, picture: bytes = b"") -> tuple[Digest, bool]:
    """File a report with its chart (PNG) as an approved digest of its day; return it, and whether it was new."""
    Publication.objects.select_for_update().get(pk=publication.pk)  # two imports of one day wait for each other
    if existing := Digest.objects.filter(publication=publication, date=report.date).first():
        if existing.imported and existing.approved_hash == report.sha256:
            return existing, False
        made = "imported from another text" if existing.imported else "made here"
        raise ReportError(report.line, f"the digest {existing} was {made}; an import replaces nothing")
    digest = _create_digest(report, publication, picture)
    taken, seen = set[int](), set[int]()
    for position, printed in enumerate(report.sections):
        section = Section.objects.create(
            digest=digest,
            category=_find_or_create_category(printed, publication, taken),
            position=position,
            heading=printed.heading,
            emoji=printed.emoji,
            text=printed.text,
            # What the title line of the archive holds beside the title; the first section has room for it.
            summary={"picture": report.picture, "alt": report.alt}
            if (report.layout, position) == ("archive", 0)
            else {},
            origin=Section.Origin.IMPORTED,
            found=len(printed.sources),
        )
        _file_sources(section, printed.sources, seen)
    logger.info("imported digest=%s sections=%s items=%s", digest.pk, len(report.sections), len(seen))
    return digest, True


def _create_digest(report: MarkdownReport, publication: Publication, picture: bytes) -> Digest:
    counts = [chart.ChartRow(one.heading.strip(), "", len(one.sources)) for one in report.sections]
    words = report.alt if report.layout == "clean" else chart.describe_chart(counts, language=publication.language)
    return Digest.objects.create(
        publication=publication,
        date=report.date,
        title=report.title,
        opening=report.opening,
        chart=picture,
        chart_alt=words if picture else "",
        imported=True,
        state=Digest.State.APPROVED,
        approved_hash=report.sha256,
        approved_at=publication.moment(report.date, publication.send_hour),
    )


def _file_sources(section: Section, sources: Iterable[ReportSource], seen: set[int]) -> None:
    """Print the sources below their section; one that the report printed before stands without its item."""
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
    title = clean_line(normalize_markup(source.title))  # what the report prints stays as it is, in its own row
    key = make_title_key(title)
    arxiv, url_key = parse_arxiv_id(source.url), canonicalize_url(source.url)
    same = Q(url_key=url_key)
    if arxiv:
        same |= Q(arxiv_id=arxiv)
    if key:  # two papers with different arXiv ids are two papers, whatever their titles
        titled = Q(title_key=key, published_at__range=(day - IMPORTED_TITLE_WINDOW, day + IMPORTED_TITLE_WINDOW))
        same |= titled & Q(arxiv_id="") if arxiv else titled
    known = sorted(Item.objects.filter(same), key=lambda one: (one.arxiv_id != arxiv, one.url_key != url_key, one.pk))
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


def _find_or_create_category(printed: ReportSection, publication: Publication, taken: set[int]) -> Category:
    """Return the category that the heading names; each once in a digest, the publication's own first."""
    own = set(publication.categories.values_list("pk", flat=True))
    wanted = _name_keys(printed.heading)
    known = sorted(Category.objects.exclude(pk__in=taken), key=lambda one: (one.pk not in own, one.retired, one.pk))
    named = (one for one in known if wanted & _name_keys(one.slug, *one.names.values()))
    category = next(named, None) or _create_retired_category(printed)
    taken.add(category.pk)
    return category


def _name_keys(*names: str) -> set[str]:
    """Return what the names are known by: themselves, without their brackets, what stands in these, and synonyms."""
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
