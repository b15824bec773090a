"""A real DNS server on a free port of this machine that answers TXT queries from a table."""

import socket
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype
import dns.resolver
import dns.rrset

SILENT, BROKEN = "silent", "broken"  # instead of records: no answer, or an error


@contextmanager
def serve_dns(records: Mapping[str, list[str] | str]) -> Iterator[dns.resolver.Resolver]:
    """Run a server, and yield a resolver that asks it; `records` may change meanwhile."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.1", 0))
        thread = threading.Thread(target=_answer_all, args=(server, records), daemon=True)
        thread.start()
        resolver = dns.resolver.Resolver(configure=False)
        resolver.nameservers, resolver.port = ["127.0.0.1"], server.getsockname()[1]
        try:
            yield resolver
        finally:
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
                other.sendto(b"stop", server.getsockname())
            thread.join()


def _answer_all(server: socket.socket, records: Mapping[str, list[str] | str]) -> None:
    while True:
        raw, sender = server.recvfrom(4096)
        if raw == b"stop":
            return
        query = dns.message.from_wire(raw)
        found = records.get(query.question[0].name.to_text().rstrip("."))
        if found != SILENT:
            server.sendto(_answer(query, found).to_wire(), sender)


def _answer(query: dns.message.Message, found: list[str] | str | None) -> dns.message.Message:
    answer = dns.message.make_response(query)
    answer.flags |= dns.flags.RA
    if found is None:
        answer.set_rcode(dns.rcode.NXDOMAIN)
    elif found == BROKEN:
        answer.set_rcode(dns.rcode.SERVFAIL)
    elif found and query.question[0].rdtype == dns.rdatatype.TXT:
        strings = [" ".join(f'"{text[at : at + 250]}"' for at in range(0, len(text), 250)) for text in found]
        answer.answer.append(dns.rrset.from_text_list(query.question[0].name, 60, "IN", "TXT", strings))
    return answer
