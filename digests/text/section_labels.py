"""Headings and set phrases of a section, in the language of the publication, by gettext.

A language without a catalog gets English labels. The Markdown of a section keeps the labels of the day on which it was
written, so the headings of all languages, and of earlier versions, are known here. Not here: the layout that uses them
(`templates/digests/section.md`).
"""

import functools

from django.utils.translation import pgettext_lazy

from digests.text.localization import get_catalog_language, list_catalog_languages, use_language

_LABELS = {
    "themes": pgettext_lazy("section", "Themes"),
    "keywords_and_trends": pgettext_lazy("section", "Keywords and trends"),
    "common_keywords": pgettext_lazy("section", "Common keywords"),
    "points": pgettext_lazy("section", "Key points"),
    "impact": pgettext_lazy("section", "Impact"),
    "outlook": pgettext_lazy("section", "Conclusion and outlook"),
    "impact_and_outlook": pgettext_lazy("section", "Impact and outlook"),
    "keywords": pgettext_lazy("section", "Keywords:"),
    "single": pgettext_lazy("section", "Only one item, so no trends."),
    "single_text": pgettext_lazy("section", "Only one item has a text, so no trends."),
    "quoted": pgettext_lazy("section", "One key sentence from each source, quoted as is."),
    "empty": pgettext_lazy("section", "(left empty for lack of evidence)"),
    "titles": pgettext_lazy("section", "The sources have little or no text, so only titles are listed."),
}
# The gates' name of the part below each heading. "keywords" is not one: a single item's keywords are a line of the first part.
_PARTS_BY_LABEL = {
    "themes": "themes",
    "keywords_and_trends": "trends",
    "common_keywords": "keywords",
    "points": "points",
    "impact": "impact",
    "outlook": "outlook",
    "impact_and_outlook": "impact",
}
# What sections of earlier versions have in their Markdown; a changed translation of a label gets a line here.
_EARLIER_HEADINGS = {"키워드와 동향": "trends"}
_EARLIER_NOTICES = frozenset(
    {
        "원문에서 핵심 문장을 한 문장씩 그대로 옮겼습니다.",
        "본문이 짧거나 없어 제목만 전합니다.",
        "Key sentences, one per source, word for word.",
        "The sources bring no text to speak of: titles only.",
    }
)


def get_section_labels(language: str) -> dict[str, str]:
    """Return the labels of a section by name, for a language tag: those of "pt" for pt-BR, which has none of its own."""
    with use_language(get_catalog_language(language)):
        return {name: str(label) for name, label in _LABELS.items()}


@functools.cache
def get_parts_by_heading() -> dict[str, str]:
    """Return the part that each heading stands above, for the case-folded headings of all languages."""
    return {heading.casefold(): part for heading, part in _EARLIER_HEADINGS.items()} | {
        get_section_labels(language)[name].casefold(): part
        for language in list_catalog_languages()
        for name, part in _PARTS_BY_LABEL.items()
    }


@functools.cache
def get_keywords_labels() -> tuple[str, ...]:
    """Return what stands before the keywords of a single item, in all languages."""
    return tuple(get_section_labels(language)["keywords"] for language in list_catalog_languages())


@functools.cache
def get_extraction_notices() -> frozenset[str]:
    """Return the sentences, of all languages, which say that a section consists of excerpts from its sources."""
    labels = [get_section_labels(language) for language in list_catalog_languages()]
    return _EARLIER_NOTICES | {one[name] for one in labels for name in ("quoted", "titles")}
