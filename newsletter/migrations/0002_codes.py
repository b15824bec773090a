"""Rows keep codes and parameters in place of sentences; the sentences of before are turned into them here."""

import re
from collections.abc import Iterator
from typing import Any

import django.utils.timezone
from django.apps.registry import Apps
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.models import Case, F, Q, Value, When
from django.db.models.functions import Substr

_GAVE_UP = "gave up after 24 hours: "
_REASONS = {
    "treated as sent": "treated_as_sent",
    "sent again": "sent_again",
    "the worker was killed while it was sending": "worker_killed",
}
_SKIPPED = ["left", "suppressed", "paused", "cancelled"]
_LEAVE_REASONS = ["often", "long", "topic", "quality", "never"]
_COUNT = re.compile(r"'(\w+)': (\d+)")
_BATCH_ROWS = 500
# Each pattern's groups are the parameters of the code: text, or a number where the group holds digits alone.
_WAITS = [
    (r"paused by a person", "wait.person"),
    (r"it should have begun (?P<hours>\d+) hours ago", "wait.late"),
    (r"no worker had it in hand for (?P<hours>\d+) hours", "wait.no_progress"),
    (r"the database is older than what was sent", "wait.older_database"),
    (r"import running: (?P<lines>\d+) lines to come", "wait.import"),
    (r"(?P<refused>\d+) of (?P<settled>\d+) were refused for what we send or who we are", "wait.refused"),
    (r"(?P<refused>\d+) of (?P<settled>\d+) were refused for what we send or who we are: (?P<reply>.*)", "wait.refused_reply"),
    (r"(?P<words>.+)", "wait.other"),
]
_MAILING = r"(?P<mailing>Mailing \d+ \(.*?\)):? "
_ALARMS = [
    (_MAILING + r"should have begun at (?P<time>\S+ \S+) UTC", "alarm.mailing_late"),
    (_MAILING + r"is paused: (?P<why>.*)", "alarm.mailing_paused"),
    (_MAILING + r"does not add up: (?P<planned>\d+) planned, (?P<counts>.*)", "alarm.mailing_counts"),
    (_MAILING + r"has (?P<n>\d+) due messages and makes no progress", "alarm.mailing_stuck"),
    (_MAILING + r"(?P<failed>\d+) of (?P<settled>\d+) were refused", "alarm.mailing_failed"),
    (_MAILING + r"(?P<n>\d+) are in doubt and wait for a person", "alarm.mailing_unknown"),
    (r"(?P<name>\w+): last seen (?P<seconds>\d+) seconds ago; nothing of its work gets done", "alarm.silent_process"),
    (r"(?P<host>\S+) can't write its files, so no mail leaves it: (?P<why>.*)", "alarm.disk"),
    (
        r"Service mail: (?P<n>\d+) could not be sent yet; the first was asked for at (?P<since>\S+ \S+) UTC: (?P<why>.*)",
        "alarm.service_mail_waits",
    ),
    (
        r"Service mail: (?P<n>\d+) were given up; the first was asked for at (?P<since>\S+ \S+) UTC: (?P<why>.*)",
        "alarm.service_mail_given_up",
    ),
    (
        r"(?P<source>.*) was stopped: its server said on (?P<days>\d+) days running that it is gone for good",
        "alarm.source_stopped",
    ),
]
_SOURCE_ALARM = (r"(?P<source>.*?) failed (?P<n>\d+) times: (?P<why>.*)", "alarm.source_failed")
_ROW_ALARM = (r"(?P<step>\w+) (?P<row>\S+) failed (?P<n>\d+) times: (?P<why>.*)", "alarm.row_failed")
_OTHER_ALARM = (r"(?P<words>.*)", "alarm.other")


def _parse(words: str, patterns: list[tuple[str, str]]) -> dict[str, Any]:
    """Return the message of the first pattern that a whole sentence fits."""
    for pattern, code in patterns:
        if found := re.fullmatch(pattern, words, re.DOTALL):
            params = {name: int(text) if text.isdecimal() else text for name, text in found.groupdict().items()}
            return {"code": code, "params": params}
    return {}


def _parse_alarm(key: str, words: str) -> dict[str, Any]:
    own = [_SOURCE_ALARM] if key.startswith("source-") else [_ROW_ALARM]
    message = _parse(words, [*_ALARMS, *own, _OTHER_ALARM])
    params = message["params"]
    if found := re.fullmatch(r"Mailing (\d+) \((.*)\)", str(params.get("mailing", "")), re.DOTALL):
        params["mailing"] = {"code": "alarm.mailing", "params": {"number": found[1], "digest": found[2]}}
    match message["code"]:
        case "alarm.mailing_paused":
            params["why"] = _parse(params["why"], _WAITS) or ""
        case "alarm.mailing_counts":
            counts = _COUNT.findall(params["counts"])
            params["counts"] = [{"code": f"count.{state}", "params": {"n": int(n)}} for state, n in counts]
        case "alarm.disk" if params["why"] == "No space left on device":
            params["why"] = {"code": "alarm.disk_full", "params": {}}
    return message


def move_delivery_reasons(apps: Apps, _editor: BaseDatabaseSchemaEditor) -> None:
    """Move the reasons that stood in the place of a server's words, by one statement."""
    known = Q(state="skipped", server_reply__in=_SKIPPED) | Q(server_reply__in=_REASONS)
    gave_up = Q(server_reply__startswith=_GAVE_UP)
    by_words = [When(server_reply=words, then=Value(reason)) for words, reason in _REASONS.items()]
    apps.get_model("newsletter", "Delivery").objects.filter(known | gave_up).update(
        reason=Case(When(gave_up, then=Value("gave_up")), *by_words, default=F("server_reply"), output_field=models.TextField()),
        server_reply=Case(When(gave_up, then=Substr("server_reply", len(_GAVE_UP) + 1)), default=Value(""), output_field=models.TextField()),
    )


def move_messages(apps: Apps, _editor: BaseDatabaseSchemaEditor) -> None:
    """Turn why mailings wait, and what alarms say, into codes."""
    mailings = apps.get_model("newsletter", "Mailing").objects
    for pk, words in list(mailings.exclude(waits_for="").values_list("pk", "waits_for")):
        mailings.filter(pk=pk).update(wait_reason=_parse(words, _WAITS))
    alarms = apps.get_model("newsletter", "Alarm").objects
    rows = list(alarms.only("key", "text"))
    for row in rows:
        row.message = _parse_alarm(row.key, row.text)
    alarms.bulk_update(rows, ["message"], batch_size=_BATCH_ROWS)


def move_leave_reasons(apps: Apps, _editor: BaseDatabaseSchemaEditor) -> None:
    """Give the reasons of readers who unsubscribed a table of their own; they stood among the events of mails."""
    events = apps.get_model("newsletter", "Event").objects.filter(kind="left")
    model = apps.get_model("newsletter", "LeaveReason")

    def make_rows() -> Iterator[models.Model]:
        for pk, provider, provider_id, reason, at in events.values_list("pk", "provider", "provider_id", "detail", "at"):
            if reason in _LEAVE_REASONS:
                key = provider_id if provider == "reader" and provider_id else f"event {pk}"
                yield model(key=key, reason=reason, at=at)

    model.objects.bulk_create(make_rows(), batch_size=_BATCH_ROWS)
    events.delete()


class Migration(migrations.Migration):
    dependencies = [("newsletter", "0001_initial")]

    operations = [
        migrations.CreateModel(
            name='LeaveReason',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('reason', models.CharField(choices=[('often', 'Too many emails'), ('long', 'Emails are too long'), ('topic', 'Not relevant to me'), ('quality', 'I don’t trust the summaries'), ('never', 'I never signed up')], max_length=10)),
                ('at', models.DateTimeField(default=django.utils.timezone.now)),
                ('key', models.CharField(help_text='Keyed hash of reader and mailing', max_length=200, unique=True)),
            ],
            options={
                'ordering': ['-at'],
                'default_permissions': (),
            },
        ),
        migrations.AddConstraint(
            model_name='leavereason',
            constraint=models.CheckConstraint(condition=models.Q(('reason__in', ['often', 'long', 'topic', 'quality', 'never'])), name='leave_reason_known'),
        ),
        migrations.RemoveConstraint(
            model_name='event',
            name='event_kind',
        ),
        migrations.RenameField(model_name="delivery", old_name="answer", new_name="server_reply"),
        migrations.AlterField(
            model_name='delivery',
            name='server_reply',
            field=models.TextField(blank=True, help_text='What the mail server said, word for word'),
        ),
        migrations.AddField(
            model_name='delivery',
            name='reason',
            field=models.CharField(blank=True, choices=[('pending', 'hadn’t confirmed their sign-up'), ('left', 'had unsubscribed'), ('suppressed', 'suppressed address'), ('paused', 'had paused emails'), ('no_match', 'chose no category in this issue'), ('cancelled', 'the mailing was stopped before'), ('gave_up', 'not accepted within 24 hours'), ('bad_address', 'no mail can be sent to the address'), ('worker_killed', 'the background worker stopped while sending'), ('treated_as_sent', 'counted as sent by a team member'), ('sent_again', 'sent again by a team member')], db_default='', default='', help_text='Why it was skipped or failed, or who decided about it; empty where the server’s reply says all', max_length=20),
        ),
        migrations.RenameField(model_name="domainbackoff", old_name="answer", new_name="server_reply"),
        migrations.AlterField(
            model_name='domainbackoff',
            name='server_reply',
            field=models.TextField(blank=True, help_text='The codes of the mail server’s reply; its words name readers'),
        ),
        migrations.AddField(
            model_name='mailing',
            name='wait_reason',
            field=models.JSONField(blank=True, default=dict, help_text='Why it is paused or does not begin: a code of WaitReason and its parameters'),
        ),
        migrations.AddField(
            model_name='alarm',
            name='message',
            field=models.JSONField(default=dict, help_text='A code of AlarmCode and its parameters'),
            preserve_default=False,
        ),
        migrations.AlterField(
            model_name='event',
            name='kind',
            field=models.CharField(choices=[('queued', 'queued'), ('sent', 'sent'), ('rejected', 'rejected'), ('failed', 'failed'), ('bounced', 'bounced'), ('deferred', 'deferred'), ('delivered', 'delivered'), ('autoresponded', 'autoresponded'), ('opened', 'opened'), ('clicked', 'clicked'), ('complained', 'complained'), ('unsubscribed', 'unsubscribed'), ('subscribed', 'subscribed'), ('inbound', 'inbound'), ('inbound_failed', 'inbound failed'), ('unknown', 'unknown')], max_length=30),
        ),
        migrations.RunPython(move_delivery_reasons, migrations.RunPython.noop),
        migrations.RunPython(move_messages, migrations.RunPython.noop),
        migrations.RunPython(move_leave_reasons, migrations.RunPython.noop),
        migrations.AddConstraint(
            model_name='event',
            constraint=models.CheckConstraint(condition=models.Q(('kind__in', ['queued', 'sent', 'rejected', 'failed', 'bounced', 'deferred', 'delivered', 'autoresponded', 'opened', 'clicked', 'complained', 'unsubscribed', 'subscribed', 'inbound', 'inbound_failed', 'unknown'])), name='event_kind'),
        ),
        migrations.RemoveField(
            model_name='alarm',
            name='text',
        ),
        migrations.RemoveField(
            model_name='mailing',
            name='waits_for',
        ),
    ]
