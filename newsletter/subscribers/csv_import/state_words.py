"""Words for who may be written to and who left, in the columns and file names of a CSV import, in many languages. Pure.

A word stands here if several tools or people use it, and it means the same in all of them. What is not found here, or is
ambiguous, is left to a person: a wrong guess would write to somebody who left.
"""

import re
import unicodedata
from enum import StrEnum


class ImportedState(StrEnum):
    """Whether the owner of an address may be written to, as a file says it; kept as JSON on the import.

    In the order of weight: where two columns, or two lines about one address, differ, the later member counts, so that
    nobody who left or complained is written to because another column says "active".
    """

    UNDECIDED = ""  # the file does not say it clearly: a person has to
    SUBSCRIBED = "subscribed"
    UNCONFIRMED = "unconfirmed"
    LEFT = "left"
    BOUNCED = "bounced"
    BLOCKED = "blocked"
    SUPPRESSED = "suppressed"
    COMPLAINED = "complained"

    @property
    def weight(self) -> int:
        """Return the place in the order of weight."""
        return _WEIGHTS[self]


_WEIGHTS = {state: n for n, state in enumerate(ImportedState)}
STATES = tuple(state for state in ImportedState if state)  # what a person may choose from

_WORDS_BY_STATE = {
    ImportedState.SUBSCRIBED: """
        subscribed|active|enabled|confirmed|regular|opted in|optin|verified|subscriber|receiving
        구독|구독 중|구독중|수신|수신 중|수신중|수신동의|수신 동의|정상|활성|구독자
        aktiv|angemeldet|abonniert|inscrit|abonné|actif|activo|suscrito|attivo|iscritto|ativo|inscrito|actief|aangemeld
        購読中|登録中|配信中|有効|已订阅|订阅|有效|активен|подписан""",
    ImportedState.UNCONFIRMED: """
        unconfirmed|not confirmed|pending|waiting|unactivated|unverified|awaiting confirmation|validating|needs approval
        nonsubscribed|non subscribed|non subscriber|transactional|invited
        미확인|미인증|대기|확인 대기|승인 대기|인증 대기|미승인
        unbestätigt|ausstehend|en attente|non confirmé|pendiente|in attesa|pendente|仮登録|未確認|待确认|未确认|ожидает""",
    ImportedState.LEFT: """
        unsubscribed|unsubscribe|unsub|opted out|opt out|optout|left|inactive|cancelled|canceled|removed|deleted|no longer
        not subscribed|former|gone|archived
        수신거부|수신 거부|거부|구독취소|구독 취소|구독해지|구독 해지|해지|탈퇴|취소|미수신|수신안함|수신 안함|비활성|삭제
        abgemeldet|ausgetragen|inaktiv|gekündigt|désinscrit|désabonné|inactif|inactivo|baja|de baja|cancelado|desuscrito
        disiscritto|cancellato|inattivo|descadastrado|inativo|afgemeld|uitgeschreven|退会|配信停止|停止|解除|購読解除
        已退订|退订|取消|отписан|отписался""",
    ImportedState.BOUNCED: """
        bounced|bounce|hard bounce|hard bounced|soft bounce|soft bounced|cleaned|undeliverable|undelivered|invalid|dead
        자동삭제|자동 삭제|반송|반송됨|오류|수신불가|발송불가|전송 실패|발송 실패|unzustellbar|rebotado|rejeté|エラー|不達|退信""",
    ImportedState.BLOCKED: """
        blocked|blocklisted|blacklisted|banned|suppressed|disabled|held|spammy|do not contact|do not email|do not mail
        차단|차단됨|제외|gesperrt|bloqué|bloqueado|bloccato|geblokkeerd|ブロック|拒否|已屏蔽|заблокирован""",
    ImportedState.COMPLAINED: """
        complained|complaint|complaints|spam|spam complaint|spam report|abuse|abuse complaint|junk|marked as spam
        reported as spam|스팸|스팸신고|스팸 신고|신고""",
}
_STATE_BY_WORD = {
    word.strip(): state
    for state, words in _WORDS_BY_STATE.items()
    for word in re.split(r"[|\n]", words)
    if word.strip()
}

_YES = {
    "true",
    "yes",
    "y",
    "1",
    "o",
    "on",
    "t",
    "✓",
    "예",
    "네",
    "동의",
    "동의함",
    "ja",
    "oui",
    "si",
    "sí",
    "sim",
    "はい",
    "是",
    "да",
}
_NO = {
    "false",
    "no",
    "n",
    "0",
    "off",
    "f",
    "아니오",
    "아니요",
    "미동의",
    "동의안함",
    "nein",
    "non",
    "não",
    "nee",
    "いいえ",
    "否",
    "нет",
}

# Parts of words by which a name speaks of people who left or must not be written to.
_AWAY_WORDS = re.compile(
    r"unsub|opt.?out|disabl|bounc|block|black.?list|\bban|suppress|clean|delet|remov|complain|spam|abuse|undeliver|cancel|churn"
    r"|수신.?거부|거부|해지|탈퇴|취소|차단|반송|삭제|abgemeldet|abmeld|gesperrt|gelöscht|kündig|désinscri|desinscri|désabonn"
    r"|\bbaja\b|disiscri|descadastr|afgemeld|退会|停止|解除|退订|отпис",
    re.IGNORECASE,
)
# Less usual words of the same meaning: such a column is taken for a state, and a person says what its values mean.
_AWAY_PHRASES = re.compile(
    r"(?:do ?n.?o?t|never) (?:e ?)?(?:mail|contact|send|disturb|subscribe)|\bdnc\b|withdr[ae]w|revok|object(?:ed|ion)|refus|declin|reject"
    r"|\bleft\b|leave|leaving|depart|resign|\bquit|\bend(?:ed)?\b|terminat|expel|deceased|철회|이탈|중지|중단|종료|만료|widerspr|widerruf|austritt"
    r"|ausgetreten|beendet|sortie|resiliat|résili|opposition|revoca|recesso|解約|拒否|不要|配信|離脱|取消|отказ|выход",
    re.IGNORECASE,
)
# A name that negates the word in it ("not confirmed"): a person decides what yes and no mean in such a column.
_NEGATED = re.compile(
    r"\b(?:not?|non|never|without|do ?n.?t|kein\w*|nicht|nie|ohne|sans|pas|sin|senza|sem|geen|niet|не|нет)\b"
    r"|\bun(?:confirm|verif|activ|bestät|approv)|\binac?tiv|\binaktiv|\binactif|\binatt?iv|неактив|неподтвер"
    r"|미(?=수신|동의|확인|인증|구독|승인|신청|해지|차단)|비(?=활성|구독|수신|동의)|안 ?함|않|없음|未|非|不|無|ない|なし|无",
    re.IGNORECASE,
)
# Words that may be about the reader, or about the ban that the column is named after: "active" below "blocked".
_AMBIGUOUS_WORDS = frozenset(
    [
        "active",
        "enabled",
        "confirmed",
        "verified",
        "regular",
        "활성",
        "aktiv",
        "actif",
        "activo",
        "attivo",
        "ativo",
        "actief",
        "有効",
        "有效",
        "активен",
    ]
)
# What programs write into an empty cell: dashes, NULL, the zero date of MySQL and of .NET.
_EMPTY_VALUE = re.compile(r"(?:-+|n/?a|null|none|nil|nan|(?:0000[-/.]00[-/.]00|0001[-/.]01[-/.]01).*)", re.IGNORECASE)
# Soft hyphens, zero-width spaces and marks of direction: they come along when people copy text.
_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u2060\ufeff]")
# Names of columns in which a yes says that somebody agreed.
_SUBSCRIBED_NAMES = re.compile(
    r"subscri|active|enabled|opt.?in\b|confirm|verif|agree|consent|permission|abonn|angemeldet|aktiv|inscri|suscri|iscri|동의|구독|수신|활성|購読"
    r"|订阅|подпис|newsletter|mailing|receiv",
    re.IGNORECASE,
)
# Names of columns that hold a state, whatever it is.
_STATE_NAMES = re.compile(
    r"stat(?:us|e)\b|상태|구분|유형|\btype\b|subscribertype|statut|estado|\bstato\b|zustand|ステータス|状態|状态|статус|stage|suppression|reason",
    re.IGNORECASE,
)
# The end of a name such as "unsubscribe time" or "해지 사유": any entry in such a column means that somebody left.
_DETAIL_WORDS = re.compile(
    r"(?:time|date|when|\bat|\bon|reason|campaign(?: title| id)?|other)$|(?:일|일시|일자|날짜|시각|시간|사유|이유)$|datum|fecha|日時?$|дата",
    re.IGNORECASE,
)
# Which kind of leaving the name of a column speaks of; without one of these it is LEFT.
_STATE_PATTERNS = {
    ImportedState.COMPLAINED: re.compile(r"complain|spam|abuse|신고|스팸", re.IGNORECASE),
    ImportedState.BOUNCED: re.compile(r"bounc|clean|undeliver|반송|자동.?삭제", re.IGNORECASE),
    ImportedState.BLOCKED: re.compile(r"block|black.?list|\bban|suppress|disabl|차단|gesperrt", re.IGNORECASE),
}


def normalize_words(words: str) -> str:
    """Return words in the form in which they are compared: composed letters (NFKC), lower case, single spaces."""
    words = _INVISIBLE.sub("", unicodedata.normalize("NFKC", words))
    return " ".join(re.sub(r"[_\-/]+", " ", words).lower().split())


def get_state_of_word(value: str) -> ImportedState:
    """Return the state that a word means by itself, undecided where it means none."""
    return _STATE_BY_WORD.get(normalize_words(value), ImportedState.UNDECIDED)


def is_away_word(value: str) -> bool:
    """Say whether a word means by itself that the address must not be written to."""
    word = value.lower()
    # Called for every cell of a file: most cells are one ASCII word, which needs no normalizing.
    if "_" in word or "-" in word or " " in word or not word.isascii():
        word = normalize_words(word)
    return _STATE_BY_WORD.get(word, ImportedState.SUBSCRIBED) is not ImportedState.SUBSCRIBED


def is_state_column(name: str) -> bool:
    """Say whether a column is by its name about who may be written to."""
    normalized = normalize_words(name)
    return bool(
        _AWAY_WORDS.search(normalized)
        or _SUBSCRIBED_NAMES.search(normalized)
        or _STATE_NAMES.search(normalized)
        or _AWAY_PHRASES.search(normalized)
    )


def is_about_leaving(words: str) -> bool:
    """Say whether a note or the name of a file speaks of people who left, in any of the known words."""
    normalized = normalize_words(words)
    return bool(_AWAY_WORDS.search(normalized) or _AWAY_PHRASES.search(normalized))


def is_negated(words: str) -> bool:
    """Say whether words hold a negation."""
    return bool(_NEGATED.search(normalize_words(words)))


def is_empty_cell(cell: str) -> bool:
    """Say whether a cell is empty, says no, or holds what programs write into empty cells."""
    return not cell or normalize_words(cell) in _NO or bool(_EMPTY_VALUE.fullmatch(cell))


def is_leaving_detail_column(name: str) -> bool:
    """Say whether a column is by its name about when or why somebody left, so that any entry in it means leaving."""
    normalized = normalize_words(name)
    return bool(_AWAY_WORDS.search(normalized) and _DETAIL_WORDS.search(normalized) and not _NEGATED.search(normalized))


def is_leaving_column(name: str) -> bool:
    """Say whether a column is by its name about leaving, so that a date in it is the day of leaving."""
    normalized = normalize_words(name)
    return bool(_AWAY_WORDS.search(normalized) and not _NEGATED.search(normalized))


def guess_away_state(name: str) -> ImportedState:
    """Return the state of people who have an entry in a column of this name, such as "bounce date"."""
    return next(
        (state for state, words in _STATE_PATTERNS.items() if words.search(normalize_words(name))), ImportedState.LEFT
    )


def propose_state(name: str, value: str) -> ImportedState:
    """Return what a value most likely means in a column of this name, undecided where a person has to say it."""
    word, column = normalize_words(value), normalize_words(name)
    is_away, is_negated_name = bool(_AWAY_WORDS.search(column)), bool(_NEGATED.search(column))
    if (is_away or is_negated_name) and word in _AMBIGUOUS_WORDS:
        return ImportedState.UNDECIDED
    if found := get_state_of_word(value):
        return found
    if is_negated_name or _AWAY_PHRASES.search(column):
        return ImportedState.UNDECIDED
    if is_away:
        if word in _YES:
            return guess_away_state(name)
        return ImportedState.SUBSCRIBED if word in _NO or not word else ImportedState.UNDECIDED
    if _SUBSCRIBED_NAMES.search(column) and word in _YES:
        return ImportedState.SUBSCRIBED
    if _SUBSCRIBED_NAMES.search(column) and word in _NO:
        return ImportedState.UNCONFIRMED if re.search(r"confirm|verif|인증|확인", column) else ImportedState.LEFT
    return ImportedState.UNDECIDED
