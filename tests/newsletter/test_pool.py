"""Processes that wait for a task are killed, as the kernel does where memory is short; the next task is done all the same."""

import os
import signal
from collections.abc import Iterator

import pytest
from celery.concurrency import get_implementation
from django.conf import settings

from newsletter.celery import app
from newsletter.pool import Pool, TaskPool


@pytest.fixture
def pool() -> Iterator[Pool]:
    running = Pool(2)
    yield running
    running.terminate()  # a pool that has just lost its processes does not always notice that it was asked to close
    running.join()


def test_pool_goes_on_after_all_that_waited_were_killed(pool):
    waited = {process.pid for process in pool._pool}
    assert pool.apply_async(os.getpid).get(timeout=30) in waited

    for pid in waited:
        os.kill(pid, signal.SIGKILL)

    assert pool.apply_async(os.getpid).get(timeout=30) not in waited


def test_pool_is_what_the_workers_use():
    assert get_implementation(settings.CELERY_WORKER_POOL) is TaskPool
    assert app.conf.worker_pool == settings.CELERY_WORKER_POOL
    assert TaskPool.BlockingPool is Pool
