"""Log lines without the tokens of readers' links: whoever reads a log must not be able to act for a reader."""

import logging
import re

# The paths behind the links in emails, as urls.py has them: the token is all that makes them secret.
_LINK = re.compile(r"(/[muoca]/)[\w%-]{8,}")


class Redact(logging.Filter):
    """Put a sign in place of each token."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Rewrite the line where it has a token; let every line pass."""
        said = record.getMessage()
        cleaned = _LINK.sub(r"\1[token]", said)
        if cleaned != said:
            record.msg, record.args = cleaned, None
        return True
