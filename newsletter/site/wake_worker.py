"""Wakes the worker of service mail as soon as a request's row is committed, because a person waits for the mail.

The clock's tick finds the same row within five seconds: if the broker is away the mail is that much later, and no
request waits for it.
"""

import logging
import time
from typing import Any

from django.db import transaction
from kombu.exceptions import KombuError

from newsletter.celery import app
from newsletter.tasks import send_notes

logger = logging.getLogger(__name__)

_EXPIRES_SECONDS = 60  # by then the tick has done the same
_MAX_WAIT_SECONDS = 1.0  # that a request may wait for the broker
_BACKOFF_SECONDS = 30.0  # without another try after the broker did not answer


class BrokerBackoff:
    """Remembers that the broker did not answer, so that the next requests do not wait for it too.

    Each process has its own: a cache that all share may be on the very server that is away.
    """

    def __init__(self) -> None:
        self._next_try_at = 0.0  # by the monotonic clock

    def is_waiting(self) -> bool:
        """Say whether the broker failed less than _BACKOFF_SECONDS ago."""
        return time.monotonic() < self._next_try_at

    def record_failure(self) -> None:
        """Begin a pause."""
        self._next_try_at = time.monotonic() + _BACKOFF_SECONDS

    def reset(self) -> None:
        """End the pause."""
        self._next_try_at = 0.0


broker_backoff = BrokerBackoff()


def send_mails_soon() -> None:
    """Have the service mails that this request recorded sent once they are committed; returns at once."""
    transaction.on_commit(_wake_worker, robust=True)  # whatever is wrong with a broker, the request was carried out


def _wake_worker() -> None:
    if broker_backoff.is_waiting():
        return
    with app.connection_for_write(
        connect_timeout=_MAX_WAIT_SECONDS, transport_options=_client_timeouts()
    ) as connection:
        # Each transport raises errors of its own, and names them on the connection.
        broken: Any = (KombuError, OSError, *connection.connection_errors, *connection.channel_errors)
        try:
            send_notes.apply_async(connection=connection, expires=_EXPIRES_SECONDS, retry=False)  # type: ignore[call-arg] # the types leave it out
        except broken as error:
            broker_backoff.record_failure()
            logger.warning("the broker does not answer, service mail waits for the tick: %s", type(error).__name__)


def _client_timeouts() -> dict[str, Any]:
    """Return the timeouts of a Redis client, which has none of its own for a server that does not answer."""
    if not app.conf.broker_write_url.startswith(("redis", "rediss", "sentinel")):
        return {}
    return {"socket_timeout": _MAX_WAIT_SECONDS, "socket_connect_timeout": _MAX_WAIT_SECONDS}
