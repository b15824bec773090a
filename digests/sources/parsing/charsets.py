"""Bytes of unknown encoding -> text, whatever the label says.

A label is believed only where it fits: bytes that are valid UTF-8 are UTF-8, whoever calls them something else, and
a few broken bytes do not turn a UTF-8 document into another. Not here: what the text means.
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
_OPENINGS = {  # how "<" or "<?xm" looks where no mark stands before it
    b"<\0\0\0": "utf-32-le",
    b"\0\0\0<": "utf-32-be",
    b"<\0": "utf-16-le",
    b"\0<": "utf-16-be",
    b"\x4c\x6f\xa7\x94": "cp037",
}
# Labels that are in use for a larger set than the one they name; the larger one reads both.
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
_LABEL_SEARCH_BYTES = 2048  # a label stands at the beginning
_GUESS_SAMPLE_BYTES = 64_000  # enough to guess from; the guess costs time by the byte


def decode_document(body: bytes, content_type: str = "") -> str:
    """Return the text of a document; never fails, the last resort is to drop what cannot be read."""
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
    """Tell whether the broken sequences are few beside the whole ones."""
    broken = text.count("\ufffd")
    return broken == 0 or broken * 5 <= len(re.findall("[^\x00-\x7f\ufffd]", text))


def _decode_by_label(body: bytes, label: str) -> str | None:
    try:
        return body.decode(_superset_codec(label))
    except (UnicodeError, LookupError):  # LookupError: unknown, or no encoding of text (Python has "hex" and "zip")
        return None


def _superset_codec(label: str) -> str:
    """Return the codec to read a label with."""
    name = codecs.lookup(label).name
    return _SUPERSET_CODECS.get(name, name)
