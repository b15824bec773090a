"""Celery tasks of digests. Each calls one function, when the clock of settings.CELERY_BEAT_SCHEDULE ticks.

A task that finds the database away logs that and ends; the next tick does its work.
"""

from celery import shared_task

from digests.building import build
from digests.models.row_failures import skip_when_database_is_down
from digests.review import auto_approve, regenerate
from digests.sources import collect, link_checker


@shared_task
@skip_when_database_is_down
def collect_due() -> int:
    """Collect the sources that are due; returns how many were visited."""
    return len(collect.collect_due_sources())


@shared_task
@skip_when_database_is_down
def build_due() -> int:
    """Build the digests that are due; returns how many were built."""
    return len(build.build_due_digests())


@shared_task
@skip_when_database_is_down
def regenerate_due() -> int:
    """Regenerate the sections that editors asked for; returns how many sections."""
    return regenerate.run_pending_rewrites()


@shared_task
@skip_when_database_is_down
def auto_approve_due() -> int:
    """Approve digests that no person has touched, where their publication allows it; returns how many were approved."""
    return len(auto_approve.auto_approve_due_digests())


@shared_task
@skip_when_database_is_down
def check_links_due() -> int:
    """Check links of digests under review that are due; returns how many were checked."""
    return link_checker.check_due_links()
