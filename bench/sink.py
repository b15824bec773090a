"""An SMTP server on this machine that accepts, counts and discards: `python -m bench.sink DELAY_MS` prints its port.

One thread that only looks for the end of each message, so that it costs less than what it measures. `QUIT` sent as
its first command to the port ends it after printing how many messages it took.
"""

import asyncio
import sys

_END = b"\r\n.\r\n"


class Sink(asyncio.Protocol):
    """One connection; commands may come pipelined."""

    taken = 0
    delay = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Greet."""
        assert isinstance(transport, asyncio.Transport)  # noqa: S101 - TCP servers get no other
        self.transport = transport
        self.buffer = bytearray()
        self.in_data = False
        self.say(b"220 sink\r\n")

    def data_received(self, data: bytes) -> None:
        """Take whatever is complete."""
        # The end may stand on the border of what had come before.
        begin = max(0, len(self.buffer) - len(_END))
        self.buffer += data
        while True:
            if self.in_data:
                end = self.buffer.find(_END, begin)
                if end < 0:
                    return
                del self.buffer[: end + len(_END)]
                self.in_data = False
                Sink.taken += 1
                self.say(b"250 2.0.0 queued as %X\r\n" % Sink.taken)  # no two answers are the same, as in the world
            else:
                end = self.buffer.find(b"\r\n")
                if end < 0:
                    return
                line = bytes(self.buffer[:end])
                del self.buffer[: end + 2]
                self.command(line[:4].upper())
            begin = 0

    def command(self, verb: bytes) -> None:
        """Answer one command."""
        if verb == b"DATA":
            self.in_data = True
            self.say(b"354 go ahead\r\n")
        elif verb == b"EHLO":
            self.say(b"250-sink\r\n250-PIPELINING\r\n250 8BITMIME\r\n")
        elif verb == b"QUIT":
            self.transport.close()
        elif verb == b"STOP":
            print(Sink.taken, flush=True)  # noqa: T201 - what the benchmark reads
            asyncio.get_running_loop().stop()
        else:
            self.say(b"250 ok\r\n")

    def say(self, reply: bytes) -> None:
        """Reply, at once or after the delay of a round trip."""
        if Sink.delay:
            asyncio.get_running_loop().call_later(Sink.delay, self.transport.write, reply)
        else:
            self.transport.write(reply)


async def _serve() -> None:
    server = await asyncio.get_running_loop().create_server(Sink, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)  # noqa: T201 - what the benchmark reads
    await server.serve_forever()


def main(delay_ms: float = 0) -> None:
    """Serve until somebody says STOP."""
    Sink.delay = delay_ms / 1000
    try:
        asyncio.run(_serve())
    except RuntimeError:
        return  # the loop was stopped


if __name__ == "__main__":
    main(*map(float, sys.argv[1:]))
