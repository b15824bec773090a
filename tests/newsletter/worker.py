"""Runs one step of a mailing in a process of its own: `python -m tests.newsletter.worker plan 1000 | send PORT | report`.

For tests that kill it, on the database of DATABASE_URL. Other steps: compose, begin, pause, resume, end, look. After a
database was restored, `ticks PORT` sends twice and prints what waits for a decision, and `settle N PORT` decides that those
N readers have it and sends the rest; each start takes a while, so both do several steps.
"""

import json
import os
import resource
import sys
from collections.abc import Callable

import django

django.setup()

from django.conf import settings  # noqa: E402 - Django has to be set up before its models are imported

from newsletter.delivery import dispatch, mailing_lifecycle, queue, recovery, restored_database  # noqa: E402 - see above
from newsletter.models import Delivery, Mailing  # noqa: E402 - see above
from newsletter.transport import relays  # noqa: E402 - see above
from tests.newsletter import sample_mailing  # noqa: E402 - see above


def main(step: str, argument: int = 0, room: int = 0) -> None:
    """Run one step and print the counts as one JSON line; no file may grow beyond `room` bytes, where it is given."""
    if room and step != "settle":
        resource.setrlimit(resource.RLIMIT_FSIZE, (room, room))
    if step in {"plan", "compose"}:
        sample_mailing.subscribe_random_sets(sample_mailing.compose_mailing(), argument)
    if step in {"plan", "begin"}:
        dispatch.begin_due_mailings()
    elif step == "send":
        _send_through(argument)
        dispatch.stop_on_sigterm()
        print(json.dumps("ready"), flush=True)  # noqa: T201 - what the test waits for
        dispatch.send_due_mailings()
    elif step in {"ticks", "settle"}:
        _after_restoring(*([None, argument] if step == "ticks" else [argument, room]))
    elif step in {"pause", "end", "resume"}:
        orders: dict[str, Callable[[Mailing], object]] = {
            "pause": queue.pause_mailing,
            "end": mailing_lifecycle.end_mailing,
            "resume": queue.resume_mailing,
        }
        orders[step](Mailing.objects.get())
        return
    if step != "look":
        recovery.recover_journals()
    found: dict[str, object] = {"counts": queue.count_deliveries(Mailing.objects.get()), "older": _older()}
    if step in {"report", "settle"}:  # thousands of addresses, more than a pipe holds that nobody reads
        unknown = Delivery.objects.filter(state="unknown").values_list("subscriber__email", flat=True)
        everyone = Delivery.objects.values_list("subscriber__email", flat=True)
        found |= {"unknown": list(unknown), "everyone": list(everyone)}
    print(json.dumps(found))  # noqa: T201 - what the test reads


def _send_through(port: int) -> None:
    """Send to a server of the test."""
    settings.EMAIL_BACKEND = relays.SMTP_BACKEND
    if anymail := os.environ.get("WORKER_ANYMAIL"):
        settings.EMAIL_BACKEND, settings.ANYMAIL = "anymail.backends.mailgun.EmailBackend", json.loads(anymail)
    settings.EMAIL_HOST, settings.EMAIL_PORT, settings.SEND_BATCH = "127.0.0.1", port, 50


def _after_restoring(treated: int | None, port: int) -> None:
    """Send what needs no decision; or treat so many as sent, and send the rest."""
    _send_through(port)
    if treated is not None:
        restored_database.treat_uncertain_as_sent(Mailing.objects.get(), treated)
    while treated and queue.count_deliveries(Mailing.objects.get())["queued"]:
        dispatch.send_due_mailings()
    dispatch.send_due_mailings()
    dispatch.send_due_mailings()


def _older() -> dict[str, object]:
    """Return why the mailing waits for a decision, and about how many readers."""
    one = Mailing.objects.get()
    n = restored_database.count_uncertain(one) if one.older_why else None
    return {"why": one.older_why, "known": restored_database.is_mark_known(one), "n": n, "state": one.state}


if __name__ == "__main__":
    main(sys.argv[1], *map(int, sys.argv[2:]))
