"""Creates the client of a model server, which reads at most MAX_ANSWER_BYTES of each answer.

The openai package limits time but not size, and a server that sends without end would fill the memory within its time
limit. Not here: what is asked, and how often (`requests`). Importing this module is slow, because it imports openai.
"""

from collections.abc import Iterator

import httpx2
import openai

from digests.llm.errors import AnswerTooLongError
from digests.llm.model_problems import ModelProblem
from digests.llm.servers import ModelServer

MAX_ANSWER_BYTES = 5_000_000  # the longest section has 300,000, and a model that thinks aloud some more
CONNECT_TIMEOUT_SECONDS = 10.0  # a server that is up takes a connection within one


class _SizeLimitedStream(httpx2.SyncByteStream):
    """The body of an answer; reading it raises AnswerTooLongError behind MAX_ANSWER_BYTES."""

    def __init__(self, stream: httpx2.SyncByteStream) -> None:
        self._stream = stream

    def __iter__(self) -> Iterator[bytes]:
        size = 0
        for chunk in self._stream:
            size += len(chunk)
            if size > MAX_ANSWER_BYTES:
                raise AnswerTooLongError(ModelProblem.TOO_LONG, limit=MAX_ANSWER_BYTES)
            yield chunk

    def close(self) -> None:
        self._stream.close()


def create_openai_client(server: ModelServer, seconds: float) -> openai.OpenAI:
    """Return a client of a server that sends a request once and waits at most `seconds` for each read."""
    limit = openai.Timeout(seconds, connect=min(CONNECT_TIMEOUT_SECONDS, seconds))
    return openai.OpenAI(
        api_key=server.api_key or "none",
        base_url=server.base_url or None,
        max_retries=0,  # `requests` retries, because it knows the budget
        timeout=limit,
        # The stream counts bytes before unpacking, and a compressed body may unpack to a thousand times its size.
        default_headers={"accept-encoding": "identity"},
        http_client=openai.DefaultHttpxClient(event_hooks={"response": [_limit_answer_size]}, timeout=limit),
    )


def _limit_answer_size(response: httpx2.Response) -> None:
    if response.headers.get("content-encoding", "identity") != "identity":
        raise AnswerTooLongError(ModelProblem.PACKED)
    if isinstance(response.stream, httpx2.SyncByteStream):
        response.stream = _SizeLimitedStream(response.stream)
