"""Celery tasks for mailings, service mails and readers. The clock's ticks start them; each calls one function."""

from celery import shared_task

from digests.models.row_failures import skip_when_database_is_down
from newsletter.archive import queries, search
from newsletter.delivery import dispatch, rate_limits, recovery, retention
from newsletter.feedback import bounce_mailbox, events, issue_feedback
from newsletter.operations import erasure, heartbeats, monitoring
from newsletter.subscribers import consent, mailbox_limits
from newsletter.subscribers.csv_import import jobs
from newsletter.transactional import editor_reminders, mails, requests


@shared_task
@skip_when_database_is_down
def send_due() -> int:
    """Begin and send the due mailings; return how many messages were settled."""
    return dispatch.send_due_mailings()


@shared_task
@skip_when_database_is_down
def sweep() -> int:
    """Settle as unknown the deliveries of workers that vanished, and close their reservations; return how many rows."""
    return recovery.expire_stale_leases() + rate_limits.clean_up_reservations()


@shared_task
@skip_when_database_is_down
def send_notes() -> int:
    """Carry out what was asked for on the site and send the mails to single persons that are due; return how many."""
    return mails.send_due_mails()


@shared_task
@skip_when_database_is_down
def remind_due() -> int:
    """Queue a reminder for each editor of a digest whose deadline is near; return how many."""
    return editor_reminders.queue_due_reminders()


@shared_task
@skip_when_database_is_down
def purge() -> int:
    """Delete what is kept for some days only; return how many rows."""
    rows = (
        requests.purge_requests()
        + consent.purge_unconfirmed_sign_ups()
        + mailbox_limits.purge_mail_counts()
        + issue_feedback.forget_feedback_networks()
        + jobs.purge_undecided_imports()
    )
    erasure.truncate_sqlite_journal()
    return rows


@shared_task
@skip_when_database_is_down
def carry_on_imports() -> int:
    """Continue the CSV imports that are not finished; return how many."""
    return jobs.run_due_imports()


@shared_task
@skip_when_database_is_down
def sound_alarms() -> int:
    """Open, clear and mail alarms; return how many are new."""
    return len(monitoring.update_alarms())


@shared_task
@skip_when_database_is_down
def act_on_events() -> int:
    """Act on the events of ESPs and the bounce mailbox; return how many."""
    return events.process_due_events()


@shared_task
@skip_when_database_is_down
def read_bounces() -> int:
    """Read the bounce mailbox, where there is one; return how many mails were understood."""
    return bounce_mailbox.read_configured_mailbox()


@shared_task
@skip_when_database_is_down
def index_due() -> int:
    """Index the digests that became public for the search; return how many."""
    return search.index_due_digests()


@shared_task
@skip_when_database_is_down
def count_popular() -> int:
    """Count how many readers chose each category; return for how many publications."""
    return queries.count_popular_categories()


@shared_task
@skip_when_database_is_down
def archive() -> int:
    """Replace deliveries past their retention by counts; return how many."""
    return retention.archive_old_deliveries()


@shared_task
@skip_when_database_is_down
def note_pulse(name: str) -> None:
    """Record the heartbeat of a kind of worker."""
    heartbeats.record_heartbeat(name)
