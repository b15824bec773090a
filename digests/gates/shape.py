"""Is everything there that must be, once, in its size, and nothing that a summary may not hold?

Parts and numbers: each of the five parts, each item with one point, no number that is not there. Markup: no HTML, image,
heading, or address but the items' own. Echo: no words of the prompt, and no model that speaks of itself.
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from digests.gates.finding import Finding, finding
from digests.gates.ledger import check_input
from digests.gates.passage import PROSE, Passage, Story, numbers_of, unescaped

# Characters: a short sentence, and a paragraph like an abstract. Dense scripts say more in fewer.
POINT = {"en": (40, 900)} | dict.fromkeys(("ko", "ja", "zh"), (15, 500))
PART = {"en": (20, 900)} | dict.fromkeys(("ko", "ja", "zh"), (12, 500))
MOST_KEYWORDS = 8
SINGLE = 0.6  # of the longest part, in a section on one item: there is less to say

_HTML = re.compile(
    r"<(?:/?[a-zA-Z][a-zA-Z0-9]*(?:[\s/][^<>]*)?|!--.{0,500}?--)>|&(?:#\d+|#x[0-9a-f]+|[a-z]{2,8});", re.I
)
_IMAGE = re.compile(r"!\[[^\]\n]*(?:\](?:\([^)]*\)?)?)?")
_HEADING = re.compile(r"^\s{0,3}(?:#{1,6}\s.*|={3,}\s*|\|.*\|\s*)$|```|~~~", re.M)
_BIG_HEADING = re.compile(r"^\s{0,3}#{1,2}\s.*$|```|~~~", re.M)
_LINK = re.compile(
    r"\]\(\s*<?(?P<target>[^\s<>]{0,500}?)>?\s*\)(?=[^)]|$)|(?P<reference>\]\[\w*\])"
    r"|(?P<address>(?:https?://|www\.|javascript:|data:text|mailto:)[^\s<>)\]*]+)"
    r"|(?P<host>(?<![\w@./-])(?:[a-z0-9-]+\\?\.)+(?:com|net|org|io|ai|dev|app|co|kr|xyz|info|me|ru|cn|link|site|top)"
    r"(?![\w-])(?:/[^\s<>)\]*]*)?)",
    re.IGNORECASE,
)
_ECHO = re.compile(
    r"(?:ignore|disregard|forget)\s+(?:all\s+|any\s+)?(?:previous|prior|above|earlier)\s+(?:instructions?|prompts?)"
    r"|\bas an? (?:(?:AI|artificial intelligence)(?: (?:language )?model| assistant)?|(?:large )?language model)(?:,| I\b)|\bI(?:'m| am) (?:sorry|unable|an AI)\b"
    r"|\bhere(?:'s| is) (?:the|a|your) (?:summary|requested|JSON)|\b(?:sure|certainly|of course)[,!] (?:here|I)"
    r"|\b(?:system|user) prompt:|\breturn (?:only )?(?:valid )?JSON\b|\boutput (?:format|schema):"
    r"|(?:이전|앞의|위의)\s?(?:모든\s)?(?:지시|명령|프롬프트)(?:사항)?(?:을|를)?\s?(?:모두\s)?(?:무시|잊)"
    r"|다음은\s(?:요청하신\s|위\s|주어진\s)?(?:요약|JSON|결과)(?:입니다|문입니다)|(?:요청하신|주어진)\s(?:대로|형식)"
    r"|(?:AI|인공지능)\s?(?:언어\s?)?모델로서,?\s(?:저는|나는)|물론입니다[.!,]|요약해\s드리겠습니다|도와드리겠습니다"
    r"|JSON\s(?:형식|객체)으?로\s(?:답|출력|작성|반환)|출력\s형식:|합니다체로\s(?:작성|쓰)|<\|?(?:im_start|im_end|endoftext|system|user|assistant)\|?>"
    r"|\"(?:themes|outlook|points)\"\s*:",
    re.IGNORECASE,
)
_COUNT = {
    "두": 2,
    "세": 3,
    "네": 4,
    "다섯": 5,
    "여섯": 6,
    "two": 2,
    "three": 3,
    "four": 4,
    "five": 5,
    "six": 6,
    "both": 2,
}
_CLAIM = re.compile(
    r"(?<![가-힣\d])(두|세|네|다섯|여섯|[2-9])\s?(?:(?:편|개|건)의\s?|편\s|)(?:논문|연구(?!실|자|진|원|소|기관|팀|\s?(?:질문|단계))|기사|소식)"
    r"|\b(both|two|three|four|five|six|[2-9])\s(?:of\s(?:the|these)\s|recent\s)?(?:papers|articles|stories)\b",
    re.IGNORECASE,
)


def check_parts(parts: Mapping[str, Any], passages: Sequence[Passage], stories: Sequence[Story]) -> Iterator[Finding]:
    """Find parts and points that are missing, twice, or of no item; an item whose source says nothing needs no point."""
    items = len(stories)
    present = {passage.part for passage in passages}
    for part in (*PROSE, "keywords"):
        if part not in present and not (items == 1 and part == "trends"):
            yield finding("shape.part", found=part, span=(0, 0), part=part)
    keywords = parts.get("keywords")
    if isinstance(keywords, list) and len(keywords) > MOST_KEYWORDS:
        yield finding("shape.keywords", found=len(keywords), more=MOST_KEYWORDS, span=(0, 0), part="keywords")
    named = Counter(numbers_of(parts))
    said = {passage.number for passage in passages if passage.part == "points"}
    for number, story in enumerate(stories, start=1):
        if number not in said and check_input(number, story) is None:
            yield finding("shape.missing", found=number, span=(0, 0), part=f"point {number}")
        elif named[number] > 1:
            yield finding("shape.twice", found=number, span=(0, 0), part=f"point {number}")
    for number in sorted(set(named) - set(range(1, items + 1))):
        yield finding("shape.unknown", found=number, span=(0, 0), part=f"point {number}")


def check_items(passages: Sequence[Passage], text: str, stories: Sequence[Story]) -> Iterator[Finding]:
    """Find items that a section's text does not tell of, by link or by name, or links twice; and a text that is empty."""
    if not passages:
        yield finding("shape.part", found="text", span=(0, len(text)), part="text")
        return
    plain = unescaped(text)
    for number, story in enumerate(stories, start=1):
        links = len(re.findall(rf"\]\(<?{re.escape(story.url)}>?\)", plain))
        if not links and story.title not in plain:
            yield finding("shape.missing", found=number, span=(0, len(text)), part="text", weight="warn")
        elif links > 1:
            yield finding("shape.twice", found=number, span=(0, len(text)), part="text", weight="warn")


def check_lengths(passages: Sequence[Passage], items: int, language: str) -> Iterator[Finding]:
    """Find parts that say too little, or more than so few items can tell."""
    for passage in passages:
        if passage.part == "keywords":
            continue
        least, most = (POINT if passage.number else PART).get(language, POINT["en"])
        most = int(most * SINGLE) if items == 1 and not passage.number else most
        size = len(passage.text)
        if size < least:
            yield finding("shape.short", found=size, more=least, span=passage.whole, part=passage.name)
        elif size > most:
            yield finding("shape.long", found=size, more=most, span=passage.whole, part=passage.name)


def check_claims(passages: Sequence[Passage], items: int) -> Iterator[Finding]:
    """Find a text that speaks of more papers than the section has."""
    for passage in passages:
        for claim in _CLAIM.finditer(passage.text):
            word = (claim[1] or claim[2]).casefold()
            if (int(word) if word.isdigit() else _COUNT[word]) > items:
                span = passage.span(*claim.span())
                yield finding("coverage.count", found=claim[0], more=items, span=span, part=passage.name, weight="warn")


def check_markup(
    passage: Passage, sources: str, *, links: Sequence[str] = (), headings: bool = False
) -> Iterator[Finding]:
    """Find what is no plain text; in an edited text small headings and links to the items stay."""
    kinds = (
        ("markup.html", _HTML),
        ("markup.image", _IMAGE),
        ("markup.heading", _BIG_HEADING if headings else _HEADING),
    )
    for kind, pattern in kinds:
        for found in pattern.finditer(passage.text):
            if kind != "markup.html" or found[0] not in sources:
                yield finding(kind, found=found[0], span=passage.span(*found.span()), part=passage.name)
    for found in _LINK.finditer(passage.text):
        address = unescaped(found["target"] or found["address"] or found["host"] or found[0])
        known = address.rstrip(".,;") in links or (found["host"] and address in sources)
        if not known:
            yield finding("markup.link", found=address, span=passage.span(*found.span()), part=passage.name)


def check_echo(passages: Sequence[Passage]) -> Iterator[Finding]:
    """Find words of the prompt, and a model that speaks of itself."""
    for passage in passages:
        for found in _ECHO.finditer(passage.text):
            yield finding("echo.phrase", found=found[0], span=passage.span(*found.span()), part=passage.name)
