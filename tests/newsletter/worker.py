"""A process of its own for the crash tests: `python -m tests.newsletter.worker plan 1000 | send PORT | pause | report`.

`older` tells what waits for a decision after a database was restored; `sent N` and `again N` decide it.

Works on the database of DATABASE_URL, so that it can be killed without taking the test along.
"""

import json
import os
import resource
import sys
from collections.abc import Callable

import django

django.setup()

from django.conf import settings  # noqa: E402 - Django has to be set up before its models are imported

from newsletter import outbox, recover, restored, schedule, send  # noqa: E402 - see above
from newsletter.models import Delivery, Mailing  # noqa: E402 - see above
from tests.newsletter import twelve  # noqa: E402 - see above


def main(step: str, argument: int = 0, room: int = 0) -> None:
    """Run one step and print what came out as one JSON line; no file may grow beyond `room` bytes, where it is given."""
    if room:
        resource.setrlimit(resource.RLIMIT_FSIZE, (room, room))
    if step in {"plan", "compose"}:
        twelve.subscribe_random_sets(twelve.mailing(), argument)
    if step in {"plan", "begin"}:
        send.begin_due()
    elif step == "send":
        settings.EMAIL_BACKEND = send.SMTP_BACKEND
        if anymail := os.environ.get("WORKER_ANYMAIL"):
            settings.EMAIL_BACKEND, settings.ANYMAIL = "anymail.backends.mailgun.EmailBackend", json.loads(anymail)
        settings.EMAIL_HOST, settings.EMAIL_PORT, settings.SEND_BATCH = "127.0.0.1", argument, 50
        send.stop_on_sigterm()
        print(json.dumps("ready"), flush=True)  # noqa: T201 - what the test waits for
        send.send_due()
    elif step in {"older", "sent", "again"}:
        print(json.dumps(_older(step, argument)))  # noqa: T201 - what the test reads
        return
    elif step in {"pause", "end", "resume"}:
        orders: dict[str, Callable[[Mailing], object]] = {
            "pause": outbox.pause,
            "end": schedule.end,
            "resume": outbox.resume,
        }
        orders[step](Mailing.objects.get())
        return
    if step != "look":
        recover.recover()
    found: dict[str, object] = {"counts": outbox.counts(Mailing.objects.get()), "older": _older(step, 0)}
    if step == "report":  # thousands of addresses, more than a pipe holds that nobody reads
        unknown = Delivery.objects.filter(state="unknown").values_list("subscriber__email", flat=True)
        everyone = Delivery.objects.values_list("subscriber__email", flat=True)
        found |= {"unknown": list(unknown), "everyone": list(everyone)}
    print(json.dumps(found))  # noqa: T201 - what the test reads


def _older(step: str, expected: int) -> dict[str, object]:
    """Decide, where that is asked for; return what still waits for a decision."""
    decide = {"sent": restored.treat_as_sent, "again": restored.send_again}.get(step)
    if decide:
        decide(Mailing.objects.get(), expected)
    one = Mailing.objects.get()
    n = restored.count_between(one) if one.older_why else None
    return {"why": one.older_why, "known": restored.is_known(one), "n": n, "state": one.state}


if __name__ == "__main__":
    main(sys.argv[1], *map(int, sys.argv[2:]))
