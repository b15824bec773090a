"""Celery's pool of worker processes, with a task queue that still works after a waiting process was killed.

Without Redis the processes of a worker share one pipe, and the process that waits for the next task holds its lock. If it is
killed just then (by the kernel, where memory is short), it never gives a semaphore back, and the worker stands still for good.
A lock of the kernel ends with the process that holds it. With Redis each process has a pipe of its own and needs none of this.
"""

import fcntl
import tempfile
from typing import Any

from billiard import pool
from celery.concurrency import prefork


class KernelLock:
    """A lock between a process and its children; threads of one process do not shut each other out."""

    def __init__(self) -> None:
        self._file = tempfile.TemporaryFile()  # noqa: SIM115 - open for as long as the lock is there

    def acquire(self) -> bool:
        """Wait until nobody alive holds it."""
        fcntl.lockf(self._file, fcntl.LOCK_EX)
        return True

    def release(self) -> None:
        """Let the next one have it."""
        fcntl.lockf(self._file, fcntl.LOCK_UN)

    def __enter__(self) -> bool:
        return self.acquire()

    def __exit__(self, *_error: object) -> None:
        self.release()


# What is replaced below is private to billiard 4.3, which has no other lock to offer: a pool whose process was killed while it
# held the lock stands still (https://github.com/celery/billiard/issues/104, and pull request 457 for how it comes about).
# pyproject.toml bounds the version and a test names it: look at `_setup_queues`, `_rlock` and `_wlock` with each new one.
class KernelLockPool(pool.Pool):
    """Processes at one queue."""

    _inqueue: Any  # the types of billiard leave out what is its own affair
    _outqueue: Any

    def _setup_queues(self) -> None:
        super()._setup_queues()  # type: ignore[misc] # the same
        self._inqueue._rlock = KernelLock()
        self._outqueue._wlock = KernelLock()


class TaskPool(prefork.TaskPool):
    """What the setting worker_pool names; with Redis each process has a pipe of its own, as ever."""

    BlockingPool: Any = KernelLockPool
