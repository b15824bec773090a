"""What becomes of a worker's connection whose broker is gone."""

import socket
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
    with services.redis() as url, app.connection(url) as connection:
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
