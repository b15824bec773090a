"""Django email backend: every message becomes one `.eml` file in EMAIL_OUTBOX_DIR.

The default, so that a new installation shows what it would send before it sends anything. Not a delivery: nothing
leaves the machine.
"""

import hashlib
import re
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend

from newsletter.transport import private_files


class EmailBackend(BaseEmailBackend):
    """Write messages to files; the same Message-ID is written once."""

    def __init__(self, *, directory: str | Path | None = None, fail_silently: bool = False, **_options: Any) -> None:
        super().__init__(fail_silently=fail_silently)
        self.directory = Path(directory or settings.EMAIL_OUTBOX_DIR)

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        """Write each message; return how many."""
        private_files.make_folder(self.directory)
        for message in email_messages:
            self._write(message)
        return len(email_messages)

    def _write(self, message: EmailMessage) -> None:
        built = message.message()
        key = hashlib.sha256(str(built["Message-ID"]).encode()).hexdigest()[:12]
        reader = _make_file_safe((message.to or ["nobody"])[0])
        path = self.directory / f"{datetime.now(UTC):%Y%m%dT%H%M%S}-{reader}-{key}.eml"
        # A reader of the folder never meets half a file.
        private_files.write_file(path, built.as_bytes(linesep="\r\n"))  # type: ignore[call-arg] # a parameter of Django's own


def _make_file_safe(address: str) -> str:
    """Return an address as it stands in the name of a file."""
    return re.sub(r"[^\w.@+-]", "_", address)[:80]


def delete_messages_to(address: str) -> int:
    """Delete the messages to an address, which is compared without case; return how many."""
    paths = Path(settings.EMAIL_OUTBOX_DIR).glob("*.eml")
    # A name is the moment, the address and the key, which holds no hyphen.
    theirs = [
        one
        for one in paths
        if one.stem.partition("-")[2].rpartition("-")[0].lower() == _make_file_safe(address).lower()
    ]
    for path in theirs:
        path.unlink(missing_ok=True)
    return len(theirs)
