"""Deduplicates entries and files them as items: the same story from two sources, or from an earlier day, is one item.

Two entries are the same story when, in this order,

1. they have the same arXiv id, apart from its version: from any form of an arXiv address, or a page about the paper;
2. their addresses are one page: same host, path and query without tracking parameters (`text.cleaning.canonicalize_url`);
3. their titles have the same letters and digits, and enough of them to prove it (`text.cleaning.make_title_key`). This
   does not count if both have arXiv ids and these differ, or if they are more than thirty days apart, because papers
   share titles and columns repeat theirs.

An entry is known if its source brought its guid before, whatever its text is now. A guid that several entries share, in
one document or over time, identifies none of them; their address takes its place. Refused are entries without title or
link, entries that lead into a private network, and new ones that are older than their source allows. An entry without a
date gets the time at which it was first seen. At a source's first visit that says nothing about its age, so only five
such entries become items; the others are remembered without an item. A story keeps the title and link of its first entry;
later entries add what it lacks: an arXiv id, authors, a summary where it had none or a teaser. Nothing is deleted here.
Each source keeps an Entry of its own, so that an item knows which sources carry it.
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

SAME_TITLE_WINDOW = dt.timedelta(days=30)  # columns repeat their titles, and papers of other years share them
MAX_TEASER_CHARS = 400  # a summary up to this length is replaced by a longer one; a whole abstract is not
# arXiv numbers papers by the month of their submission, and announces them at most a long weekend later.
ARXIV_ANNOUNCEMENT_DELAY = dt.timedelta(days=5)
MAX_UNDATED_AT_FIRST_VISIT = 5  # the first five, because a feed begins with its newest entries
MAX_SHARED_GUIDS = 1_000  # kept per source; a source with more makes them to fill the row


@dataclass
class StoryIndex:
    """Items by each of their keys, stored or about to be; and the entries of one source by their guids."""

    by_arxiv: dict[str, Item] = field(default_factory=dict)
    by_url: dict[str, Item] = field(default_factory=dict)
    by_title: dict[str, list[Item]] = field(default_factory=dict)
    by_guid: dict[str, Entry] = field(default_factory=dict)

    def add(self, item: Item) -> None:
        """Add an item, so that later entries find it."""
        if item.arxiv_id:
            self.by_arxiv.setdefault(item.arxiv_id, item)
        self.by_url.setdefault(item.url_key, item)
        if item.title_key:
            self.by_title.setdefault(item.title_key, []).append(item)

    def find_same_story(self, other: Item) -> Item | None:
        """Return the item that is the same story as `other`, by the rules of this module."""
        titled = (item for item in self.by_title.get(other.title_key, []) if _may_share_title(item, other))
        return self.by_arxiv.get(other.arxiv_id) or self.by_url.get(other.url_key) or next(titled, None)


@dataclass
class FilingResult:
    """The decision about the entries of one document: the number of each kind, and the rows to store."""

    new: int = 0
    duplicates: int = 0
    known: int = 0
    undated: int = 0  # of the new ones
    refusals: Counter[Refusal] = field(default_factory=Counter)
    shared_guids: set[str] = field(default_factory=set)
    new_items: list[Item] = field(default_factory=list)
    new_entries: list[Entry] = field(default_factory=list)
    changed_items: dict[int, Item] = field(default_factory=dict)  # by primary key
    changed_votes: dict[int, Entry] = field(default_factory=dict)  # by primary key

    @property
    def refused(self) -> int:
        """The number of refused entries."""
        return self.refusals.total()


def file_entries(source: Source, entries: list[ParsedEntry], *, now: dt.datetime) -> FilingResult:
    """File the entries of one document, within the caller's transaction, and return what became of them.

    The number of queries does not depend on the number of entries, as long as they fit into one statement each.
    """
    shared = find_shared_guids(entries)
    entries = replace_shared_guids(entries, shared | set(source.shared_guids))
    unusable = [_refuse_unusable(entry) for entry in entries]
    pairs = [
        (entry, _make_item(entry, source, now)) for entry, why in zip(entries, unusable, strict=True) if why is None
    ]
    filed = classify_entries(source, pairs, _load_stories(source, pairs), now=now)
    filed.refusals.update(filter(None, unusable))
    _save_shared_guids(source, filed.shared_guids | shared)
    # Items before entries, which need their keys.
    Item.objects.bulk_create(filed.new_items)
    Item.objects.bulk_update(
        filed.changed_items.values(), ["summary", "authors", "arxiv_id", "withdrawn", "withdrawn_at"]
    )
    Entry.objects.bulk_create(filed.new_entries)
    Entry.objects.bulk_update(filed.changed_votes.values(), ["votes"])
    return filed


def find_refusal(entry: ParsedEntry, *, max_age_days: int, now: dt.datetime) -> Refusal | None:
    """Return why an entry that is new would be refused; None where it would be taken."""
    return _refuse_unusable(entry) or _refuse_too_old(entry.published or now, entry.arxiv_id, max_age_days, now)


def find_shared_guids(entries: Iterable[ParsedEntry]) -> set[str]:
    """Return the guids that stand for several entries of a document, which differ in address and title."""
    by_guid: dict[str, list[ParsedEntry]] = {}
    for entry in entries:
        by_guid.setdefault(entry.guid, []).append(entry)
    return {
        guid
        for guid, group in by_guid.items()
        if len(group) > 1
        and len({canonicalize_url(entry.url) for entry in group}) > 1
        and len({_comparable_title(entry.title) for entry in group}) > 1
    }


def replace_shared_guids(entries: list[ParsedEntry], shared: set[str]) -> list[ParsedEntry]:
    """Return the entries, each with a shared guid under a guid made from its address or title."""
    return [replace(entry, guid=_own_guid(entry)) if entry.guid in shared else entry for entry in entries]


def _own_guid(entry: ParsedEntry) -> str:
    return shorten_guid(entry.url or entry.title)


def _comparable_title(title: str) -> str:
    return make_title_key(title) or title.casefold()


def _save_shared_guids(source: Source, shared: set[str]) -> None:
    """Save on the source which guids identify no entry, because a later document may hold one of them once."""
    new = shared - set(source.shared_guids)
    if new:
        source.shared_guids = [*source.shared_guids, *sorted(new)][-MAX_SHARED_GUIDS:]
        Source.objects.filter(pk=source.pk).update(shared_guids=source.shared_guids)


def _refuse_unusable(entry: ParsedEntry) -> Refusal | None:
    """Return why an entry cannot be shown or linked; None where it can."""
    if not entry.url:
        return Refusal(RefusalReason.LINK)
    if not is_linkable_url(entry.url):
        return Refusal(RefusalReason.PRIVATE)
    return None if entry.title else Refusal(RefusalReason.TITLE)


def classify_entries(
    source: Source, pairs: list[tuple[ParsedEntry, Item]], stories: StoryIndex, *, now: dt.datetime
) -> FilingResult:
    """Decide which entries are new, known, duplicates or refused, in the document's order; no query is made."""
    filed = FilingResult()
    for parsed, item in pairs:
        entry, row = parsed, stories.by_guid.get(parsed.guid)
        if row and _is_reused_guid(row, entry):
            filed.shared_guids.add(entry.guid)
            entry = replace(entry, guid=_own_guid(entry))
            row = stories.by_guid.get(entry.guid)
        if row:
            _update_known_entry(row, entry, item, stories, filed)
        # A notice that a paper was withdrawn is filed at any age if we carry the paper, so that its item is marked.
        elif (old := _refuse_too_old(item.published_at, item.arxiv_id, source.max_age_days, now)) and not (
            item.withdrawn and stories.find_same_story(item)
        ):
            filed.refusals[old] += 1
        else:
            row = _make_entry(source, _find_story_of_new_entry(source, entry, item, stories, filed), entry, now)
            stories.by_guid[entry.guid] = row
            filed.new_entries.append(row)
    return filed


def _is_reused_guid(row: Entry, entry: ParsedEntry) -> bool:
    """Return whether a guid stands for a new story by now: another page and title, published after the known entry."""
    is_newer = entry.published is not None and entry.published > row.collected_at
    other_page = canonicalize_url(row.url) != canonicalize_url(entry.url)
    return is_newer and other_page and _comparable_title(row.title) != _comparable_title(entry.title)


def _update_known_entry(row: Entry, entry: ParsedEntry, item: Item, stories: StoryIndex, filed: FilingResult) -> None:
    filed.known += 1
    if row.item:
        _complete_story(row.item, item, stories, filed)
    if row.pk and row.votes != entry.votes:
        row.votes = entry.votes
        filed.changed_votes[row.pk] = row


def _find_story_of_new_entry(
    source: Source, entry: ParsedEntry, item: Item, stories: StoryIndex, filed: FilingResult
) -> Item | None:
    """Return the item of a new entry; None for the older undated entries of a source's first visit."""
    filed.undated += entry.published is None
    is_old = source.last_success_at is None and entry.published is None and filed.undated > MAX_UNDATED_AT_FIRST_VISIT
    if is_old and stories.find_same_story(item) is None:
        filed.known += 1
        return None
    return _find_or_add_story(item, stories, filed)


def _find_or_add_story(item: Item, stories: StoryIndex, filed: FilingResult) -> Item:
    story = stories.find_same_story(item)
    if story is None:
        filed.new += 1
        filed.new_items.append(item)
        stories.add(item)
        return item
    filed.duplicates += 1
    _complete_story(story, item, stories, filed)
    return story


def _complete_story(story: Item, other: Item, stories: StoryIndex, filed: FilingResult) -> None:
    """Add to a story what it lacks and another entry of it has."""
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
        filed.changed_items[story.pk] = story


def _may_share_title(one: Item, other: Item) -> bool:
    two_papers = bool(one.arxiv_id and other.arxiv_id) and one.arxiv_id != other.arxiv_id
    return not two_papers and abs(one.published_at - other.published_at) <= SAME_TITLE_WINDOW


def _refuse_too_old(published: dt.datetime, paper: str, max_age_days: int, now: dt.datetime) -> Refusal | None:
    """Return a refusal for an entry older than its source allows; a new version of a paper is as old as the paper."""
    oldest = now - dt.timedelta(days=max_age_days)
    if max_age_days and (published < oldest or _was_announced_before(paper, oldest)):
        return Refusal(RefusalReason.OLD, max_age_days)
    return None


def _was_announced_before(paper: str, moment: dt.datetime) -> bool:
    """Return whether an arXiv id, such as 2405.01234, shows that the paper was announced before a moment."""
    if "." not in paper:
        return bool(paper)  # ids of the old form (math/0309136) ended in 2007
    years, month = divmod(int(paper[:2]) * 12 + int(paper[2:4]), 12)  # the month after that of the id
    return dt.datetime(2000 + years, month + 1, 1, tzinfo=dt.UTC) + ARXIV_ANNOUNCEMENT_DELAY < moment


def _make_item(entry: ParsedEntry, source: Source, now: dt.datetime) -> Item:
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


def _make_entry(source: Source, item: Item | None, entry: ParsedEntry, now: dt.datetime) -> Entry:
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
    """Load the stored items and entries that the entries of a document may be the same as, by one query per key."""
    items = [item for _entry, item in pairs]
    dates = [item.published_at for item in items]
    guids = {guid for entry, _item in pairs for guid in (entry.guid, _own_guid(entry))}
    keys = {name: {getattr(item, name) for item in items} - {""} for name in ("arxiv_id", "url_key", "title_key")}
    rows = source.entries.filter(guid__in=guids).select_related("item")
    # One object per row, or two entries that each complete the same item would overwrite each other's change.
    found = {row.item.pk: row.item for row in rows if row.item}
    queries = [
        # `exclude` repeats the condition of the partial index, without which the planner may not use it.
        Item.objects.exclude(arxiv_id="").filter(arxiv_id__in=keys["arxiv_id"]),
        Item.objects.filter(url_key__in=keys["url_key"]),
    ]
    if keys["title_key"]:  # only the time around the document is searched: a title repeats over the years
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
