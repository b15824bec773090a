"""A scripted model on a local port, which speaks the protocol of OpenAI-compatible servers and gives prepared replies.

It shows what becomes of a model that answers badly, or not at all. As the second model, which checks, it calls every sentence
supported. Not here: the replies (failures).
"""

import json
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

# About what a section on two papers takes.
TOKEN_USAGE = {
    "prompt_tokens": 2400,
    "completion_tokens": 450,
    "total_tokens": 2850,
}


@dataclass(frozen=True)
class ModelReply:
    """One reply: the content of the message, or a status and an error, after `wait` seconds."""

    content: str = ""
    finish: str = "stop"
    refusal: str = ""
    status: int = 200
    error: str = ""
    wait: float = 0
    knows_schemas: bool = True


@contextmanager
def serve_model(replies: Sequence[ModelReply]) -> Iterator[str]:
    """Yield the base URL of a server that gives one reply after the other, and repeats the last one."""
    with ThreadingHTTPServer(("127.0.0.1", 0), _ModelHandler) as server:
        server.daemon_threads = True
        server.replies = list(replies)  # type: ignore[attr-defined] # where the handler finds them
        server.stopped = threading.Event()  # type: ignore[attr-defined]
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/v1"
        finally:
            server.stopped.set()  # type: ignore[attr-defined]
            server.shutdown()
            thread.join()


class _ModelHandler(BaseHTTPRequestHandler):
    server: Any

    def log_message(self, *_args: Any) -> None:
        """Log nothing: the demo prints what became of each reply."""

    def do_POST(self) -> None:
        request = json.loads(self.rfile.read(int(self.headers["content-length"])))
        replies: list[ModelReply] = self.server.replies
        if not replies[0].knows_schemas and request.get("response_format", {}).get("type") == "json_schema":
            self._send(400, {"error": {"message": "response_format json_schema is not supported"}})
            return
        if verdicts := _answer_verifier(request["messages"][-1]["content"]):
            self._send(200, _completion(ModelReply(verdicts), request["model"]))
            return
        reply = replies.pop(0) if len(replies) > 1 else replies[0]
        if reply.wait and self.server.stopped.wait(reply.wait):
            return
        if reply.status != 200:
            self._send(reply.status, {"error": {"message": reply.error, "code": reply.error}})
        else:
            self._send(200, _completion(reply, request["model"]))

    def _send(self, status: int, body: dict[str, Any]) -> None:
        data = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)


def _answer_verifier(prompt: str) -> str:
    """Return the verdict "supported" for each sentence that a request asks about; "" for a request to write."""
    rows = [json.loads(line) for line in prompt.split("\n") if line.startswith('{"sentence":')]
    verdicts = [
        {"sentence": row["sentence"], "verdict": "supported", "quote": row["passages"].partition(" … ")[0]}
        for row in rows
    ]
    return json.dumps({"verdicts": verdicts}, ensure_ascii=False) if rows else ""


def _completion(reply: ModelReply, model: str) -> dict[str, Any]:
    message = {"role": "assistant", "content": reply.content or None, "refusal": reply.refusal or None}
    choice = {"index": 0, "message": message, "finish_reason": reply.finish}
    return {
        "id": "1",
        "object": "chat.completion",
        "created": 1,
        "model": model,
        "choices": [choice],
        "usage": TOKEN_USAGE,
    }
