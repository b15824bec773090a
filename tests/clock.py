"""Moves the clock of a test run to a critical moment: midnight, a month's end, a clock change.

A run takes one of MOMENTS by its seed, or the one whose number is TEST_MOMENT; its last lines say which. Every test
begins at that moment, and time goes on from there. Tests with the marks `services`, `browser`, `slow` and `real_clock`
keep the real clock, because servers, browsers, other processes and files have a clock of their own.
"""

import datetime as dt
import os
import random
from collections.abc import Iterator
from contextlib import nullcontext

import pytest
import time_machine

MOMENTS = [
    "2026-11-30T23:50:00+00:00",  # ten minutes before midnight of UTC, at a month's end
    "2026-12-01T00:10:00+00:00",  # and after it
    "2026-11-28T14:50:00+00:00",  # ten minutes before midnight of Seoul
    "2026-11-28T15:10:00+00:00",  # and after it
    "2026-11-30T15:10:00+00:00",  # a new month in Seoul alone
    "2028-02-28T15:10:00+00:00",  # 29 February in Seoul alone
    "2028-02-29T12:00:00+00:00",  # 29 February everywhere
    "2026-12-31T23:50:00+00:00",  # ten minutes before the new year of UTC
    "2026-11-01T06:30:00+00:00",  # the hour that New York has twice
    "2027-03-14T07:10:00+00:00",  # after the hour that New York leaves out
    "2026-10-25T01:10:00+00:00",  # the hour that Berlin has twice
    "2027-03-28T00:50:00+00:00",  # before the hour that Berlin leaves out
]
_REAL = ("services", "browser", "slow", "real_clock")


@pytest.hookimpl(trylast=True)
def pytest_configure(config: pytest.Config) -> None:
    """Choose the moment once: the processes of pytest-xdist inherit it by the environment."""
    seed = config.getoption("randomly_seed", 0)
    os.environ.setdefault("TEST_MOMENT", str(random.Random(seed).randrange(len(MOMENTS))))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    """Run a test, its fixtures included, at the moment of this run."""
    real = any(item.get_closest_marker(name) for name in _REAL)
    with nullcontext() if real else time_machine.travel(moment(), tick=True):
        return (yield)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the moment, and how to run the tests at it again."""
    terminalreporter.write_line(f"Clock: {moment():%Y-%m-%d %H:%M} UTC; again with TEST_MOMENT={_number()}")


def moment() -> dt.datetime:
    """Return the moment at which the tests of this run begin."""
    return dt.datetime.fromisoformat(MOMENTS[_number()])


def _number() -> int:
    return int(os.environ["TEST_MOMENT"])
