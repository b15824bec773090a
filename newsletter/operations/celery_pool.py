"""Celery's process pool with a lock that survives a killed process.

Without Redis the processes of a worker share one pipe, and the process that waits for the next task holds its lock. If
it is killed just then (by the kernel, where memory is short), billiard's semaphore is never released, and the worker
stands still for good. A lock of the kernel is released with the process that holds it.
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
        """Wait until no living process holds the lock."""
        fcntl.lockf(self._file, fcntl.LOCK_EX)
        return True

    def release(self) -> None:
        """Release the lock."""
        fcntl.lockf(self._file, fcntl.LOCK_UN)

    def __enter__(self) -> bool:
        return self.acquire()

    def __exit__(self, *_error: object) -> None:
        self.release()


class KernelLockPool(pool.Pool):
    """Billiard's pool, whose two shared pipes are guarded by locks of the kernel."""

    _inqueue: Any  # private, so billiard's types leave them out
    _outqueue: Any

    def _setup_queues(self) -> None:
        super()._setup_queues()  # type: ignore[misc] # the same
        self._inqueue._rlock = KernelLock()
        self._outqueue._wlock = KernelLock()


class TaskPool(prefork.TaskPool):
    """The pool that the setting worker_pool names. With Redis each process has a pipe of its own and needs no lock."""

    BlockingPool: Any = KernelLockPool
