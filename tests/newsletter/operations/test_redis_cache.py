"""The cache in Redis: shared by processes, and empty where Redis is away."""

import logging

import pytest
import redis

from newsletter.operations.redis_cache import LenientRedisCache
from tests.feedserver import closed_port


@pytest.mark.services
def test_cache_is_shared_by_all_who_name_the_same_redis(redis_url):
    one, other = (LenientRedisCache(redis_url, {"KEY_PREFIX": "daily-insights:cache"}) for _ in range(2))

    one.set("sets", {5: 1000}, 600)

    assert (other.get("sets"), other.add("sets", {}), other.get_or_set("feed", lambda: "<feed>")) == (
        {5: 1000},
        False,
        "<feed>",
    )
    assert one.get("feed") == "<feed>"
    with redis.Redis.from_url(redis_url) as client:
        assert sorted(client.keys()) == [b"daily-insights:cache:1:feed", b"daily-insights:cache:1:sets"]


def test_cache_without_its_redis_holds_nothing_and_fails_nobody(caplog):
    away = LenientRedisCache(f"redis://127.0.0.1:{closed_port()}/0", {})

    with caplog.at_level(logging.WARNING):
        away.set("sets", {5: 1000}, 600)
        found = (away.get("sets"), away.get("sets", 7), away.get_or_set("feed", lambda: "<feed>"))

    assert found == (None, 7, "<feed>")
    assert {record.getMessage().partition(":")[0] for record in caplog.records} == {"Redis caches nothing"}
