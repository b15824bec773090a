"""Pages cache figures for an hour; each test begins with an empty cache."""

import pytest
from django.core.cache import cache


@pytest.fixture(autouse=True)
def _no_memory() -> None:
    cache.clear()
