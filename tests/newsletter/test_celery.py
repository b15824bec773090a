"""Beat ticks through the nights in which clocks change, and a worker survives a lost connection to its broker."""

import datetime as dt
import os
import socket
import subprocess
import sys
from contextlib import suppress

import pytest
import redis
from kombu import Consumer, Queue
from kombu.common import ignore_errors

from newsletter.celery import app
from tests import services


@pytest.mark.services
def test_connection_that_is_lost_with_a_task_under_way_can_be_closed():
    received = []
    with services.run_redis() as url, app.connection(url) as connection:
        # Two channels that both wait, as in a worker: one for tasks, one for its remote control.
        keep = [lambda _, task: received.append(task)]
        Consumer(connection.default_channel, [Queue("tasks")], callbacks=keep).consume()
        Consumer(connection.channel(), [Queue("control")]).consume()
        connection.Producer().publish({}, exchange="", routing_key="tasks")
        while not received:
            connection.drain_events(timeout=20)
        # Wait once more, shorter than Redis lets a waiting channel wait (a second): both are left waiting.
        with suppress(socket.timeout):
            connection.drain_events(timeout=0.2)
        redis.Redis.from_url(url).shutdown(nosave=True)

        # The two steps in which Celery leaves a lost connection.
        with suppress(*connection.connection_errors):
            connection.collect(socket_timeout=1)
        ignore_errors(connection, connection.close)

        received[0].ack()  # as the worker does when the task ends
        assert (len(received), connection.connected) == (1, False)


_BEAT = """
import datetime as dt, sys
from celery.beat import Scheduler
import time_machine
from newsletter.celery import app

class Counting(Scheduler):
    ticks = []

    def apply_async(self, entry, **_):
        if entry.name == "collect-due":
            self.ticks.append(f"{dt.datetime.now(dt.UTC):%H:%M}")

begin, end = (dt.datetime.fromisoformat(moment) for moment in sys.argv[1:])
with time_machine.travel(begin, tick=False) as clock:
    beat = Counting(app)
    while dt.datetime.now(dt.UTC) < end and len(beat.ticks) < 1000:
        clock.shift(max(beat.tick(), 0.001))  # a tick takes its time
print(*beat.ticks)
"""


@pytest.mark.parametrize(
    ("zone", "begin", "end"),
    [
        ("America/New_York", "2026-11-01T05:58:30+00:00", "2026-11-01T07:02:30+00:00"),
        ("America/New_York", "2026-11-01T06:20:30+00:00", "2026-11-01T07:02:30+00:00"),
        ("Europe/Berlin", "2026-10-25T00:58:30+00:00", "2026-10-25T02:02:30+00:00"),
        ("Europe/Berlin", "2026-10-25T01:20:30+00:00", "2026-10-25T02:02:30+00:00"),
        ("America/New_York", "2027-03-14T06:58:30+00:00", "2027-03-14T07:02:30+00:00"),
    ],
)
@pytest.mark.real_clock
def test_beat_ticks_once_a_minute_when_a_zone_changes_its_clock(zone, begin, end, tmp_path):
    environment = os.environ | {"TIME_ZONE": zone, "VAR_DIR": str(tmp_path), "ENV_FILE": os.devnull}
    run = [sys.executable, "-c", _BEAT, begin, end]
    ticks = subprocess.run(run, env=environment, capture_output=True, text=True, check=True).stdout.split()

    first, last = (dt.datetime.fromisoformat(moment) for moment in (begin, end))
    minutes = int((last - first).total_seconds()) // 60
    assert ticks == [f"{first + dt.timedelta(minutes=n):%H:%M}" for n in range(1, minutes + 1)]
