"""Parses a mail that came back: what it reports (bounce, delay, complaint, absence), and about which mail of ours.

Our signed return path (VERP) or our signed Message-ID, anywhere in the mail, proves which delivery it is about. The
address that it names proves nothing, and a mail without such a proof reports nothing. Machine-readable fields (RFC
3464, RFC 5965) are read first, then the prose of servers that write no such fields or wrong ones; flufl.bounce reads
what this module cannot. A mail of a server that neither understands is a soft bounce: something came back. The server's
words decide between hard and soft (transport.smtp_reply_rules). Not here: the mailbox (bounce_mailbox), and events of ESPs
(classify).
"""

import email
import enum
import re
from dataclasses import dataclass
from email.message import Message
from itertools import islice

from anymail.signals import EventType
from django.conf import settings
from flufl.bounce import all_failures

from newsletter.feedback import events
from newsletter.feedback.mail_parts import (
    FEEDBACK_PARTS,
    MALFORMED_MAIL_ERRORS,
    STATUS_PARTS,
    decode_subject,
    get_header,
    has_part,
    iter_enclosed_mails,
    read_blocks,
    read_fields,
    read_own_text,
)
from newsletter.models.events import Weight
from newsletter.transport import wire_format
from newsletter.transport.smtp_reply_rules import Verdict, classify_reply

_FLUFL_BYTES = 32_768  # flufl.bounce looks at each line for dozens of forms
_MAX_CODED_LINES, _MAX_PARAGRAPHS = 20, 40  # judged of one report: each costs dozens of searches
_WEIGHTS = {"mailbox": Weight.HARD, "policy": Weight.POLICY}

# Senders of reports, as mail servers name themselves.
_SERVER_SENDER = re.compile(
    r"mailer.?daemon|post.?master|mail.?deliver|delivery.?(?:sub)?system|mail.?administrator|system administrator|^<>$",
    re.IGNORECASE,
)
# Subjects of reports, in the languages in which servers write them.
_FAILURE_SUBJECT = re.compile(
    r"undeliver|not (?:be )?delivered|fail|return|delivery|mail (?:system )?error|reject|bounce|warning"
    r"|unzustellbar|non remis|반송|실패|엘러|エラー|配信|退信",
    re.IGNORECASE,
)
# Subjects of vacation notes: the mailbox lives.
_ABSENCE_SUBJECT = re.compile(
    r"^(?:re: ?)?(?:auto(?:matic)?(?:ally generated)?[ -]?(?:reply|response)|out of (?:the )?office|away\b|on vacation|on leave"
    r"|abwesen|automatische antwort|réponse automatique|absence|respuesta autom|risposta autom|resposta autom"
    r"|부재|자동 ?(?:회신|응답)|自動(?:応答|返信)|不在|自动(?:回复|答复)|自動回覆)",
    re.IGNORECASE,
)
_REPLY_SUBJECT = re.compile(r"(?:re|aw|antw|sv|답장|回复|返信) ?[:：]", re.IGNORECASE)
# A line with a reply code (550) or an enhanced status (5.1.1), and the lines that continue it.
_CODED_LINES = re.compile(
    r"(?<![\d.:@/-])(?:[45][0-5]\d(?=[ :#-])|[45]\.\d{1,3}\.\d{1,3}\b)[^\n]*"
    r"(?:\n(?:[ \t]+|(?=[45][0-5]\d[ -]))[^\n]+)*"
)
_TEMPORARY = re.compile(r"#?4")
# The server still tries: no bounce yet.
_DELAYED = re.compile(
    r"(?:has|have|is|was|been) (?:been )?(?:delayed|postponed|deferred)|not yet been (?:delivered|able)|is delayed for"
    r"|will be (?:re)?tried|attempts will continue|will continue to (?:try|attempt)|still being retried"
    r"|only a (?:temporary failure|warning)|this is a warning|warning (?:message )?only|message will be retried",
    re.IGNORECASE,
)
# A temporary code is final where the prose says that the server has stopped trying.
_GIVEN_UP = re.compile(
    r"giv(?:en|ing) up|gave up|not going to try|permanent|fail(?:ed|ure)\b|returned|could ?n[o']t be delivered|undeliver",
    re.IGNORECASE,
)
# Only an answer to RCPT speaks of a mailbox. Before it the sender is refused, in whatever words; and after the mail
# itself some servers say "unknown user" of content that a living reader's filter refuses.
_OTHER_STAGE = re.compile(
    r"in reply to (?:the )?(?:end of data|mail from|[eh]{2}lo|auth)|after (?:the )?(?:end of data|mail from|[eh]{2}lo)\b"
    r"|sending message body|^[ \t]*>>> (?:mail from|[eh]{2}lo|auth)\b[^\n]*\n[ \t]*<<< 5",
    re.IGNORECASE | re.MULTILINE,
)
# A transcript in which the message itself was refused, after DATA.
_AFTER_DOT = re.compile(r"^[ \t]*>>> (?:\.|data)\s*\n[ \t]*<<< 5", re.IGNORECASE | re.MULTILINE)
# The refusal of DATA only followed from the refusal of every recipient: it was the recipient after all.
_TOOK_NOBODY = re.compile(r"^[ \t]*<<< (?:503|554 .*no valid)", re.IGNORECASE | re.MULTILINE)
_OWN_ID = re.compile(r"<?\d{1,18}\.\d{1,18}\.[\w-]{12}@[\w.-]{1,255}>?")


@dataclass(frozen=True)
class BounceReport:
    """What a mail that came back says of one of our mails.

    `kind` is one of anymail's event types, `weight` a models.events.Weight or empty; `words` is empty where no reason
    could be read.
    """

    kind: str
    weight: str
    delivery: int | None  # proven by our return path
    message_id: str  # of the mail that it is about
    words: str


class _Action(enum.Enum):
    """The action of a delivery report for one recipient (RFC 3464, 2.3.3)."""

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
_Reading = tuple[str, str, str]  # kind, weight, words


def read_report(raw: bytes) -> BounceReport | None:
    """Return what a mail reports; None where it is no report, or carries no proof of a mail of ours."""
    delivery, message_id = _find_proof(raw)
    if delivery is None and not message_id:
        return None
    # The parser with the old policy (compat32): the new one takes minutes over headers that are made for that.
    raw = raw.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    beginning = raw[:_FLUFL_BYTES] if delivery is not None else b""
    reading = _read_proven_mail(email.message_from_bytes(raw), beginning)
    return BounceReport(reading[0], reading[1], delivery, message_id, reading[2][:2000]) if reading else None


def is_from_server(mail: Message) -> bool:
    """Say whether a mail was written by a mail server: from the null sender, or a sender such as MAILER-DAEMON."""
    paths = [value.strip() for name, value in mail.raw_items() if name.lower() == "return-path"]
    return "<>" in paths or bool(_SERVER_SENDER.search(get_header(mail, "From")))


def _find_proof(raw: bytes) -> tuple[int | None, str]:
    """Return the delivery of a signed return path and the signed Message-ID that stand in a mail; None and "" without."""
    text = raw.decode("ascii", "replace")
    local, _at, domain = settings.BOUNCE_ADDRESS.rpartition("@")
    form = rf"{re.escape(local)}\+[0-9]{{1,18}}-[0-9a-f]{{12}}(?![0-9a-f])"
    paths = (found[0] for found in re.finditer(form, text, re.IGNORECASE)) if local else iter(())
    delivery = next((pk for path in paths if (pk := wire_format.parse_return_path(f"{path}@{domain}"))), None)
    return delivery, next((found[0] for found in _OWN_ID.finditer(text) if events.is_own_message_id(found[0])), "")


def _read_proven_mail(mail: Message, proven: bytes) -> _Reading | None:
    """Return what a mail that proves its delivery says; `proven` is its beginning where our return path is the proof.

    Only servers write to a return path, so a mail to it counts as a report on weaker signs.
    """
    feedback = read_fields(mail, FEEDBACK_PARTS)
    if feedback or _is_old_complaint(mail):
        return _read_complaint(feedback)
    if _is_automatic_reply(mail):
        return EventType.AUTORESPONDED, "", ""
    from_server = is_from_server(mail) or _reports_status(mail)
    is_report = from_server or (proven and _FAILURE_SUBJECT.search(decode_subject(mail)))
    reading = _read_bounce(mail) if is_report else None
    reading = reading or (_read_with_flufl(proven) if proven else None)
    return reading or ((EventType.BOUNCED, Weight.SOFT, "") if from_server else None)


def _read_complaint(fields: list[dict[str, str]]) -> _Reading | None:
    """Read the fields of a feedback report; kinds such as `not-spam` are no complaint."""
    kind = next((block["feedback-type"] for block in fields if "feedback-type" in block), "").lower()
    if kind.partition(" ")[0] in {"not-spam", "auth-failure", "dmarc", "virus"}:
        return None
    return EventType.COMPLAINED, Weight.COMPLAINT, f"feedback report: {kind}"


def _is_old_complaint(mail: Message) -> bool:
    """Say whether a mail is a complaint as Microsoft wrote them before RFC 5965: our mail enclosed, without fields."""
    named = get_header(mail, "Subject").lower().startswith("complaint about message from")
    return any(get_header(one, "X-HmXmrOriginalRecipient") or named for one in iter_enclosed_mails(mail))


def _is_automatic_reply(mail: Message) -> bool:
    """Say whether a mail is a vacation note or the like: no bounce, though it may have the null sender."""
    subject = decode_subject(mail)
    if _reports_status(mail) or _SERVER_SENDER.search(get_header(mail, "From")):
        return False
    if _ABSENCE_SUBJECT.search(subject):
        return True
    if _FAILURE_SUBJECT.search(subject):
        return False
    by_itself = (
        get_header(mail, "Auto-Submitted").lower().startswith("auto-replied")
        or get_header(mail, "Precedence").lower() == "auto_reply"
        or bool(get_header(mail, "X-Autoreply"))
    )
    return by_itself or (is_from_server(mail) and bool(_REPLY_SUBJECT.match(subject)))


def _reports_status(mail: Message) -> bool:
    """Say whether a mail is marked as a delivery report, well-formed or not."""
    kind = str(mail.get_param("report-type", "", unquote=True) or "").lower()
    return kind == "delivery-status" or has_part(mail, STATUS_PARTS)


def _read_bounce(mail: Message, *, again: bool = True) -> _Reading | None:
    """Read a server's report by its fields, else by its prose, else by a report that it encloses."""
    text = read_own_text(mail)
    reading = (
        _read_status_fields(read_fields(mail, STATUS_PARTS), text)
        or _read_status_fields(read_blocks(text), text)
        or _read_prose(mail, text)
    )
    if reading is None and again:  # a gateway wraps the report of another server
        inner = (one for one in iter_enclosed_mails(mail) if _reports_status(one))
        return next((found for one in inner if (found := _read_bounce(one, again=False))), None)
    return reading


def _read_status_fields(blocks: list[dict[str, str]], text: str) -> _Reading | None:
    """Read the fields of a delivery report, one block for each recipient.

    Our mails have one recipient. Where a report has several, the recipient is an alias, which works as long as one of
    its members does: the mildest failure counts, and it is soft if another member got the mail.
    """
    known = [(action, block) for block in blocks if (action := _parse_action(block))]
    prose = _judge_prose(text)
    failed = [_weigh_failed_block(block, text, *prose) for action, block in known if action == _Action.FAILED]
    if failed:
        mildest = next((reading for reading in failed if reading[1] != Weight.HARD), failed[0])
        if mildest[1] == Weight.HARD and len(failed) < len(known):
            return mildest[0], Weight.SOFT, mildest[2]
        return mildest
    kinds = {
        _Action.DELAYED: EventType.DEFERRED,
        _Action.DELIVERED: EventType.DELIVERED,
        _Action.RELAYED: EventType.SENT,
    }
    found = (
        (kind, "", _reply_of_block(block))
        for wanted, kind in kinds.items()
        for action, block in known
        if action == wanted
    )
    return next(found, None)


def _parse_action(block: dict[str, str]) -> _Action | None:
    """Return the action of one recipient's block, or that of its status where the action makes no sense."""
    found = re.match(r"\W*([a-z]+)", block.get("action", "").lower())  # a comment may follow it
    if found and found[1] in _ACTIONS:
        return _ACTIONS[found[1]]
    status = re.search(r"\b([245])\.\d", block.get("status", ""))
    return {"5": _Action.FAILED, "4": _Action.DELAYED}.get(status[1]) if status else None


def _reply_of_block(block: dict[str, str]) -> str:
    """Return status and diagnosis in the form of a server's reply."""
    reply = block.get("diagnostic-code", "")
    reply = reply.partition(";")[2].strip() if ";" in reply[:20] else reply  # "smtp; 550 ..."
    status = block.get("status", "")
    return reply if re.search(r"\b[245]\.\d{1,3}\.\d{1,3}\b", reply) else f"{status} {reply}".strip()


def _weigh_failed_block(block: dict[str, str], text: str, beside: Verdict, prose: str) -> _Reading:
    """Weigh a failure by its fields, and by the verdict on the prose beside them where the fields say little."""
    words, status = _reply_of_block(block), block.get("status", "")
    verdict = classify_reply(words)
    if verdict == "mailbox" and re.match(r"4|\d\.(?:2\.2|4\.7)\b", status):
        verdict = "passing"  # where a report disagrees with what it quotes, the milder counts
    bare = not re.search(r"[^\W\d_]{3}", re.sub(r"\([^)]*\)", "", words))  # a status alone proves less than any words
    # Prose without a code guesses at reasons for people to read: it may soften a verdict, but proves none.
    proves = beside != "mailbox" or bare or bool(_CODED_LINES.match(prose))
    if (verdict == "other" and proves) or (
        verdict == "mailbox" and (beside == "passing" or (bare and beside == "policy"))
    ):
        verdict, words = beside, f"{words} {prose}".strip()
    return EventType.BOUNCED, _bounce_weight(verdict, f"{text}\n{words}"), words


def _bounce_weight(verdict: Verdict, text: str) -> str:
    """Return the weight of a bounce; a mailbox is not dead where something other than the recipient was refused."""
    after = _OTHER_STAGE.search(text) or (_AFTER_DOT.search(text) and not _TOOK_NOBODY.search(text))
    return Weight.SOFT if verdict == "mailbox" and after else _WEIGHTS.get(verdict, Weight.SOFT)


def _read_prose(mail: Message, text: str) -> _Reading | None:
    """Read a report that is written for people."""
    verdict, words = _judge_prose(text)
    if verdict == "other" and get_header(mail, "Subject").lower() == "returned mail: user unknown":
        verdict, words = "mailbox", "User unknown"
    if verdict == "mailbox" and not (_CODED_LINES.match(words) or _SERVER_SENDER.search(get_header(mail, "From"))):
        verdict = "passing"  # a person who writes of a closed account has a living mailbox
    if _DELAYED.search(text) or (_TEMPORARY.match(words) and not _GIVEN_UP.search(text.replace(words, ""))):
        return EventType.DEFERRED, "", words
    return (EventType.BOUNCED, _bounce_weight(verdict, text), words) if words else None


def _judge_prose(text: str) -> tuple[Verdict, str]:
    """Return the verdict of a report's prose, and the words that it rests on.

    Lines with a code count before others. Where lines disagree, the mailbox is not dead: a server repeats its own
    "User unknown" below the true answer of another.
    """
    codes = [
        (_judge_code(found, text), _on_one_line(found[0]))
        for found in islice(_CODED_LINES.finditer(text), _MAX_CODED_LINES)
    ]
    others = [(classify_reply(one), _on_one_line(one)) for one in re.split(r"\n\s*\n", text)[:_MAX_PARAGRAPHS]]
    order: tuple[Verdict, ...] = ("passing", "policy", "mailbox")
    # Words such as "sender" occur in every report: without a code they are no refusal for policy.
    judged = [[one for one in codes if one[0] == verdict] for verdict in order]
    judged += [[one for one in others if one[0] == verdict] for verdict in order if verdict != "policy"]
    best = next((found[0] for found in judged if found), None)
    if best is not None:
        return best
    return "other", codes[0][1] if codes else ""


def _judge_code(found: re.Match[str], text: str) -> Verdict:
    """Judge the words after a code; where they stand before the code or around it, its whole paragraph may soften it."""
    verdict = classify_reply(_on_one_line(found[0]))
    begin, end = text.rfind("\n\n", 0, found.start()) + 1, text.find("\n\n", found.end())
    if verdict in {"mailbox", "other"} and classify_reply(text[begin : end if end > 0 else None]) == "passing":
        return "passing"
    return verdict


def _on_one_line(words: str) -> str:
    return " ".join(words.split())[:500]


def _read_with_flufl(raw: bytes) -> _Reading | None:
    """Read a report by flufl.bounce: it knows formats that this module does not, but not why a server refused."""
    try:
        temporary, permanent = all_failures(email.message_from_bytes(raw))
    except MALFORMED_MAIL_ERRORS:
        return None
    if permanent:
        return EventType.BOUNCED, Weight.SOFT, ""
    return (EventType.DEFERRED, "", "") if temporary else None
