"""Ticks of the clock for mailings and service mails: thin, each calls one function."""

from celery import shared_task

from digests.models.row_failures import skip_when_database_is_down
from newsletter.archive import queries, search
from newsletter.delivery import dispatch, rate_limits, recovery, retention
from newsletter.feedback import bounce_mailbox, events
from newsletter.operations import erasure, heartbeats, monitoring
from newsletter.subscribers import consent, mailbox_limits
from newsletter.subscribers.csv_import import jobs
from newsletter.transactional import editor_reminders, mails, requests


@shared_task
@skip_when_database_is_down
def send_due() -> int:
    """Begin and send what is due; return how many messages were settled."""
    return dispatch.send_due_mailings()


@shared_task
@skip_when_database_is_down
def sweep() -> int:
    """Show as unknown what vanished workers left behind, and close what they were allowed; return how many rows."""
    return recovery.expire_stale_leases() + rate_limits.clean_up_reservations()


@shared_task
@skip_when_database_is_down
def send_notes() -> int:
    """Carry out what was asked for on the site and send the mails to single persons that are due; return how many."""
    return mails.send_due_mails()


@shared_task
@skip_when_database_is_down
def remind_due() -> int:
    """Note a mail for each editor of a digest whose deadline comes near; return how many."""
    return editor_reminders.queue_due_reminders()


@shared_task
@skip_when_database_is_down
def purge() -> int:
    """Forget what is kept for a few days only; return how many rows."""
    rows = (
        requests.purge_requests()
        + consent.purge_unconfirmed_sign_ups()
        + mailbox_limits.purge_mail_counts()
        + jobs.purge_undecided_imports()
    )
    erasure.truncate_sqlite_journal()
    return rows


@shared_task
@skip_when_database_is_down
def carry_on_imports() -> int:
    """Read, check and write the files of readers that wait for it; return how many."""
    return jobs.run_due_imports()


@shared_task
@skip_when_database_is_down
def sound_alarms() -> int:
    """Tell the operator what has to be looked at; return how many new things."""
    return len(monitoring.update_alarms())


@shared_task
@skip_when_database_is_down
def act_on_events() -> int:
    """Act on what ESPs and the bounce mailbox told; return how many events."""
    return events.process_due_events()


@shared_task
@skip_when_database_is_down
def read_bounces() -> int:
    """Read the bounce mailbox, where there is one; return how many reports."""
    return bounce_mailbox.read_configured_mailbox()


@shared_task
@skip_when_database_is_down
def index_due() -> int:
    """Let the search find what became public; return how many digests."""
    return search.index_due_digests()


@shared_task
@skip_when_database_is_down
def count_popular() -> int:
    """Count which categories readers chose; return of how many publications."""
    return queries.count_popular_categories()


@shared_task
@skip_when_database_is_down
def archive() -> int:
    """Turn deliveries past their days into counts; return how many."""
    return retention.archive_old_deliveries()


@shared_task
@skip_when_database_is_down
def note_pulse(name: str) -> None:
    """Note that a worker of this kind answers."""
    heartbeats.record_heartbeat(name)
