"""Gates for the layout of a section: missing parts and points, lengths, markup, foreign links, and echoes of the prompt.

Each of the five parts must be there, and each item must have exactly one point. There may be no HTML, image or heading, and
no address but those of the items. There may be no words of the prompt, no model that speaks of itself, and nothing that
asks the reader to do something. Whether the statements are true is checked in the other modules of this package.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from functools import lru_cache

from digests.quality.blocks import (
    Block,
    Claim,
    ItemText,
    join_item_texts,
    strip_backslashes,
)
from digests.quality.duplicates import check_source_text
from digests.quality.findings import Finding, FindingWeight, make_finding, make_part_message
from digests.text.latex import latex_to_text
from digests.text.section_schema import SectionAnswer

# The bounds are a short sentence and a paragraph as long as an abstract. Scripts that leave out vowels or spaces, and even
# more so those that write a syllable or a word as one character, say the same in fewer characters.
_DENSE, _DENSER = ("ar", "fa", "he", "ur", "th", "lo", "my", "km"), ("ko", "ja", "zh")
POINT_CHARACTERS = {"en": (40, 900)} | dict.fromkeys(_DENSE, (25, 700)) | dict.fromkeys(_DENSER, (15, 500))
PART_CHARACTERS = {"en": (20, 900)} | dict.fromkeys(_DENSE, (15, 700)) | dict.fromkeys(_DENSER, (12, 500))
MAX_KEYWORDS = 8
MAX_HEADLINE_CHARACTERS = {
    "ko": 40,
    "en": 70,
}  # what a subject line shows; a syllable is twice as wide as a Latin letter
SAME_TITLE, MAX_TITLE = (
    0.8,
    300,
)  # how much of a title is left where a word of it was changed; characters that are compared
MAX_POINT_WORDS, MAX_POINT_SENTENCES = 45, 2
SINGLE_ITEM_LENGTH_SHARE = 0.6  # of the maximum of a part, in a section on one item: there is less to say

# Tags, comments and entities; the lengths are bounded, so that a hostile text cannot make the search slow.
_HTML = re.compile(
    r"<(?:/?[a-zA-Z][a-zA-Z0-9]*(?:[\s/][^<>]*)?|!--.{0,500}?--)>|&(?:#\d+|#x[0-9a-f]+|[a-z]{2,8});", re.I
)
_IMAGE = re.compile(r"!\[[^\]\n]*(?:\](?:\([^)]*\)?)?)?")
_HEADING = re.compile(r"^\s{0,3}(?:#{1,6}\s.*|={3,}\s*|\|.*\|\s*)$|```|~~~", re.M)
_BIG_HEADING = re.compile(r"^\s{0,3}#{1,2}\s.*$|```|~~~", re.M)
_LINK = re.compile(
    r"\]\(\s*<?(?P<target>[^\s<>]{0,500}?)>?\s*\)(?=[^)]|$)|(?P<reference>\]\[\w*\])"
    r"|(?P<address>(?:https?://|www\.|javascript:|data:text|mailto:)[^\s<>)\]*]+)"
    # What follows may be a Korean particle, which is a letter to \w.
    r"|(?P<host>(?<![a-z0-9_@./-])(?:[a-z0-9-]+\\?\.)+(?:com|net|org|io|ai|dev|app|co|kr|xyz|info|me|ru|cn|link|site|top"
    r"|biz|shop|store|online|club|live|blog|page|cloud|tech|icu|vip)(?![a-z0-9_-])(?:/[^\s<>)\]*]*)?"
    r"|(?<![a-z0-9_@./-])(?:[a-z0-9-]+\\?\.)+[a-z]{2,}/[^\s<>)\]*]+)"
    r"|(?P<contact>(?<![a-z0-9_.+-])[a-z0-9_.+-]+@(?:[a-z0-9-]+\\?\.)+[a-z]{2,}|(?<![a-z0-9_@])@[a-z][a-z0-9_]{3,}"
    r"|(?<![\d-])(?:\+\d{1,3}[ -])?0?\d{1,3}-\d{3,4}-\d{4}(?![\d-]))",
    re.IGNORECASE,
)
# Companies whose name is their address: a model may mention these.
_COMPANIES = frozenset(
    {"amazon.com", "booking.com", "character.ai", "fast.ai", "github.com", "stability.ai", "x.com", "x.ai"}
)
# Tags that a browser would act on, unlike signs such as `<mask>` that papers use in their titles.
_ELEMENTS = re.compile(
    r"</?(?:a|abbr|b|base|body|br|button|center|code|div|em|embed|font|form|h[1-6]|head|hr|html|i|iframe|img|input|ins|kbd|li"
    r"|link|marquee|math|meta|object|ol|p|pre|s|script|small|span|strong|style|sub|sup|svg|table|td|th|tr|u|ul|video)\b|<[^>]*=",
    re.IGNORECASE,
)
# Phrases of prompts and of chat models: instructions to ignore instructions, greetings, names of roles and of fields.
_ECHO = re.compile(
    r"(?:ignore|disregard|forget)\s+(?:all\s+|any\s+)?(?:previous|prior|above|earlier)\s+(?:instructions?|prompts?)"
    r"|\bas an? (?:(?:AI|artificial intelligence)(?: (?:language )?model| assistant)?|(?:large )?language model)(?:,| I\b)|\bI(?:'m| am) (?:sorry|unable|an AI)\b"
    r"|\bhere(?:'s| is) (?:the|a|your) (?:summary|requested|JSON)|\b(?:sure|certainly|of course)[,!] (?:here|I)"
    r"|\b(?:system|user) prompt:|\breturn (?:only )?(?:valid )?JSON\b|\boutput (?:format|schema):"
    r"|(?:이전|앞의|위의)\s?(?:모든\s)?(?:지시|명령|프롬프트)(?:사항)?(?:을|를)?\s?(?:모두\s)?(?:무시|잊)"
    r"|다음은\s(?:요청하신\s|위\s|주어진\s)?(?:요약|JSON|결과)(?:입니다|문입니다)|(?:요청하신|주어진)\s(?:대로|형식)"
    r"|(?:AI|인공지능)\s?(?:언어\s?)?모델로서,?\s(?:저는|나는)|물론입니다[.!,]|요약해\s드리겠습니다|도와드리겠습니다"
    r"|JSON\s(?:형식|객체)으?로\s(?:답|출력|작성|반환)|출력\s형식:|합니다체로\s(?:작성|쓰)|<\|?(?:im_start|im_end|endoftext|system|user|assistant)\|?>"
    r"|(?:AI|인공지능)\s?(?:언어\s?)?모델로서|\bDAN:|이제부터\s.{0,20}답(?:합니다|하겠)|규칙\s없이\s답"
    r"|\"(?:themes|outlook|points)\"\s*:",
    re.IGNORECASE,
)
# A summary reports. It does not ask the reader to cite, buy, visit or subscribe.
_CALL_TO_ACTION = re.compile(
    r"[가-힣](?:세요|십시오|시기\s?바랍니다)(?=[.!?…\"'”’)\s]|$)"
    r"|(?:꼭|반드시|지금)\s(?:\S+\s){0,3}?(?:인용|구독|구매|투자|매수|방문|클릭|가입|내려받|사\s두|읽어\s?(?:보|야))"
    r"|(?:올해|역대|세계)\s?최고의\s논문|이\s?논문을\s?(?:추천|지지|강력)"
    r"|\b(?:click here|(?:subscribe|buy|sign up|download|order|call|invest) (?:now|today)|(?:contact|follow|call|visit) us\b"
    r"|(?:please|you (?:must|should)|every(?:one|body) should|readers (?:must|should)) (?:cite|buy|subscribe|visit|click|read|download|follow|invest)"
    r"|best paper (?:of the year|ever)|must-read\b|I (?:endorse|recommend))",
    re.IGNORECASE,
)
# A reader, and some browsers, take ｅｖｉｌ．ｃｏｍ for evil.com.
_FULLWIDTH_TO_ASCII = {0xFEE0 + code: code for code in range(0x21, 0x7F)}
_GLOSS_SPACE = re.compile(r"(?<=[가-힣]) \(")  # before a gloss, which is no word of its own
_RECITED_RUN_WORDS = 5  # so many words in a row are shared with the instructions only by reciting them
_NUMBER_WORDS = {
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
# "세 논문", "three papers"; not 연구실, 연구자 and other words that only begin like 연구.
_COUNT_OF_ITEMS = re.compile(
    r"(?<![가-힣\d])(?<![A-Za-z\d][-. ])(?<![A-Za-z.])(두|세|네|다섯|여섯|[2-9])\s?(?:(?:편|개|건)의\s?|편\s|)(?:논문|연구(?!실|자|진|원|소|기관|팀|\s?(?:질문|단계))|기사|소식)"
    r"|\b(both|two|three|four|five|six|[2-9])\s(?:of\s(?:the|these)\s|recent\s)?(?:papers|articles|stories)\b",
    re.IGNORECASE,
)


def check_parts(parts: SectionAnswer, blocks: Sequence[Block], items: Sequence[ItemText]) -> Iterator[Finding]:
    """Find parts and points that are missing, double, or assigned to no item.

    Trends, impact and outlook may be left out, as no source may support any. An item whose source says too little to be
    summarized needs no point.
    """
    item_count = len(items)
    present = {block.part for block in blocks}
    for part in ("themes", "keywords"):
        if part not in present:
            yield make_finding("shape.part", found=make_part_message(part), span=(0, 0), part=part)
    if len(parts.keywords) > MAX_KEYWORDS:
        yield make_finding("shape.keywords", found=len(parts.keywords), more=MAX_KEYWORDS, span=(0, 0), part="keywords")
    point_counts = Counter(max(0, point.number) for point in parts.points)
    numbers_with_point = {block.number for block in blocks if block.part == "points"}
    numbers_with_headline = {block.number for block in blocks if block.part == "headline"}
    for number, item in enumerate(items, start=1):
        if number not in numbers_with_point and check_source_text(number, item) is None:
            yield make_finding("shape.missing", found=number, span=(0, 0), part=f"point {number}")
        elif point_counts[number] > 1:
            yield make_finding("shape.twice", found=number, span=(0, 0), part=f"point {number}")
        elif number in numbers_with_point - numbers_with_headline:
            name = f"headline {number}"
            yield make_finding("shape.part", found=make_part_message(name), span=(0, 0), part=name)
    for number in sorted(set(point_counts) - set(range(1, item_count + 1))):
        yield make_finding("shape.unknown", found=number, span=(0, 0), part=f"point {number}")


def check_items(blocks: Sequence[Block], text: str, items: Sequence[ItemText]) -> Iterator[Finding]:
    """Find items that a section's text does not link, or links twice (a warning), and an empty text."""
    if not blocks:
        yield make_finding("shape.part", found=make_part_message("text"), span=(0, len(text)), part="text")
        return
    plain = strip_backslashes(text)
    for number, item in enumerate(items, start=1):
        links = len(re.findall(rf"\]\(<?{re.escape(item.url)}>?\)", plain))
        if not links:
            yield make_finding(
                "shape.missing", found=number, span=(0, len(text)), part="text", weight=FindingWeight.WARN
            )
        elif links > 1:
            yield make_finding("shape.twice", found=number, span=(0, len(text)), part="text", weight=FindingWeight.WARN)


def check_titles(blocks: Sequence[Block], items: Sequence[ItemText]) -> Iterator[Finding]:
    """Find headlines of an edited text that are nearly the title of their source: the title is a name, and is printed as it is."""
    for block in blocks:
        if block.part == "headline" and 0 < block.number <= len(items):
            title = items[block.number - 1].title
            ours, theirs = (" ".join(words.casefold().split()) for words in (block.text, latex_to_text(title)))
            if ours != theirs and SequenceMatcher(None, ours[:MAX_TITLE], theirs[:MAX_TITLE]).ratio() >= SAME_TITLE:
                yield make_finding(
                    "titles.altered", more=title, span=block.whole, part=block.name, weight=FindingWeight.WARN
                )


def check_lengths(
    blocks: Sequence[Block], claims: Sequence[Claim], item_count: int, language: str
) -> Iterator[Finding]:
    """Find parts, points and headlines that are shorter or longer than their language and the number of items allow."""
    for block in blocks:
        if block.part == "keywords":
            continue
        if block.part == "headline":
            yield from _check_headline_length(block, language)
            continue
        sizes = POINT_CHARACTERS if block.number else PART_CHARACTERS
        least, most = sizes.get(language, sizes["en"])
        most = int(most * SINGLE_ITEM_LENGTH_SHARE) if item_count == 1 and not block.number else most
        size = len(block.text)
        if size < least:
            yield make_finding("shape.short", found=size, more=least, span=block.whole, part=block.name)
        elif size > most:
            yield make_finding("shape.long", found=size, more=most, span=block.whole, part=block.name)
    points = [block for block in blocks if block.part == "points"]
    for block in points:
        words = len(_GLOSS_SPACE.sub("(", block.text).split())
        sentences = sum(1 for claim in claims if claim.block == block)
        if words > MAX_POINT_WORDS:
            yield make_finding("shape.words", found=words, more=MAX_POINT_WORDS, span=block.whole, part=block.name)
        if sentences > MAX_POINT_SENTENCES:
            yield make_finding(
                "shape.sentences", found=sentences, more=MAX_POINT_SENTENCES, span=block.whole, part=block.name
            )


def _check_headline_length(block: Block, language: str) -> Iterator[Finding]:
    most = MAX_HEADLINE_CHARACTERS["ko" if language in _DENSER else "en"]
    if len(block.text) > most:
        yield make_finding("shape.long", found=len(block.text), more=most, span=block.whole, part=block.name)


def check_item_counts(blocks: Sequence[Block], item_count: int) -> Iterator[Finding]:
    """Find a text that mentions more papers than the section has."""
    for block in blocks:
        for claim in _COUNT_OF_ITEMS.finditer(block.text):
            word = (claim[1] or claim[2]).casefold()
            if (int(word) if word.isdigit() else _NUMBER_WORDS[word]) > item_count:
                span = block.span(*claim.span())
                yield make_finding(
                    "coverage.count",
                    found=claim[0],
                    more=item_count,
                    span=span,
                    part=block.name,
                    weight=FindingWeight.WARN,
                )


def check_markup(
    block: Block, items: Sequence[ItemText], *, links: Sequence[str] = (), edited: bool = False
) -> Iterator[Finding]:
    """Find HTML, images, headings and links that do not belong into a text.

    An edited text may have small headings, links to the items (`links`), and whatever the sources have. A source may try to
    make a model write an address, so in a model's text only an address in an item's title is allowed, a bare one whose host
    a source links to, and signs that are no HTML (`<mask>`).
    """
    text, sources = block.text.translate(_FULLWIDTH_TO_ASCII), join_item_texts(items)
    source_hosts = _collect_hosts(sources)
    titles = sources if edited else "\n".join(item.title for item in items)
    kinds = (
        ("markup.html", _HTML),
        ("markup.image", _IMAGE),
        ("markup.heading", _BIG_HEADING if edited else _HEADING),
    )
    for kind, pattern in kinds:
        for found in pattern.finditer(text):
            is_sign = found[0] in sources and (edited or not _ELEMENTS.match(found[0]))
            if kind != "markup.html" or not is_sign:
                yield make_finding(kind, found=found[0], span=block.span(*found.span()), part=block.name)
    for found in _LINK.finditer(text):
        address = strip_backslashes(found["target"] or found["address"] or found["host"] or found[0])
        bare = found["host"] or (edited and found["contact"])
        is_of_source = found["host"] and _find_host(address) in source_hosts
        known = bare and (address in titles or address.casefold() in _COMPANIES or is_of_source)
        if not known and address.rstrip(".,;") not in links:
            yield make_finding("markup.link", found=address, span=block.span(*found.span()), part=block.name)


@lru_cache(maxsize=64)  # each block asks for the same sources
def _collect_hosts(sources: str) -> frozenset[str]:
    """Return the hosts that the sources link to."""
    return frozenset(_find_host(one["address"]) for one in _LINK.finditer(sources) if one["address"])


def _find_host(address: str) -> str:
    """Return the host of an address in lower case, without www; a Korean particle behind it is no part of it."""
    host = re.match(r"(?:[a-z]+://)?(?:www\.)?([a-z0-9.-]+)", address.casefold())
    return host[1].rstrip(".") if host else ""


def check_prompt_echo(blocks: Sequence[Block], instructions: str = "") -> Iterator[Finding]:
    """Find words of the prompt, a model that speaks of itself, and requests to the reader."""
    normalized = _normalize_words(instructions)
    for block in blocks:
        for found in (*_ECHO.finditer(block.text), *_CALL_TO_ACTION.finditer(block.text)):
            yield make_finding("echo.phrase", found=found[0], span=block.span(*found.span()), part=block.name)
        if normalized and (recited := _find_recited_words(block.text, normalized)):
            yield make_finding(
                "echo.phrase", found=block.text[slice(*recited)], span=block.span(*recited), part=block.name
            )


def _find_recited_words(text: str, normalized: str) -> tuple[int, int] | None:
    """Return start and end of the first run of words that occurs in the instructions too."""
    words = list(re.finditer(r"\S+", text))
    for at in range(len(words) - _RECITED_RUN_WORDS + 1):
        start, end = words[at].start(), words[at + _RECITED_RUN_WORDS - 1].end()
        if _normalize_words(text[start:end]) in normalized:
            return start, end
    return None


def _normalize_words(text: str) -> str:
    return " ".join(text.casefold().split()).rstrip(".")
