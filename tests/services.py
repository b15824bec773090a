"""Runs private servers for tests and benchmarks: PostgreSQL and Redis on free ports, from installed binaries.

Each has a temporary folder and a password of its own, and ends with the process that started it, also if that is
killed. An operator's servers are never touched. Not here: finding and installing binaries (installed).
"""

import ctypes
import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import redis as redis_client

from tests import installed

POSTGRES_OPTIONS = [
    *("-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories="),
    *("-c", "max_connections=200", "-c", "shared_buffers=256MB"),
]
# Without the flush to the disk at each commit, for which a test need not wait.
UNSAFE_OPTIONS = ["-c", "fsync=off", "-c", "synchronous_commit=off", "-c", "full_page_writes=off"]


class ServiceError(Exception):
    """A server could not be started; the text says why and what to do."""


@contextmanager
def run_postgres(*, durable: bool = False) -> Iterator[str]:
    """Start a PostgreSQL and yield its URL; `durable` flushes to the disk at each commit, as an operator's server does."""
    binaries = installed.postgres_folder()
    if binaries is None:
        raise ServiceError(installed.install_hint(["PostgreSQL"]))
    owner, password = _unprivileged(), secrets.token_hex(16)
    with _folder("postgres", owner) as folder:
        _init_postgres(binaries, folder, owner, password)

        def start(port: int) -> list[str]:
            options = POSTGRES_OPTIONS + ([] if durable else UNSAFE_OPTIONS)
            return [str(binaries / "postgres"), "-D", str(folder / "data"), "-p", str(port), *options]

        def answers(port: int) -> None:
            psycopg.connect(_postgres_url(port, password), connect_timeout=5).close()

        with _server("PostgreSQL", start, answers, folder=folder, owner=owner, stop=signal.SIGINT) as port:
            yield _postgres_url(port, password)


@contextmanager
def run_redis() -> Iterator[str]:
    """Start a Redis that keeps nothing on disk, and yield its URL."""
    binary, password = shutil.which("redis-server"), secrets.token_hex(16)
    if binary is None:
        raise ServiceError(installed.install_hint(["Redis"]))
    with _folder("redis", None) as folder:
        config = folder / "redis.conf"

        def start(port: int) -> list[str]:
            config.touch(mode=0o600)
            config.write_text(
                f"port {port}\nbind 127.0.0.1\nrequirepass {password}\ndir \"{folder}\"\nsave ''\nappendonly no\n"
            )
            return [binary, str(config)]

        def answers(port: int) -> None:
            with redis_client.Redis(host="127.0.0.1", port=port, password=password, socket_timeout=5) as client:
                client.ping()

        with _server("Redis", start, answers, folder=folder, owner=None, stop=signal.SIGTERM) as port:
            yield f"redis://:{password}@127.0.0.1:{port}/0"


@contextmanager
def _server(
    name: str,
    command: Callable[[int], list[str]],
    answers: Callable[[int], None],
    *,
    folder: Path,
    owner: str | None,
    stop: signal.Signals,
) -> Iterator[int]:
    """Start a server on a free port, wait until it answers, yield the port, stop it."""
    log = folder / "log"
    for _attempt in range(3):  # another process may take the port before the server does
        port = find_free_port()
        with log.open("ab") as output:
            process = _start(command(port), cwd=folder, owner=owner, output=output.fileno())
        try:
            if _wait(process, answers, port):
                yield port
                return
        finally:
            _stop(process, stop)
    raise ServiceError(f"{name} does not start. Its last lines:\n{log.read_text(errors='replace')[-2000:]}")


def _start(command: list[str], *, cwd: Path, owner: str | None, output: int) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        command,
        cwd=cwd,
        **_as(owner),
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=output,
        start_new_session=True,  # Ctrl-C reaches us, and we stop it in order
        preexec_fn=_die_with_parent if sys.platform == "linux" else None,  # noqa: PLW1509 - no thread is running yet
    )


def _die_with_parent() -> None:
    """Have the kernel send SIGQUIT when the parent ends: a killed test run leaves no server behind."""
    set_parent_death_signal = 1  # PR_SET_PDEATHSIG
    ctypes.CDLL(None).prctl(set_parent_death_signal, signal.SIGQUIT)


def _wait(process: subprocess.Popen[bytes], answers: Callable[[int], None], port: int) -> bool:
    deadline = time.monotonic() + 60  # a cold start on a loaded machine takes a few seconds
    while process.poll() is None and time.monotonic() < deadline:
        try:
            answers(port)
        except (OSError, psycopg.OperationalError, redis_client.RedisError):
            time.sleep(0.05)
        else:
            return True
    return False


def _stop(process: subprocess.Popen[bytes], how: signal.Signals) -> None:
    if process.poll() is None:
        process.send_signal(how)
        try:
            process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _init_postgres(binaries: Path, folder: Path, owner: str | None, password: str) -> None:
    secret = folder / "password"
    secret.write_text(password)
    if owner is not None:
        shutil.chown(secret, owner)
    secret.chmod(0o600)
    command = [str(binaries / "initdb"), "-D", str(folder / "data"), "-U", "tests", f"--pwfile={secret}"]
    made = subprocess.run(
        [*command, "--auth=scram-sha-256", "--encoding=UTF8", "--locale=C", "--no-sync"],
        cwd=folder,
        **_as(owner),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    secret.unlink()
    if made.returncode:
        raise ServiceError(f"initdb failed:\n{made.stderr[-2000:]}")


@contextmanager
def _folder(name: str, owner: str | None) -> Iterator[Path]:
    """Yield an empty folder under var/, or under /tmp where `owner` cannot enter var/; remove it at the end."""
    var = Path(__file__).resolve().parent.parent / "var" / "services"
    var.mkdir(parents=True, exist_ok=True)
    parent = var if owner is None or _may_walk(owner, var) else None
    folder = Path(tempfile.mkdtemp(prefix=f"{name}-", dir=parent))
    try:
        if owner is not None:
            shutil.chown(folder, owner)
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _may_walk(owner: str, folder: Path) -> bool:
    looked = subprocess.run(["test", "-x", folder], **_as(owner), check=False)
    return looked.returncode == 0


def _unprivileged() -> str | None:
    """Return the user that runs PostgreSQL, which refuses root; None where we are not root."""
    if os.geteuid() != 0:
        return None
    names = {entry.pw_name for entry in pwd.getpwall()}
    return "postgres" if "postgres" in names else "nobody"


def _as(owner: str | None) -> dict[str, Any]:
    """Return the arguments of a subprocess that runs as `owner`."""
    if owner is None:
        return {}
    return {"user": owner, "group": pwd.getpwnam(owner).pw_gid, "extra_groups": []}


def _postgres_url(port: int, password: str) -> str:
    return f"postgresql://tests:{password}@127.0.0.1:{port}/postgres"


def find_free_port() -> int:
    """Return a port of this machine on which nothing listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
