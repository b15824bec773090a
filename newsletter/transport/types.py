"""The types that the modules of transport share: a relay, a message for the wire, and what became of a message.

They hold data and no logic. Not here: how a server's answer becomes a state (responses).
"""

import enum
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple


class SendState(enum.StrEnum):
    """What became of a message that was offered to a mail server or an ESP.

    The first four are answers. Their values are stored in journals and, but for `retry`, in `Delivery.state`. The last
    two are known inside transport only: its senders act on them and pass none of them to a hook.
    """

    ACCEPTED = "accepted"
    RETRY = "retry"  # a temporary failure: the same message may be accepted later
    FAILED = "failed"  # refused for good
    UNKNOWN = "unknown"  # it may have been accepted, and nobody said so: sending again could make a double
    REFUSED = "refused"  # nothing was taken, and the answer does not say whether the reader is the reason
    STOP = "stop"  # nothing was taken, and no other message would be: the reader is not the reason


class SendReason(enum.StrEnum):
    """Why a message is in its state where no server's words say it."""

    BAD_ADDRESS = "bad_address"  # it holds characters that no envelope takes
    NO_REPLY = "no_reply"  # the connection was lost while the reply was awaited
    UNREADABLE = "unreadable"  # the reply has another shape than it should have
    NOT_SENT = "not_sent"  # the backend sent nothing and gave no reason
    NOT_REPORTED = "not_reported"  # the provider does not say what became of this reader


class SendResult(NamedTuple):
    """What became of one message: its state, the words of the server or of the network, and an ESP's id (or empty)."""

    state: SendState
    words: str = ""
    provider_id: str = ""
    reason: str = ""  # a SendReason, or empty where the words say it all


class WireMessage(NamedTuple):
    """One message ready for the wire: envelope, and content that is dot-stuffed and ends with CRLF."""

    id: int
    sender: bytes
    recipient: bytes
    content: bytes


@dataclass(frozen=True)
class SendHooks:
    """What a sender calls with the id of a message: before it goes out, with its result, or if it did not go out after all.

    Each message that was `started` is `settled` or `returned` later. If `started` raises StartError, the message does not
    go out and its SMTP connection ends.
    """

    started: Callable[[int], None]
    settled: Callable[[int, SendResult], None]
    returned: Callable[[int], None]


@dataclass(frozen=True)
class Relay:
    """An SMTP server that mail leaves by: where and how to connect; times are in seconds."""

    host: str
    port: int
    user: str = ""
    password: str = ""
    starttls: bool = False
    tls: bool = False
    timeout: float = 30
    connections: int = 4  # at once
    weight: int = 1  # its share of the work beside other relays
    messages: int = 0  # that a connection carries before another takes its place; 0: any number
    seconds: int = 0  # that a connection lasts; 0: as long as there is something to send
    authorities: str = ""  # a file of certificates; empty: those of the system

    @property
    def name(self) -> str:
        """Return host and port, as limits and logs name the relay."""
        return f"{self.host}:{self.port}"


class SendError(Exception):
    """The relay or ESP can't be reached or refuses us as a whole; nothing went out."""


class StartError(OSError):
    """A message may not begin to go out, though neither it nor the server is to blame; its connection ends before it."""
