"""Ticks of the clock for digests: thin, each calls one function."""

from celery import shared_task

from digests.building import build
from digests.models.row_failures import waits_for_database
from digests.review import auto_approve, regenerate
from digests.sources import collect, link_checker


@shared_task
@waits_for_database
def collect_due() -> int:
    """Collect the sources that are due; return how many were visited."""
    return len(collect.collect_due())


@shared_task
@waits_for_database
def build_due() -> int:
    """Build the digests that are due; return how many were built."""
    return len(build.build_due())


@shared_task
@waits_for_database
def rewrite_due() -> int:
    """Write anew what editors wished for; return how many sections."""
    return regenerate.rewrite_due()


@shared_task
@waits_for_database
def decide_due() -> int:
    """Decide about digests that nobody has touched; return how many were approved."""
    return len(auto_approve.decide_due())


@shared_task
@waits_for_database
def follow_due() -> int:
    """Ask the links of digests under review; return how many."""
    return link_checker.follow_due()
