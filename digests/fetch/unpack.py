"""A body as it came over the wire -> the document, unpacked within a limit.

A server may pack as it said, pack without saying so, or say so and not pack; a body that is cut off or damaged is
refused as a whole, because half a feed would look like a whole one.
"""

import zlib

GZIP, ZLIB, RAW = 31, 15, -15  # how zlib is told which frame to expect
_GZIP_MARK = b"\x1f\x8b"


class UnpackError(Exception):
    """A body that cannot be unpacked; the text tells a person why."""


def unpack(body: bytes, encoding: str, limit: int) -> bytes:
    """Return the document in a body with this Content-Encoding, of at most `limit` bytes."""
    for name in reversed([part.strip().lower() for part in encoding.split(",")]):
        if name == "deflate":
            body = _inflated(body, limit)
        elif name not in {"", "identity", "gzip", "x-gzip"}:
            raise UnpackError(f"the body is packed as {name[:20]!r}, which was not asked for")
    for _layer in range(2):  # the packing of the wire, and a file that was packed itself
        if body.startswith(_GZIP_MARK):
            body = _gunzipped(body, limit)
    return body


def _inflated(body: bytes, limit: int) -> bytes:
    """Unpack "deflate", which some servers take to mean the bare stream, and some send without packing."""
    if body.lstrip()[:1] in {b"<", b"{", b"["}:
        return body
    try:
        return _unpacked(body, ZLIB, limit)[0]
    except UnpackError:
        return _unpacked(body, RAW, limit)[0]


def _gunzipped(body: bytes, limit: int) -> bytes:
    """Unpack all members of a gzip file; what follows them is padding."""
    document = b""
    while body.startswith(_GZIP_MARK):
        member, body = _unpacked(body, GZIP, limit - len(document))
        document += member
    return document


def _unpacked(body: bytes, frame: int, limit: int) -> tuple[bytes, bytes]:
    """Return what one packed stream holds, and what follows it."""
    stream = zlib.decompressobj(frame)
    try:
        document = stream.decompress(body, limit + 1)
    except zlib.error as error:
        raise UnpackError("the packed body is damaged") from error
    if len(document) > limit:
        raise UnpackError(f"the document is larger than {limit:,} bytes when unpacked")
    if not stream.eof:
        raise UnpackError("the packed body is cut off")
    return document, stream.unused_data
