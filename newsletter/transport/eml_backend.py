"""Django email backend that writes every message as an `.eml` file into EMAIL_OUTBOX_DIR.

It is the default, so that a new installation shows what it would send before it sends anything. Nothing leaves the machine.
"""

import hashlib
import re
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from django.conf import settings
from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend

from newsletter.transport import private_files
from newsletter.transport.wire_format import encode_for_wire


class EmailBackend(BaseEmailBackend):
    """Writes messages to files."""

    def __init__(self, *, directory: str | Path | None = None, fail_silently: bool = False, **_options: object) -> None:
        super().__init__(fail_silently=fail_silently)
        self.directory = Path(directory or settings.EMAIL_OUTBOX_DIR)

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        """Write each message; return how many. Raises OSError."""
        private_files.make_folder(self.directory)
        for message in email_messages:
            self._write(message)
        return len(email_messages)

    def _write(self, message: EmailMessage) -> None:
        built = message.message()
        # The name of a file is the moment, the address and a key, so that a folder sorts by time and shows who gets what.
        key = hashlib.sha256(str(built["Message-ID"]).encode()).hexdigest()[:12]
        reader = _make_file_safe((message.to or ["nobody"])[0])
        path = self.directory / f"{datetime.now(UTC):%Y%m%dT%H%M%S}-{reader}-{key}.eml"
        private_files.write_file(path, encode_for_wire(built))


def _make_file_safe(address: str) -> str:
    """Return an address as it stands in the name of a file."""
    return re.sub(r"[^\w.@+-]", "_", address)[:80]  # with the rest of the name far below the 255 bytes of file systems


def delete_messages_to(address: str) -> int:
    """Delete the messages to an address, which is compared without case; return how many."""
    # Between the first and the last hyphen of a name stands the address: neither moment nor key holds one.
    theirs = [
        path
        for path in Path(settings.EMAIL_OUTBOX_DIR).glob("*.eml")
        if path.stem.partition("-")[2].rpartition("-")[0].lower() == _make_file_safe(address).lower()
    ]
    for path in theirs:
        path.unlink(missing_ok=True)
    return len(theirs)
