"""Ticks that arrived -> which processes are alive: each kind of worker notes the moment at which it last took one.

A tick comes from beat by the broker to one worker of each queue, so a fresh pulse proves all three. Without a pulse of
any kind it is beat or the broker that stands still; without one of a single kind, that worker. A note is one row per kind,
whatever the number of machines: which of ten workers is gone, their supervisor knows. Not here: whether mailings make
progress (watch).
"""

from typing import NamedTuple

from django.conf import settings
from django.utils import timezone

from newsletter.models import Heartbeat

WORKER_NAMES = ("mailer", "notes", "worker")  # as the Procfile names them
BEAT_NAME = "beat"


class State(NamedTuple):
    """Whether a kind of process answered lately, and since when it did not, in words."""

    alive: bool
    words: str
    seconds: float | None  # since the last answer; None where there was none


def record_heartbeat(name: str) -> None:
    """Note that a worker of this kind took a tick just now."""
    Heartbeat.objects.update_or_create(name=name, defaults={"at": timezone.now()})


def get_process_state(name: str) -> State | None:
    """Return the state of a kind of process; None where there is no such kind."""
    return get_process_states().get(name)


def get_process_states() -> dict[str, State]:
    """Return the state of each kind of process, by one query."""
    now = timezone.now()
    ages = {name: (now - at).total_seconds() for name, at in Heartbeat.objects.values_list("name", "at")}
    found = {name: _state_for_age(name, ages.get(name)) for name in WORKER_NAMES}
    return found | {BEAT_NAME: _state_for_age(BEAT_NAME, min(ages.values(), default=None))}


def _state_for_age(name: str, age: float | None) -> State:
    if age is None:
        return State(False, f"{name}: never seen", None)
    return State(age < _max_silence_seconds(name), f"{name}: last seen {age:.0f} seconds ago", age)


def _max_silence_seconds(name: str) -> float:
    """Return after how many seconds silence means something: a worker may be busy with all its hands for a while."""
    busy = settings.LLM_BUDGET_SECONDS or 3600
    return 4 * settings.PULSE_EVERY + (busy if name == "worker" else 0)
