"""Findings of the quality gates: which gate, its weight, the place in the text, and a sentence for the editor.

The sentences are in `GATE_MESSAGES`, in Korean and English; a gate passes only the values. Whether a digest with findings
may be approved is decided in `digests.quality.section_checks`.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any


class FindingWeight(StrEnum):
    """Whether a finding holds the digest back or is only shown to the editor."""

    BLOCK = "block"
    WARN = "warn"


# The values for {found} and {more} come from models and feeds: they are shown as text and never read as a template.
GATE_MESSAGES: dict[str, tuple[str, str]] = {
    "input.short": (
        "원문 요약이 {more}자뿐이라 이 항목은 요약할 수 없습니다. 제목만 싣습니다.",
        "The source says only {more} characters: list the title, do not summarize it.",
    ),
    "input.wall": (
        "원문 대신 접근 차단 안내문({found})이 수집되었습니다. 제목만 싣습니다.",
        "A block page ({found}) came in place of the text: list the title, do not summarize it.",
    ),
    "shape.part": ("이 부분이 비어 있습니다: {found}.", "This part is empty: {found}."),
    "shape.missing": ("{found}번 항목의 핵심 내용이 없습니다.", "Item {found} has no key point."),
    "shape.twice": ("{found}번 항목이 두 번 나옵니다.", "Item {found} has more than one key point."),
    "shape.unknown": ("{found}번 항목은 이 섹션에 없습니다.", "There is no item {found} in this section."),
    "shape.short": (
        "내용이 너무 짧습니다({found}자, 최소 {more}자).",
        "Too short: {found} characters of at least {more}.",
    ),
    "shape.long": (
        "내용이 너무 깁니다({found}자, 최대 {more}자).",
        "Too long: {found} characters of at most {more}.",
    ),
    "shape.keywords": ("키워드가 {found}개입니다(최대 {more}개).", "There are {found} keywords; {more} is the limit."),
    "coverage.count": (
        "‘{found}’라고 했지만 이 섹션의 항목은 {more}건입니다.",
        "It speaks of “{found}”, but the section has {more}.",
    ),
    "markup.html": ("HTML이 들어 있습니다: {found}", "There is HTML in it: {found}"),
    "markup.image": ("이미지가 들어 있습니다: {found}", "There is an image in it: {found}"),
    "markup.heading": (
        "제목이나 코드 블록이 들어 있습니다: {found}",
        "There is a heading or a code block in it: {found}",
    ),
    "markup.link": (
        "이 섹션 항목의 주소가 아닌 링크입니다: {found}",
        "A link that is not the address of an item here: {found}",
    ),
    "echo.phrase": (
        "본문이 아니라 모델에 준 지시나 모델의 인사말로 보입니다: {found}",
        "This reads like an instruction or the model talking about itself: {found}",
    ),
    "language.text": (
        "본문이 발행 언어로 쓰이지 않았습니다(해당 문자 비율 {found}).",
        "It is not written in the publication's language ({found} of the letters).",
    ),
    "script.foreign": ("원문에 없는 외국 문자입니다: {found}", "Letters of another script that no source has: {found}"),
    "magnitude.scale": (
        "{found}에 해당하는 수가 원문에 없습니다. {more}",
        "No source has the value of {found}. {more}",
    ),
    "numbers.unknown": ("{found}이(가) 해당 항목의 원문에 없습니다.", "The item's source does not have {found}."),
    "names.typo": (
        "{found}은(는) 원문의 {more}을(를) 잘못 쓴 것으로 보입니다.",
        "{found} looks like a misspelling of {more} in the source.",
    ),
    "names.unknown": ("{found}은(는) 어느 원문에도 없는 이름입니다.", "No source has the name {found}."),
    "wiring.other": (
        "이 내용은 {found}번 항목이 아니라 {more}번 항목의 이야기로 보입니다.",
        "This reads like item {more}, not item {found}.",
    ),
    "wiring.name": (
        "{found}은(는) 이 항목이 아니라 {more}번 항목의 원문에 있습니다.",
        "{found} stands in the source of item {more}, not of this one.",
    ),
    "repetition.sentence": ("같은 문장이 두 번 나옵니다: {found}", "A sentence stands twice: {found}"),
    "repetition.words": ("같은 말이 되풀이됩니다: {found}", "The same words come again and again: {found}"),
    "cut.end": ("문장이 끝나지 않았습니다: …{found}", "The last sentence has no end: …{found}"),
    "ledger.seen": (
        "{found}번 항목은 이전 호에 실렸습니다: {more}",
        "Item {found} was in an earlier issue: {more}",
    ),
    "ledger.twice": (
        "{found}번 항목은 {more}번 항목과 같은 글입니다.",
        "Item {found} is the same story as item {more}.",
    ),
    "ledger.withdrawn": (
        "{found}번 항목은 철회된 논문입니다: {more}",
        "Item {found} was withdrawn: {more}",
    ),
}
GATE_NAMES = tuple(dict.fromkeys(key.partition(".")[0] for key in GATE_MESSAGES))
_MAX_SHOWN_CHARACTERS = 120  # a longer value is cut in the sentence; the span still has all of it


@dataclass(frozen=True)
class Finding:
    """One fault that a gate found.

    `span` is its start and end: in the part when the five parts of a model are checked, in the whole text otherwise.
    """

    gate: str
    weight: FindingWeight
    message: str
    span: tuple[int, int]
    part: str = "text"
    korean: str = ""

    def as_json(self) -> dict[str, Any]:
        """Return the finding as it is kept on the section's row."""
        return asdict(self) | {"span": list(self.span)}


def make_finding(
    kind: str,
    *,
    found: object = "",
    more: object = "",
    span: tuple[int, int],
    part: str,
    weight: FindingWeight = FindingWeight.BLOCK,
) -> Finding:
    """Return a finding with its sentence in both languages; `kind` is a key of GATE_MESSAGES."""
    # Both languages are kept: editors who read different languages see the same row.
    korean, english = GATE_MESSAGES[kind]
    values = {"found": _shorten(found), "more": _shorten(more)}
    gate = kind.partition(".")[0]
    return Finding(gate, weight, english.format(**values).strip(), span, part, korean.format(**values).strip())


def localize_finding(kept: Mapping[str, Any], language: str) -> str:
    """Return the sentence of a finding that was kept as JSON: in Korean if `language` is "ko", else in English."""
    return str((language == "ko" and kept.get("korean")) or kept.get("message", ""))


def _shorten(value: object) -> str:
    words = " ".join(str(value).split())
    return words if len(words) <= _MAX_SHOWN_CHARACTERS else words[: _MAX_SHOWN_CHARACTERS - 1] + "…"
