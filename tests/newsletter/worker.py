"""A process of its own for the crash tests: `python -m tests.newsletter.worker plan 1000 | send PORT | pause | report`.

Works on the database of DATABASE_URL, so that it can be killed without taking the test along.
"""

import json
import resource
import sys
from collections.abc import Callable

import django

django.setup()

from django.conf import settings  # noqa: E402 - Django has to be set up before its models are imported

from newsletter import outbox, recover, schedule, send  # noqa: E402 - see above
from newsletter.models import Delivery, Mailing  # noqa: E402 - see above
from tests.newsletter import twelve  # noqa: E402 - see above


def main(step: str, argument: int = 0, room: int = 0) -> None:
    """Run one step and print what came out as one JSON line; no file may grow beyond `room` bytes, where it is given."""
    if room:
        resource.setrlimit(resource.RLIMIT_FSIZE, (room, room))
    if step == "plan":
        twelve.subscribe_random_sets(twelve.mailing(), argument)
        send.begin_due()
    elif step == "send":
        settings.EMAIL_BACKEND = send.SMTP_BACKEND
        settings.EMAIL_HOST, settings.EMAIL_PORT, settings.SEND_BATCH = "127.0.0.1", argument, 50
        send.stop_on_sigterm()
        print(json.dumps("ready"), flush=True)  # noqa: T201 - what the test waits for
        send.send_due()
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
    found: dict[str, object] = {"counts": outbox.counts(Mailing.objects.get())}
    if step == "report":  # thousands of addresses, more than a pipe holds that nobody reads
        unknown = Delivery.objects.filter(state="unknown").values_list("subscriber__email", flat=True)
        everyone = Delivery.objects.values_list("subscriber__email", flat=True)
        found |= {"unknown": list(unknown), "everyone": list(everyone)}
    print(json.dumps(found))  # noqa: T201 - what the test reads


if __name__ == "__main__":
    main(sys.argv[1], *map(int, sys.argv[2:]))
