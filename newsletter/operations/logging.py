"""Log records -> lines for a person or for a machine, without the tokens of readers' links and without addresses.

Whoever reads a log must not be able to act for a reader, nor learn who reads: an error's words, a mail server's above all,
may name one. Our own records are words and `key=value` pairs; as JSON each
pair is a field of its own.
"""

import datetime as dt
import json
import logging
import re
from typing import Any

# The paths behind the links in emails, as urls.py has them: the token is all that makes them secret.
_LINK = re.compile(r"(/[muocabn]/)[\w%-]{8,}")
# Also as it stands in the query of a URL; both parts are bounded, so that no line takes long.
_ADDRESS = re.compile(r"[^\s<>\"'(),:;@/?&\[\]]{1,64}(?:@|%40)[\w.-]{1,255}")
_PAIR = re.compile(r"(?<!\S)([a-z_]+)=(\S+)")


def redact_text(said: str) -> str:
    """Return a text with a sign in place of each token and each address."""
    said = _LINK.sub(r"\1[token]", said)
    return _ADDRESS.sub("[address]", said) if "@" in said or "%40" in said else said


class RedactFilter(logging.Filter):
    """Put a sign in place of each token and each address."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Rewrite the line where it has one; let every line pass."""
        said = record.getMessage()
        cleaned = redact_text(said)
        if cleaned != said:
            record.msg, record.args = cleaned, None
        return True


class RefusedRequestFilter(logging.Filter):
    """Let what a stranger sends cost one line: a request that is refused is no error of ours, and needs no stack trace."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Drop Django's second line about a refused request, and the trace of the first."""
        if record.name.startswith("django.security"):
            # An error's words may bring those of its cause along, on a line of their own.
            record.msg, record.args, record.exc_info = " ".join(record.getMessage().split()), None, None
        return not (record.name == "django.request" and getattr(record, "status_code", 0) == 400)


class LineFormatter(logging.Formatter):
    """A line for a person; what an error says is cleaned like the line itself."""

    def formatException(self, ei: Any) -> str:  # noqa: N802 - the library's name
        """Return the error with its way through the code, without tokens and addresses."""
        return redact_text(super().formatException(ei))


class JsonFormatter(LineFormatter):
    """One JSON object per record: time (UTC), level, logger, message, the message's pairs, and the error if there is one."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        said = record.getMessage()
        fields: dict[str, str | int] = {key: _parse_value(value) for key, value in _PAIR.findall(said)}
        fields |= {
            "time": dt.datetime.fromtimestamp(record.created, dt.UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": said,
        }
        if record.exc_info:
            fields["error"] = self.formatException(record.exc_info)
        return json.dumps(fields, ensure_ascii=False)


def _parse_value(value: str) -> str | int:
    return int(value) if re.fullmatch(r"-?\d{1,18}", value, re.ASCII) else value
