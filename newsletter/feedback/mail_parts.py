"""Takes bounce mails apart (MIME): a mail's own text, its blocks of fields, and the mails that it encloses. Pure.

Servers label these parts wrongly, leave boundaries out and cut lines anywhere, so nothing of the format is relied on:
what cannot be read as it is labeled is read as text. Not here: what the parts mean (bounce_reports).
"""

import email
import re
from collections.abc import Collection, Iterator
from email.errors import MissingHeaderBodySeparatorDefect
from email.header import decode_header, make_header
from email.message import Message
from html import unescape
from itertools import islice

# The exceptions that Python's mail parsers raise over malformed mails.
MALFORMED_MAIL_ERRORS = (ValueError, LookupError, TypeError, AttributeError, RecursionError, AssertionError)

_MAX_TEXT_CHARACTERS = 20_000  # of prose: a server's own words stand at the beginning
_MAX_BLOCKS = 20  # of one mail: a report of ours has one recipient, or an alias's few
STATUS_PARTS = {"message/delivery-status", "message/global-delivery-status", "text/delivery-status"}
_ENCLOSED_PARTS = {
    "message/rfc822",
    "message/global",
    "text/rfc822-headers",
    "message/rfc822-headers",
    "message/partial",
}
FEEDBACK_PARTS = {"message/feedback-report"}
# A field and its folded lines.
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
# Our own subject, quoted in a report: its words are not the server's.
_QUOTED_SUBJECT = re.compile(
    r"^[^\w\n]*(?:subject|제목|件名|主题|betreff|objet|asunto|oggetto) ?[:：].*$", re.IGNORECASE | re.MULTILINE
)


def get_header(mail: Message, name: str) -> str:
    """Return a header of a mail in one line, undecoded; empty where there is none."""
    found = (_decode_raw_utf8(str(value)) for key, value in mail.raw_items() if key.lower() == name.lower())
    return " ".join(" ".join(value.split()) for value in found)


def _decode_raw_utf8(words: str) -> str:
    """Return words of a field whose bytes are no ASCII as the UTF-8 that servers write there without saying so."""
    return words.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def decode_subject(mail: Message) -> str:
    """Return the subject, decoded where it can be."""
    words = get_header(mail, "Subject")[:1000]
    try:
        return str(make_header(decode_header(words)))
    except MALFORMED_MAIL_ERRORS:
        return words


def read_own_text(mail: Message) -> str:
    """Return a mail's own text, from plain text or else from HTML, up to the copy of our mail that it returns."""
    others = STATUS_PARTS | _ENCLOSED_PARTS | FEEDBACK_PARTS
    texts = [part for part in _own_parts(mail) if part.get_content_type() not in others and _is_text(part)]
    plain = [part for part in texts if part.get_content_type() != "text/html"]
    text = "\n\n".join(_decode_part(part) for part in plain) or "\n\n".join(
        _strip_html(_decode_part(part)) for part in texts
    )
    text = _QUOTED_SUBJECT.sub("", text[:_MAX_TEXT_CHARACTERS].replace("\r", ""))
    copy = next((found.start() for found in _COPY_BEGINS.finditer(text) if text[: found.start()].strip()), len(text))
    return text[:copy]


def _is_text(part: Message) -> bool:
    """Say whether a part is text: a multipart without the boundary that it names is parsed as text too."""
    return part.get_content_maintype() == "text" or isinstance(part.get_payload(), str)


def _decode_part(part: Message) -> str:
    """Return the text of a part; an unknown or wrong charset is read as UTF-8."""
    content = bytes(part.get_payload(decode=True) or b"")[: 4 * _MAX_TEXT_CHARACTERS]
    try:
        return content.decode(str(part.get_content_charset("utf-8")), "replace")
    except MALFORMED_MAIL_ERRORS:
        return content.decode("utf-8", "replace")


def _strip_html(html: str) -> str:
    words = re.sub(r"<(?:style|script)[^<>]*>[^<]*", " ", html[: 2 * _MAX_TEXT_CHARACTERS], flags=re.IGNORECASE)
    words = re.sub(r"<(?:br|/p|/div|/tr)\b[^<>]*>", "\n\n", words, flags=re.IGNORECASE)
    return unescape(re.sub(r"<[^<>]*>", " ", words))


def _own_parts(mail: Message) -> Iterator[Message]:
    """Yield the leaf parts of a mail, without those of a mail that it encloses."""
    waiting = [mail]
    while waiting:
        part = waiting.pop()
        inside = part.get_payload()
        if part.get_content_maintype() == "multipart" and isinstance(inside, list):
            waiting += [one for one in reversed(inside) if isinstance(one, Message)]
        else:
            yield part


def iter_enclosed_mails(mail: Message) -> Iterator[Message]:
    """Yield the mails that a mail encloses; of some only the headers are there."""
    for part in _own_parts(mail):
        inside = part.get_payload()
        if part.get_content_type() in _ENCLOSED_PARTS and isinstance(inside, list):
            yield from (one for one in inside if isinstance(one, Message))
        elif part.get_content_type() in _ENCLOSED_PARTS:
            yield email.message_from_string(_decode_part(part))


def has_part(mail: Message, kinds: Collection[str]) -> bool:
    """Say whether a mail itself has a part of one of some content types."""
    return any(part.get_content_type() in kinds for part in _own_parts(mail))


def read_fields(mail: Message, kinds: Collection[str]) -> list[dict[str, str]]:
    """Return the blocks of fields in the parts of some content types, their names in lower case."""
    parts = (part for part in _own_parts(mail) if part.get_content_type() in kinds)
    return list(islice((block for part in parts for block in read_blocks(_fields_as_text(part))), _MAX_BLOCKS))


def _fields_as_text(part: Message) -> str:
    """Return a part of fields as text: Python's parser made a message of each block, and stopped at a malformed line."""
    inside = part.get_payload()
    if not isinstance(inside, list):
        return _decode_part(part)
    return "\n\n".join(_block_as_text(one) for one in inside if isinstance(one, Message))


def _block_as_text(block: Message) -> str:
    fields = "\n".join(f"{name}: {_decode_raw_utf8(str(value))}" for name, value in block.raw_items())
    rest = block.get_payload()
    broken = any(isinstance(one, MissingHeaderBodySeparatorDefect) for one in block.defects)
    return fields + ("\n" if broken else "\n\n") + (rest if isinstance(rest, str) else "")


def read_blocks(text: str) -> list[dict[str, str]]:
    """Return the blocks of `Name: value` lines that say what became of a mail; a space before the colon is dropped."""
    text = text[:_MAX_TEXT_CHARACTERS].replace("\r", "")
    blocks = [
        {found[1].lower(): " ".join(found[2].split()) for found in _FIELD.finditer(one)}
        for one in re.split(r"\n[ \t]*\n", text)
    ]
    reports = [block for block in blocks if block.keys() & {"action", "diagnostic-code", "status", "feedback-type"}]
    return reports[:_MAX_BLOCKS]
