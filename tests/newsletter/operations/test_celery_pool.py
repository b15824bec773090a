"""A pool process that waits for a task is killed, as by the kernel where memory is short; the next task is done all the same."""

import os
import signal
import subprocess
import sys
from importlib import metadata
from typing import Any

from billiard import pool
from celery.concurrency import get_implementation
from django.conf import settings
from kombu.transport import redis

from newsletter.celery import QoS, app
from newsletter.operations.celery_pool import KernelLockPool, TaskPool

# A pool of its own group of processes: one that has just lost some does not always end when it is asked to.
KILL_ALL_THAT_WAIT = """
import os, signal, time
from newsletter.operations.celery_pool import KernelLockPool

pool = KernelLockPool(2)
waiting = list(pool._pool)
waited = {process.pid for process in waiting}
first = pool.apply_async(os.getpid).get(timeout=30)
for pid in waited:
    os.kill(pid, signal.SIGKILL)
while any(process.is_alive() for process in waiting):  # until then one of them may still take the next task
    time.sleep(0.01)
try:
    second = pool.apply_async(os.getpid).get(timeout=30)
    print(first in waited, second in waited, flush=True)
finally:
    print("no answer", flush=True)
signal.pause()
"""


def test_pool_goes_on_after_all_that_waited_were_killed():
    command = [sys.executable, "-c", KILL_ALL_THAT_WAIT]
    process = subprocess.Popen(
        command, cwd=settings.BASE_DIR, stdout=subprocess.PIPE, text=True, start_new_session=True
    )
    with process:
        assert process.stdout is not None
        said = process.stdout.readline()
        os.killpg(process.pid, signal.SIGKILL)

    assert said == "True False\n"


def test_private_parts_are_replaced_in_the_versions_that_were_looked_at():
    """With another version, read what `newsletter.celery` and `operations.celery_pool` replace, then change these numbers."""
    looked_at = {"celery": "5.7", "kombu": "5.7", "billiard": "4.3"}

    assert {name: metadata.version(name).rpartition(".")[0] for name in looked_at} == looked_at
    assert redis.Channel.QoS is QoS
    assert issubclass(QoS, redis.QoS)
    assert redis.QoS.restore_at_shutdown is True  # what ours switches off is there
    assert redis.QoS.ack is not QoS.ack
    queues: Any = pool.Pool(1)  # the types of billiard leave out what is private
    try:
        assert (hasattr(queues._inqueue, "_rlock"), hasattr(queues._outqueue, "_wlock")) == (True, True)
    finally:
        queues.terminate()
        queues.join()


def test_pool_is_what_the_workers_use():
    assert get_implementation(settings.CELERY_WORKER_POOL) is TaskPool
    assert app.conf.worker_pool == settings.CELERY_WORKER_POOL
    assert TaskPool.BlockingPool is KernelLockPool
