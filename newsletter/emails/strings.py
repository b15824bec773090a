"""The words around a digest in its email, per language: labels, and the line about how much was summarized.

A language without an entry here reads English. Not here: the text of the digest, and the sentences of service mails (phrases).
"""

_STRINGS = {
    "ko": {
        "web": "웹에서 보기",
        "sources": "출처",
        "more": "{heading} 계속 읽기",
        "section": "웹에서 {heading} 보기",
        "manage": "관심 분야 변경",
        "leave": "구독 해지",
        "stop": "이 분야만 그만 받기",
        "split": "‘{old}’ 분야를 여럿으로 나눴습니다: {parts}. ‘{old}’ 분야를 받던 분께는 직접 고르실 때까지 모두 보내 드립니다.",
        "split_link": "받을 분야 고르기",
        "why": "{site}에서 {name} 구독을 신청하고 메일로 확인까지 마치셨기에 보내 드립니다.",
        "summarized": "{shown}건 요약",
        "summarized_of": "후보 {found}건 중 {shown}건 요약",
        "listed": "{shown}건 중 {summarized}건 요약",
        "listed_of": "후보 {found}건 중 {shown}건 수록, {summarized}건 요약",
        "extracted": "{shown}건 · 원문에서 추출한 요약입니다",
        "extracted_of": "후보 {found}건 중 {shown}건 · 원문에서 추출한 요약입니다",
    },
    "en": {
        "web": "View on the web",
        "sources": "Sources",
        "more": "Read on: {heading}",
        "section": "{heading} on the web",
        "manage": "Change categories",
        "leave": "Unsubscribe",
        "stop": "Stop this category",
        "split": "“{old}” has been divided: {parts}. Readers of “{old}” get all of them until they choose.",
        "split_link": "Choose what you want",
        "why": "You receive this because you signed up for {name} at {site} and confirmed it by email.",
        "summarized": "{shown} summarized",
        "summarized_of": "{shown} of {found} candidates summarized",
        "listed": "{shown} listed, {summarized} summarized",
        "listed_of": "{shown} of {found} candidates listed, {summarized} summarized",
        "extracted": "{shown} item{s} · Extracted from the sources",
        "extracted_of": "{shown} of {found} candidates · Extracted from the sources",
    },
}


def get_email_language(language: str) -> str:
    """Return the language of the email's words for a publication in `language`: "ko" for "ko-KR", "en" for an unknown one."""
    base = language.lower().replace("_", "-").partition("-")[0]
    return base if base in _STRINGS else "en"


def get_strings(language: str) -> dict[str, str]:
    """Return the labels of a language by key; their placeholders are to be filled by `str.format`."""
    return _STRINGS[get_email_language(language)]


def format_coverage(language: str, *, shown: int, found: int, extracted: bool, summarized: int | None = None) -> str:
    """Return the line about a section's coverage: how many of the found items it has, and whether its text is extracted.

    `summarized` is how many of the shown items the model wrote about; the others are listed by title alone. An empty string
    where the section has no items, as it may be after an editor's work.
    """
    is_partly = summarized is not None and summarized < shown
    key = ("extracted" if extracted else "listed" if is_partly else "summarized") + ("_of" if found > shown else "")
    return (
        get_strings(language)[key].format(shown=shown, found=found, summarized=summarized, s="s" * (shown != 1))
        if shown
        else ""
    )
