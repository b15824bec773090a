"""A local HTTP server that imitates nine ESPs: it records requests, answers, and fills in merge fields as they do.

The merge fields are those of their documentation. Every field in a text is filled in; one without data becomes
`MERGED`, so that a test sees any text that an ESP would take for a field.
"""

import json
import re
import threading
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from email.utils import getaddresses
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs

CLOSE, HANG = "close", "hang"  # instead of a reply: drop the connection, or never answer
PROVIDERS = ["mailgun", "sendgrid", "postmark", "amazon_ses", "resend", "brevo", "mailersend", "mailjet", "sparkpost"]
MERGED = "MERGED"


@dataclass(frozen=True)
class EspRequest:
    """One recorded request."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def data(self) -> Any:
        """The parsed body: JSON, or a form's fields."""
        if self.body[:1] in {b"{", b"["}:
            return json.loads(self.body)
        return {name: values if len(values) > 1 else values[0] for name, values in parse_qs(self.body.decode()).items()}


@dataclass(frozen=True)
class EspReply:
    """The reply to a request."""

    body: Any = ""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class SentMail:
    """One reader's message as the ESP would send it."""

    to: str
    subject: str
    html: str
    text: str
    headers: dict[str, str]
    delivery: str = ""
    sees: tuple[str, ...] = ()  # every address in its To


Answer = Callable[[EspRequest], EspReply | str | None]


class EspServer(ThreadingHTTPServer):
    """The server of one ESP."""

    daemon_threads = True

    def __init__(self, name: str, answer: Answer) -> None:
        super().__init__(("127.0.0.1", 0), _EspHandler)
        self.name, self.answer = name, answer
        self.requests: list[EspRequest] = []
        self.stopping = threading.Event()

    @property
    def url(self) -> str:
        """The base address of its API."""
        return f"http://127.0.0.1:{self.server_port}/"

    @property
    def mails(self) -> list[SentMail]:
        """The messages of all requests, merged."""
        return [mail for request in self.requests for mail in MERGE[self.name](request.data)]

    def settings(self) -> dict[str, Any]:
        """Return the settings with which anymail sends to this server."""
        if self.name == "amazon_ses":
            client = {"aws_access_key_id": "a", "aws_secret_access_key": "b", "region_name": "us-east-1"}
            return {"AMAZON_SES_CLIENT_PARAMS": {"endpoint_url": self.url, **client}}
        keys = {"postmark": ["SERVER_TOKEN"], "mailersend": ["API_TOKEN"], "mailjet": ["API_KEY", "SECRET_KEY"]}
        prefix = self.name.upper()
        return {f"{prefix}_API_URL": self.url} | {f"{prefix}_{key}": "key" for key in keys.get(self.name, ["API_KEY"])}

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Log nothing: clients of these tests hang up in the middle of a reply."""


class _EspHandler(BaseHTTPRequestHandler):
    server: EspServer
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        request = EspRequest(self.path, dict(self.headers), body)
        self.server.requests.append(request)
        reply = self.server.answer(request) or ACCEPT[self.server.name](request.data)
        if reply == HANG:
            self.server.stopping.wait(30)
        if isinstance(reply, str):
            self.close_connection = True
            return
        with suppress(ConnectionError):
            self._write(reply)

    def _write(self, reply: EspReply) -> None:
        text = reply.body if isinstance(reply.body, str) else json.dumps(reply.body)
        self.send_response(reply.status)
        for name, value in ({"Content-Type": "application/json"} | reply.headers).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(text.encode())))
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, *_args: Any) -> None:
        """Log nothing."""


@contextmanager
def esp_server(name: str, answer: Answer = lambda _request: None) -> Iterator[EspServer]:
    """Run the server of an ESP for the length of a block."""
    server = EspServer(name, answer)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.stopping.set()
        server.shutdown()
        thread.join()
        server.server_close()


def _id() -> str:
    return str(uuid.uuid4())


def _address(written: str) -> str:
    return getaddresses([written])[0][1]


def _fill(text: str, field: str, data: dict[str, Any]) -> str:
    """Fill in every field that `field` finds."""
    return re.sub(
        field, lambda match: str(data.get(next(filter(None, match.groups()), ""), MERGED)), text, flags=re.IGNORECASE
    )


def _filler(field: str, data: dict[str, Any]) -> Callable[[str], str]:
    return lambda text: _fill(text, field, data)


def _mail(to: str, texts: list[str], headers: dict[str, str], delivery: str, sees: tuple[str, ...]) -> SentMail:
    subject, html, text = texts
    return SentMail(to, subject, html, text, headers, delivery, sees)


# The reply of each ESP to a request that it accepts.
ACCEPT: dict[str, Callable[[Any], EspReply]] = {
    "mailgun": lambda _data: EspReply({"id": f"<{_id()}@esp.example>", "message": "Queued. Thank you."}),
    "sendgrid": lambda _data: EspReply("", 202),
    "postmark": lambda data: EspReply(
        [{"ErrorCode": 0, "Message": "OK", "To": one["To"], "MessageID": _id()} for one in data]
    ),
    "amazon_ses": lambda data: EspReply(
        {"BulkEmailEntryResults": [{"Status": "SUCCESS", "MessageId": _id()} for _one in data["BulkEmailEntries"]]}
    ),
    "resend": lambda data: EspReply({"data": [{"id": _id()} for _one in data]}),
    "brevo": lambda data: EspReply({"messageIds": [f"<{_id()}@brevo>" for _one in data["messageVersions"]]}, 201),
    "mailersend": lambda _data: EspReply("", 202, {"X-Message-Id": _id(), "Content-Type": "text/html"}),
    "mailjet": lambda data: EspReply(
        {
            "Messages": [
                {"Status": "success", "To": [{"Email": one["To"][0]["Email"], "MessageID": uuid.uuid4().int % 10**18}]}
                for one in data["Messages"]
            ]
        }
    ),
    "sparkpost": lambda data: EspReply(
        {
            "results": {
                "total_accepted_recipients": len(data["recipients"]),
                "total_rejected_recipients": 0,
                "id": _id(),
            }
        }
    ),
}


def _mailgun(data: Any) -> Iterator[SentMail]:
    variables = json.loads(data["recipient-variables"])
    addresses = [_address(to) for to in ([data["to"]] if isinstance(data["to"], str) else data["to"])]
    for to in addresses:
        own = variables.get(to)
        fill = _filler(r"%(?:recipient\.([\w:-]+)|(\w*unsubscribe\w*))%", own or {})
        yield SentMail(
            to,
            fill(data["subject"]),
            fill(data["html"]),
            fill(data["text"]),
            {name[2:]: fill(value) for name, value in data.items() if name.startswith("h:")},
            fill(data["v:delivery"]),
            (to,) if own else tuple(addresses),  # Mailgun shows all recipients to one without variables
        )


def _sendgrid(data: Any) -> Iterator[SentMail]:
    bodies = {one["type"]: one["value"] for one in data["content"]}
    for one in data["personalizations"]:
        texts = [data["subject"], bodies["text/html"], bodies["text/plain"]]
        for tag, value in one["substitutions"].items():
            texts = [text.replace(tag, value) for text in texts]
        texts = [re.sub(r"<%[^%]*%>|\[%[^%]*%\]", MERGED, text) for text in texts]
        sees = tuple(to["email"] for to in one["to"])
        yield _mail(sees[0], texts, data.get("headers", {}) | one["headers"], one["custom_args"]["delivery"], sees)


def _postmark(data: Any) -> Iterator[SentMail]:
    for one in data:
        texts = [_fill(one[name], r"\{\{\{?\s*([^}]*?)\s*\}?\}\}", {}) for name in ("Subject", "HtmlBody", "TextBody")]
        headers = {header["Name"]: header["Value"] for header in one["Headers"]}
        yield _mail(one["To"], texts, headers, one["Metadata"]["delivery"], tuple(one["To"].split(", ")))


def _amazon_ses(data: Any) -> Iterator[SentMail]:
    content = data["DefaultContent"]["Template"]["TemplateContent"]
    for one in data["BulkEmailEntries"]:
        own = json.loads(one["ReplacementEmailContent"]["ReplacementTemplate"]["ReplacementTemplateData"])
        texts = [_fill(content[name], r"\{\{\{?([^}]*?)\}?\}\}", own) for name in ("Subject", "Html", "Text")]
        headers = {header["Name"]: header["Value"] for header in one["ReplacementHeaders"]}
        sees = tuple(one["Destination"]["ToAddresses"])
        yield _mail(sees[0], texts, headers, json.loads(headers.pop("X-Metadata"))["delivery"], sees)


def _resend(data: Any) -> Iterator[SentMail]:
    for one in data:
        headers = dict(one["headers"])
        delivery = json.loads(headers.pop("X-Metadata"))["delivery"]
        yield SentMail(one["to"][0], one["subject"], one["html"], one["text"], headers, delivery, tuple(one["to"]))


def _brevo(data: Any) -> Iterator[SentMail]:
    for one in data["messageVersions"]:
        own = {f"params.{name}": value for name, value in one["params"].items()}
        field = r"\{\{\s*([^}]*?)\s*\}\}|\{([%#])[^}]*\}"
        texts = [_fill(data[name], field, own) for name in ("subject", "htmlContent", "textContent")]
        headers = dict(one["headers"])
        delivery = json.loads(headers.pop("X-Mailin-custom"))["delivery"]
        sees = tuple(to["email"] for to in one["to"])
        yield _mail(sees[0], texts, headers, delivery, sees)


def _mailersend(data: Any) -> Iterator[SentMail]:
    texts = [_fill(data[name], r"\{(\$\w+|\{[^}]*\}|%[^}]*%)\}", {}) for name in ("subject", "html", "text")]
    headers = {header["name"]: header["value"] for header in data["headers"]}
    sees = tuple(to["email"] for to in data["to"])
    yield _mail(sees[0], texts, headers, "", sees)


def _mailjet(data: Any) -> Iterator[SentMail]:
    common = data["Globals"]
    for one in [common | one for one in data["Messages"]]:
        own = {f"var:{name}": value for name, value in one["Variables"].items()}
        field = r"\{\{\s*([^}]*?)\s*\}\}|\{%()[^}]*%\}|\[\[()[^\]]*\]\]"
        texts = [_fill(common[name], field, own) for name in ("Subject", "HTMLPart", "TextPart")]
        sees = tuple(to["Email"] for to in one["To"])
        yield _mail(sees[0], texts, one["Headers"], json.loads(one["EventPayload"])["delivery"], sees)


def _sparkpost(data: Any) -> Iterator[SentMail]:
    content = data["content"]
    for one in data["recipients"]:
        own = data.get("substitution_data", {}) | one["substitution_data"]
        fill = _filler(r"\{\{\{?\s*([^}]*?)\s*\}?\}\}", own)
        headers = {name: fill(value) for name, value in content["headers"].items()}
        sees = tuple(one["address"]["header_to"].split(", "))
        texts = [fill(content[name]) for name in ("subject", "html", "text")]
        yield _mail(one["address"]["email"], texts, headers, one["metadata"]["delivery"], sees)


# How each ESP turns a request into messages.
MERGE: dict[str, Callable[[Any], Iterator[SentMail]]] = {
    "mailgun": _mailgun,
    "sendgrid": _sendgrid,
    "postmark": _postmark,
    "amazon_ses": _amazon_ses,
    "resend": _resend,
    "brevo": _brevo,
    "mailersend": _mailersend,
    "mailjet": _mailjet,
    "sparkpost": _sparkpost,
}
