"""A service mail that somebody waits for -> its worker is woken, as soon as the row of it is committed.

The clock's tick finds the same row five seconds later: a broker that is away costs that much, and no request waits for it.
"""

import logging
import time
from typing import Any

from django.db import transaction
from kombu.exceptions import KombuError

from newsletter.celery import app
from newsletter.tasks import send_notes

logger = logging.getLogger(__name__)

_EXPIRES_SECONDS = 60  # seconds after which the tick has long done the same
_MAX_WAIT_SECONDS = 1.0  # seconds that a request may wait for the broker
_BACKOFF_SECONDS = 30.0  # seconds without another try where it did not answer

_next_try_at = 0.0  # of this process, by the monotonic clock


def send_mails_soon() -> None:
    """Have the service mails that this request wrote down sent once they are committed."""
    transaction.on_commit(_wake_worker, robust=True)  # whatever is wrong with a broker, the request was carried out


def _wake_worker() -> None:
    global _next_try_at  # noqa: PLW0603 - what a process knows of its broker
    if time.monotonic() < _next_try_at:
        return
    with app.connection_for_write(
        connect_timeout=_MAX_WAIT_SECONDS, transport_options=_client_timeouts()
    ) as connection:
        broken: Any = (KombuError, OSError, *connection.connection_errors, *connection.channel_errors)
        try:
            send_notes.apply_async(connection=connection, expires=_EXPIRES_SECONDS, retry=False)  # type: ignore[call-arg] # the types leave it out
        except broken as error:
            _next_try_at = time.monotonic() + _BACKOFF_SECONDS
            logger.warning("the broker does not answer, service mail waits for the tick: %s", type(error).__name__)


def _client_timeouts() -> dict[str, Any]:
    """Return what keeps a client of Redis from waiting for a server that says nothing; others have their own limits."""
    if not app.conf.broker_write_url.startswith(("redis", "rediss", "sentinel")):
        return {}
    return {"socket_timeout": _MAX_WAIT_SECONDS, "socket_connect_timeout": _MAX_WAIT_SECONDS}
