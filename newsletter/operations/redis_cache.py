"""Django's cache in Redis, for all processes of all machines; a Redis that does not answer is a cache that holds nothing.

Everything that is cached can be counted again, so a lost Redis costs time and never a page or a sign-up. Not here: the marks
of what was sent, which also stand in Redis and must not be lost (`delivery.sent_marks`).
"""

import logging
from typing import Any

from django.core.cache.backends.base import DEFAULT_TIMEOUT
from django.core.cache.backends.redis import RedisCache
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

logger = logging.getLogger(__name__)

# Seconds: somebody waits for the page. Redis answers within a millisecond; who waits longer can count it again.
_TIMEOUT_SECONDS = 1.0


class LenientRedisCache(RedisCache):
    """Get, set and add as in Django's own; a failure of Redis is logged and reads as a missing key."""

    def __init__(self, server: str, params: dict[str, Any]) -> None:
        options = {
            "socket_timeout": _TIMEOUT_SECONDS,
            "socket_connect_timeout": _TIMEOUT_SECONDS,
            "retry": Retry(NoBackoff(), 0),  # by itself redis-py tries three times more, with pauses of some seconds
        }
        super().__init__(server, {**params, "OPTIONS": options | params.get("OPTIONS", {})})

    def get(self, key: Any, default: Any = None, version: int | None = None) -> Any:
        """Return what is stored under a key, else `default`."""
        try:
            return super().get(key, default, version)
        except (RedisError, OSError) as error:
            _warn_about_redis(error)
            return default

    def set(self, key: Any, value: Any, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None) -> None:
        """Store a value for `timeout` seconds."""
        try:
            super().set(key, value, timeout, version)
        except (RedisError, OSError) as error:
            _warn_about_redis(error)

    def add(self, key: Any, value: Any, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None) -> bool:
        """Store a value unless the key is there; say whether it was stored."""
        try:
            return super().add(key, value, timeout, version)
        except (RedisError, OSError) as error:
            _warn_about_redis(error)
            return False


def _warn_about_redis(error: Exception) -> None:
    logger.warning("Redis caches nothing: %s", " ".join(str(error).split()))
