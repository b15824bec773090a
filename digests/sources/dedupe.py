"""Entries of one source -> items: the same story from two sources, or of an earlier day, is one item.

Two entries are one story when, in this order,

1. they have the same arXiv id, versions aside: from an arXiv address of any form, or from Hugging Face's page of it;
2. their addresses are one page: same host, path and query, without what only tracks readers (`text.canonical_url`);
3. their titles have the same letters and digits, and enough of them to prove it (`text.title_key`) - but not when
   both have arXiv ids and these differ, and not when the two are more than thirty days apart: papers share titles,
   and columns repeat theirs.

An entry whose guid its source has brought before is known, whatever it says now; but a guid that several entries share,
in one document or in a later one, is no guid: their address stands for it. Refused is one without title or link, one
that leads into a private network, and an unknown one that is older than its source allows. Who writes no dates has the
moment at which an entry was first seen; at the first visit of a source that is no news: five may enter an issue, the
others are known from then on, without an item. A story keeps the title and link of the entry that brought it first; a
later one adds what it lacks: an arXiv id, authors, a summary where there was a teaser at most. Nothing is ever deleted
here. Each source keeps an Entry of its own, so that an item knows who carries it.
"""

import datetime as dt
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from digests.models import Entry, Item, Source
from digests.models.refusals import Refusal, RefusalReason
from digests.sources.parsing import ParsedEntry
from digests.sources.parsing.entries import shorten_guid
from digests.sources.ssrf_guard import is_linkable_url
from digests.text.cleaning import canonicalize_url, make_title_key

SAME_TITLE_WINDOW = dt.timedelta(days=30)
MAX_TEASER_CHARS = 400  # characters: a summary up to here gives way to a longer one, a whole abstract does not
# arXiv numbers papers by the month they came in, and announces them at most a long weekend later.
ARXIV_ANNOUNCEMENT_DELAY = dt.timedelta(days=5)
MAX_UNDATED_AT_FIRST_VISIT = 5  # of a source's first visit; a feed begins with its newest
MAX_SHARED_GUIDS = 1_000  # guids of one source; more were made to fill a row


@dataclass
class StoryIndex:
    """Items by their keys, those that are not stored yet too; and the entries of one source by their guids."""

    by_arxiv: dict[str, Item] = field(default_factory=dict)
    by_url: dict[str, Item] = field(default_factory=dict)
    by_title: dict[str, list[Item]] = field(default_factory=dict)
    by_guid: dict[str, Entry] = field(default_factory=dict)

    def add(self, item: Item) -> None:
        """Let later entries find an item."""
        if item.arxiv_id:
            self.by_arxiv.setdefault(item.arxiv_id, item)
        self.by_url.setdefault(item.url_key, item)
        if item.title_key:
            self.by_title.setdefault(item.title_key, []).append(item)

    def same(self, other: Item) -> Item | None:
        """Return the item that tells the other's story, by the rules of this module."""
        titled = (item for item in self.by_title.get(other.title_key, []) if _may_share_title(item, other))
        return self.by_arxiv.get(other.arxiv_id) or self.by_url.get(other.url_key) or next(titled, None)


@dataclass
class FilingResult:
    """What becomes of the entries of one document: how many of each kind, and the rows to store."""

    new: int = 0
    duplicates: int = 0
    known: int = 0
    undated: int = 0  # of those that are not known
    refusals: Counter[Refusal] = field(default_factory=Counter)
    shared: set[str] = field(default_factory=set)
    items: list[Item] = field(default_factory=list)
    entries: list[Entry] = field(default_factory=list)
    gained: dict[int, Item] = field(default_factory=dict)
    voted: dict[int, Entry] = field(default_factory=dict)

    @property
    def refused(self) -> int:
        """How many were refused, for whatever reason."""
        return self.refusals.total()


def file_entries(source: Source, entries: list[ParsedEntry], *, now: dt.datetime) -> FilingResult:
    """Store the entries of one document; the caller holds the transaction.

    The number of queries does not depend on the number of entries, but for the size of one statement.
    """
    shared = find_shared_guids(entries)
    entries = replace_shared_guids(entries, shared | set(source.shared_guids))
    unusable = [_refuse_unusable(entry) for entry in entries]
    pairs = [(entry, _item(entry, source, now)) for entry, why in zip(entries, unusable, strict=True) if why is None]
    filed = classify_entries(source, pairs, _load_stories(source, pairs), now=now)
    filed.refusals.update(filter(None, unusable))
    _save_shared_guids(source, filed.shared | shared)
    Item.objects.bulk_create(filed.items)
    Item.objects.bulk_update(filed.gained.values(), ["summary", "authors", "arxiv_id", "withdrawn", "withdrawn_at"])
    Entry.objects.bulk_create(filed.entries)
    Entry.objects.bulk_update(filed.voted.values(), ["votes"])
    return filed


def find_refusal(entry: ParsedEntry, *, max_age_days: int, now: dt.datetime) -> Refusal | None:
    """Return why an entry that nobody knows yet would be refused; None where it would not."""
    return _refuse_unusable(entry) or _refuse_too_old(entry.published or now, entry.arxiv_id, max_age_days, now)


def find_shared_guids(entries: Iterable[ParsedEntry]) -> set[str]:
    """Return the guids that several entries of a document share: they differ in address and title."""
    by_guid: dict[str, list[ParsedEntry]] = {}
    for entry in entries:
        by_guid.setdefault(entry.guid, []).append(entry)
    return {
        guid
        for guid, some in by_guid.items()
        if len(some) > 1
        and len({canonicalize_url(entry.url) for entry in some}) > 1
        and len({_comparable_title(entry.title) for entry in some}) > 1
    }


def replace_shared_guids(entries: list[ParsedEntry], shared: set[str]) -> list[ParsedEntry]:
    """Return the entries, those with a shared guid under one of their own."""
    return [replace(entry, guid=_own_guid(entry)) if entry.guid in shared else entry for entry in entries]


def _own_guid(entry: ParsedEntry) -> str:
    return shorten_guid(entry.url or entry.title)


def _comparable_title(title: str) -> str:
    return make_title_key(title) or title.casefold()


def _save_shared_guids(source: Source, shared: set[str]) -> None:
    """Keep on the source which of its guids name nothing: a later document may bring one of them alone."""
    new = shared - set(source.shared_guids)
    if new:
        source.shared_guids = [*source.shared_guids, *sorted(new)][-MAX_SHARED_GUIDS:]
        Source.objects.filter(pk=source.pk).update(shared_guids=source.shared_guids)


def _refuse_unusable(entry: ParsedEntry) -> Refusal | None:
    """Return why no reader could be shown an entry, or be led to it."""
    if not entry.url:
        return Refusal(RefusalReason.LINK)
    if not is_linkable_url(entry.url):
        return Refusal(RefusalReason.PRIVATE)
    return None if entry.title else Refusal(RefusalReason.TITLE)


def classify_entries(
    source: Source, pairs: list[tuple[ParsedEntry, Item]], stories: StoryIndex, *, now: dt.datetime
) -> FilingResult:
    """Say which entries are new, the same or known, in the document's order; reads and stores nothing."""
    filed = FilingResult()
    for told, item in pairs:
        entry, row = told, stories.by_guid.get(told.guid)
        if row and _is_reused_guid(row, entry):
            filed.shared.add(entry.guid)
            entry = replace(entry, guid=_own_guid(entry))
            row = stories.by_guid.get(entry.guid)
        if row:
            _update_known_entry(row, entry, item, stories, filed)
        elif (old := _refuse_too_old(item.published_at, item.arxiv_id, source.max_age_days, now)) and not (
            item.withdrawn and stories.same(item)
        ):
            filed.refusals[old] += 1
        else:
            row = _entry(source, _find_story_of_new_entry(source, entry, item, stories, filed), entry, now)
            stories.by_guid[entry.guid] = row
            filed.entries.append(row)
    return filed


def _is_reused_guid(row: Entry, entry: ParsedEntry) -> bool:
    """Say whether a guid stands for something else by now: another page and title, out since its entry was filed."""
    is_newer = entry.published is not None and entry.published > row.collected_at
    other_page = canonicalize_url(row.url) != canonicalize_url(entry.url)
    return is_newer and other_page and _comparable_title(row.title) != _comparable_title(entry.title)


def _update_known_entry(row: Entry, entry: ParsedEntry, item: Item, stories: StoryIndex, filed: FilingResult) -> None:
    filed.known += 1
    if row.item:
        _complete_story(row.item, item, stories, filed)
    if row.pk and row.votes != entry.votes:
        row.votes = entry.votes
        filed.voted[row.pk] = row


def _find_story_of_new_entry(
    source: Source, entry: ParsedEntry, item: Item, stories: StoryIndex, filed: FilingResult
) -> Item | None:
    """Return the story that a new entry tells; None for what stood undated in a source before we knew it."""
    filed.undated += entry.published is None
    no_news = source.last_success_at is None and entry.published is None and filed.undated > MAX_UNDATED_AT_FIRST_VISIT
    if no_news and stories.same(item) is None:
        filed.known += 1
        return None
    return _find_or_add_story(item, stories, filed)


def _find_or_add_story(item: Item, stories: StoryIndex, filed: FilingResult) -> Item:
    story = stories.same(item)
    if story is None:
        filed.new += 1
        filed.items.append(item)
        stories.add(item)
        return item
    filed.duplicates += 1
    _complete_story(story, item, stories, filed)
    return story


def _complete_story(story: Item, other: Item, stories: StoryIndex, filed: FilingResult) -> None:
    """Give a story what it lacks and another telling of it has."""
    before = (story.summary, story.authors, story.arxiv_id, story.withdrawn)
    if len(story.summary) <= MAX_TEASER_CHARS and len(other.summary) > len(story.summary) and not other.withdrawn:
        story.summary = other.summary
    if other.withdrawn and not story.withdrawn_at:  # what a person has emptied stays empty
        story.withdrawn, story.withdrawn_at = other.withdrawn, other.withdrawn_at
    story.authors = story.authors or other.authors
    if not story.arxiv_id and other.arxiv_id not in stories.by_arxiv:
        story.arxiv_id = other.arxiv_id
        stories.add(story)
    if story.pk and before != (story.summary, story.authors, story.arxiv_id, story.withdrawn):
        filed.gained[story.pk] = story


def _may_share_title(one: Item, other: Item) -> bool:
    two_papers = bool(one.arxiv_id and other.arxiv_id) and one.arxiv_id != other.arxiv_id
    return not two_papers and abs(one.published_at - other.published_at) <= SAME_TITLE_WINDOW


def _refuse_too_old(published: dt.datetime, paper: str, max_age_days: int, now: dt.datetime) -> Refusal | None:
    """Refuse what is older than a source allows; a new version of an old paper is as old as the paper."""
    oldest = now - dt.timedelta(days=max_age_days)
    if max_age_days and (published < oldest or _was_announced_before(paper, oldest)):
        return Refusal(RefusalReason.OLD, max_age_days)
    return None


def _was_announced_before(paper: str, moment: dt.datetime) -> bool:
    """Tell from an arXiv id of today's form, such as 2405.01234, whether the paper came out before a moment."""
    if "." not in paper:
        return bool(paper)  # the old form ended in 2007
    years, month = divmod(int(paper[:2]) * 12 + int(paper[2:4]), 12)  # of the month after
    return dt.datetime(2000 + years, month + 1, 1, tzinfo=dt.UTC) + ARXIV_ANNOUNCEMENT_DELAY < moment


def _item(entry: ParsedEntry, source: Source, now: dt.datetime) -> Item:
    return Item(
        title=entry.title,
        url=entry.url,
        summary=entry.summary,
        authors=entry.authors,
        language=source.language,
        published_at=entry.published or now,
        collected_at=now,
        arxiv_id=entry.arxiv_id,
        url_key=canonicalize_url(entry.url),
        title_key=make_title_key(entry.title),
        withdrawn=entry.withdrawn,
        withdrawn_at=now if entry.withdrawn else None,
    )


def _entry(source: Source, item: Item | None, entry: ParsedEntry, now: dt.datetime) -> Entry:
    return Entry(
        source=source,
        item=item,
        guid=entry.guid,
        url=entry.url,
        title=entry.title,
        votes=entry.votes,
        collected_at=now,
    )


def _load_stories(source: Source, pairs: list[tuple[ParsedEntry, Item]]) -> StoryIndex:
    """Read what is stored of the stories that a document might tell: one query per key."""
    items = [item for _entry, item in pairs]
    dates = [item.published_at for item in items]
    guids = {guid for entry, _item in pairs for guid in (entry.guid, _own_guid(entry))}
    keys = {name: {getattr(item, name) for item in items} - {""} for name in ("arxiv_id", "url_key", "title_key")}
    rows = source.entries.filter(guid__in=guids).select_related("item")
    # Each row once as one object, so that what it gains from two entries does not overwrite itself.
    found = {row.item.pk: row.item for row in rows if row.item}
    queries = [
        Item.objects.exclude(arxiv_id="").filter(arxiv_id__in=keys["arxiv_id"]),  # exclude: so the index serves
        Item.objects.filter(url_key__in=keys["url_key"]),
    ]
    if keys["title_key"]:
        around = (min(dates) - SAME_TITLE_WINDOW, max(dates) + SAME_TITLE_WINDOW)
        queries.append(Item.objects.filter(title_key__in=keys["title_key"], published_at__range=around))
    for query in queries:
        for item in query:
            found.setdefault(item.pk, item)
    stories = StoryIndex(by_guid={row.guid: row for row in rows})
    for row in rows:
        row.item = found[row.item.pk] if row.item else None
    for pk in sorted(found):
        stories.add(found[pk])
    return stories
