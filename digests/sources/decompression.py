"""A body as it came over the wire -> the document, unpacked within a limit.

A server may pack as it said, pack without saying so, or say so and not pack; a body that is cut off or damaged is
refused as a whole, because half a feed would look like a whole one.
"""

import zlib

GZIP_WBITS, ZLIB_WBITS, RAW_WBITS = 31, 15, -15  # how zlib is told which frame to expect
MAX_LAYERS = 3  # names in Content-Encoding
# What packs in blocks makes one of 64 KB each: 160 for the largest document. Empty ones cost time and bring nothing.
MAX_MEMBERS = 1_000
PIECE_BYTES = 65_536  # zlib copies what follows a member out of the piece that it was given
_GZIP_MARK = b"\x1f\x8b"


class DecompressionError(Exception):
    """A body that cannot be unpacked; the text tells a person why."""


def decompress_body(body: bytes, encoding: str, limit: int) -> bytes:
    """Return the document in a body with this Content-Encoding, of at most `limit` bytes."""
    names = [part.strip().lower() for part in encoding.split(",", MAX_LAYERS)]
    if len(names) > MAX_LAYERS:
        raise DecompressionError(f"the body is packed more than {MAX_LAYERS} times")
    for name in reversed(names):
        if name == "deflate":
            body = _inflate(body, limit)
        elif name not in {"", "identity", "gzip", "x-gzip"}:
            raise DecompressionError(f"the body is packed as {name[:20]!r}, which was not asked for")
    for _layer in range(2):  # the packing of the wire, and a file that was packed itself
        if body.startswith(_GZIP_MARK):
            body = _gunzip(body, limit)
    return body


def _inflate(body: bytes, limit: int) -> bytes:
    """Unpack "deflate", which some servers take to mean the bare stream, and some send without packing."""
    if body.lstrip()[:1] in {b"<", b"{", b"["}:
        return body
    try:
        return _decompress_stream(body, ZLIB_WBITS, limit)[0]
    except DecompressionError:
        return _decompress_stream(body, RAW_WBITS, limit)[0]


def _gunzip(body: bytes, limit: int) -> bytes:
    """Unpack all members of a gzip file; what follows them is padding."""
    document, at = bytearray(), 0
    for _member in range(MAX_MEMBERS):
        member, length = _decompress_stream(memoryview(body)[at:], GZIP_WBITS, limit - len(document))
        document += member
        at += length
        if body[at : at + len(_GZIP_MARK)] != _GZIP_MARK:
            return bytes(document)
    raise DecompressionError(f"the packed body has more than {MAX_MEMBERS:,} parts")


def _decompress_stream(body: memoryview | bytes, frame: int, limit: int) -> tuple[bytes, int]:
    """Return what one packed stream holds, and where in the body it ends."""
    stream, document, at = zlib.decompressobj(frame), bytearray(), 0
    while at < len(body) and not stream.eof:
        piece = body[at : at + PIECE_BYTES]
        try:
            document += stream.decompress(piece, limit + 1 - len(document))
        except zlib.error as error:
            raise DecompressionError("the packed body is damaged") from error
        if len(document) > limit:
            raise DecompressionError(f"the document is larger than {limit:,} bytes when unpacked")
        at += len(piece) - len(stream.unused_data)
    if not stream.eof:
        raise DecompressionError("the packed body is cut off")
    return bytes(document), at
