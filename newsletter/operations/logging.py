"""Formats log records as text or JSON, without the tokens of readers' links and without addresses.

A person with access to the logs must not be able to act for a reader, nor learn who reads: an error's text, a mail
server's above all, may name one. Our own records are words and `key=value` pairs; in JSON each pair is a field.
"""

import logging
import re
from typing import Any

from pythonjsonlogger import json
from pythonjsonlogger.core import RESERVED_ATTRS

# The paths behind the links in emails, as urls.py has them: only the token makes them secret.
_LINK = re.compile(r"(/[muocabn]/)[\w%-]{8,}")
# Also percent-encoded, as in the query of a URL; both parts are bounded, so that no line takes long.
_ADDRESS = re.compile(r"[^\s<>\"'(),:;@/?&\[\]]{1,64}(?:@|%40)[\w.-]{1,255}")
_FIELDS = ("time", "level", "logger", "message", "error")
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
        if cleaned != message or isinstance(record.msg, dict):  # a dict would be fields, and not be redacted
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


class JsonFormatter(LineFormatter, json.JsonFormatter):
    """Formats a record as one JSON object: time (UTC), level, logger, message, its pairs, and the error if there is one."""

    def __init__(self) -> None:
        super().__init__(
            ["levelname", "name", "message"],
            rename_fields={"levelname": "level", "name": "logger", "exc_info": "error"},
            reserved_attrs=[*RESERVED_ATTRS, *_FIELDS],  # nothing attached stands for what the record is
            timestamp="time",
            json_ensure_ascii=False,
        )

    def process_log_record(self, log_data: dict[str, Any]) -> dict[str, Any]:
        """Return the pairs of the message and the fields above.

        The library adds what is attached to a record too. Django attaches a request, Celery a task's arguments: both name readers.
        """
        log_data["time"] = log_data["time"].isoformat(timespec="milliseconds")
        pairs = {key: _parse_value(value) for key, value in _PAIR.findall(log_data["message"])}
        return pairs | {key: log_data[key] for key in _FIELDS if key in log_data}


def _parse_value(value: str) -> str | int:
    return int(value) if re.fullmatch(r"-?\d{1,18}", value, re.ASCII) else value
