"""Ticks of the clock for digests: thin, each calls one function."""

from celery import shared_task

from digests.building import build
from digests.models.row_failures import skip_when_database_is_down
from digests.review import auto_approve, regenerate
from digests.sources import collect, link_checker


@shared_task
@skip_when_database_is_down
def collect_due() -> int:
    """Collect the sources that are due; return how many were visited."""
    return len(collect.collect_due_sources())


@shared_task
@skip_when_database_is_down
def build_due() -> int:
    """Build the digests that are due; return how many were built."""
    return len(build.build_due_digests())


@shared_task
@skip_when_database_is_down
def rewrite_due() -> int:
    """Write anew what editors wished for; return how many sections."""
    return regenerate.run_pending_rewrites()


@shared_task
@skip_when_database_is_down
def decide_due() -> int:
    """Decide about digests that nobody has touched; return how many were approved."""
    return len(auto_approve.auto_approve_due_digests())


@shared_task
@skip_when_database_is_down
def follow_due() -> int:
    """Ask the links of digests under review; return how many."""
    return link_checker.check_due_links()
