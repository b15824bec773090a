"""Benchmark of sending through an ESP, one by one and in batches.

Claiming, journal and settling are real; the provider is a server in a process of its own that takes everything, at once
or after 100 ms.
"""

import dataclasses
import datetime as dt
import json
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import django
from django.conf import settings
from django.utils import timezone

django.setup()

from bench import letters  # noqa: E402 - settings come first
from newsletter.delivery import audience, dispatch, queue  # noqa: E402 - see above
from newsletter.emails import joining  # noqa: E402 - see above
from newsletter.models import Delivery, Mailing  # noqa: E402 - see above
from newsletter.transport import esp_batches  # noqa: E402 - see above

READERS = 10_000
# Provider, readers per request, milliseconds until its answer, readers
RUNS = [
    *(("mailgun", 1, 0, 1000), ("mailgun", 100, 0, READERS), ("mailgun", 1000, 0, READERS)),
    *(("mailgun", 1, 100, 50), ("mailgun", 100, 100, 5000), ("mailgun", 1000, 100, READERS)),
    *(("resend", 1, 0, 500), ("resend", 100, 0, 5000), ("postmark", 200, 0, 5000), ("amazon_ses", 50, 0, 5000)),
]


def measure() -> list[tuple[str, str]]:
    """Return label and figure of each row."""
    mailing = _mailing()
    letter = joining.load_mailing_fragments(mailing)
    sets = mailing.deliveries.values_list("sections", flat=True).distinct()
    size = (
        statistics.mean(
            len((found.html + found.text).encode()) for one in sets for found in [joining.join_fragments(letter, one)]
        )
        / 1000
    )
    return [_row(mailing, size, run) for run in RUNS]


def _row(mailing: Mailing, size: float, run: tuple[str, int, int, int]) -> tuple[str, str]:
    """Send to `count` readers and return the figures."""
    name, batch, delay, count = run
    Delivery.objects.update(state=Delivery.State.SKIPPED)
    chosen = list(Delivery.objects.order_by("pk").values_list("pk", flat=True)[:count])
    Delivery.objects.filter(pk__in=chosen).update(state=Delivery.State.QUEUED, due_at=timezone.now())
    Mailing.objects.update(state=Mailing.State.SENDING)
    path = f"anymail.backends.{name}.EmailBackend"
    esp_batches.PROVIDERS[path] = dataclasses.replace(esp_batches.PROVIDERS[path], limit=batch)
    with _provider(name, delay) as url:
        settings.EMAIL_BACKEND, settings.ANYMAIL = path, _access(name, url)
        began, cpu = time.perf_counter(), time.process_time()
        dispatch.send_mailing(Mailing.objects.select_related("digest__publication").get(), stop=time.monotonic() + 300)
        seconds, cpu = time.perf_counter() - began, time.process_time() - cpu
    accepted = queue.count_deliveries(mailing)["accepted"]
    if accepted != count:
        raise RuntimeError(f"{accepted} of {count} were accepted")
    label = f"send through {name} ({size:.0f} KB), {batch:,} per request" + (f", {delay} ms each" if delay else "")
    return label, f"{count / seconds:,.0f}/s, {cpu / count * 1000:.2f} CPU s per 1,000"


def _access(name: str, url: str) -> dict[str, object]:
    if name == "amazon_ses":
        keys = {"aws_access_key_id": "a", "aws_secret_access_key": "b", "region_name": "us-east-1"}
        return {"AMAZON_SES_CLIENT_PARAMS": {"endpoint_url": url, **keys}}
    return {f"{name.upper()}_API_URL": url, f"{name.upper()}_API_KEY": "k", f"{name.upper()}_SERVER_TOKEN": "k"}


def _mailing() -> Mailing:
    """Return a mailing of twelve sections, of which every reader has chosen four."""
    publication = letters.create_publication()
    letters.create_readers(publication, READERS)
    made = letters.compose_mailing(publication, dt.date(2026, 5, 22), sections=letters.CATEGORIES, words=30)
    audience.plan_deliveries(made)
    return made


@contextmanager
def _provider(name: str, delay: int) -> Iterator[str]:
    command = [sys.executable, "-m", "bench.esp", name, str(delay)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)  # noqa: S603 - ourselves
    assert process.stdout is not None  # noqa: S101 - it is a pipe
    try:
        yield f"http://127.0.0.1:{int(process.stdout.readline())}/"
    finally:
        process.terminate()
        process.communicate(timeout=10)


def serve_provider(name: str, delay: int) -> None:
    """Take every request and answer as the provider does, with an id per message."""

    def answer(body: bytes) -> bytes:
        marks = {"resend": b'"to": [', "postmark": b'"To": ', "amazon_ses": b"ReplacementTemplateData"}
        count = body.count(marks.get(name, b"\0"))
        found: object = {
            "mailgun": {"id": "<1@esp.invalid>", "message": "Queued. Thank you."},
            "resend": {"data": [{"id": str(n)} for n in range(count)], "id": "1"},
            "postmark": [{"ErrorCode": 0, "Message": "OK", "MessageID": str(n)} for n in range(count)],
            "amazon_ses": {"BulkEmailEntryResults": [{"Status": "SUCCESS", "MessageId": str(n)} for n in range(count)]},
        }[name]
        return json.dumps(found).encode()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def do_POST(self) -> None:
            body = answer(self.rfile.read(int(self.headers["Content-Length"])))
            time.sleep(delay / 1000)
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_args: object) -> None:
            """Log nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    print(server.server_port, flush=True)  # noqa: T201 - what the benchmark reads
    server.serve_forever()


if __name__ == "__main__":
    serve_provider(sys.argv[1], int(sys.argv[2]))
