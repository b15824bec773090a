"""Layouts of the CSV files of other newsletter tools, recognized by the names of their columns: what each column means. Pure.

What each layout was checked against stands in docs/import.md. A layout that could not be confirmed (`confirmed` is false),
and a file whose columns cannot say who left, always wait for a person; the layout is only a proposal then. Not here: words
for the states of readers (state_words).
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from newsletter.subscribers.csv_import import state_words
from newsletter.subscribers.csv_import.state_words import ImportedState


class ColumnRole(StrEnum):
    """What a column is used as; kept as JSON on the import."""

    UNDECIDED = ""  # neither name nor values say it clearly: a person has to
    EMAIL = "email"
    STATE = "state"  # each value says whether the reader may be written to
    AWAY = "away"  # any entry in it says that somebody left
    DATE = "date"  # of consent
    LANGUAGE = "language"
    CATEGORIES = "categories"
    TAGS = "tags"
    ZONE = "zone"
    PUBLICATION = "publication"
    CONSENT = "consent"
    IGNORED = "ignored"


# A file has one column of each of these at most.
UNIQUE_ROLES = (
    ColumnRole.EMAIL,
    ColumnRole.LANGUAGE,
    ColumnRole.CATEGORIES,
    ColumnRole.ZONE,
    ColumnRole.PUBLICATION,
    ColumnRole.CONSENT,
)


def _split_words(words: str) -> list[str]:
    return words.split("|")


EMAIL_COLUMN_NAMES = frozenset(
    _split_words(
        "email|e mail|email address|e mail address|mail|mail address|subscriber email|subscriber|emailaddress"
        "|contact email|이메일|이메일 주소|이메일주소|메일|메일 주소|메일주소|전자우편|e 메일|adresse email|adresse e mail|courriel"
        "|e mail adresse|correo|correo electrónico|indirizzo email|メールアドレス|メール|邮箱|电子邮件|电子邮箱"
    )
)
# Those first that prove consent best: the time of a confirmation, then of a sign-up, then of the row.
DATE_COLUMN_NAMES = _split_words(
    "confirmed at|confirm time|confirmation date|opted in at|optin time|opt in date|optin date"
    "|subscribed at|subscription date|subscribed date|subscribed on|subscribed|signed up at|signup date"
    "|sign up date|date subscribed|joined|joined at|date joined|created at|creation date|date added|added"
    "|created|동의일|수신 동의일|구독일|구독 일시|구독일시|구독 시작일|가입일|가입일시|신청일|등록일|추가일|anmeldedatum|date d'inscription"
    "|fecha de alta|登録日|購読日|订阅日期"
)
_TAG_COLUMN_NAMES = frozenset(
    _split_words(
        "tags|tag|labels|label|groups|group|segments|segment|lists|list|interests|topics|태그|그룹|세그먼트|관심사|관심 분야"
        "|주제"
    )
)
# Columns about people that say nothing of consent. Any other column with a few values might, and a person is asked about it.
_ORDINARY = re.compile(
    r"(?:(?:first|last|full|middle|given|family|user|nick|display|company|subscriber)\s?)?name|surname|fname|lname|nickname"
    r"|id|uuid|user id|uid|phone(?: number)?|mobile|tel|address|street|zip|zip code|postal code|postcode|company|organi[sz]ation|job title"
    r"|notes?|memo|comment|birthday|birth date|url|website|ip|ip address|no\.?|#|번호|이름|성명|성|별명|닉네임|전화|전화번호|연락처|휴대폰|휴대전화"
    r"|회사|회사명|직장|소속|부서|직책|직함|주소|우편번호|메모|비고|생일|생년월일|vorname|nachname|prénom|nom|nombre|apellido|nome|cognome|氏名|名前|姓名"
)
_NOTE_COLUMN_NAMES = frozenset(
    _split_words("note|notes|memo|comment|comments|remark|remarks|메모|비고|참고|bemerkung|bemerkungen|notiz|備考|备注")
)


@dataclass(frozen=True)
class FileLayout:
    """The columns of one tool's file, by their normalized names."""

    name: str
    needs: frozenset[str]  # columns by which the file is recognized
    roles: dict[str, ColumnRole]
    values: dict[str, dict[str, ImportedState]] = field(default_factory=dict)  # of state columns, by name
    whole: ImportedState = ImportedState.UNDECIDED  # of everybody, where a file has one kind of people
    confirmed: bool = True  # against files or the source code of the tool
    note: str = ""  # the key of an explanation that a person has to read first


def _parse_roles(words: str) -> dict[str, ColumnRole]:
    """Return the roles of "name=role|name=role"; a name alone is a column to ignore."""
    pairs = (word.partition("=") for word in words.split("|"))
    return {name: ColumnRole(role or "ignored") for name, _is, role in pairs}


_SUBSCRIBED_IF_TRUE = {"true": ImportedState.SUBSCRIBED, "false": ImportedState.LEFT}
_MAILCHIMP = _parse_roles(
    "email address=email|first name|last name|address|phone number|member rating|optin time=date|optin ip|confirm time=date"
    "|confirm ip|latitude|longitude|gmtoff|dstoff|timezone|cc|region|last changed|leid|euid|notes|tags=tags|birthday|zip code|company"
    "|unsub time=away|unsub campaign title|unsub campaign id|unsub reason|unsub reason other"
    "|clean time=away|clean campaign title|clean campaign id"
)
_MAILCHIMP_KEYS = frozenset({"email address", "member rating", "optin time", "leid", "euid"})
_BUTTONDOWN = {
    **dict.fromkeys(
        ["regular", "premium", "trialed", "unpaid", "gifted", "churning", "paused", "past due"],
        ImportedState.SUBSCRIBED,
    ),
    **dict.fromkeys(["spammy", "blocked", "removed", "disabled"], ImportedState.BLOCKED),
    "unactivated": ImportedState.UNCONFIRMED,
    "unsubscribed": ImportedState.LEFT,
    "complained": ImportedState.COMPLAINED,
    "undeliverable": ImportedState.BOUNCED,
}
# The first one that fits is taken, so a layout with more columns stands before one with a part of them.
LAYOUTS = [
    FileLayout(
        "Daily Insights",
        frozenset({"email", "publication", "state", "consent source"}),
        _parse_roles(
            "email=email|language=language|categories=categories|confirmed at=date|time zone=zone|publication=publication"
            "|state=state|consent source=consent"
        ),
        {
            "state": {
                "": ImportedState.SUBSCRIBED,
                "active": ImportedState.SUBSCRIBED,
                "left": ImportedState.LEFT,
                "pending": ImportedState.UNCONFIRMED,
                "suppressed": ImportedState.SUPPRESSED,
            }
            | {
                "complained": ImportedState.COMPLAINED,
                "bounced": ImportedState.BOUNCED,
                "blocked": ImportedState.BLOCKED,
            }
        },
    ),
    FileLayout("Mailchimp", _MAILCHIMP_KEYS | {"unsub time"}, _MAILCHIMP, whole=ImportedState.LEFT),
    FileLayout("Mailchimp", _MAILCHIMP_KEYS | {"clean time"}, _MAILCHIMP, whole=ImportedState.BOUNCED),
    FileLayout("Mailchimp", _MAILCHIMP_KEYS, _MAILCHIMP, note="mailchimp"),
    FileLayout(
        "Substack",
        frozenset({"email", "active subscription", "email disabled", "created at"}),
        _parse_roles(
            "email=email|name|active subscription|expiry|plan|email disabled=state|prefer digests|digest enabled|created at=date"
            "|first payment at|first payment"
        ),
        {"email disabled": {"true": ImportedState.LEFT, "false": ImportedState.SUBSCRIBED}},
    ),
    FileLayout(
        "Ghost",
        frozenset({"email", "subscribed to emails", "complimentary plan", "created at"}),
        _parse_roles(
            "id|email=email|name|note|subscribed to emails=state|complimentary plan|stripe customer id|created at=date"
            "|deleted at=away|labels=tags|tiers|products|gift id"
        ),
        {"subscribed to emails": _SUBSCRIBED_IF_TRUE},
    ),
    FileLayout(
        "beehiiv",
        frozenset({"email", "status", "created at", "stripe customer id"}),
        _parse_roles(
            "email=email|first name|last name|status=state|tier|created at=date|stripe customer id|free tier|premium tier"
            "|unsubscribed at=away|subscription date (substack)"
        ),
        {
            "status": {
                "active": ImportedState.SUBSCRIBED,
                "inactive": ImportedState.LEFT,
                "pending": ImportedState.UNCONFIRMED,
                "needs approval": ImportedState.UNCONFIRMED,
            }
        },
    ),
    FileLayout(
        "listmonk",
        frozenset({"uuid", "email", "name", "attributes", "status", "created at", "updated at"}),
        _parse_roles("uuid|email=email|name|attributes|status=state|created at=date|updated at"),
        {
            "status": {
                "enabled": ImportedState.SUBSCRIBED,
                "disabled": ImportedState.BLOCKED,
                "blocklisted": ImportedState.BLOCKED,
            }
        },
        note="listmonk",
    ),
    FileLayout(
        "Stibee",
        frozenset({"이메일 주소", "추가 경로", "그룹", "구독일"}),
        _parse_roles(
            "이메일 주소=email|이름|추가 경로|그룹=tags|광고성 정보 수신 동의|구독일=date|마지막 업데이트일|구독 해지 사유=away|구독 상태=state"
        ),
        {
            "구독 상태": {
                "구독 중": ImportedState.SUBSCRIBED,
                "수신거부": ImportedState.LEFT,
                "자동삭제": ImportedState.BOUNCED,
            }
        },
        note="stibee",
    ),
    FileLayout(
        "Buttondown",
        frozenset({"email", "subscriber type", "creation date"}),
        _parse_roles(
            "id|email=email|notes|metadata|tags=tags|referrer url|secondary id|subscriber type=state|source|creation date=date"
            "|utm campaign|utm medium|utm source|unsubscription date=away|undeliverability date=away"
        ),
        {"subscriber type": _BUTTONDOWN},
        confirmed=False,
    ),
    FileLayout(
        "Buttondown",
        frozenset({"email address", "type", "creation date"}),
        _parse_roles(
            "id|email address=email|notes|metadata|tags=tags|referrer url|secondary id|type=state|source|creation date=date"
            "|utm campaign|utm medium|utm source|unsubscription date=away|undeliverability date=away"
        ),
        {"type": _BUTTONDOWN},
        confirmed=False,
    ),
    FileLayout(
        "Kit",
        frozenset({"first name", "email address", "state", "created at"}),
        _parse_roles("id|first name|email address=email|state=state|created at=date|tags=tags"),
        {
            "state": {
                "active": ImportedState.SUBSCRIBED,
                "confirmed": ImportedState.SUBSCRIBED,
                "inactive": ImportedState.UNCONFIRMED,
                "unconfirmed": ImportedState.UNCONFIRMED,
            }
            | {
                "cancelled": ImportedState.LEFT,
                "bounced": ImportedState.BOUNCED,
                "complained": ImportedState.COMPLAINED,
                "cold": ImportedState.SUBSCRIBED,
            }
        },
        confirmed=False,
    ),
    FileLayout(
        "MailerLite",
        frozenset({"subscriber", "subscribed", "opens", "clicks"}),
        _parse_roles(
            "subscriber=email|name|last name|sent|opens|clicks|subscribed=date|location|groups=tags|company|country|city|phone|state|zip"
        ),
        confirmed=False,
        note="segment",
    ),
    FileLayout(
        "MailerLite",
        frozenset({"email", "status", "subscribed at", "unsubscribed at"}),
        _parse_roles(
            "email=email|name|last name|status=state|subscribed at=date|opted in at=date|unsubscribed at=away|groups=tags|opens count|clicks count"
        ),
        {
            "status": {
                "active": ImportedState.SUBSCRIBED,
                "unsubscribed": ImportedState.LEFT,
                "unconfirmed": ImportedState.UNCONFIRMED,
                "bounced": ImportedState.BOUNCED,
            }
            | {"junk": ImportedState.COMPLAINED}
        },
        confirmed=False,
    ),
]


def recognize_layout(names: Sequence[str]) -> FileLayout | None:
    """Return the first layout whose columns are all among these names, None where there is none."""
    there = {state_words.normalize_words(name) for name in names}
    return next((layout for layout in LAYOUTS if layout.needs <= there), None)


def rank_date_column(name: str) -> int:
    """Return how well the dates of a column prove consent, by its name: 0 is best, unknown names come last."""
    known = state_words.normalize_words(name)
    return DATE_COLUMN_NAMES.index(known) if known in DATE_COLUMN_NAMES else len(DATE_COLUMN_NAMES)


def is_ordinary_column(name: str) -> bool:
    """Say whether a column is by its name about the person, and says nothing of consent."""
    return bool(_ORDINARY.fullmatch(state_words.normalize_words(name)))


def is_note_column(name: str) -> bool:
    """Say whether a column is by its name for free notes, which may say anything."""
    return state_words.normalize_words(name) in _NOTE_COLUMN_NAMES


def guess_role_by_name(name: str, samples: Sequence[str], *, are_dates: bool) -> ColumnRole:
    """Return the role of a column by its name, undecided where the name does not say it.

    `samples` are cells of it: a column named "address" holds e-mail addresses only where they have an @.
    """
    normalized = state_words.normalize_words(name)
    if normalized in EMAIL_COLUMN_NAMES or (normalized in {"주소", "address"} and any("@" in cell for cell in samples)):
        return ColumnRole.EMAIL
    if normalized in DATE_COLUMN_NAMES and are_dates:
        return ColumnRole.DATE
    if state_words.is_leaving_detail_column(normalized):
        return ColumnRole.AWAY
    exact = {"language": ColumnRole.LANGUAGE, "categories": ColumnRole.CATEGORIES, "time zone": ColumnRole.ZONE}
    return exact.get(normalized) or (ColumnRole.TAGS if normalized in _TAG_COLUMN_NAMES else ColumnRole.UNDECIDED)


def guess_state_by_file_name(name: str) -> ImportedState:
    """Return the state of everybody in a file by the file's name, as Mailchimp and people name such files.

    Undecided where the name says nothing of it, or speaks of people who left in words that a person has to read.
    """
    words = re.split(r"[\W\d_]+", unicodedata.normalize("NFKC", name).lower())
    states = [
        state_words.get_state_of_word(word) or state_words.get_state_of_word(word.removesuffix("s"))
        for word in words
        if word
    ]
    away = next(
        (state for state in states if state not in {ImportedState.UNDECIDED, ImportedState.SUBSCRIBED}),
        ImportedState.UNDECIDED,
    )
    if state_words.is_negated(name) or (not away and state_words.is_about_leaving(name)):
        return ImportedState.UNDECIDED
    return away or (ImportedState.SUBSCRIBED if "subscribed" in words else ImportedState.UNDECIDED)
