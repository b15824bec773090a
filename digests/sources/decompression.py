"""Decompresses the body of an HTTP answer within a limit of size.

A server may compress as its header says, compress without saying so, or say so and not compress; all three are read. A
body that is cut off or damaged is refused as a whole, because half a feed would look like a complete one.
"""

import zlib

from digests.sources.source_problems import FetchProblem
from digests.text.messages import CodedError

GZIP_WBITS, ZLIB_WBITS, RAW_WBITS = 31, 15, -15  # the frame that zlib expects, in its own code
MAX_LAYERS = 3  # names in Content-Encoding; real answers have one
# Programs that compress in blocks make one of 64 KB each: 160 for the largest document. A flood of empty ones costs time.
MAX_MEMBERS = 1_000
PIECE_BYTES = 65_536  # small, because zlib copies the rest of a piece behind the end of a member
_GZIP_MARK = b"\x1f\x8b"


class DecompressionError(CodedError):
    """A body that cannot be decompressed."""


def decompress_body(body: bytes, encoding: str, limit: int) -> bytes:
    """Return the document in a body with this Content-Encoding; DecompressionError if it has more than `limit` bytes."""
    names = [part.strip().lower() for part in encoding.split(",", MAX_LAYERS)]
    if len(names) > MAX_LAYERS:
        raise DecompressionError(FetchProblem.MANY_LAYERS, limit=MAX_LAYERS)
    for name in reversed(names):
        if name == "deflate":
            body = _inflate(body, limit)
        elif name not in {"", "identity", "gzip", "x-gzip"}:
            raise DecompressionError(FetchProblem.ENCODING, encoding=name[:20])
    for _layer in range(2):  # the compression of the transfer, and a file that is compressed itself
        if body.startswith(_GZIP_MARK):
            body = _gunzip(body, limit)
    return body


def _inflate(body: bytes, limit: int) -> bytes:
    """Decompress "deflate", which some servers send as a bare stream, and some name without compressing."""
    if body.lstrip()[:1] in {b"<", b"{", b"["}:
        return body
    try:
        return _decompress_stream(body, ZLIB_WBITS, limit)[0]
    except DecompressionError:
        return _decompress_stream(body, RAW_WBITS, limit)[0]


def _gunzip(body: bytes, limit: int) -> bytes:
    """Decompress all members of a gzip file; anything behind them is padding, and ignored."""
    document, at = bytearray(), 0
    for _member in range(MAX_MEMBERS):
        member, length = _decompress_stream(memoryview(body)[at:], GZIP_WBITS, limit - len(document))
        document += member
        at += length
        if body[at : at + len(_GZIP_MARK)] != _GZIP_MARK:
            return bytes(document)
    raise DecompressionError(FetchProblem.MANY_MEMBERS, limit=MAX_MEMBERS)


def _decompress_stream(body: memoryview | bytes, frame: int, limit: int) -> tuple[bytes, int]:
    """Return the content of one compressed stream, and the position in the body where it ends."""
    stream, document, at = zlib.decompressobj(frame), bytearray(), 0
    while at < len(body) and not stream.eof:
        piece = body[at : at + PIECE_BYTES]
        try:
            document += stream.decompress(piece, limit + 1 - len(document))
        except zlib.error as error:
            raise DecompressionError(FetchProblem.DAMAGED) from error
        if len(document) > limit:
            raise DecompressionError(FetchProblem.TOO_LARGE_UNPACKED, limit=limit)
        at += len(piece) - len(stream.unused_data)
    if not stream.eof:
        raise DecompressionError(FetchProblem.CUT_OFF)
    return bytes(document), at
