"""Finds duplicates of earlier issues, and sources that say too little to be summarized: pure.

The caller passes the identity keys of earlier issues. An item is identified by its arXiv id without version, by its
canonical address, and by its title if that is long enough to prove something. Two items that share one key are the same
story.
"""

import re
from collections.abc import Collection, Iterator, Sequence

from digests.quality.blocks import ItemText
from digests.quality.findings import Finding, make_finding
from digests.text.cleaning import canonicalize_url, make_title_key, parse_arxiv_id
from digests.text.key_sentences import MIN_SUMMARY_CHARS

# Pages that a site sends to robots in place of the article: challenges, errors, paywalls, log-ins.
_BLOCK_PAGE = re.compile(
    r"just a moment\.\.\.|checking your browser|enable javascript(?: and cookies)?|verify (?:that )?you are (?:a )?human"
    r"|access denied|403 forbidden|404 not found|\bcaptcha\b|are you a robot|unusual traffic|subscribe to (?:continue|read)"
    r"|sign in to continue|자바스크립트를 (?:활성화|켜)|접근이 (?:거부|차단)|로봇이 아닙니다|로그인이 필요|구독 후 (?:이용|열람)",
    re.IGNORECASE,
)
_BLOCK_PAGE_CHARACTERS = 400  # a longer text that has such words is an article about them


def build_identity_keys(item: ItemText) -> set[str]:
    """Return the keys that identify a story; two items that share a key are the same story."""
    keys = {"url:" + canonicalize_url(item.url)}
    if paper := parse_arxiv_id(item.url):
        keys.add("arxiv:" + paper)
    if title := make_title_key(item.title):
        keys.add("title:" + title)
    return keys


def check_duplicates(
    items: Sequence[ItemText],
    seen: Collection[str] = (),
) -> Iterator[Finding]:
    """Find items of earlier issues, whose identity keys are in `seen`, and items that occur twice."""
    number_by_key: dict[str, int] = {}
    for number, item in enumerate(items, start=1):
        keys, part = build_identity_keys(item), f"point {number}"
        if keys & set(seen):
            yield make_finding("ledger.seen", found=number, more=item.title, span=(0, 0), part=part)
        if first := next((number_by_key[key] for key in sorted(keys) if key in number_by_key), 0):
            yield make_finding("ledger.twice", found=number, more=first, span=(0, 0), part=part)
        number_by_key |= dict.fromkeys(keys - number_by_key.keys(), number)


def check_source_text(number: int, item: ItemText) -> Finding | None:
    """Return a finding if a source cannot be summarized: it is too short, or a page that keeps robots out."""
    summary = " ".join(item.summary.split())
    part = f"point {number}"
    if len(summary) < _BLOCK_PAGE_CHARACTERS and (block_page := _BLOCK_PAGE.search(summary)):
        return make_finding("input.wall", found=block_page[0], span=(0, 0), part=part)
    if len(summary) < MIN_SUMMARY_CHARS:
        return make_finding("input.short", more=len(summary), span=(0, 0), part=part)
    return None
