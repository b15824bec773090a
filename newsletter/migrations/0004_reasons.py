"""Service mails, imports and deliveries say why by a code; the sentences of before are turned into codes here."""

import re
from typing import Any

from django.apps.registry import Apps
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.models import F, Value
from django.db.models.functions import Substr

_LOST = "connection lost: "
_UNREADABLE = "the answer can't be read: "
_NO_REPORT = "the provider does not say what became of this reader"
_SENT_NOTHING = "the email backend sent nothing and gave no reason"
_BAD_ADDRESS = "the address holds characters that no envelope takes"
# The group of a pattern is what the server, or the program that failed, said.
_SERVICE_MAIL = [
    (r"DKIM_KEY can't sign: .*", "setup"),
    (r"the email backend is not set up: (.*)", "setup"),
    (r"SEND_LIMITS or the receiver leave no room before \S+ \S+ UTC()", "limit"),
    (r"no relay can be reached; they are tried again within a minute()", "unreachable"),
    (r"can't reach the mail server: (.*)", "unreachable"),
    (r"(\S+: closes every connection)", "unreachable"),
    (r"(\S+:\d+: .*)", "unreachable"),
    (_BAD_ADDRESS + "()", "bad_address"),
    (_SENT_NOTHING + "()", "not_sent"),
    (_NO_REPORT + "()", "not_reported"),
    (_LOST + "(.*)", "no_reply"),
    (_UNREADABLE + "(.*)", "unreadable"),
    (r"(\w+(?:Error|Exception) in \S+:?.*)", "unexpected"),
    (r"(.*)", "server"),
]
_IMPORT_CODES = {
    "nobody": "no_lines",
    "headless": "no_header",
    "no_address": "no_address_column",
    "wide": "too_many_columns",
    "no_csv": "not_csv",
    "consent": "no_consent_source",
}
_LIMITS = {"too_large", "wide"}


def _parse_service_mail_error(words: str) -> dict[str, str]:
    for pattern, code in _SERVICE_MAIL:
        if found := re.fullmatch(pattern, words, re.DOTALL):
            return {"reason": f"service_mail.{code}", "server_reply": found[1] if found.re.groups else words}
    return {}


def move_service_mail_errors(apps: Apps, _editor: BaseDatabaseSchemaEditor) -> None:
    """Turn why a request or a mail failed into a code and the server's words."""
    for name in ("SignupRequest", "TransactionalMail"):
        rows = apps.get_model("newsletter", name).objects
        for pk, words in list(rows.exclude(error="").values_list("pk", "error")):
            rows.filter(pk=pk).update(**_parse_service_mail_error(words))


def move_import_errors(apps: Apps, _editor: BaseDatabaseSchemaEditor) -> None:
    """Give the errors of imports the form of all messages: a code of its family, and parameters."""
    rows = apps.get_model("newsletter", "Import").objects
    for pk, error in list(rows.values_list("pk", "error")):
        if error and "params" not in error:
            rows.filter(pk=pk).update(error=_convert_import_error(error))


def _convert_import_error(error: dict[str, Any]) -> dict[str, Any]:
    old = error["code"]
    params = {name: value for name, value in error.items() if name != "code"}
    if "n" in params:
        params["limit" if old in _LIMITS else "line"] = params.pop("n")
    return {"code": f"import.{_IMPORT_CODES.get(old, old)}", "params": params}


def move_delivery_reasons(apps: Apps, _editor: BaseDatabaseSchemaEditor) -> None:
    """Give a code to the deliveries whose reply was a sentence of ours."""
    rows = apps.get_model("newsletter", "Delivery").objects.filter(reason="")
    for words, reason in ((_LOST, "no_reply"), (_UNREADABLE, "unreadable")):
        rows.filter(server_reply__startswith=words).update(
            reason=Value(reason), server_reply=Substr(F("server_reply"), len(words) + 1)
        )
    for words, reason in ((_NO_REPORT, "not_reported"), (_SENT_NOTHING, "not_sent"), (_BAD_ADDRESS, "bad_address")):
        rows.filter(server_reply=words).update(reason=reason, server_reply="")


class Migration(migrations.Migration):

    dependencies = [
        ('digests', '0004_names'),
        ('newsletter', '0003_names'),
    ]

    operations = [
        migrations.AddField(
            model_name='signuprequest',
            name='reason',
            field=models.CharField(blank=True, choices=[('service_mail.server', 'Not accepted by the mail server'), ('service_mail.unreachable', 'No mail server can be reached, or it refuses us'), ('service_mail.limit', 'Waiting for a sending limit'), ('service_mail.setup', 'Sending isn’t set up correctly'), ('service_mail.template', 'The email couldn’t be made'), ('service_mail.unexpected', 'Unexpected error'), ('service_mail.bad_address', 'No mail can be sent to the address'), ('service_mail.no_reply', 'The connection was lost before the server replied'), ('service_mail.unreadable', 'The server’s reply couldn’t be read'), ('service_mail.not_sent', 'The email backend sent nothing'), ('service_mail.not_reported', 'The provider didn’t report a result')], help_text='Why the last attempt failed', max_length=30),
        ),
        migrations.AddField(
            model_name='signuprequest',
            name='server_reply',
            field=models.TextField(blank=True, help_text='What the server, or the program that failed, said of it'),
        ),
        migrations.AddField(
            model_name='transactionalmail',
            name='reason',
            field=models.CharField(blank=True, choices=[('service_mail.server', 'Not accepted by the mail server'), ('service_mail.unreachable', 'No mail server can be reached, or it refuses us'), ('service_mail.limit', 'Waiting for a sending limit'), ('service_mail.setup', 'Sending isn’t set up correctly'), ('service_mail.template', 'The email couldn’t be made'), ('service_mail.unexpected', 'Unexpected error'), ('service_mail.bad_address', 'No mail can be sent to the address'), ('service_mail.no_reply', 'The connection was lost before the server replied'), ('service_mail.unreadable', 'The server’s reply couldn’t be read'), ('service_mail.not_sent', 'The email backend sent nothing'), ('service_mail.not_reported', 'The provider didn’t report a result')], help_text='Why the last attempt failed', max_length=30),
        ),
        migrations.AddField(
            model_name='transactionalmail',
            name='server_reply',
            field=models.TextField(blank=True, help_text='What the server, or the program that failed, said of it'),
        ),
        migrations.AlterField(
            model_name='delivery',
            name='reason',
            field=models.CharField(blank=True, choices=[('pending', 'hadn’t confirmed their sign-up'), ('left', 'had unsubscribed'), ('suppressed', 'suppressed address'), ('paused', 'had paused emails'), ('no_match', 'chose no category in this issue'), ('cancelled', 'the mailing was stopped before'), ('gave_up', 'not accepted within 24 hours'), ('bad_address', 'no mail can be sent to the address'), ('no_reply', 'the connection was lost before the server replied'), ('unreadable', 'the server’s reply couldn’t be read'), ('not_sent', 'the email backend sent nothing'), ('not_reported', 'the provider didn’t report a result'), ('worker_killed', 'the background worker stopped while sending'), ('treated_as_sent', 'counted as sent by a team member'), ('sent_again', 'sent again by a team member')], db_default='', default='', help_text='Why it was skipped or failed. Empty if the server’s reply says it all.', max_length=20, verbose_name='reason'),
        ),
        migrations.RunPython(move_service_mail_errors, migrations.RunPython.noop),
        migrations.RunPython(move_import_errors, migrations.RunPython.noop),
        migrations.RunPython(move_delivery_reasons, migrations.RunPython.noop),
        migrations.RemoveIndex(
            model_name='signuprequest',
            name='signuprequest_failed',
        ),
        migrations.RemoveIndex(
            model_name='transactionalmail',
            name='transactionalmail_failed',
        ),
        migrations.RemoveField(
            model_name='signuprequest',
            name='error',
        ),
        migrations.RemoveField(
            model_name='transactionalmail',
            name='error',
        ),
        migrations.AddIndex(
            model_name='signuprequest',
            index=models.Index(condition=models.Q(('reason', ''), _negated=True), fields=['at'], name='signuprequest_failed'),
        ),
        migrations.AddIndex(
            model_name='transactionalmail',
            index=models.Index(condition=models.Q(('reason', ''), _negated=True), fields=['at'], name='transactionalmail_failed'),
        ),
    ]
