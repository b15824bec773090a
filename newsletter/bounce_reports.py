"""Reads a mail that came back: what it reports (bounce, delay, complaint, absence), and which mail of ours it is about.

Whose mail it is about is proven by our signed return path (VERP) or our signed Message-ID, wherever in the mail they
stand; the address that it names proves nothing, and a mail that proves nothing reports nothing. A part that says what
happened in fields (RFC 3464, RFC 5965) is read first, then the prose of the servers that write none, or write it wrong;
flufl.bounce is the second reader of what ours cannot read. What a server sent and nobody can read is a soft bounce:
something came back. How hard a bounce is say the words (classify). Not here: the mailbox itself (bounces).
"""

import email
import enum
import re
from collections.abc import Iterator
from dataclasses import dataclass
from email.errors import MissingHeaderBodySeparatorDefect
from email.header import decode_header, make_header
from email.message import Message
from html import unescape
from itertools import islice

from anymail.signals import EventType
from django.conf import settings
from flufl.bounce import all_failures

from newsletter import events, wire
from newsletter.classify import Verdict, classify_reply
from newsletter.weights import COMPLAINT, HARD, POLICY, SOFT

# What the parsers of mail raise over malformed ones.
MALFORMED = (ValueError, LookupError, TypeError, AttributeError, RecursionError, AssertionError)

_LONGEST_TEXT = 20_000  # characters of prose: a server's own words stand at the beginning
_STATUS_PARTS = {"message/delivery-status", "message/global-delivery-status", "text/delivery-status"}
_COPIES = {"message/rfc822", "message/global", "text/rfc822-headers", "message/rfc822-headers", "message/partial"}
_FEEDBACK = "message/feedback-report"
_WEIGHTS = {"mailbox": HARD, "policy": POLICY}

_SERVER = re.compile(
    r"mailer.?daemon|post.?master|mail.?deliver|delivery.?(?:sub)?system|mail.?administrator|system administrator|^<>$",
    re.IGNORECASE,
)
_FAILURE_SUBJECT = re.compile(
    r"undeliver|not (?:be )?delivered|fail|return|delivery|mail (?:system )?error|reject|bounce|warning"
    r"|unzustellbar|non remis|반송|실패|엘러|エラー|配信|退信",
    re.IGNORECASE,
)
_ABSENCE_SUBJECT = re.compile(
    r"^(?:re: ?)?(?:auto(?:matic)?(?:ally generated)?[ -]?(?:reply|response)|out of (?:the )?office|away\b|on vacation|on leave"
    r"|abwesen|automatische antwort|réponse automatique|absence|respuesta autom|risposta autom|resposta autom"
    r"|부재|자동 ?(?:회신|응답)|自動(?:応答|返信)|不在|自动(?:回复|答复)|自動回覆)",
    re.IGNORECASE,
)
_FIELD = re.compile(r"^([A-Za-z][\w-]{0,40})[ \t]*:[ \t]*(.*(?:\n[ \t]+.*)*)", re.MULTILINE)
# From here on a text is a copy of our own mail, whose words say nothing of a mailbox.
_COPY_BEGINS = re.compile(
    r"^[^\w\n]*(?:(?:below|after) (?:this|the) (?:next )?line|(?:here )?(?:below )?is a copy|this is a copy|included is a copy"
    r"|(?:the )?original message(?: follows| headers?| as received| text)?[^\w\n]*$|the original message follows"
    r"|returned m(?:essage|ail)[^\w\n]*(?:follows[^\w\n]*)?$|message headers? follow|the header of the original"
    r"|undelivered message[^\w\n]*$|unsent message|the first \d+ lines"
    r"|(?:return-path|received|dkim-signature|list-unsubscribe|list-id|feedback-id) ?:)",
    re.IGNORECASE | re.MULTILINE,
)
_QUOTED_SUBJECT = re.compile(
    r"^\W*(?:subject|제목|件名|主题|betreff|objet|asunto|oggetto) ?[:：].*$", re.IGNORECASE | re.MULTILINE
)
_CODE = re.compile(
    r"(?<![\d.:@/-])(?:[45][0-5]\d(?=[ :#-])|[45]\.\d{1,3}\.\d{1,3}\b)[^\n]*"
    r"(?:\n(?:[ \t]+|(?=[45][0-5]\d[ -]))[^\n]+)*"
)
_TEMPORARY = re.compile(r"#?4")
_DELAYED = re.compile(
    r"(?:has|have|is|was|been) (?:been )?(?:delayed|postponed|deferred)|not yet been (?:delivered|able)|is delayed for"
    r"|will be (?:re)?tried|attempts will continue|will continue to (?:try|attempt)|still being retried"
    r"|only a (?:temporary failure|warning)|this is a warning|warning (?:message )?only|message will be retried",
    re.IGNORECASE,
)
_GIVEN_UP = re.compile(
    r"giv(?:en|ing) up|permanent|fail(?:ed|ure)\b|returned|could ?n[o']t be delivered|undeliver", re.IGNORECASE
)
# Refused after the mail itself: some servers say "unknown user" of content that a living reader's filter refuses.
_AFTER_DATA = re.compile(r"in reply to end of data|after (?:the )?end of data|sending message body", re.IGNORECASE)
_AFTER_DOT = re.compile(r"^>>> (?:\.|data)\s*\n<<< 5", re.IGNORECASE | re.MULTILINE)
_TOOK_NOBODY = re.compile(
    r"^<<< (?:503|554 .*no valid)", re.IGNORECASE | re.MULTILINE
)  # it was the recipient after all
_OWN_ID = re.compile(r"<?\d{1,18}\.\d{1,18}\.[\w-]{12}@[\w.-]{1,255}>?")


@dataclass(frozen=True)
class Report:
    """What a mail that came back says of one of our mails.

    `kind` is one of anymail's event types, `weight` one of `weights`; of a bounce whose reason nobody can read `words`
    is empty.
    """

    kind: str
    weight: str
    delivery: int | None  # proven by our return path
    message_id: str  # of the mail that it is about
    words: str


class _Action(enum.Enum):
    """What a report says became of a mail for one recipient."""

    FAILED = enum.auto()
    DELAYED = enum.auto()
    DELIVERED = enum.auto()
    RELAYED = enum.auto()  # handed to a host that reports nothing


_ACTIONS = {
    **dict.fromkeys(("failed", "failure", "error"), _Action.FAILED),
    "delayed": _Action.DELAYED,
    "delivered": _Action.DELIVERED,
    **dict.fromkeys(("relayed", "expanded"), _Action.RELAYED),
}
_Said = tuple[str, str, str]  # kind, weight, words


def read_report(raw: bytes) -> Report | None:
    """Return what a mail reports; None where it is no report, or proves nothing of a mail of ours."""
    delivery, message_id = _proof(raw)
    if delivery is None and not message_id:
        return None
    # The old policy: the new one takes minutes over headers that are made for that.
    mail = email.message_from_bytes(raw.replace(b"\r\n", b"\n").replace(b"\r", b"\n"))
    said = _read(mail, proven=delivery is not None)
    return Report(said[0], said[1], delivery, message_id, said[2][:2000]) if said else None


def is_from_server(mail: Message) -> bool:
    """Say whether a mail is a server's, not a person's: from the null sender, or by the names that servers have."""
    paths = [value.strip() for name, value in mail.raw_items() if name.lower() == "return-path"]
    return "<>" in paths or bool(_SERVER.search(header(mail, "From")))


def header(mail: Message, name: str) -> str:
    """Return a header as it was written: nothing of it is parsed."""
    return " ".join(" ".join(str(value).split()) for key, value in mail.raw_items() if key.lower() == name.lower())


def _proof(raw: bytes) -> tuple[int | None, str]:
    """Return the delivery of the return path and the Message-ID that a mail has of ours, signed by us."""
    text = raw.decode("ascii", "replace")
    local, _at, domain = settings.BOUNCE_ADDRESS.rpartition("@")
    form = rf"{re.escape(local)}\+[0-9]{{1,18}}-[0-9a-f]{{12}}(?![0-9a-f])"
    paths = (found[0] for found in re.finditer(form, text, re.IGNORECASE)) if local else iter(())
    delivery = next((pk for path in paths if (pk := wire.delivery_of(f"{path}@{domain}"))), None)
    return delivery, next((found[0] for found in _OWN_ID.finditer(text) if events.is_own(found[0])), "")


def _read(mail: Message, *, proven: bool) -> _Said | None:
    """Return what a mail of proof says; `proven` by the return path, to which only servers write."""
    feedback = _fields(mail, {_FEEDBACK})
    if feedback or _is_old_complaint(mail):
        return _complaint(feedback)
    if _is_absence_note(mail):
        return EventType.AUTORESPONDED, "", ""
    from_server = is_from_server(mail) or _reports_status(mail)
    said = _bounce(mail) if from_server or (proven and _FAILURE_SUBJECT.search(_subject(mail))) else None
    said = said or (_second_reading(mail) if proven else None)
    return said or ((EventType.BOUNCED, SOFT, "") if from_server else None)


def _complaint(fields: list[dict[str, str]]) -> _Said | None:
    """Read a report of abuse; other kinds, such as `not-spam`, are no complaint."""
    said = next((block["feedback-type"] for block in fields if "feedback-type" in block), "").lower()
    if said.partition(" ")[0] in {"not-spam", "auth-failure", "dmarc", "virus"}:
        return None
    return EventType.COMPLAINED, COMPLAINT, f"feedback report: {said}"


def _is_old_complaint(mail: Message) -> bool:
    """Say whether a mail is a complaint as Microsoft wrote them before RFC 5965: the mail itself, and no fields."""
    named = header(mail, "Subject").lower().startswith("complaint about message from")
    return any(header(one, "X-HmXmrOriginalRecipient") or named for one in _copies(mail))


def _is_absence_note(mail: Message) -> bool:
    """Say whether a mail is the answer of a living reader's mailbox: no bounce, though it may have the null sender."""
    subject = _subject(mail)
    if _reports_status(mail) or _SERVER.search(header(mail, "From")):
        return False
    if _ABSENCE_SUBJECT.search(subject):
        return True
    answered = header(mail, "Auto-Submitted").lower().startswith("auto-replied") or bool(header(mail, "X-Autoreply"))
    return bool(answered or header(mail, "Precedence").lower() == "auto_reply") and not _FAILURE_SUBJECT.search(subject)


def _subject(mail: Message) -> str:
    """Return the subject, decoded where it can be."""
    words = header(mail, "Subject")[:1000]
    try:
        return str(make_header(decode_header(words)))
    except MALFORMED:
        return words


def _reports_status(mail: Message) -> bool:
    """Say whether a mail claims to report a delivery, well-formed or not."""
    kind = str(mail.get_param("report-type", "", unquote=True) or "").lower()
    return kind == "delivery-status" or any(part.get_content_type() in _STATUS_PARTS for part in _parts(mail))


def _bounce(mail: Message, *, again: bool = True) -> _Said | None:
    """Read a server's report by its fields, else by its prose, else by a report that it encloses."""
    text = _prose(mail)
    said = _of_fields(_fields(mail, _STATUS_PARTS), text) or _of_fields(_blocks(text), text) or _of_prose(mail, text)
    if said is None and again:  # a gateway wraps the report of another server
        inner = (one for one in _copies(mail) if _reports_status(one))
        return next((found for one in inner if (found := _bounce(one, again=False))), None)
    return said


def _of_fields(blocks: list[dict[str, str]], text: str) -> _Said | None:
    """Read fields of delivery, a block for each recipient.

    Our mails have one recipient; where a report has several, that one is an alias, and lives as long as one of them does.
    """
    told = [(action, block) for block in blocks if (action := _action(block))]
    failed = [_failed(_words(block), text) for action, block in told if action == _Action.FAILED]
    if failed:
        mildest = next((said for said in failed if said[1] != HARD), failed[0])
        return mildest if len(failed) == len(told) or mildest[1] != HARD else (mildest[0], SOFT, mildest[2])
    kinds = {
        _Action.DELAYED: EventType.DEFERRED,
        _Action.DELIVERED: EventType.DELIVERED,
        _Action.RELAYED: EventType.SENT,
    }
    found = ((kind, "", _words(block)) for asked, kind in kinds.items() for action, block in told if action == asked)
    return next(found, None)


def _action(block: dict[str, str]) -> _Action | None:
    """Return what became of one recipient, by its action, or by its status where the action makes no sense."""
    found = re.match(r"\W*([a-z]+)", block.get("action", "").lower())  # comments may stand behind it
    if found and found[1] in _ACTIONS:
        return _ACTIONS[found[1]]
    status = re.search(r"\b([245])\.\d", block.get("status", ""))
    return {"5": _Action.FAILED, "4": _Action.DELAYED}.get(status[1]) if status else None


def _words(block: dict[str, str]) -> str:
    """Return status and diagnosis in the form of a server's reply."""
    said = block.get("diagnostic-code", "")
    said = said.partition(";")[2].strip() if ";" in said[:20] else said
    status = block.get("status", "")
    return said if re.search(r"\b[245]\.\d{1,3}\.\d{1,3}\b", said) else f"{status} {said}".strip()


def _failed(words: str, text: str) -> _Said:
    """Weigh a failure by its fields, and by the prose beside them where the fields say little."""
    verdict = classify_reply(words)
    beside, prose = _judge(text)
    bare = not re.search(r"[^\W\d_]{3}", re.sub(r"\([^)]*\)", "", words))  # a status alone proves less than any words
    if verdict == "other" or (bare and beside in {"policy", "passing"}):
        verdict, words = beside, f"{words} {prose}".strip()
    return EventType.BOUNCED, _weight(verdict, text), words


def _weight(verdict: Verdict, text: str) -> str:
    """Return how hard a bounce is; a mailbox whose server took the recipient and refused the mail is not dead."""
    after = _AFTER_DATA.search(text) or (_AFTER_DOT.search(text) and not _TOOK_NOBODY.search(text))
    return SOFT if verdict == "mailbox" and after else _WEIGHTS.get(verdict, SOFT)


def _of_prose(mail: Message, text: str) -> _Said | None:
    """Read a report that is written for people."""
    verdict, words = _judge(text)
    if verdict == "other" and header(mail, "Subject").lower() == "returned mail: user unknown":
        verdict, words = "mailbox", "User unknown"
    if verdict == "mailbox" and not (_CODE.match(words) or _SERVER.search(header(mail, "From"))):
        verdict = "passing"  # a person who writes of a closed account has a living mailbox
    if _DELAYED.search(text) or (_TEMPORARY.match(words) and not _GIVEN_UP.search(text.replace(words, ""))):
        return EventType.DEFERRED, "", words
    return (EventType.BOUNCED, _weight(verdict, text), words) if words else None


def _judge(text: str) -> tuple[Verdict, str]:
    """Return what prose says of a mailbox, and the words that say so, or none.

    Lines with a code count before others. Where they disagree, the mailbox is not dead: a server repeats its own
    "User unknown" below the true answer of another.
    """
    codes = [(_of_code(found, text), _shown(found[0])) for found in islice(_CODE.finditer(text), 20)]
    others = [(classify_reply(one), _shown(one)) for one in re.split(r"\n\s*\n", text)[:40]]
    order: tuple[Verdict, ...] = ("passing", "policy", "mailbox")
    # "Sender" and the like stand in any report: without a code they blame nobody.
    judged = [[one for one in codes if one[0] == verdict] for verdict in order]
    judged += [[one for one in others if one[0] == verdict] for verdict in order if verdict != "policy"]
    best = next((found[0] for found in judged if found), None)
    if best is not None:
        return best
    return "other", codes[0][1] if codes else ""


def _of_code(found: re.Match[str], text: str) -> Verdict:
    """Judge the words behind a code; a code that stands behind its words, or amid them, is vetoed by its paragraph."""
    verdict = classify_reply(_shown(found[0]))
    begin, end = text.rfind("\n\n", 0, found.start()) + 1, text.find("\n\n", found.end())
    if verdict in {"mailbox", "other"} and classify_reply(text[begin : end if end > 0 else None]) == "passing":
        return "passing"
    return verdict


def _shown(words: str) -> str:
    return " ".join(words.split())[:500]


def _second_reading(mail: Message) -> _Said | None:
    """Return what flufl.bounce makes of a mail: it knows forms of servers that ours does not, but not why they refuse."""
    try:
        temporary, permanent = all_failures(mail)
    except MALFORMED:
        return None
    if permanent:
        return EventType.BOUNCED, SOFT, ""
    return (EventType.DEFERRED, "", "") if temporary else None


def _prose(mail: Message) -> str:
    """Return a mail's own text, plain or else out of HTML, up to the copy of the mail that it returns."""
    texts = [
        part for part in _parts(mail) if part.get_content_maintype() == "text" or isinstance(part.get_payload(), str)
    ]
    texts = [part for part in texts if part.get_content_type() not in _STATUS_PARTS | _COPIES | {_FEEDBACK}]
    plain = [part for part in texts if part.get_content_type() != "text/html"]
    text = "\n\n".join(_decoded(part) for part in plain) or "\n\n".join(_bare(_decoded(part)) for part in texts)
    text = _QUOTED_SUBJECT.sub("", text[:_LONGEST_TEXT].replace("\r", ""))
    copy = next((found.start() for found in _COPY_BEGINS.finditer(text) if text[: found.start()].strip()), len(text))
    return text[:copy]


def _decoded(part: Message) -> str:
    """Return the text of a part, whatever its charset is said to be."""
    content = bytes(part.get_payload(decode=True) or b"")[: 4 * _LONGEST_TEXT]
    try:
        return content.decode(str(part.get_content_charset("utf-8")), "replace")
    except MALFORMED:
        return content.decode("utf-8", "replace")


def _bare(html: str) -> str:
    """Return the words of a page."""
    words = re.sub(r"<(?:style|script)[^<>]*>[^<]*", " ", html[: 2 * _LONGEST_TEXT], flags=re.IGNORECASE)
    return unescape(
        re.sub(r"<[^<>]*>", " ", re.sub(r"<(?:br|/p|/div|/tr)\b[^<>]*>", "\n\n", words, flags=re.IGNORECASE))
    )


def _parts(mail: Message) -> Iterator[Message]:
    """Yield the parts of a mail that are its own, not those of a mail that it encloses."""
    waiting = [mail]
    while waiting:
        part = waiting.pop(0)
        inside = part.get_payload()
        if part.get_content_maintype() == "multipart" and isinstance(inside, list):
            waiting = [one for one in inside if isinstance(one, Message)] + waiting
        else:
            yield part


def _copies(mail: Message) -> Iterator[Message]:
    """Yield the mails that a mail encloses, or their headers alone."""
    for part in _parts(mail):
        inside = part.get_payload()
        if part.get_content_type() in _COPIES and isinstance(inside, list):
            yield from (one for one in inside if isinstance(one, Message))
        elif part.get_content_type() in _COPIES:
            yield email.message_from_string(_decoded(part))


def _fields(mail: Message, kinds: set[str]) -> list[dict[str, str]]:
    """Return the blocks of fields of the parts of some kinds, names in small letters."""
    return [block for part in _parts(mail) if part.get_content_type() in kinds for block in _blocks(_written(part))]


def _written(part: Message) -> str:
    """Return a part of fields as text: Python's parser makes each block of it a message, and stops at a line it dislikes."""
    inside = part.get_payload()
    if not isinstance(inside, list):
        return _decoded(part)
    return "\n\n".join(_written_block(one) for one in inside if isinstance(one, Message))


def _written_block(block: Message) -> str:
    fields = "\n".join(f"{name}: {value}" for name, value in block.raw_items())
    rest = block.get_payload()
    broken = any(isinstance(one, MissingHeaderBodySeparatorDefect) for one in block.defects)
    return fields + ("\n" if broken else "\n\n") + (rest if isinstance(rest, str) else "")


def _blocks(text: str) -> list[dict[str, str]]:
    """Return the blocks of `Name: value` lines that say what became of a mail; a space before the colon is none."""
    text = text[:_LONGEST_TEXT].replace("\r", "")
    blocks = [
        {found[1].lower(): " ".join(found[2].split()) for found in _FIELD.finditer(one)}
        for one in re.split(r"\n[ \t]*\n", text)
    ]
    return [block for block in blocks if block.keys() & {"action", "diagnostic-code", "status", "feedback-type"}]
