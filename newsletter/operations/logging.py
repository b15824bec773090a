"""Formats log records as text or JSON, without the tokens of readers' links and without addresses.

A person with access to the logs must not be able to act for a reader, nor learn who reads: an error's text, a mail
server's above all, may name one. Our own records are words and `key=value` pairs; in JSON each pair is a field.
"""

import datetime as dt
import json
import logging
import re
from typing import Any

# The paths behind the links in emails, as urls.py has them: only the token makes them secret.
_LINK = re.compile(r"(/[muocabn]/)[\w%-]{8,}")
# Also percent-encoded, as in the query of a URL; both parts are bounded, so that no line takes long.
_ADDRESS = re.compile(r"[^\s<>\"'(),:;@/?&\[\]]{1,64}(?:@|%40)[\w.-]{1,255}")
_PAIR = re.compile(r"(?<!\S)([a-z_]+)=(\S+)")


def redact_text(text: str) -> str:
    """Return a text with [token] and [address] in place of each token and each address."""
    text = _LINK.sub(r"\1[token]", text)
    # Most lines hold no address, and the pattern costs more than this look.
    return _ADDRESS.sub("[address]", text) if "@" in text or "%40" in text else text


class RedactFilter(logging.Filter):
    """Logging filter that redacts tokens and addresses."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Redact the message; let every record pass."""
        message = record.getMessage()
        cleaned = redact_text(message)
        if cleaned != message:
            record.msg, record.args = cleaned, None
        return True


class RefusedRequestFilter(logging.Filter):
    """Logging filter that reduces a refused request to one line: it is no error of ours and needs no stack trace."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Drop Django's second line about a refused request, and the trace of the first."""
        if record.name.startswith("django.security"):
            # An error's text may hold that of its cause, on a second line.
            record.msg, record.args, record.exc_info = " ".join(record.getMessage().split()), None, None
        return not (record.name == "django.request" and getattr(record, "status_code", 0) == 400)


class LineFormatter(logging.Formatter):
    """Formats a record as text for a person; a stack trace is redacted like the line itself."""

    def formatException(self, ei: Any) -> str:  # noqa: N802 - the library's name
        """Return the stack trace, redacted."""
        return redact_text(super().formatException(ei))


class JsonFormatter(LineFormatter):
    """Formats a record as one JSON object: time (UTC), level, logger, message, its pairs, and the error if there is one."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the object as one line."""
        message = record.getMessage()
        fields: dict[str, str | int] = {key: _parse_value(value) for key, value in _PAIR.findall(message)}
        fields |= {
            "time": dt.datetime.fromtimestamp(record.created, dt.UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": message,
        }
        if record.exc_info:
            fields["error"] = self.formatException(record.exc_info)
        return json.dumps(fields, ensure_ascii=False)


def _parse_value(value: str) -> str | int:
    return int(value) if re.fullmatch(r"-?\d{1,18}", value, re.ASCII) else value
