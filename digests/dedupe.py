"""Entries of one source -> items: the same story from two sources, or of an earlier day, is one item.

Two entries are one story when, in this order,

1. they have the same arXiv id, versions aside: from an arXiv address of any form, or from Hugging Face's page of it;
2. their addresses are one page: same host, path and query, without what only tracks readers (`text.canonical_url`);
3. their titles have the same letters and digits, and enough of them to prove it (`text.title_key`) - but not when
   both have arXiv ids and these differ, and not when the two are more than thirty days apart: papers share titles,
   and columns repeat theirs.

An entry whose guid its source has brought before is known, whatever it says now. Refused is one without title or
link, one that leads into a private network, and an unknown one that is older than its source allows. A story keeps the
title and link of the entry that brought it first; a later one adds what it lacks: an arXiv id, authors, a summary where
there was a teaser at most. Nothing is ever deleted here. Each source keeps an Entry of its own, so that an item knows who carries it.
"""

import datetime as dt
from dataclasses import dataclass, field

from digests.fetch.address import may_be_linked
from digests.models import Entry, Item, Source
from digests.parse import ParsedEntry
from digests.text import canonical_url, title_key

SAME_TITLE = dt.timedelta(days=30)
TEASER = 400  # characters: a summary up to here gives way to a longer one, a whole abstract does not
# arXiv numbers papers by the month they came in, and announces them at most a long weekend later.
ANNOUNCED = dt.timedelta(days=5)


@dataclass
class Stories:
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
class Filed:
    """What becomes of the entries of one document: how many of each kind, and the rows to store."""

    new: int = 0
    duplicates: int = 0
    known: int = 0
    refused: int = 0
    items: list[Item] = field(default_factory=list)
    entries: list[Entry] = field(default_factory=list)
    gained: dict[int, Item] = field(default_factory=dict)
    voted: dict[int, Entry] = field(default_factory=dict)


def file_entries(source: Source, entries: list[ParsedEntry], *, now: dt.datetime) -> Filed:
    """Store the entries of one document; the caller holds the transaction.

    The number of queries does not depend on the number of entries, but for the size of one statement.
    """
    pairs = [(entry, _item(entry, source, now)) for entry in entries if entry.title and has_link(entry)]
    filed = decide(source, pairs, _stories(source, pairs), now=now)
    filed.refused += len(entries) - len(pairs)
    Item.objects.bulk_create(filed.items)
    Item.objects.bulk_update(filed.gained.values(), ["summary", "authors", "arxiv_id", "withdrawn", "withdrawn_at"])
    Entry.objects.bulk_create(filed.entries)
    Entry.objects.bulk_update(filed.voted.values(), ["votes"])
    return filed


def has_link(entry: ParsedEntry) -> bool:
    """Say whether an entry leads to a page that readers may be led to."""
    return bool(entry.url) and may_be_linked(entry.url)


def decide(source: Source, pairs: list[tuple[ParsedEntry, Item]], stories: Stories, *, now: dt.datetime) -> Filed:
    """Say which entries are new, the same or known, in the document's order; reads and stores nothing."""
    filed = Filed()
    for entry, item in pairs:
        if row := stories.by_guid.get(entry.guid):
            filed.known += 1
            _add_to(row.item, item, stories, filed)
            if row.pk and row.votes != entry.votes:
                row.votes = entry.votes
                filed.voted[row.pk] = row
        elif _too_old(item, source, now) and not (item.withdrawn and stories.same(item)):
            filed.refused += 1
        else:
            row = _entry(source, _story(item, stories, filed), entry, now)
            stories.by_guid[entry.guid] = row
            filed.entries.append(row)
    return filed


def _story(item: Item, stories: Stories, filed: Filed) -> Item:
    story = stories.same(item)
    if story is None:
        filed.new += 1
        filed.items.append(item)
        stories.add(item)
        return item
    filed.duplicates += 1
    _add_to(story, item, stories, filed)
    return story


def _add_to(story: Item, other: Item, stories: Stories, filed: Filed) -> None:
    """Give a story what it lacks and another telling of it has."""
    before = (story.summary, story.authors, story.arxiv_id, story.withdrawn)
    if len(story.summary) <= TEASER and len(other.summary) > len(story.summary) and not other.withdrawn:
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
    return not two_papers and abs(one.published_at - other.published_at) <= SAME_TITLE


def _too_old(item: Item, source: Source, now: dt.datetime) -> bool:
    """Tell whether the source's limit refuses an item; a new version of an old paper is as old as the paper."""
    if not source.max_age_days:
        return False
    oldest = now - dt.timedelta(days=source.max_age_days)
    return item.published_at < oldest or _announced_before(item.arxiv_id, oldest)


def _announced_before(paper: str, moment: dt.datetime) -> bool:
    """Tell from an arXiv id of today's form, such as 2405.01234, whether the paper came out before a moment."""
    if "." not in paper:
        return bool(paper)  # the old form ended in 2007
    years, month = divmod(int(paper[:2]) * 12 + int(paper[2:4]), 12)  # of the month after
    return dt.datetime(2000 + years, month + 1, 1, tzinfo=dt.UTC) + ANNOUNCED < moment


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
        url_key=canonical_url(entry.url),
        title_key=title_key(entry.title),
        withdrawn=entry.withdrawn,
        withdrawn_at=now if entry.withdrawn else None,
    )


def _entry(source: Source, item: Item, entry: ParsedEntry, now: dt.datetime) -> Entry:
    return Entry(
        source=source,
        item=item,
        guid=entry.guid,
        url=entry.url,
        title=entry.title,
        votes=entry.votes,
        collected_at=now,
    )


def _stories(source: Source, pairs: list[tuple[ParsedEntry, Item]]) -> Stories:
    """Read what is stored of the stories that a document might tell: one query per key."""
    items = [item for _entry, item in pairs]
    dates = [item.published_at for item in items]
    guids = {entry.guid for entry, _item in pairs}
    keys = {name: {getattr(item, name) for item in items} - {""} for name in ("arxiv_id", "url_key", "title_key")}
    rows = source.entries.filter(guid__in=guids).select_related("item")
    # Each row once as one object, so that what it gains from two entries does not overwrite itself.
    found = {row.item_id: row.item for row in rows}
    queries = [
        Item.objects.exclude(arxiv_id="").filter(arxiv_id__in=keys["arxiv_id"]),  # exclude: so the index serves
        Item.objects.filter(url_key__in=keys["url_key"]),
    ]
    if keys["title_key"]:
        around = (min(dates) - SAME_TITLE, max(dates) + SAME_TITLE)
        queries.append(Item.objects.filter(title_key__in=keys["title_key"], published_at__range=around))
    for query in queries:
        for item in query:
            found.setdefault(item.pk, item)
    stories = Stories(by_guid={row.guid: row for row in rows})
    for row in rows:
        row.item = found[row.item_id]
    for pk in sorted(found):
        stories.add(found[pk])
    return stories
