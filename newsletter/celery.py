"""The Celery application: it reads the settings prefixed CELERY_, and finds the tasks of both apps by name.

Stopping: SIGTERM lets the tasks under way finish. Supervisors send it to the whole process group, so the pool's
processes ignore it and leave it to their parent; otherwise a batch would be interrupted in the middle.

A lost broker: a task under way runs to its end. It is neither given back to Redis nor reported as done, because the
next tick asks for the same, and kombu 5.7 ends the whole worker where it tries that over a closed connection.
"""

import os
import signal
from typing import Any

from celery import Celery
from celery.signals import setup_logging, worker_process_init
from kombu.transport import redis

from newsletter.local_files import make_local_files

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "newsletter.settings")


class QoS(redis.QoS):
    """Kombu's bookkeeping of delivered messages, which touches no closed channel.

    Kombu has no setting for what becomes of tasks when a channel closes, so its class is replaced (kombu 5.7, bounded in pyproject.toml; a test names the
    version). Closing a channel gives its tasks back to Redis: with the server gone and two channels waiting, that raised
    AttributeError where Celery expects connection errors only, and the worker ended. Look again with each new kombu.
    """

    restore_at_shutdown = False  # the tick comes again, so nothing need be given back

    def ack(self, delivery_tag: str) -> None:
        """Report a task as done, unless its channel is closed."""
        if not self.channel.closed:
            super().ack(delivery_tag)


redis.Channel.QoS = QoS
app = Celery("newsletter")


@app.on_configure.connect
def _make_local_files(**_: Any) -> None:
    """Make folders and key before Celery reads the first setting: a worker's and beat's entry point is this module."""
    make_local_files()


app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@setup_logging.connect
def _keep_our_logging(**_: Any) -> None:
    """Keep the logging of the settings: where this signal has a receiver, Celery configures none of its own."""


@worker_process_init.connect
def _leave_stopping_to_the_parent(**_: Any) -> None:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
