"""Benchmark of planning, claiming, joining and sending a mailing.

Every message is claimed, journaled and settled as in production. The relay is a sink on this machine (bench.sink).
"""

import base64
import datetime as dt
import json
import resource
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import django
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa
from django.conf import settings
from django.db import connection
from django.utils import timezone

django.setup()

from bench import letters  # noqa: E402 - a sending process is started by this module's name
from newsletter.delivery import audience, dispatch, queue  # noqa: E402 - see above
from newsletter.delivery.journal import DeliveryOutcome  # noqa: E402 - see above
from newsletter.delivery.outcomes import settle_deliveries  # noqa: E402 - see above
from newsletter.emails import joining, message  # noqa: E402 - see above
from newsletter.models import Delivery, Mailing, deliveries  # noqa: E402 - see above
from newsletter.transport import dkim, relays, wire_format  # noqa: E402 - see above

READERS = {"postgresql": 1_000_000, "sqlite": 100_000}[connection.vendor]
SENT_MESSAGES = READERS // 20  # in each measured send
FLAT_MEMORY_READERS = READERS * 3 // 5  # in the last one, which shows that memory does not grow with the readers
# Which letter, processes, milliseconds on every reply, connections of each process
RUNS = [("long", 1, 0, 4), ("long", 2, 0, 4), ("long", 1, 5, 64), ("short", 1, 0, 4), ("short", 2, 0, 4)]
READER = deliveries.ClaimedDelivery(1, 0, 1, 1, "reader@bench.invalid", "0" * 16)
Row = tuple[str, str]


def measure() -> list[Row]:
    """Return label and figure of each row."""
    publication = letters.create_publication()
    letters.create_readers(publication, READERS)
    mailings = {
        "long": letters.compose_mailing(publication, dt.date(2026, 5, 22), sections=letters.CATEGORIES, words=30),
        "short": letters.compose_mailing(publication, dt.date(2026, 5, 23), sections=2, words=1),
    }
    return [*_steps(mailings["long"]), *_sends(mailings)]


def _steps(mailing: Mailing) -> list[Row]:
    before = _peak_memory()
    with _clock() as planning:
        audience.plan_deliveries(mailing)
    grown = _peak_memory() - before
    with _clock() as claim:
        claimed = [one for _batch in range(10) for one in queue.claim_deliveries(mailing, limit=1000)]
    letter = joining.load_mailing_fragments(mailing)
    press = wire_format.WireEncoder(letter, eight_bit=True)
    for one in claimed:
        wire_format.encode_delivery(press, one)  # encodes each set once
    with _clock() as join:
        size = [len(wire_format.encode_delivery(press, one).content) for one in claimed]
    with _clock() as slow:
        for one in claimed[:300]:
            message.build_message(letter, one).message().as_bytes()
    with _clock() as settling:
        for at in range(0, len(claimed), 1000):
            settle_deliveries(
                DeliveryOutcome(one.id, "accepted", f"250 ok {one.id}") for one in claimed[at : at + 1000]
            )
    return [
        (f"plan {READERS:,} subscribers", f"{planning[0]:.1f} s, {grown:.0f} MB more"),
        ("claim 1,000 deliveries", f"{claim[0] / len(claimed) * 1e6:.0f} ms"),
        ("settle 1,000 deliveries", f"{settling[0] / len(claimed) * 1e6:.0f} ms"),
        (f"join one email ({sum(size) / len(size) / 1000:.0f} KB)", f"{join[0] / len(claimed) * 1e6:.1f} µs"),
        ("the same by Django's EmailMessage", f"{slow[0] / 300 * 1e6:.0f} µs"),
        *(
            (f"DKIM signature, {name}", f"{_signature_microseconds(key, press, claimed[:50]):.0f} µs")
            for name, key in _keys()
        ),
    ]


def _keys() -> Iterator[Row]:
    """Yield the kinds of keys, each with a fresh one."""
    pem = rsa.generate_private_key(public_exponent=65537, key_size=2048).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
    )
    yield "RSA 2048", pem.decode()
    yield "Ed25519", base64.b64encode(ed25519.Ed25519PrivateKey.generate().private_bytes_raw()).decode()


def _signature_microseconds(
    key: str, press: wire_format.WireEncoder, claimed: list[deliveries.ClaimedDelivery]
) -> float:
    made = dkim.DkimSigner(b"bench.invalid", b"news", key.encode())
    stamped = [wire_format.encode_delivery(press, one) for one in claimed]
    with _clock() as took:
        for letter in stamped:
            made.sign_message(letter)
    return took[0] / len(stamped) * 1e6


@contextmanager
def _clock() -> Iterator[list[float]]:
    """Yield a list that holds the seconds of the block once it has ended."""
    took = [0.0]
    began = time.perf_counter()
    yield took
    took[0] = time.perf_counter() - began


def _sends(mailings: dict[str, Mailing]) -> Iterator[Row]:
    tomorrow = timezone.now() + dt.timedelta(days=1)
    audience.plan_deliveries(mailings["short"])
    for mailing in mailings.values():
        mailing.deliveries.filter(state=Delivery.State.QUEUED).update(due_at=tomorrow)
    for name, processes, delay_ms, connections in RUNS:
        label = f"send {_size(mailings[name])} KB by SMTP, {processes} process{'es' if processes > 1 else ''}"
        label += f" of {connections} connections, {delay_ms} ms on every reply" if delay_ms else ""
        yield label, _send_to_some(mailings[name], SENT_MESSAGES, processes, delay_ms, connections)
    label = f"send {_size(mailings['long'])} KB by SMTP to {FLAT_MEMORY_READERS:,} subscribers, 2 processes"
    yield label, _send_to_some(mailings["long"], FLAT_MEMORY_READERS, 2, 0, 4)


def _size(mailing: Mailing) -> int:
    """Return the KB of a letter, on average over the sets in use."""
    press = wire_format.WireEncoder(joining.load_mailing_fragments(mailing), eight_bit=True)
    sets = mailing.deliveries.values_list("sections", flat=True).distinct()
    return round(
        statistics.mean(len(wire_format.encode_delivery(press, READER._replace(sections=one)).content) for one in sets)
        / 1000
    )


def _send_to_some(mailing: Mailing, count: int, processes: int, delay_ms: float, connections: int) -> str:
    """Send to `count` readers who have not got this mailing yet; return the figures."""
    waiting = mailing.deliveries.filter(state=Delivery.State.QUEUED).order_by("pk")[:count]
    mailing.deliveries.filter(pk__in=waiting.values("pk")).update(due_at=timezone.now())
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("VACUUM newsletter_delivery")  # no mailing begins after an update of so many rows
            cursor.execute("CHECKPOINT")
    before = queue.count_deliveries(mailing)["accepted"]
    figures = _send(processes, delay_ms, connections)
    accepted = queue.count_deliveries(mailing)["accepted"] - before
    if accepted != count:
        raise RuntimeError(f"{accepted} of {count} were accepted")
    return figures


def _send(processes: int, delay_ms: float, connections: int) -> str:
    """Let `processes` processes send what is queued; return the figures of these processes alone."""
    with _sink(delay_ms) as port:
        command = [sys.executable, "-m", "bench.send", str(port), str(connections)]
        workers = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(processes)]  # noqa: S603 - ourselves
        results = [json.loads(worker.communicate()[0].splitlines()[-1]) for worker in workers]
    sent = sum(one["sent"] for one in results)
    seconds = max(one["ended"] for one in results) - min(one["began"] for one in results)
    cpu = sum(one["cpu"] for one in results) / sent * 1000
    memory = max(one["memory"] for one in results)
    return f"{sent / seconds:,.0f}/s, {cpu:.3f} CPU s per 1,000, {memory:.0f} MB"


@contextmanager
def _sink(delay_ms: float) -> Iterator[int]:
    command = [sys.executable, "-m", "bench.sink", str(delay_ms)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)  # noqa: S603 - ourselves
    assert process.stdout is not None  # noqa: S101 - it is a pipe
    port = int(process.stdout.readline())
    try:
        yield port
    finally:
        with socket.create_connection(("127.0.0.1", port)) as stop:
            stop.sendall(b"STOP\r\n")
            process.communicate(timeout=10)


def run_worker(port: int, connections: int) -> None:
    """Send what is queued as a worker does, and print the figures as JSON."""
    settings.EMAIL_BACKEND, settings.EMAIL_HOST, settings.EMAIL_PORT = relays.SMTP_BACKEND, "127.0.0.1", port
    settings.SMTP_CONNECTIONS = connections
    began, cpu = time.time(), time.process_time()
    sent = dispatch.send_due_mailings(seconds=300)
    found = {
        "sent": sent,
        "began": began,
        "ended": time.time(),
        "cpu": time.process_time() - cpu,
        "memory": _peak_memory(),
    }
    print(json.dumps(found))  # noqa: T201 - what the benchmark reads


def _peak_memory() -> float:
    """Return this process's peak memory in MB; the figure of getrusage may be the parent's."""
    status = Path("/proc/self/status")
    if not status.exists():
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    peak = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
    return int(peak.split()[1]) / 1024


if __name__ == "__main__":
    run_worker(*map(int, sys.argv[1:]))
