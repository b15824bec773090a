"""Hosts of addresses, checked by a real DNS server on this machine."""

import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype
import dns.resolver
import dns.rrset
import pytest
from django.core.cache import cache
from pytest_django import Settings

from newsletter.subscribers import mail_hosts

ANSWERS = {
    ("good.test.", "MX"): "10 mail.good.test.",
    ("null.test.", "MX"): "0 .",
    ("a.test.", "A"): "192.0.2.1",
    ("six.test.", "AAAA"): "2001:db8::1",
}
THERE = {"empty.test."} | {name for name, _ in ANSWERS}


class Server:
    """Answers from the table; for `broken.test` with a failure, for `silent.test` not at all."""

    def __init__(self) -> None:
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.queries = 0
        self.thread = threading.Thread(target=self._serve, daemon=True)
        self.thread.start()

    def _serve(self) -> None:
        while True:
            raw, sender = self.socket.recvfrom(4096)
            if raw == b"stop":
                return
            self.queries += 1
            query = dns.message.from_wire(raw)
            name = query.question[0].name.to_text()
            if name != "silent.test.":
                self.socket.sendto(self._answer(query, name).to_wire(), sender)

    def _answer(self, query: dns.message.Message, name: str) -> dns.message.Message:
        answer = dns.message.make_response(query)
        answer.flags |= dns.flags.RA
        kind = dns.rdatatype.to_text(query.question[0].rdtype)
        if (name, kind) in ANSWERS:
            answer.answer.append(dns.rrset.from_text(name, 60, "IN", kind, ANSWERS[name, kind]))
        elif name == "broken.test.":
            answer.set_rcode(dns.rcode.SERVFAIL)
        elif name not in THERE:
            answer.set_rcode(dns.rcode.NXDOMAIN)
        return answer

    def stop(self) -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
            other.sendto(b"stop", self.socket.getsockname())
        self.thread.join()
        self.socket.close()


@pytest.fixture
def server() -> Iterator[Server]:
    cache.clear()
    made = Server()
    yield made
    made.stop()
    cache.clear()


@pytest.fixture
def resolver(server: Server) -> dns.resolver.Resolver:
    made = dns.resolver.Resolver(configure=False)
    made.nameservers, made.port = ["127.0.0.1"], server.socket.getsockname()[1]
    return made


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("good.test", True),
        ("a.test", True),
        ("six.test", True),
        ("null.test", False),
        ("empty.test", False),
        ("missing.test", False),
        ("broken.test", True),
        ("silent.test", True),
        ("x" * 64 + ".test", True),  # no name that DNS can have; another function judges the syntax
    ],
)
def test_host_takes_mail_unless_dns_denies_it(resolver: dns.resolver.Resolver, host: str, expected: bool) -> None:
    assert mail_hosts.can_receive_mail(host, resolver) is expected


def test_answer_is_remembered(server: Server, resolver: dns.resolver.Resolver) -> None:
    answers = [mail_hosts.can_receive_mail("missing.test", resolver) for _ in range(3)]

    assert (answers, server.queries) == ([False] * 3, 1)


@pytest.mark.parametrize(
    ("check", "backend", "expected"),
    [
        (True, "django.core.mail.backends.smtp.EmailBackend", "error_host"),
        (False, "django.core.mail.backends.smtp.EmailBackend", ""),
        (True, "newsletter.transport.eml_backend.EmailBackend", ""),
    ],
)
def test_dns_is_asked_where_mail_leaves_and_nobody_forbids_it(
    settings: Settings, resolver: dns.resolver.Resolver, check: bool, backend: str, expected: str
) -> None:
    settings.CHECK_MX, settings.EMAIL_BACKEND = check, backend

    assert mail_hosts.get_host_error("missing.test", resolver) == expected


def test_disposable_hosts_are_those_of_the_operators_file(settings: Settings, tmp_path: Path) -> None:
    path = tmp_path / "domains.txt"
    path.write_text("# thrown away\n\nMailinator.test\n", encoding="utf-8")
    settings.DISPOSABLE_DOMAINS = str(path)

    hosts = ["mailinator.test", "x.mailinator.test", "notmailinator.test", "test"]
    assert [mail_hosts.is_disposable(host) for host in hosts] == [True, True, False, False]
    assert mail_hosts.get_host_error("mailinator.test") == "error_disposable"


def test_disposable_hosts_follow_a_change_of_the_file_and_its_loss(settings: Settings, tmp_path: Path) -> None:
    path = tmp_path / "domains.txt"
    path.write_text("one.test", encoding="utf-8")
    settings.DISPOSABLE_DOMAINS = str(path)
    before = mail_hosts.is_disposable("two.test")
    path.write_text("one.test\ntwo.test", encoding="utf-8")
    after = mail_hosts.is_disposable("two.test")
    path.unlink()

    assert (before, after, mail_hosts.is_disposable("two.test")) == (False, True, False)


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("Me.You+x@EXAMPLE.org", "Me.You+x@example.org"),
        ("me@straße.de", "me@xn--strae-oqa.de"),  # IDNA 2008: another host than strasse.de
        ("me@strasse.de", "me@strasse.de"),
        ("me@xn--strae-oqa.de", "me@xn--strae-oqa.de"),
        ("me@한국.kr", "me@xn--3e0b707e.kr"),
        ("me@example。org", "me@example.org"),
        ("o'neil@example.org", "o'neil@example.org"),
        ('"oneil"@example.org', "oneil@example.org"),  # quotes that say nothing
        ("x" * 64 + "@example.org", "x" * 64 + "@example.org"),
    ],
)
def test_address_is_written_as_the_mail_carries_it(typed: str, kept: str) -> None:
    assert mail_hosts.normalize_address(typed) == kept


@pytest.mark.parametrize("typed", ["한글@example.org", "é@example.org", '"a b"@example.org', '"a@b"@example.org'])
def test_address_that_no_mail_of_ours_reaches_is_unusable(typed: str) -> None:
    with pytest.raises(mail_hosts.UnusableAddressError):
        mail_hosts.normalize_address(typed)


@pytest.mark.parametrize(
    "typed",
    [
        *("", "@", "a", "a@b", "@example.org", "a@", "a..b@example.org", ".a@example.org", "a.@example.org"),
        *("a@exa_mple.org", "a@-example.org", "a@example-.org", "a@☃.net", "a@example.123", "a@192.0.2.1", "a@[192.0.2.1]"),
        *("a@test", "a@localhost", "a@printer.local", "a@x.invalid", "a@" + "x" * 64 + ".org", "x" * 65 + "@example.org"),
        *("a b@example.org", "a@example.org\n", "a\n@example.org", "a,b@example.org", "a@example.org, b@example.org"),
    ],
)  # fmt: skip
def test_address_that_is_none_is_refused(typed: str) -> None:
    with pytest.raises(ValueError, match="address") as refused:
        mail_hosts.normalize_address(typed)
    assert refused.type is ValueError
