"""The Celery application of workers and beat: takes the settings that begin with CELERY_ and finds the tasks of both apps.

How it stops: SIGTERM lets the tasks under way finish. Supervisors send it to the whole process group; the pool's
processes leave it to their parent, or a batch would be torn in the middle.

What becomes of a task whose broker is lost: it runs to its end. It is neither given back to Redis nor reported as done, since
the next tick asks for the same, and kombu 5.7 ends the whole worker where it tries that over a connection that is closed.
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
    """What a Redis channel has delivered.

    kombu has no setting for either of the two, so its class is replaced (kombu 5.7, bounded in pyproject.toml; a test names the
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
    """Leave logging as the settings have it: with a receiver here Celery sets up none of its own."""


@worker_process_init.connect
def _leave_stopping_to_the_parent(**_: Any) -> None:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
