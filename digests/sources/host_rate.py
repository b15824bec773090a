"""Spaces out requests to each host, over all processes of this machine.

Each host has a small file below VAR_DIR with the next free time. A request takes that time, writes the one after it, and
sleeps until its own. arXiv asks for three seconds between requests; other hosts get one.
"""

import fcntl
import re
import time
from pathlib import Path

from django.conf import settings

ARXIV_GAP_SECONDS = 3.0  # https://info.arxiv.org/help/api/tou.html
GAP_SECONDS = 1.0
MAX_WAIT_SECONDS = 600.0  # a time further ahead was written while the machine's clock was wrong


def wait_for_host(host: str) -> None:
    """Sleep until this host may get its next request."""
    time.sleep(
        _take_next_slot(get_host_group(host), ARXIV_GAP_SECONDS if get_host_group(host) == "arxiv.org" else GAP_SECONDS)
    )


def get_host_group(host: str) -> str:
    """Return the name under which a host is spaced out, which is also its file's name; all hosts of arXiv share one."""
    return "arxiv.org" if re.fullmatch(r"(.+\.)?arxiv\.org\.?", host) else re.sub(r"[^a-z0-9.-]", "_", host)[:200]


def _take_next_slot(name: str, gap: float) -> float:
    """Reserve the next free time of a group of hosts, and return the seconds until then."""
    path = Path(settings.VAR_DIR) / "pace" / name
    path.parent.mkdir(exist_ok=True)
    with path.open("a+", encoding="ascii") as file:
        fcntl.flock(file, fcntl.LOCK_EX)  # held until the file is closed, and freed by the kernel if the process dies
        file.seek(0)
        now = time.time()
        free = _parse_timestamp(file.read(40))
        start = free if now < free < now + MAX_WAIT_SECONDS else now
        file.truncate(0)
        file.write(f"{start + gap:.3f}")
    return start - now


def _parse_timestamp(text: str) -> float:
    try:
        return float(text)
    except ValueError:  # the first visit, or a file that was cut off
        return 0.0
