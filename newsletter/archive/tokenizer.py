"""Cuts a text into the tokens by which the search finds it, and turns a person's query into one of the database. Pure.

A word of letters and digits is one token, and a query finds it by its beginning. Korean joins particles and endings to
its words, and most of what people look for there has two letters, which an index of three-letter pieces cannot answer:
so Korean, Chinese and Japanese are cut into pairs of letters that overlap, and a query finds them anywhere in a word. Not
here: the index (search) and the SQL (sql).
"""

import re
import unicodedata
from collections.abc import Iterator

MAX_QUERY_WORDS, MAX_QUERY_CHARS = 8, 200  # more than people type; each word costs the database a look into the index
_MAX_TOKEN_CHARS = 40  # a longer run is cut, in texts and queries alike, so that it is still found
_MAX_TOKENS = 10_000  # of a document; the positions of PostgreSQL's vectors end at 16,383
_EXCERPT_MARGIN_CHARS = 90  # of an excerpt before the first hit; twice as many behind it

# Letters that are cut into pairs: Hangul, kana and Chinese characters.
_PAIRED = "\u1100-\u11ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7a3"
_RUN = re.compile(rf"[{_PAIRED}]+|[^\W_{_PAIRED}]+")

QueryWord = tuple[list[str], bool]  # tokens that follow each other, and whether the last one may go on


def normalize_text(text: str) -> str:
    """Return the text in one line and in one form of each letter."""
    return " ".join(unicodedata.normalize("NFKC", text).split())


def tokenize_text(text: str) -> list[str]:
    """Return a text's tokens in their order."""
    runs = _RUN.findall(normalize_text(text).casefold())
    return [token for run in runs for token in _tokenize_run(run)][:_MAX_TOKENS]


def parse_query(query: str) -> list[QueryWord]:
    """Return the words of a query, each as tokens that follow each other; words without a letter or digit are left out."""
    found = [_parse_query_word(part) for part in normalize_text(query[:MAX_QUERY_CHARS]).casefold().split()]
    return [word for word in found if word][:MAX_QUERY_WORDS]


def build_tsquery(words: list[QueryWord]) -> str:
    """Return the words as a tsquery of PostgreSQL: all of them, each as a phrase, an open end as a prefix."""
    return " & ".join("(" + " <-> ".join(_quote_tokens(*word)) + ")" for word in words)


def build_fts5_query(words: list[QueryWord]) -> str:
    """Return the words as a MATCH expression of FTS5: all of them, each as a phrase, an open end as a prefix."""
    return " AND ".join(f'"{" ".join(row)}"' + " *" * open_end for row, open_end in words)


def build_tsvector(row: list[str]) -> str:
    """Return tokens as the text of a tsvector, with their positions."""
    return " ".join(f"'{token}':{place}" for place, token in enumerate(row, 1))


def cut_excerpt(text: str, query: str) -> list[tuple[str, bool]]:
    """Return the part of a text around the first hit, in pieces, each with whether the query asked for it."""
    pattern = _build_query_pattern(query)
    hit = pattern.search(text) if pattern else None
    start = max(0, hit.start() - _EXCERPT_MARGIN_CHARS) if hit else 0
    end = (hit.end() if hit else 0) + 2 * _EXCERPT_MARGIN_CHARS
    if start:
        start = text.find(" ", start, start + _EXCERPT_MARGIN_CHARS // 2) + 1 or start
    if end < len(text):  # an excerpt ends where a word ends, as it begins where one begins
        last = text.rfind(" ", end - _EXCERPT_MARGIN_CHARS // 2, end)
        end = last if last > 0 else end
    shown = text[start:end]
    pieces = list(_split_at_hits(shown, pattern)) if pattern else [(shown, False)]
    return [("… ", False)] * (start > 0) + pieces + [(" …", False)] * (end < len(text))


def mark_words(text: str, query: str) -> list[tuple[str, bool]]:
    """Return a whole text in pieces, each with whether the query asked for it."""
    pattern = _build_query_pattern(query)
    return list(_split_at_hits(text, pattern)) if pattern else [(text, False)]


def _tokenize_run(run: str) -> Iterator[str]:
    if not _is_paired(run):
        yield run[:_MAX_TOKEN_CHARS]
    else:
        yield from (run[n : n + 2] for n in range(len(run)))


def _is_paired(run: str) -> bool:
    return re.match(f"[{_PAIRED}]", run) is not None


def _parse_query_word(part: str) -> QueryWord | None:
    """Return one word of a query; None where it has neither letter nor digit."""
    runs = _RUN.findall(part)
    if not runs:
        return None
    last = runs[-1]
    row = [token for run in runs for token in _tokenize_run(run)]
    if _is_paired(last) and len(last) > 1:
        # The last token is the last letter alone: it is left out, so that a particle may follow.
        return row[:-1], False
    return row, _is_prefix(runs)


def _is_prefix(runs: list[str]) -> bool:
    """Say whether a word may be longer than what was typed: not where it is one Latin letter, with which too many begin."""
    return len(runs) > 1 or len(runs[0]) > 1 or _is_paired(runs[0])


def _quote_tokens(row: list[str], open_end: bool) -> list[str]:
    return [f"'{token}'" for token in row[:-1]] + [f"'{row[-1]}'" + ":*" * open_end]


def _build_query_pattern(query: str) -> re.Pattern[str] | None:
    """Return an expression that finds the words of a query where the database found them."""
    parts = [_RUN.findall(part) for part in normalize_text(query[:MAX_QUERY_CHARS]).split()]
    wanted = [_build_word_pattern(runs) for runs in parts if runs][:MAX_QUERY_WORDS]
    return re.compile("|".join(wanted), re.IGNORECASE) if wanted else None


def _build_word_pattern(runs: list[str]) -> str:
    before = "" if _is_paired(runs[0]) else rf"(?<![^\W_{_PAIRED}])"
    end = rf"[^\W_{_PAIRED}]*" if _is_prefix(runs) else rf"(?![^\W_{_PAIRED}])"
    after = "" if _is_paired(runs[-1]) else end
    return before + r"[\W_]{0,9}".join(map(re.escape, runs)) + after


def _split_at_hits(text: str, pattern: re.Pattern[str]) -> Iterator[tuple[str, bool]]:
    """Yield a text's pieces between and at the hits."""
    end = 0
    for hit in pattern.finditer(text):
        if hit.start() > end:
            yield text[end : hit.start()], False
        yield hit.group(), True
        end = hit.end()
    if end < len(text):
        yield text[end:], False
