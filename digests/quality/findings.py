"""Findings of the quality checks: which check, its weight, the place in the text, and a code with values for the sentence.

The sentences are the labels of `FindingCode`; a check passes only the values. Whether a digest with findings may be approved
is decided in `digests.quality.section_checks`.
"""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy, pgettext_lazy

from digests.text.messages import MessageCode, format_message, make_message


class FindingWeight(StrEnum):
    """Whether a finding holds the digest back or is only shown to the editor."""

    BLOCK = "block"
    WARN = "warn"


# The values for {found} and {more} come from models and feeds: they are shown as text and never read as a template.
class FindingCode(MessageCode):
    """What a check found: the name of the check before the dot, and its sentence for an editor."""

    INPUT_SHORT = (
        "input.short",
        ngettext_lazy(
            "The source is only {more} character long. List the title only.",
            "The source is only {more} characters long. List the title only.",
            "more",
        ),
    )
    INPUT_WALL = "input.wall", _("We fetched a block page ({found}) instead of the article. List the title only.")
    SHAPE_PART = "shape.part", _("This part is empty: {found}")
    SHAPE_MISSING = "shape.missing", _("Key point {found} is missing.")
    SHAPE_TWICE = "shape.twice", _("Key point {found} appears more than once.")
    SHAPE_UNKNOWN = "shape.unknown", _("This section has no item {found}.")
    SHAPE_SHORT = (
        "shape.short",
        ngettext_lazy(
            "Too short: {found} character (minimum {more}).", "Too short: {found} characters (minimum {more}).", "found"
        ),
    )
    SHAPE_LONG = (
        "shape.long",
        ngettext_lazy(
            "Too long: {found} character (maximum {more}).", "Too long: {found} characters (maximum {more}).", "found"
        ),
    )
    SHAPE_WORDS = (
        "shape.words",
        ngettext_lazy("Too long: {found} word (maximum {more}).", "Too long: {found} words (maximum {more}).", "found"),
    )
    SHAPE_SENTENCES = (
        "shape.sentences",
        ngettext_lazy(
            "Too long: {found} sentence (maximum {more}).", "Too long: {found} sentences (maximum {more}).", "found"
        ),
    )
    SHAPE_KEYWORDS = "shape.keywords", _("Too many keywords: {found} (maximum {more}).")
    EVIDENCE_MISSING = "evidence.missing", _("No passage of a source was given for this sentence.")
    EVIDENCE_UNKNOWN = "evidence.unknown", _("This passage isn’t in the source: {found}")
    EVIDENCE_LONG = (
        "evidence.long",
        ngettext_lazy(
            "The passage is too long: {found} character (maximum {more}).",
            "The passage is too long: {found} characters (maximum {more}).",
            "found",
        ),
    )
    FIGURES_UNIT = "figures.unit", _("The source has another unit: {found} (source: {more})")
    FIGURES_COUNTER = "figures.counter", _("The source counts something else: {found} (source: {more})")
    FIGURES_BOUND = "figures.bound", _("The source has another bound: {found} (source: {more})")
    FIGURES_POINTS = "figures.points", _("Percent or percentage points? {found} (source: {more})")
    FIGURES_COUNT = "figures.count", _("The source has another number: {found} (source: {more})")
    FIGURES_PAIR = "figures.pair", _("This number belongs to something else in the source: {found} ({more})")
    MEANING_DIRECTION = "meaning.direction", _("The source says the opposite: {found} (source: {more})")
    MEANING_NEGATION = "meaning.negation", _("Negated here, or only in the source: {found} (source: {more})")
    MEANING_ROLES = "meaning.roles", _("Who did better than whom? {found} (source: {more})")
    MEANING_HEDGE = "meaning.hedge", _("The source is less certain: {found} (source: {more})")
    MEANING_SCOPE = "meaning.scope", _("The source doesn’t claim this for everything: {found}")
    MEANING_CONDITION = "meaning.condition", _("The source names a condition that is missing here: {found}")
    MEANING_CAUSE = "meaning.cause", _("The source names no such cause: {found}")
    MEANING_BEST = "meaning.best", _("The source doesn’t say this: {found}")
    INVENTED_RELEASE = "invented.release", _("The source says nothing of a release: {found}")
    INVENTED_USE = "invented.use", _("The source says nothing of users: {found}")
    INVENTED_PLAN = "invented.plan", _("The source says nothing of plans: {found}")
    INVENTED_MAKER = "invented.maker", _("The source doesn’t name this maker: {found}")
    INVENTED_DATA = "invented.data", _("The source says nothing of such data: {found}")
    INVENTED_SUBJECT = "invented.subject", _("The source isn’t about this: {found}")
    INVENTED_FINDING = "invented.finding", _("The source has no such finding: {found}")
    GENERIC_POINT = "generic.point", _("This would fit any paper: name what only this item has.")
    STYLE_REGISTER = "style.register", _("Not in the newsletter’s polite form: {found}")
    STYLE_HYPE = "style.hype", _("Praise instead of facts: {found}")
    STYLE_ITEM_NUMBER = "style.item_number", _("Readers don’t see item numbers: {found}")
    STYLE_ENGLISH = "style.english", _("Say this in the newsletter’s language: {found}")
    STYLE_GLOSS = "style.gloss", _("The English term doesn’t fit: {found} (expected: {more})")
    STYLE_MARK = "style.mark", _("Formatting marks in the text: {found}")
    STYLE_ELLIPSIS = "style.ellipsis", _("The sentence isn’t finished: {found}")
    STYLE_REMARK = "style.remark", _("Speaks of the text instead of the matter: {found}")
    STYLE_TYPO = "style.typo", _("Check the spelling: {found} (probably: {more})")
    STYLE_PARTICLE = "style.particle", _("Wrong particle: {found} (right: {more})")
    NAMES_VERSION = "names.version", _("The source has another version: {found} (source: {more})")
    VERIFY_CONTRADICTED = "verify.contradicted", _("The checking AI says the source contradicts this: {found}")
    VERIFY_UNSTATED = "verify.unstated", _("The checking AI didn’t find this in the source.")
    TITLES_ALTERED = "titles.altered", _("The title was changed. The source’s title: {more}")
    COVERAGE_COUNT = "coverage.count", _("The text says “{found}”, but this section has {more}.")
    MARKUP_HTML = "markup.html", _("Contains HTML: {found}")
    MARKUP_IMAGE = "markup.image", _("Contains an image: {found}")
    MARKUP_HEADING = "markup.heading", _("Contains a heading or code block: {found}")
    MARKUP_LINK = "markup.link", _("This link doesn’t go to an item in this section: {found}")
    ECHO_REFUSAL = "echo.refusal", _("This looks like a refusal or an apology: {found}")
    ECHO_PHRASE = "echo.phrase", _("This looks like an instruction or the AI talking about itself: {found}")
    LANGUAGE_TEXT = "language.text", _("Not written in the newsletter’s language (only {found} of the letters).")
    SCRIPT_FOREIGN = "script.foreign", _("Foreign characters that aren’t in any source: {found}")
    MAGNITUDE_SCALE = "magnitude.scale", _("No source has this value: {found}")
    MAGNITUDE_DIGITS = "magnitude.digits", _("No source has this value: {found} (source: {more})")
    NUMBERS_UNKNOWN = "numbers.unknown", _("This number isn’t in the item’s source: {found}")
    NAMES_TYPO = "names.typo", _("Check the spelling: {found} (source: {more})")
    NAMES_UNKNOWN = "names.unknown", _("This name isn’t in any source: {found}")
    WIRING_OTHER = "wiring.other", _("This seems to be about item {more}, not item {found}.")
    WIRING_NAME = "wiring.name", _("This name is in the source of item {more}, not this one: {found}")
    REPETITION_SENTENCE = "repetition.sentence", _("This sentence appears twice: {found}")
    REPETITION_WORDS = "repetition.words", _("These words repeat: {found}")
    CUT_END = "cut.end", _("The last sentence is cut off: …{found}")
    LEDGER_SEEN = "ledger.seen", _("Item {found} was already published: {more}")
    LEDGER_TWICE = "ledger.twice", _("Items {found} and {more} are the same story.")
    LEDGER_WITHDRAWN = "ledger.withdrawn", _("Item {found} was withdrawn: {more}")


class SectionPart(MessageCode):
    """The parts of a section, by the names that the page has for them."""

    THEMES = "part.themes", pgettext_lazy("part of a section", "Themes")
    KEYWORDS = "part.keywords", pgettext_lazy("part of a section", "Common keywords")
    TRENDS = "part.trends", pgettext_lazy("part of a section", "Trends")
    POINTS = "part.points", pgettext_lazy("part of a section", "Key points")
    IMPACT = "part.impact", pgettext_lazy("part of a section", "Impact")
    OUTLOOK = "part.outlook", pgettext_lazy("part of a section", "Outlook")
    TEXT = "part.text", pgettext_lazy("part of a section", "Text")
    POINT = "part.point", pgettext_lazy("part of a section", "Key point {number}")
    HEADLINE = "part.headline", pgettext_lazy("part of a section", "Headline {number}")


GATE_NAMES = tuple(dict.fromkeys(code.partition(".")[0] for code in FindingCode.values))


@dataclass(frozen=True)
class Finding:
    """One fault that a check found.

    `span` is its start and end: in the part when the five parts of a model are checked, in the whole text otherwise.
    """

    weight: FindingWeight
    code: FindingCode
    params: dict[str, Any] = field(hash=False)
    span: tuple[int, int]
    part: str = "text"

    @property
    def gate(self) -> str:
        """The name of the check."""
        return str(self.code.partition(".")[0])

    @property
    def message(self) -> dict[str, Any]:
        """The code and the values, as rows keep them."""
        return make_message(self.code, **self.params)

    @property
    def sentence(self) -> str:
        """The sentence in the active language."""
        return format_message(self.message)

    def as_json(self) -> dict[str, Any]:
        """Return the finding as it is kept on the section's row."""
        return self.message | {"gate": self.gate, "weight": self.weight, "span": list(self.span), "part": self.part}


def make_finding(
    kind: str,
    *,
    found: Any = "",
    more: Any = "",
    span: tuple[int, int],
    part: str,
    weight: FindingWeight = FindingWeight.BLOCK,
) -> Finding:
    """Return a finding; `kind` is the value of a FindingCode, `found` and `more` are texts, numbers or amounts."""
    params = {name: value for name, value in (("found", found), ("more", more)) if value != ""}
    return Finding(weight, FindingCode(kind), params, span, part)


def make_part_message(part: str) -> dict[str, Any]:
    """Return the message that names a part as the checks call it: "themes", "point 3"."""
    name, _space, number = part.partition(" ")
    if name in {"point", "headline"}:
        return make_message(SectionPart(f"part.{name}"), number=number)
    return make_message(SectionPart(f"part.{part}"))
