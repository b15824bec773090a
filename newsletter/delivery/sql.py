"""Every SQL text of delivery/: a million rows are planned, claimed, settled, counted and deleted by single statements.

A text stands here where the ORM can't write it, or where one statement was measured to cost less than the ORM's way; its
comment gives the plan and the figure. Plans are those of EXPLAIN ANALYZE on PostgreSQL 15 with 200,000 readers, and so are
figures that name no other source; SQLite's differ where that is said. Not here: who runs a text, and in which transaction.
"""

from newsletter.models.deliveries import DeliveryReason
from newsletter.subscribers import split_prompts


def build_is_suppressed(email: str) -> str:
    """Return the condition that the address in a column is suppressed; both sides are folded as the unique index is.

    By the index suppression_one_per_address, row by row, in a claim; as one hash of all suppressions in a plan.
    """
    return f"EXISTS (SELECT 1 FROM newsletter_suppression suppression WHERE LOWER(suppression.email) = LOWER({email}))"  # noqa: S608 - the name of a column


def build_split_prompt_bit(subscription_id: str) -> str:
    """Return the bit of the note to those who have not said yet which parts of a divided category they want.

    Where the mailing has no such note, `note` is 0 and nothing is looked up; else one look into an index per reader.
    """
    return f"""
        CASE WHEN %(note)s > 0 AND EXISTS (
            SELECT 1 FROM newsletter_splitprompt prompt
            WHERE prompt.subscription_id = {subscription_id} AND prompt.accepted_emails < {split_prompts.MAX_PROMPT_EMAILS}
        ) THEN CAST(%(note)s AS bigint) ELSE 0 END"""  # noqa: S608 - the name of a column, and a number of our own


def build_insert_deliveries(zones: int) -> str:
    """Return the statement that plans a mailing: a delivery per reader who gets it, due at the moment of their zone.

    It has places for so many zones, zone0 and due0 onwards; who lives in none of them gets the publication's moment, `here`.
    Planning 1,000,000 readers takes 19.6 s, in flat memory, with 40 zones as with one (docs/scaling.md).

    Plan: subscriptions and choices are read once each, readers and suppressions are hashed, and one sort precedes the
    INSERT. The choices are added up before anybody is looked up by them: once per reader, not once per choice, which took
    a fifth of the work away on PostgreSQL and half on SQLite. Sets stand together among 100,000 neighbors at a time: an
    ESP's request holds readers of many sets, and a claim finds its readers on pages that are in memory already.
    A second plan meets the unique constraint (mailing, subscriber) and inserts nothing.
    """
    values = ", ".join(f"(%(zone{n})s, %(due{n})s)" for n in range(zones))
    return f"""
        WITH zone(name, due_at) AS (VALUES {values})
        INSERT INTO newsletter_delivery
            (mailing_id, subscriber_id, sections, state, due_at, attempts, server_reply, reason, message_id)
        SELECT %(mailing)s, subscription.subscriber_id, chosen.sections + {build_split_prompt_bit("subscription.id")},
            'queued', COALESCE(zone.due_at, %(here)s), 0, '', '', ''
        FROM newsletter_subscription subscription
        JOIN newsletter_subscriber reader ON reader.id = subscription.subscriber_id
        JOIN (
            SELECT choice.subscription_id, CAST(SUM(CAST(1 AS bigint) << section.position) AS bigint) AS sections
            FROM newsletter_subscription_categories choice
            JOIN digests_section section ON section.digest_id = %(digest)s
                AND section.category_id = choice.category_id AND section.text <> ''
            GROUP BY choice.subscription_id
        ) chosen ON chosen.subscription_id = subscription.id
        LEFT JOIN zone ON zone.name = reader.time_zone
        WHERE subscription.publication_id = %(publication)s AND subscription.state = 'active'
            AND (reader.paused_until IS NULL OR reader.paused_until <= %(today)s)
            AND NOT {build_is_suppressed("reader.email")}
        ORDER BY subscription.subscriber_id / 100000, 3, 2
        ON CONFLICT DO NOTHING
    """  # noqa: S608 - names of columns and numbered places


# Counts by reason the candidates who got no delivery, right after the plan, so that candidates = planned + excluded.
# Plan: subscriptions are read once, the mailing's deliveries hashed; readers are looked up only where none was made.
# 0.4 s where 83,336 of the 200,000 got none.
COUNT_EXCLUDED = f"""
    SELECT CASE
        WHEN subscription.state <> 'active' THEN subscription.state
        WHEN {build_is_suppressed("reader.email")} THEN '{DeliveryReason.SUPPRESSED.value}'
        WHEN reader.paused_until > %(today)s THEN '{DeliveryReason.PAUSED.value}'
        ELSE '{DeliveryReason.NO_MATCH.value}' END AS excluded_for, COUNT(*)
    FROM newsletter_subscription subscription
    JOIN newsletter_subscriber reader ON reader.id = subscription.subscriber_id
    LEFT JOIN newsletter_delivery delivery
        ON delivery.mailing_id = %(mailing)s AND delivery.subscriber_id = subscription.subscriber_id
    WHERE subscription.publication_id = %(publication)s AND delivery.id IS NULL
    GROUP BY excluded_for
"""  # noqa: S608 - codes and names of columns

# PostgreSQL looks at a table minutes after it has grown; a plan or a claim right after an import can't wait for that.
REFRESH_STATISTICS_OF_READERS = (
    "ANALYZE newsletter_subscriber, newsletter_subscription, newsletter_subscription_categories"
)
REFRESH_STATISTICS_OF_DELIVERIES = "ANALYZE newsletter_delivery"

# For the statements below that must find their rows by indexes, one by one, whatever the statistics say; for the rest of
# the transaction. Left to itself, the planner believes statistics that are older than this mailing. It then reads whole
# tables, up to half a second per 1,000 claimed after an import, or compares every queued row with every row of the batch,
# which took 14 s per 1,000. It also compiles a statement whose cost it overrates, which takes longer than the statement.
USE_INDEXES = (
    "".join(f"SET LOCAL enable_{way} = off;" for way in ("seqscan", "bitmapscan", "hashjoin", "mergejoin", "material"))
    + "SET LOCAL jit = off"
)

# Takes what is due behind the mark of a mailing, and with each row whether its reader still consents: one who left,
# was suppressed or paused by this moment has a reason there, and gets no email.
# Plan (with USE_INDEXES): the index delivery_to_claim holds the queued rows in this very order, and the search begins at
# the mark; reader, subscription and suppression follow by an index each. No row is read in vain, which a test in
# tests/newsletter/delivery/test_queue.py holds. A whole claim of 1,000 takes 11 ms, however old the table (docs/scaling.md).
FIRST_IN_LINE = f"""
    SELECT delivery.id, delivery.sections, delivery.subscriber_id, subscription.id, reader.email, reader.link_key, CASE
            WHEN subscription.id IS NULL THEN '{DeliveryReason.LEFT.value}'
            WHEN {build_is_suppressed("reader.email")} THEN '{DeliveryReason.SUPPRESSED.value}'
            WHEN reader.paused_until > %(today)s THEN '{DeliveryReason.PAUSED.value}'
            ELSE '' END AS refusal
    FROM newsletter_delivery delivery
    LEFT JOIN newsletter_subscriber reader ON reader.id = delivery.subscriber_id
    LEFT JOIN newsletter_subscription subscription ON subscription.subscriber_id = delivery.subscriber_id
        AND subscription.publication_id = %(publication)s AND subscription.state = 'active'
    WHERE delivery.mailing_id = %(mailing)s AND delivery.state = 'queued' AND delivery.due_at <= %(now)s
        AND (delivery.due_at, delivery.id) > (%(reached_at)s, %(reached_id)s)
    ORDER BY delivery.due_at, delivery.id LIMIT %(limit)s
"""  # noqa: S608 - codes and names of columns


def build_leased_deliveries(leases: int) -> str:
    """Return the statement that finds what so many leases hold and what has no outcome yet.

    Plan (with USE_INDEXES): the leases by their key, then the index delivery_to_claim alone, from one end of each range to
    the other. 4,000 deliveries of five leases took 70 ms, right after another 1,000 had left that index.
    """
    return f"""
        SELECT delivery.id FROM newsletter_deliverylease lease
        JOIN newsletter_delivery delivery ON delivery.mailing_id = lease.mailing_id AND delivery.state = 'queued'
            AND (delivery.due_at, delivery.id) > (lease.behind_at, lease.behind_id)
            AND (delivery.due_at, delivery.id) <= (lease.to_at, lease.to_id)
        WHERE lease.id IN ({build_places(leases)})
    """  # noqa: S608 - only places


# Writes what became of a batch, each row with words of its own, from one JSON value; what has its outcome already is no
# longer queued and stays as it is. Of a reader who was erased while the mail was on its way nothing is kept: a server's
# words repeat the address.
# Plan (PostgreSQL with USE_INDEXES): the values once, and each delivery by its key. 13 ms per 1,000 (docs/scaling.md).
# Both databases can update from a list, but read JSON and compare moments each in their own way.
WRITE_OUTCOMES = {
    "postgresql": """
        UPDATE newsletter_delivery delivery SET state = outcome.state, attempts = delivery.attempts + 1,
            server_reply = CASE WHEN delivery.subscriber_id IS NULL THEN '' ELSE outcome.server_reply END,
            reason = COALESCE(outcome.reason, ''),
            message_id = CASE WHEN delivery.subscriber_id IS NULL THEN '' ELSE COALESCE(outcome.message_id, '') END,
            settled_at = CASE WHEN outcome.state = 'queued' THEN NULL ELSE CAST(%(now)s AS timestamptz) END,
            due_at = COALESCE(CAST(outcome.due_at AS timestamptz), delivery.due_at)
        FROM jsonb_to_recordset(%(rows)s::jsonb)
            AS outcome(id bigint, state text, server_reply text, reason text, message_id text, due_at text)
        WHERE delivery.id = outcome.id AND delivery.state = 'queued'
    """,
    "sqlite": """
        UPDATE newsletter_delivery AS delivery SET state = outcome.state, attempts = delivery.attempts + 1,
            server_reply = CASE WHEN delivery.subscriber_id IS NULL THEN '' ELSE outcome.server_reply END,
            reason = COALESCE(outcome.reason, ''),
            message_id = CASE WHEN delivery.subscriber_id IS NULL THEN '' ELSE COALESCE(outcome.message_id, '') END,
            settled_at = CASE WHEN outcome.state = 'queued' THEN NULL ELSE %(now)s END,
            due_at = COALESCE(outcome.due_at, delivery.due_at)
        FROM (SELECT json_extract(value, '$.id') AS id, json_extract(value, '$.state') AS state,
            json_extract(value, '$.server_reply') AS server_reply, json_extract(value, '$.reason') AS reason,
            json_extract(value, '$.message_id') AS message_id, json_extract(value, '$.due_at') AS due_at FROM json_each(%(rows)s)) AS outcome
        WHERE delivery.id = outcome.id AND delivery.state = 'queued'
    """,
}

# Takes a plan back of which nothing has left. The ORM would first look for events of each delivery, which rows that never
# left can't have. Plan: one pass over the table on PostgreSQL, by the unique index on SQLite. 0.1 s for 116,664 rows.
TAKE_BACK_DELIVERIES = "DELETE FROM newsletter_delivery WHERE mailing_id = %s AND state IN ('queued', 'skipped')"


def build_delete_events(deliveries: int) -> str:
    """Return the statement that deletes the events of so many deliveries, by the index of that column."""
    return f"DELETE FROM newsletter_event WHERE delivery_id IN ({build_places(deliveries)})"  # noqa: S608 - only places


def build_delete_deliveries(deliveries: int) -> str:
    """Return the statement that deletes so many deliveries by their key; their events have to be gone before.

    The ORM would read every row to see what hangs on it. With the events 17,000 rows a second beside other work
    (docs/scaling.md).
    """
    return f"DELETE FROM newsletter_delivery WHERE id IN ({build_places(deliveries)})"  # noqa: S608 - only places


# Counts how many active readers chose each set of an issue's sections. Plan: choices and subscriptions side by side in the
# order of their indexes, summed per reader, then hashed by sum. 4 s with 1,000,000 readers, 1 s with 200,000: so the counts
# are kept for ten minutes (category_sets).
COUNT_SETS = """
    SELECT chosen.sections, COUNT(*) FROM (
        SELECT CAST(SUM(CAST(1 AS bigint) << section.position) AS bigint) AS sections
        FROM newsletter_subscription subscription
        JOIN newsletter_subscription_categories choice ON choice.subscription_id = subscription.id
        JOIN digests_section section ON section.digest_id = %(digest)s
            AND section.category_id = choice.category_id AND section.text <> ''
        WHERE subscription.publication_id = %(publication)s AND subscription.state = 'active'
        GROUP BY subscription.id
    ) chosen GROUP BY chosen.sections
"""

# Names the PostgreSQL database that a process works on. The timeline is that of the log as it is written now: what
# pg_control_checkpoint() says is up to a checkpoint late, and right after a promotion still the old one.
# Plan: two functions and the few rows of pg_database. 0.2 ms per claim (docs/scaling.md).
READ_IDENTITY = """
    SELECT control.system_identifier, substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8), db.oid,
        CAST(to_regclass('newsletter_mailing') AS oid)
    FROM pg_control_system() control, pg_database db WHERE db.datname = current_database()
"""
# Where a provider took these functions from plain roles: a dump that was restored is still recognized, by the oids.
READ_IDENTITY_AS_PLAIN_ROLE = """
    SELECT db.oid, CAST(to_regclass('newsletter_mailing') AS oid)
    FROM pg_database db WHERE db.datname = current_database()
"""


def build_places(count: int) -> str:
    """Return so many places for values, for IN (...)."""
    return ", ".join(["%s"] * count)
