"""Pages remember figures for an hour; each test begins without."""

import pytest
from django.core.cache import cache


@pytest.fixture(autouse=True)
def _no_memory() -> None:
    cache.clear()
