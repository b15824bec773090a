"""Has a story been told before, is it too old, and does its source say enough to summarize it?

Pure: whoever asks brings the keys of earlier issues. A story is known by its arXiv id without version, its canonical
address, and its title where that is long enough to prove something.
"""

import datetime as dt
import re
from collections.abc import Collection, Iterator, Sequence

from digests.quality.findings import Finding, make_finding
from digests.quality.passages import ItemText
from digests.text.cleaning import canonicalize_url, make_title_key, parse_arxiv_id
from digests.text.key_sentences import MIN_SUMMARY_CHARS

_BLOCK_PAGE = re.compile(
    r"just a moment\.\.\.|checking your browser|enable javascript(?: and cookies)?|verify (?:that )?you are (?:a )?human"
    r"|access denied|403 forbidden|404 not found|\bcaptcha\b|are you a robot|unusual traffic|subscribe to (?:continue|read)"
    r"|sign in to continue|자바스크립트를 (?:활성화|켜)|접근이 (?:거부|차단)|로봇이 아닙니다|로그인이 필요|구독 후 (?:이용|열람)",
    re.IGNORECASE,
)
_BLOCK_PAGE_CHARACTERS = 400  # characters; a longer text that has such words is about them


def build_identity_keys(story: ItemText) -> set[str]:
    """Return what a story is known by; two stories that share a key are one."""
    found = {"url:" + canonicalize_url(story.url)}
    if paper := parse_arxiv_id(story.url):
        found.add("arxiv:" + paper)
    if title := make_title_key(story.title):
        found.add("title:" + title)
    return found


def check_duplicates(
    stories: Sequence[ItemText],
    seen: Collection[str] = (),
    *,
    published: Sequence[dt.datetime] = (),
    oldest: dt.datetime | None = None,
) -> Iterator[Finding]:
    """Find stories of earlier issues (`seen`: their keys), stories that stand twice, and stories from before `oldest`."""
    here: dict[str, int] = {}
    for number, story in enumerate(stories, start=1):
        mine, part = build_identity_keys(story), f"point {number}"
        if mine & set(seen):
            yield make_finding("ledger.seen", found=number, more=story.title, span=(0, 0), part=part)
        if twin := next((here[key] for key in sorted(mine) if key in here), 0):
            yield make_finding("ledger.twice", found=number, more=twin, span=(0, 0), part=part)
        if oldest and number <= len(published) and published[number - 1] < oldest:
            day = f"{published[number - 1].astimezone(dt.UTC):%Y-%m-%d}"
            yield make_finding("ledger.old", found=number, more=day, span=(0, 0), part=part)
        here |= dict.fromkeys(mine - here.keys(), number)


def check_source_text(number: int, story: ItemText) -> Finding | None:
    """Find a source that cannot be summarized: too short, or a page that keeps robots out."""
    summary = " ".join(story.summary.split())
    part = f"point {number}"
    if len(summary) < _BLOCK_PAGE_CHARACTERS and (wall := _BLOCK_PAGE.search(summary)):
        return make_finding("input.wall", found=wall[0], span=(0, 0), part=part)
    if len(summary) < MIN_SUMMARY_CHARS:
        return make_finding("input.short", more=len(summary), span=(0, 0), part=part)
    return None
