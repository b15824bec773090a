"""An OpenAI-compatible server on a free port of this machine that answers well, or fails by a test's script.

A good answer is derived from the request: it has a value for every numbered item of the prompt.
"""

import gzip
import json
import re
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Items = list[dict[str, Any]]
Reply = (
    str | Callable[[str, Items], Any]
)  # the name of a behavior below, or a function from prompt and items to the answer

ERRORS = {
    "busy": (429, {"message": "Rate limit reached", "code": "rate_limit_exceeded"}),
    "quota": (429, {"message": "You exceeded your current quota", "code": "insufficient_quota"}),
    "key": (401, {"message": "Incorrect API key provided: sk-secret", "code": "invalid_api_key"}),
    "forbidden": (403, {"message": "Country not supported"}),
    "no model": (404, {"message": "The model does not exist", "code": "model_not_found"}),
    "too long": (400, {"message": "maximum context length is 8192 tokens", "code": "context_length_exceeded"}),
    "odd": (400, {"message": "n must be 1"}),
    "unpaid": (402, {"message": "Insufficient balance"}),
    "broken": (500, {"message": "The server had an error"}),
}
CONTENT = {
    "wrong": '{"nothing": ["of", "the", "kind"]}',
    "words": "I am sorry, but here is a poem instead.",
    "half": '{"themes": "오늘은 긴 글을 적은',
    "nothing": "",
}


FLOODS: dict[Reply, tuple[dict[str, str], bytes]] = {
    "endless": ({"content-type": "application/json"}, b" " * 100_000),
    "packed": ({"content-type": "application/json", "content-encoding": "gzip"}, gzip.compress(b" " * 1_000_000)),
    "events": ({"content-type": "text/event-stream"}, b'data: {"choices": [{"delta": {"content": "x"}}]}\n\n' * 1000),
}


@dataclass
class LLM:
    """The server's side: its address, its script, and the requests that it got."""

    script: list[Reply]
    then: Reply
    forms: tuple[str, ...]
    delay: float
    url: str = ""
    requests: list[dict[str, Any]] = field(default_factory=list)
    at_once: int = 0
    most_at_once: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)
    stopped: threading.Event = field(default_factory=threading.Event)

    @property
    def prompts(self) -> list[str]:
        """The prompts of the requests, in order of arrival."""
        return [request["messages"][-1]["content"] for request in self.requests]

    @property
    def asked_in(self) -> list[str]:
        """The `response_format` of each request."""
        return [request.get("response_format", {}).get("type", "text") for request in self.requests]


@contextmanager
def serve_llm(
    *script: Reply,
    then: Reply = "good",
    forms: tuple[str, ...] = ("json_schema", "json_object", "text"),
    delay: float = 0,
) -> Iterator[LLM]:
    """Yield a running server: the first requests get the script, each later one `then`, each after `delay` seconds."""
    llm = LLM(list(script), then, forms, delay)
    with ThreadingHTTPServer(("127.0.0.1", 0), _LlmHandler) as server:
        server.daemon_threads = True
        server.llm = llm  # type: ignore[attr-defined] # where the handler finds it
        llm.url = f"http://127.0.0.1:{server.server_address[1]}/v1"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield llm
        finally:
            llm.stopped.set()
            server.shutdown()
            thread.join()


def items_in(prompt: str) -> Items:
    """Return the numbered items that stand in a prompt, one JSON object per line."""
    rows = [json.loads(line) for line in prompt.split("\n") if line.startswith('{"number":')]
    return [row for row in rows if "title" in row]


KOREAN = (
    "오늘은 긴 글을 적은 비용으로 읽으려는 여러 접근을 함께 다룹니다.",
    "필요한 부분만 골라 읽어 효율을 높이려는 흐름이 보입니다.",
    "문서를 많이 다루는 서비스의 계산 비용을 낮출 수 있습니다.",
    "더 긴 문서에서도 통하는지 확인하는 일이 다음 과제로 남습니다.",
)
ENGLISH = (
    "Several approaches to reading long texts at a lower cost.",
    "They save work by reading no more than what matters.",
    "Services that handle many documents can lower their cost.",
    "Whether it holds for longer documents is the next question.",
)

# Each in words of its own: an answer that repeats itself for every item would be held by the gates.
KOREAN_POINTS = (
    " 자료는 짧은 기억만으로 책 한 권을 끝까지 따라가는 길을 찾습니다.",
    " 자료는 글에서 필요한 부분만 골라 읽는 방법을 제안합니다.",
    " 자료는 문장 사이의 관계를 먼저 살피고 순서를 다시 짭니다.",
    " 자료는 이미 본 내용을 건너뛰어 계산량을 크게 줄였습니다.",
    " 자료는 여러 문서를 한꺼번에 비교하는 실험 결과를 보여 줍니다.",
)
ENGLISH_POINTS = (
    " follows a whole book to its end with a short memory only.",
    " proposes to read nothing but what matters in a text.",
    " looks at how sentences hang together, then puts them in another order.",
    " skips what it has seen before and so saves computation.",
    " compares many documents at once and shows how that went.",
)


def summary(prompt: str, items: Items) -> dict[str, Any]:
    """Return a flawless section for the items of a prompt, in the prompt's language, each sentence with its passage."""
    korean = bool(re.search("[가-힣]", prompt.partition('{"number":')[0]))
    themes, trends, impact, outlook = ([sentence(text, items[:2])] for text in (KOREAN if korean else ENGLISH))
    return {
        "themes": themes,
        "keywords": ["효율(efficiency)" if korean else "efficiency", "benchmark"],
        "trends": trends if len(items) > 1 else [],
        "points": [point(item, _point(item, korean=korean)) for item in items],
        "impact": impact,
        "outlook": outlook,
    }


def _point(item: dict[str, Any], *, korean: bool) -> str:
    name = str(item.get("title", "")).partition(":")[0]
    name = name if re.fullmatch(r"[\w-]+", name) else f"[{item['number']}]"
    points = KOREAN_POINTS if korean else ENGLISH_POINTS
    return f"{name}{points[item['number'] % len(points)]}"


def sentence(text: str, items: Items) -> dict[str, Any]:
    """Return a sentence that rests on the beginning of the items' texts."""
    return {"text": text, "passages": [{"number": item["number"], "quote": quote(item)} for item in items]}


def quote(item: dict[str, Any]) -> str:
    """Return the first words of an item's text, or of its title where it has none."""
    return " ".join(str(item.get("text") or item["title"]).split()[:30])


def point(item: dict[str, Any], text: str, headline: str = "") -> dict[str, Any]:
    """Return a point of one sentence; without a headline it has the item's title, cut."""
    words = headline or str(item["title"]).partition(":")[0][:30]
    return {"number": item["number"], "headline": words, "sentences": [sentence(text, [item])]}


def categories(prompt: str, items: Items) -> dict[str, Any]:
    """Return the first category of a prompt's list for each of its items."""
    slug = re.findall(r'^\{"category": "([^"]+)"', prompt, re.MULTILINE)[0]
    return {"answers": [{"number": item["number"], "category": slug, "label": ""} for item in items]}


def sentences_in(prompt: str) -> list[dict[str, Any]]:
    """Return the sentences that a prompt asks a second model about."""
    return [json.loads(line) for line in prompt.split("\n") if line.startswith('{"sentence":')]


def verdicts(prompt: str, items: Items) -> dict[str, Any]:
    """Return "supported" for each sentence of a prompt, with the first of its passages."""
    return {
        "verdicts": [
            {"sentence": row["sentence"], "verdict": "supported", "quote": row["passages"].partition(" … ")[0]}
            for row in sentences_in(prompt)
        ]
    }


class _LlmHandler(BaseHTTPRequestHandler):
    server: Any

    def log_message(self, *_args: Any) -> None:
        """Log nothing."""

    def do_POST(self) -> None:
        llm: LLM = self.server.llm
        request = json.loads(self.rfile.read(int(self.headers["content-length"])))
        with llm.lock:
            llm.requests.append(request)
            reply = llm.script.pop(0) if llm.script else llm.then
            llm.at_once += 1
            llm.most_at_once = max(llm.most_at_once, llm.at_once)
        time.sleep(llm.delay)
        with llm.lock:
            llm.at_once -= 1
        form = request.get("response_format", {}).get("type", "text")
        if form not in llm.forms:
            self.send(400, {"error": {"message": f"'response_format.type' {form} is not supported"}})
        elif reply == "hang":
            llm.stopped.wait(30)
        elif isinstance(reply, str) and reply.startswith("drip "):
            self.drip(reply.removeprefix("drip "))
        elif reply in FLOODS:
            self.flood(*FLOODS[reply])
        elif reply != "drop":
            self.answer(request, reply)

    def answer(self, request: dict[str, Any], reply: Reply) -> None:
        """Answer as a server would, or as one that only calls itself compatible."""
        if isinstance(reply, str) and reply.startswith("wait "):
            self.send(429, {"error": ERRORS["busy"][1]}, {"retry-after": reply.removeprefix("wait ")})
        elif isinstance(reply, str) and reply in ERRORS:
            status, error = ERRORS[reply]
            self.send(status, {"error": error})
        elif reply == "nowhere":
            self.send(404, "<html><body>Not Found</body></html>", {"content-type": "text/html"})
        elif reply == "html":
            self.send(200, "<html><body>Welcome to the proxy</body></html>", {"content-type": "text/html"})
        elif reply == "not json":
            self.send(200, "{{{")
        else:
            self.send(200, _completion(request, reply))

    def flood(self, headers: dict[str, str], chunk: bytes) -> None:
        """Send the same chunk without end, as fast as possible, until the client hangs up."""
        self.send_response(200)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        while not self.server.llm.stopped.is_set():
            try:
                self.wfile.write(chunk)
            except OSError:  # nobody listens any more
                return

    def drip(self, what: str) -> None:
        """Send a byte every 100 ms, of the headers or of the body, until the client hangs up."""
        self.wfile.write(b"HTTP/1.1 200 OK\r\n")
        if what == "body":
            self.wfile.write(b"content-type: application/json\r\ncontent-length: 100000\r\n\r\n")
        while not self.server.llm.stopped.wait(0.1):
            try:
                self.wfile.write(b"x")
            except OSError:  # nobody listens any more
                return

    def send(self, status: int, body: Any, headers: dict[str, str] | None = None) -> None:
        """Send a body, as JSON where it is not text."""
        data = (body if isinstance(body, str) else json.dumps(body)).encode()
        self.send_response(status)
        for name, value in ({"content-type": "application/json"} | (headers or {})).items():
            self.send_header(name, value)
        self.send_header("content-length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)


def _completion(request: dict[str, Any], reply: Reply) -> dict[str, Any]:
    if reply == "null choices":
        choices: list[dict[str, Any]] | None = None
    elif reply == "no choices":
        choices = []
    else:
        message: dict[str, Any] = {"role": "assistant", "content": _content(request, reply)}
        if reply == "refusal":
            message |= {"content": None, "refusal": "I cannot help with that."}
        finish = {"cut": "length", "filtered": "content_filter"}.get(str(reply), "stop")
        choices = [{"index": 0, "message": message, "finish_reason": finish}]
    return {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 1,
        "model": request["model"],
        "choices": choices,
        "usage": {"prompt_tokens": 1000, "completion_tokens": 100, "total_tokens": 1100},
    }


def _content(request: dict[str, Any], reply: Reply) -> str:
    prompt = request["messages"][-1]["content"]
    if isinstance(reply, str) and reply.startswith("say "):  # letter for letter
        return reply.removeprefix("say ")
    if callable(reply):
        return json.dumps(reply(prompt, items_in(prompt)), ensure_ascii=False)
    if reply in CONTENT:
        return CONTENT[reply]
    made = {'"answers"': categories, '"verdicts"': verdicts}
    good = next((make for word, make in made.items() if word in prompt), summary)(prompt, items_in(prompt))
    text = json.dumps(good, ensure_ascii=False)
    return f"<think>Hm {{}}</think>Sure!\n```json\n{text}\n```" if reply == "fenced" else text
