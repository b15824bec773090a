"""A model server's address and key -> a client whose answers end: no more than LONGEST bytes are read of each.

The client's own limits are of time alone, and a server that sends as fast as it can fills the memory long before. What is
asked, and how often, stands in `llm`. Importing this is slow, since it imports openai.
"""

from collections.abc import Iterator

import httpx2
import openai
from django.conf import settings

from digests.llm.errors import AnswerTooLongError

MAX_ANSWER_BYTES = 5_000_000  # bytes; the longest section has 300,000, and a model that thinks aloud some more
CONNECT_TIMEOUT_SECONDS = 10.0  # seconds; a server that is there answers in one


class _SizeLimitedStream(httpx2.SyncByteStream):
    """A body that is refused where it grows too long."""

    def __init__(self, stream: httpx2.SyncByteStream) -> None:
        self._stream = stream

    def __iter__(self) -> Iterator[bytes]:
        size = 0
        for chunk in self._stream:
            size += len(chunk)
            if size > MAX_ANSWER_BYTES:
                raise AnswerTooLongError(f"the model server's answer is longer than {MAX_ANSWER_BYTES:,} bytes")
            yield chunk

    def close(self) -> None:
        self._stream.close()


def create_openai_client(seconds: float) -> openai.OpenAI:
    """Return a client of the settings' server, which asks once and waits no longer than `seconds` for a byte."""
    limit = openai.Timeout(seconds, connect=min(CONNECT_TIMEOUT_SECONDS, seconds))
    return openai.OpenAI(
        api_key=settings.OPENAI_API_KEY or "none",
        base_url=settings.OPENAI_BASE_URL or None,
        max_retries=0,
        timeout=limit,
        # A packed body may be a thousand times as long as what is counted here.
        default_headers={"accept-encoding": "identity"},
        http_client=openai.DefaultHttpxClient(event_hooks={"response": [_limit_answer_size]}, timeout=limit),
    )


def _limit_answer_size(response: httpx2.Response) -> None:
    if response.headers.get("content-encoding", "identity") != "identity":
        raise AnswerTooLongError("the model server packs its answer although it was asked not to")
    if isinstance(response.stream, httpx2.SyncByteStream):
        response.stream = _SizeLimitedStream(response.stream)
