"""What it costs to plan, claim, join and send: rows of `python -m bench`.

The ledger is real: every message is claimed, journaled and settled. The relay is a sink on this machine (bench.sink).
"""

import base64
import datetime as dt
import json
import random
import resource
import socket
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

from digests.approve import approve  # noqa: E402 - a sending process is started by this module's name
from digests.models import Category, Digest, Item, Publication, Section, SectionItem  # noqa: E402 - see above
from newsletter import compose, message, outbox, plan, seal, send, wire  # noqa: E402 - see above
from newsletter.journal import Outcome  # noqa: E402 - see above
from newsletter.models import Delivery, Mailing, Subscriber, Subscription  # noqa: E402 - see above
from newsletter.settle import settle  # noqa: E402 - see above

READERS = 100_000
CATEGORIES = 12
CHOSEN = 4
SENT = 40_000  # messages of each measured send
Row = tuple[str, str]


def rows() -> list[Row]:
    """Return label and figure of each row."""
    mailing = _mailing()
    return [*_steps(mailing), *_sends(mailing)]


def _mailing() -> Mailing:
    """Make readers who chose a third of the categories, and an approved, composed digest."""
    publication = Publication.objects.create(slug="bench", name="Daily Insights: Papers")
    categories = [Category.objects.create(slug=f"c{n}", names={"ko": f"분야 {n}"}) for n in range(CATEGORIES)]
    publication.categories.set(categories)
    digest = Digest.objects.create(
        publication=publication, date=dt.date(2026, 5, 22), title="Daily Insights", state=Digest.State.IN_REVIEW
    )
    for position, category in enumerate(categories):
        _section(digest, category, position)
    _readers(publication, categories)
    approve(digest)
    (mailing,) = plan.open_mailings()
    compose.store(mailing)
    return Mailing.objects.select_related("digest__publication").get(pk=mailing.pk)


def _section(digest: Digest, category: Category, position: int) -> None:
    """Make a section that is about 9 KB of HTML."""
    url = f"https://bench.invalid/{position}"
    item = Item.objects.create(
        title=f"A Paper of Category {position}", url=url, url_key=url, published_at=timezone.now()
    )
    chance = random.Random(position)  # noqa: S311 - words for a measurement, not a secret
    text = f"### 주요 주제\n\n{_words(chance)}\n\n### 핵심 내용\n\n" + "\n".join(
        f"{n}. **[{item.title}]({url})** — {_words(chance)}" for n in range(1, 6)
    )
    section = Section.objects.create(
        digest=digest, category=category, position=position, heading=f"분야 {position}", text=text
    )
    SectionItem.objects.create(section=section, digest=digest, item=item, position=0, title=item.title, url=url)


def _words(chance: random.Random) -> str:
    """Return about 800 bytes of Korean in which nothing stands twice, as the gates want it; it means nothing."""
    words = ["".join(chr(chance.randrange(0xAC00, 0xD7A4)) for _ in range(chance.randint(2, 4))) for _ in range(60)]
    return " ".join(word + ("니다." if n % 12 == 11 else "") for n, word in enumerate(words))


def _readers(publication: Publication, categories: list[Category]) -> None:
    now = timezone.now()
    people = Subscriber.objects.bulk_create(
        (Subscriber(email=f"reader{n}@bench.invalid") for n in range(READERS)), batch_size=5000
    )
    rows = Subscription.objects.bulk_create(
        (
            Subscription(subscriber=person, publication=publication, state=Subscription.State.ACTIVE, confirmed_at=now)
            for person in people
        ),
        batch_size=5000,
    )
    choice = Subscription.categories.through
    choice.objects.bulk_create(
        (
            choice(subscription_id=row.pk, category_id=categories[(n + k * (1 + n % 5)) % CATEGORIES].pk)
            for n, row in enumerate(rows)
            for k in range(CHOSEN)
            if k == 0 or (k * (1 + n % 5)) % CATEGORIES
        ),
        batch_size=10_000,
        ignore_conflicts=True,
    )


def _steps(mailing: Mailing) -> list[Row]:
    """Measure each step by itself."""
    with _clock() as planning:
        plan.plan(mailing)
    with _clock() as claim:
        claimed = [one for _batch in range(10) for one in outbox.claim(mailing, limit=500)]
    letter = message.load(mailing)
    press = wire.Press(letter, eight_bit=True)
    for one in claimed:
        wire.stamp(press, one)  # encodes each set once
    with _clock() as join:
        size = [sum(map(len, wire.stamp(press, one).content)) for one in claimed]
    with _clock() as slow:
        for one in claimed[:300]:
            message.build(letter, one).message().as_bytes()
    with _clock() as settling:
        for at in range(0, len(claimed), 500):
            settle(Outcome(one.id, "accepted", f"250 ok {one.id}") for one in claimed[at : at + 500])
    return [
        (f"plan {READERS:,} readers", f"{planning[0]:.1f} s"),
        ("claim 1,000 deliveries", f"{claim[0] / len(claimed) * 1e6:.0f} ms"),
        ("settle 1,000 deliveries", f"{settling[0] / len(claimed) * 1e6:.0f} ms"),
        (f"join one message ({sum(size) / len(size) / 1024:.0f} KB)", f"{join[0] / len(claimed) * 1e6:.0f} µs"),
        ("the same by Django's EmailMessage", f"{slow[0] / 300 * 1e6:.0f} µs"),
        *((f"DKIM signature, {name}", f"{_sealing(key, press, claimed[:50]):.0f} µs") for name, key in _keys()),
    ]


def _keys() -> Iterator[Row]:
    """Yield the kinds of keys, each with a fresh one."""
    pem = rsa.generate_private_key(public_exponent=65537, key_size=2048).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
    )
    yield "RSA 2048", pem.decode()
    yield "Ed25519", base64.b64encode(ed25519.Ed25519PrivateKey.generate().private_bytes_raw()).decode()


def _sealing(key: str, press: wire.Press, claimed: list[outbox.Claimed]) -> float:
    """Return the microseconds of one signature."""
    made = seal.Seal(b"bench.invalid", b"news", key.encode())
    letters = [wire.stamp(press, one) for one in claimed]
    with _clock() as took:
        for letter in letters:
            made.put_on(letter)
    return took[0] / len(letters) * 1e6


@contextmanager
def _clock() -> Iterator[list[float]]:
    """Yield a list that holds the seconds of the block once it has ended."""
    took = [0.0]
    began = time.perf_counter()
    yield took
    took[0] = time.perf_counter() - began


def _sends(mailing: Mailing) -> Iterator[Row]:
    for processes, delay_ms, connections in ((1, 0, 4), (2, 0, 4), (1, 5, 40)):
        Delivery.objects.update(state=Delivery.State.SKIPPED)
        chosen = Delivery.objects.order_by("pk").values("pk")[:SENT]
        Delivery.objects.filter(pk__in=list(chosen.values_list("pk", flat=True))).update(state=Delivery.State.QUEUED)
        Mailing.objects.update(state=Mailing.State.SENDING)
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute("VACUUM ANALYZE newsletter_delivery")  # no mailing begins after an update of every row
        label = f"send by SMTP, {processes} process{'es' if processes > 1 else ''}"
        yield label + (f", {delay_ms} ms on every reply" if delay_ms else ""), _send(processes, delay_ms, connections)
        accepted = mailing.deliveries.filter(state=Delivery.State.ACCEPTED).count()
        if accepted != SENT:
            raise RuntimeError(f"{accepted} of {SENT} were accepted")


def _send(processes: int, delay_ms: float, connections: int) -> str:
    """Let so many processes send what is queued; return the figures, of our own processes alone."""
    with _sink(delay_ms) as port:
        command = [sys.executable, "-m", "bench.send", str(port), str(connections)]
        workers = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(processes)]  # noqa: S603 - ourselves
        said = [json.loads(worker.communicate()[0].splitlines()[-1]) for worker in workers]
    sent = sum(one["sent"] for one in said)
    seconds = max(one["ended"] for one in said) - min(one["began"] for one in said)
    cpu = sum(one["cpu"] for one in said) / sent * 1000
    memory = max(one["memory"] for one in said)
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


def worker(port: int, connections: int) -> None:
    """Send what is queued as a worker does, and print what it took."""
    settings.EMAIL_BACKEND, settings.EMAIL_HOST, settings.EMAIL_PORT = send.SMTP_BACKEND, "127.0.0.1", port
    settings.SMTP_CONNECTIONS = connections
    began, cpu = time.time(), time.process_time()
    sent = send.send_due(seconds=300)
    found = {
        "sent": sent,
        "began": began,
        "ended": time.time(),
        "cpu": time.process_time() - cpu,
        "memory": _peak_memory(),
    }
    print(json.dumps(found))  # noqa: T201 - what the benchmark reads


def _peak_memory() -> float:
    """Return this process's peak memory in MB; what getrusage says may be the parent's."""
    status = Path("/proc/self/status")
    if not status.exists():
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    peak = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
    return int(peak.split()[1]) / 1024


if __name__ == "__main__":
    worker(*map(int, sys.argv[1:]))
