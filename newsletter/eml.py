"""Django email backend: every message becomes one `.eml` file in EMAIL_OUTBOX_DIR.

The default, so that a new installation shows what it would send before it sends anything. Not a delivery: nothing
leaves the machine.
"""

import hashlib
import os
import re
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend


class EmailBackend(BaseEmailBackend):
    """Write messages to files; the same Message-ID is written once."""

    def __init__(self, *, directory: str | Path | None = None, fail_silently: bool = False, **_options: Any) -> None:
        super().__init__(fail_silently=fail_silently)
        self.directory = Path(directory or settings.EMAIL_OUTBOX_DIR)

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        """Write each message; return how many."""
        self.directory.mkdir(parents=True, exist_ok=True)
        for message in email_messages:
            self._write(message)
        return len(email_messages)

    def _write(self, message: EmailMessage) -> None:
        built = message.message()
        key = hashlib.sha256(str(built["Message-ID"]).encode()).hexdigest()[:12]
        reader = re.sub(r"[^\w.@+-]", "_", (message.to or ["nobody"])[0])[:80]
        path = self.directory / f"{datetime.now(UTC):%Y%m%dT%H%M%S}-{reader}-{key}.eml"
        # A reader of the folder never meets half a file.
        part = path.with_suffix(".part")
        part.write_bytes(built.as_bytes(linesep="\r\n"))  # type: ignore[call-arg] # a parameter of Django's own
        os.replace(part, path)  # noqa: PTH105 - the atomic form, also over an existing file on Windows
