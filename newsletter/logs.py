"""Log records -> lines for a person or for a machine, without the tokens of readers' links.

Whoever reads a log must not be able to act for a reader. Our own records are words and `key=value` pairs; as JSON each
pair is a field of its own.
"""

import datetime as dt
import json
import logging
import re

# The paths behind the links in emails, as urls.py has them: the token is all that makes them secret.
_LINK = re.compile(r"(/[muoca]/)[\w%-]{8,}")
_PAIR = re.compile(r"(?<!\S)([a-z_]+)=(\S+)")


class Redact(logging.Filter):
    """Put a sign in place of each token."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Rewrite the line where it has a token; let every line pass."""
        said = record.getMessage()
        cleaned = _LINK.sub(r"\1[token]", said)
        if cleaned != said:
            record.msg, record.args = cleaned, None
        return True


class OneLine(logging.Filter):
    """Let what a stranger sends cost one line: a request that is refused is no error of ours, and needs no stack trace."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Drop Django's second line about a refused request, and the trace of the first."""
        if record.name.startswith("django.security"):
            record.exc_info = None
        return not (record.name == "django.request" and getattr(record, "status_code", 0) == 400)


class JsonLine(logging.Formatter):
    """One JSON object per record: time (UTC), level, logger, message, the message's pairs, and the error if there is one."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        said = record.getMessage()
        fields: dict[str, str | int] = {key: _typed(value) for key, value in _PAIR.findall(said)}
        fields |= {
            "time": dt.datetime.fromtimestamp(record.created, dt.UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": said,
        }
        if record.exc_info:
            fields["error"] = self.formatException(record.exc_info)
        return json.dumps(fields, ensure_ascii=False)


def _typed(value: str) -> str | int:
    return int(value) if re.fullmatch(r"-?\d{1,18}", value, re.ASCII) else value
