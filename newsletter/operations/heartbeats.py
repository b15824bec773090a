"""Heartbeats of the processes: each kind of worker records when it last took a tick; by its age it is alive or not.

A tick goes from beat through the broker to one worker of each queue, so a fresh heartbeat proves all three. If all
kinds are silent, beat or the broker stands still; if one kind is, that worker does. There is one row per kind, for any
number of machines: a supervisor knows which of ten workers is gone. Not here: whether mailings make progress
(monitoring).
"""

from typing import NamedTuple

from django.conf import settings
from django.utils import timezone

from newsletter.models import Heartbeat

WORKER_NAMES = ("mailer", "notes", "worker")  # as the Procfile names them
BEAT_NAME = "beat"


class State(NamedTuple):
    """Whether a kind of process is alive, and the age of its heartbeat in words and seconds."""

    alive: bool
    words: str
    seconds: float | None  # since the last heartbeat; None where there was none


def record_heartbeat(name: str) -> None:
    """Save that a worker of this kind took a tick just now."""
    Heartbeat.objects.update_or_create(name=name, defaults={"at": timezone.now()})


def get_process_state(name: str) -> State | None:
    """Return the state of one kind of process; None where there is no kind of that name."""
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
    """Return after how many seconds of silence a kind counts as dead."""
    # All processes of a worker may wait for the model, for as long as a digest may take.
    busy = settings.LLM_BUDGET_SECONDS or 3600
    return 4 * settings.HEARTBEAT_SECONDS + (busy if name == "worker" else 0)
