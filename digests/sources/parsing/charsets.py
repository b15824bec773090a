"""Decodes documents of unknown character encoding.

A document's own label is believed only where it fits: valid UTF-8 is read as UTF-8 whatever its label says, and a few
broken bytes do not change that. The order is: byte order mark, UTF-8, labels, a guess. Not here: parsing the text.
"""

import codecs
import re

import chardet

_BYTE_ORDER_MARKS = {  # UTF-32 first: its mark begins with that of UTF-16
    codecs.BOM_UTF32_LE: "utf-32-le",
    codecs.BOM_UTF32_BE: "utf-32-be",
    codecs.BOM_UTF8: "utf-8",
    codecs.BOM_UTF16_LE: "utf-16-le",
    codecs.BOM_UTF16_BE: "utf-16-be",
}
_OPENINGS = {  # the bytes of "<" or "<?xm" in encodings without a byte order mark
    b"<\0\0\0": "utf-32-le",
    b"\0\0\0<": "utf-32-be",
    b"<\0": "utf-16-le",
    b"\0<": "utf-16-be",
    b"\x4c\x6f\xa7\x94": "cp037",
}
# Labels that are commonly used for a larger character set than the one they name; the larger one reads both.
_SUPERSET_CODECS = {
    "euc_kr": "cp949",
    "ks_c_5601_1987": "cp949",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "shift_jis": "cp932",
    "iso8859-1": "cp1252",
    "ascii": "cp1252",
    "iso8859-9": "cp1254",
    "tis_620": "cp874",
}
_LABEL = re.compile(rb"""(?:encoding|charset)\s*=\s*["']?\s*([A-Za-z0-9._:-]{2,40})""")
_LABEL_SEARCH_BYTES = 2048  # a label stands at the beginning, and text further on may speak of another
_GUESS_SAMPLE_BYTES = 64_000  # enough for a guess, which takes time for every byte
MIN_LETTERS_PER_BROKEN_BYTE = 5  # whole letters outside ASCII; in another encoding nearly every such letter is broken


def decode_document(body: bytes, content_type: str = "") -> str:
    """Return the text of a document; never raises, bytes that cannot be decoded become U+FFFD."""
    for mark, encoding in _BYTE_ORDER_MARKS.items():
        if body.startswith(mark):
            return body[len(mark) :].decode(encoding, "replace")
    for opening, encoding in _OPENINGS.items():
        if body.startswith(opening):
            return body.decode(encoding, "replace")
    as_utf8 = body.decode("utf-8", "replace")
    if _is_utf8(as_utf8):
        return as_utf8
    for label in (_LABEL.search(body[:_LABEL_SEARCH_BYTES]), _LABEL.search(content_type.encode("ascii", "ignore"))):
        if label and (text := _decode_by_label(body, label[1].decode("ascii"))) is not None:
            return text
    guess = chardet.detect(body[:_GUESS_SAMPLE_BYTES])["encoding"]
    return body.decode(_superset_codec(guess or "cp1252"), "replace")


def _is_utf8(text: str) -> bool:
    """Return whether text that was decoded as UTF-8 has few broken sequences beside whole ones."""
    broken = text.count("\ufffd")
    return broken == 0 or broken * MIN_LETTERS_PER_BROKEN_BYTE <= len(re.findall("[^\x00-\x7f\ufffd]", text))


def _decode_by_label(body: bytes, label: str) -> str | None:
    try:
        return body.decode(_superset_codec(label))
    except (UnicodeError, LookupError):  # LookupError: unknown, or no encoding of text (Python has "hex" and "zip")
        return None


def _superset_codec(label: str) -> str:
    name = codecs.lookup(label).name
    return _SUPERSET_CODECS.get(name, name)
