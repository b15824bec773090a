"""An http(s) address -> the place behind it: a host, a port, and network addresses that may be connected to.

A host is resolved once; what was checked is what is connected to, so that a name cannot point elsewhere a moment
later. Addresses of this machine and of private networks are refused unless FETCH_ALLOW_PRIVATE allows them.
"""

import ipaddress
import socket
from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlsplit

from django.conf import settings

from digests.text.cleaning import sanitize_url

IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address

URLFault = Literal["", "private", "no host"]
# Names that lead nowhere but within a network: RFC 6761, 6762, 8375, and ICANN's own for private use.
_PRIVATE_SUFFIXES = (".localhost", ".local", ".internal", ".home.arpa")
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
# Set aside by IANA's registries of special addresses, and "global" to Python 3.11 all the same.
_SPECIAL_NETWORKS = [
    ipaddress.ip_network(network)
    for network in (
        "192.0.0.0/24",  # protocol assignments
        "192.88.99.0/24",  # relays of 6to4, given up
        "64:ff9b:1::/48",  # NAT64 within a network
        "2001::/23",  # protocol assignments: benchmarks, ORCHID; Teredo is read before
        "3fff::/20",  # documentation
        "5f00::/16",  # segment routing
        "fec0::/10",  # site-local, given up
    )
]


class UnusableURLError(Exception):
    """An address that leads nowhere, or where nobody may go; the text tells a person why, `fault` a program."""

    def __init__(self, reason: str, *, fault: URLFault = "") -> None:
        super().__init__(reason)
        self.fault = fault


@dataclass(frozen=True)
class ResolvedURL:
    """Where an address leads: connect to one of `ips`, and to nothing else."""

    url: str
    scheme: str
    host: str
    port: int
    ips: tuple[str, ...]

    @property
    def target(self) -> str:
        """The path and query that are asked for."""
        parts = urlsplit(self.url)
        return (parts.path or "/") + (f"?{parts.query}" if parts.query else "")

    @property
    def netloc(self) -> str:
        """The host as it is named in the request."""
        return urlsplit(self.url).netloc

    @property
    def is_local(self) -> bool:
        """Whether it is this very machine."""
        return all(ipaddress.ip_address(ip).is_loopback for ip in self.ips)


def resolve_url(url: str) -> ResolvedURL:
    """Resolve an address and check it; AddressError where it is none, unknown or refused."""
    safe = sanitize_url(url)
    if not safe:
        raise UnusableURLError(f"not an http(s) address that may be visited: {url[:200]!r}")
    parts = urlsplit(safe)
    host, port = parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)
    found = _resolve_host(host, port)
    allowed = tuple(ip for ip in found if settings.FETCH_ALLOW_PRIVATE or is_public_ip(ip))
    if not allowed:
        reason = f"{host} has a private address ({found[0]}); FETCH_ALLOW_PRIVATE=1 would allow it"
        raise UnusableURLError(reason, fault="private")
    return ResolvedURL(url=safe, scheme=parts.scheme, host=host, port=port, ips=allowed)


def is_linkable_url(url: str) -> bool:
    """Tell from an address alone, without asking DNS, whether readers may be led there: not into a private network."""
    if settings.FETCH_ALLOW_PRIVATE:
        return True
    try:
        host = (urlsplit(url).hostname or "").rstrip(".")
        if ip := _literal_ip(host):
            return is_public_ip(ip)
    except ValueError:
        return False
    return "." in host and not host.endswith(_PRIVATE_SUFFIXES)


def _literal_ip(host: str) -> str:
    """Return the network address that a host is written as, as browsers read it (0x7f.1 too), "" for a name."""
    if ":" in host:
        return host
    try:
        return socket.inet_ntoa(socket.inet_aton(host))
    except OSError:
        return ""


def is_public_ip(ip: str) -> bool:
    """Tell whether an address is one of the open internet, in whatever way it is written."""
    address = _embedded_ipv4(ipaddress.ip_address(ip.partition("%")[0]))
    if any(address in network for network in _SPECIAL_NETWORKS):  # of the other version: False
        return False
    return address.is_global and not address.is_multicast and not address.is_reserved


def _embedded_ipv4(address: IPAddress) -> IPAddress:
    """Return the IPv4 address that an IPv6 address stands for: mapped, 6to4, Teredo or NAT64."""
    if isinstance(address, ipaddress.IPv4Address):
        return address
    if address in _NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    teredo = address.teredo
    return address.ipv4_mapped or address.sixtofour or (teredo[1] if teredo else None) or address


def _resolve_host(host: str, port: int) -> list[str]:
    try:
        answers = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (socket.gaierror, UnicodeError) as error:
        for_now = isinstance(error, socket.gaierror) and error.errno == socket.EAI_AGAIN
        raise UnusableURLError(f"no host named {host} is found", fault="" if for_now else "no host") from error
    return list(dict.fromkeys(str(answer[4][0]) for answer in answers))
