"""Ticks of the clock for mailings: thin, each calls one function."""

from celery import shared_task

from newsletter import outbox, send


@shared_task
def send_due() -> int:
    """Begin and send what is due; return how many messages were settled."""
    return send.send_due()


@shared_task
def sweep() -> int:
    """Show as unknown what vanished workers left behind; return how many."""
    return outbox.sweep()
