"""A pool process that waits for a task is killed, as by the kernel where memory is short; the next task is done all the same."""

import os
import signal
import subprocess
import sys

from celery.concurrency import get_implementation
from django.conf import settings

from newsletter.celery import app
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


def test_pool_is_what_the_workers_use():
    assert get_implementation(settings.CELERY_WORKER_POOL) is TaskPool
    assert app.conf.worker_pool == settings.CELERY_WORKER_POOL
    assert TaskPool.BlockingPool is KernelLockPool
