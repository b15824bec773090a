"""An SMTP sink for benchmarks: it accepts, counts and discards mail. `python -m bench.sink DELAY_MS` prints its port.

It has to cost far less than the sender that it measures, so it looks for the end of a message in the last kilobyte
alone: at most one envelope can follow the end before our reply. `STOP`, sent as a first command, ends it after it has
printed how many messages it took.
"""

import selectors
import socket
import sys
import time
from collections import deque
from dataclasses import dataclass

_END = b"\r\n.\r\n"
_TAIL_BYTES = 1024  # longer than an envelope
_REPLIES = {b"EHLO": b"250-sink\r\n250-PIPELINING\r\n250 8BITMIME\r\n", b"DATA": b"354 go ahead\r\n"}


@dataclass
class SinkConnection:
    """One connection of a sender, whose commands may come pipelined."""

    sock: socket.socket
    text: bytes = b""  # commands, or the last bytes of a message
    in_data: bool = False
    ended: bool = False


class LoadSink:
    """Serves all connections in one thread; every reply leaves `delay` seconds late."""

    def __init__(self, delay: float) -> None:
        self.delay = delay
        self.taken = 0
        self.stopped = False
        self.late: deque[tuple[float, socket.socket, bytes]] = deque()
        self.buffer = bytearray(1 << 18)
        self.selector = selectors.DefaultSelector()
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=1024)
        self.selector.register(self.listener, selectors.EVENT_READ, None)

    def serve(self) -> None:
        """Serve until the command STOP."""
        while not self.stopped:
            wait = max(0.0, self.late[0][0] - time.monotonic()) if self.late else None
            for key, _events in self.selector.select(wait):
                if key.data is None:
                    self._accept()
                else:
                    self._read(key.data)
            while self.late and self.late[0][0] <= time.monotonic():
                _due, sock, reply = self.late.popleft()
                _send(sock, reply)

    def _accept(self) -> None:
        sock, _address = self.listener.accept()
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.selector.register(sock, selectors.EVENT_READ, SinkConnection(sock))
        self._say(sock, b"220 sink\r\n")

    def _read(self, session: SinkConnection) -> None:
        try:
            count = session.sock.recv_into(self.buffer)
        except ConnectionError:  # a process that was killed
            count = 0
        if count > _TAIL_BYTES and session.in_data:
            session.text = bytes(self.buffer[count - _TAIL_BYTES : count])
        else:
            session.text += self.buffer[:count]
        if reply := self._answers(session):
            self._say(session.sock, reply)
        if session.ended or not count:
            self.selector.unregister(session.sock)
            session.sock.close()

    def _answers(self, session: SinkConnection) -> bytes:
        """Take the complete commands and messages, and return the replies to them."""
        replies = b""
        while True:
            head, end, rest = session.text.partition(_END if session.in_data else b"\r\n")
            if not end:
                session.text = session.text[-_TAIL_BYTES:]
                return replies
            session.text = rest
            replies += self._end(session) if session.in_data else self._command(session, head)
            session.in_data = not session.in_data and head[:4].upper() == b"DATA"

    def _end(self, _session: SinkConnection) -> bytes:
        self.taken += 1
        return b"250 2.0.0 queued as %X\r\n" % self.taken  # an id of its own, as real relays give

    def _command(self, session: SinkConnection, line: bytes) -> bytes:
        verb = line[:4].upper()
        session.ended = verb in {b"QUIT", b"STOP"}
        self.stopped = self.stopped or verb == b"STOP"
        return b"" if session.ended else _REPLIES.get(verb, b"250 ok\r\n")

    def _say(self, sock: socket.socket, reply: bytes) -> None:
        if self.delay:
            self.late.append((time.monotonic() + self.delay, sock, reply))
        else:
            _send(sock, reply)


def _send(sock: socket.socket, reply: bytes) -> None:
    try:
        sock.sendall(reply)
    except OSError:
        return  # the sender has closed the connection


def main(delay_ms: float = 0) -> None:
    """Print the port, serve, and print the number of messages."""
    sink = LoadSink(delay_ms / 1000)
    print(sink.listener.getsockname()[1], flush=True)  # noqa: T201 - what the benchmark reads
    sink.serve()
    print(sink.taken, flush=True)  # noqa: T201 - what the benchmark reads


if __name__ == "__main__":
    main(*map(float, sys.argv[1:]))
