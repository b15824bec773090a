"""Words, dates and times in the language of a text or of a reader, by gettext and Django's formats.

A language that has no translation of ours reads English words, with its own dates where Django knows it. Not here: names that
editors give (categories, publications), which stand in rows, and what the checks know of a language (`languages`).
"""

from contextlib import AbstractContextManager

from django.utils import translation

_SCRIPTS = {"zh": "zh-hans", "zh-cn": "zh-hans", "zh-sg": "zh-hans", "zh-tw": "zh-hant", "zh-hk": "zh-hant"}


def get_base_language(tag: str) -> str:
    """Return the language of a tag, without its region or script: "ko" for "ko-KR" or "ko_KR"."""
    return tag.lower().replace("_", "-").partition("-")[0]


def use_language(tag: str) -> AbstractContextManager[None]:
    """Return a context in which gettext and Django's formats speak the language of a tag."""
    return translation.override(to_django_language(tag))


def to_django_language(tag: str) -> str:
    """Return the code by which Django knows a language: "ko" for "ko-KR", "pt-br", "zh-hans" for "zh"."""
    tag = tag.lower().replace("_", "-")
    tag = _SCRIPTS.get(tag, tag)
    return tag if translation.check_for_language(tag) else get_base_language(tag)
