"""Guards against SSRF: resolves an http(s) address to network addresses that are checked to be on the open internet.

A host is resolved once, and the connection goes to the addresses that were checked, so a name that changes in between (DNS
rebinding) leads nowhere else. Addresses of this machine and of private networks are refused unless FETCH_ALLOW_PRIVATE
is set. Not here: the connection (`http_client`).
"""

import enum
import ipaddress
import socket
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings

from digests.sources.source_problems import FetchProblem
from digests.text.cleaning import sanitize_url
from digests.text.messages import CodedError

IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address

# Names that exist only within a network: RFC 6761, 6762, 8375, and ICANN's name for private use.
_PRIVATE_SUFFIXES = (".localhost", ".local", ".internal", ".home.arpa")
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
# Reserved in IANA's registries of special addresses, although Python 3.11 calls them global.
_SPECIAL_NETWORKS = [
    ipaddress.ip_network(network)
    for network in (
        "192.0.0.0/24",  # protocol assignments
        "192.88.99.0/24",  # relays of 6to4, deprecated
        "64:ff9b:1::/48",  # NAT64 within a network
        "2001::/23",  # protocol assignments: benchmarks, ORCHID; a Teredo address is judged by the IPv4 address in it
        "3fff::/20",  # documentation
        "5f00::/16",  # segment routing
        "fec0::/10",  # site-local, deprecated
    )
]


class URLFault(enum.StrEnum):
    """What is wrong with an address itself, whatever a server would answer."""

    NONE = ""
    PRIVATE = "private"
    NO_HOST = "no host"


class UnusableURLError(CodedError):
    """An address that leads nowhere or must not be visited; `fault` says whether that is the address's own fault."""

    def __init__(self, code: FetchProblem, *, fault: URLFault = URLFault.NONE, **params: Any) -> None:
        super().__init__(code, **params)
        self.fault = fault


@dataclass(frozen=True)
class ResolvedURL:
    """An address with the checked network addresses of its host: connections go to one of `ips` only."""

    url: str
    scheme: str
    host: str
    port: int
    ips: tuple[str, ...]

    @property
    def target(self) -> str:
        """The path and query for the request line."""
        parts = urlsplit(self.url)
        return (parts.path or "/") + (f"?{parts.query}" if parts.query else "")

    @property
    def netloc(self) -> str:
        """The host and port for the request's Host header, as the address has them."""
        return urlsplit(self.url).netloc

    @property
    def is_local(self) -> bool:
        """Whether the host is this machine."""
        return all(ipaddress.ip_address(ip).is_loopback for ip in self.ips)


def resolve_url(url: str) -> ResolvedURL:
    """Return a checked address with its network addresses; UnusableURLError where it is malformed, unknown or refused."""
    safe = sanitize_url(url)
    if not safe:
        raise UnusableURLError(FetchProblem.BAD_ADDRESS, address=url[:200])
    parts = urlsplit(safe)
    host, port = parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)
    found = _resolve_host(host, port)
    allowed = tuple(ip for ip in found if settings.FETCH_ALLOW_PRIVATE or is_public_ip(ip))
    if not allowed:
        raise UnusableURLError(FetchProblem.PRIVATE, fault=URLFault.PRIVATE, host=host, ip=found[0])
    return ResolvedURL(url=safe, scheme=parts.scheme, host=host, port=port, ips=allowed)


def is_linkable_url(url: str) -> bool:
    """Return whether readers may be led to an address, judged without DNS: it must not name a private network."""
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
    """Return the IP address that a host is written as, in the forms that browsers accept (0x7f.1); "" for a name."""
    if ":" in host:
        return host
    try:
        return socket.inet_ntoa(socket.inet_aton(host))
    except OSError:
        return ""


def is_public_ip(ip: str) -> bool:
    """Return whether an IP address is on the open internet, also where it is an IPv4 address within IPv6."""
    address = _embedded_ipv4(ipaddress.ip_address(ip.partition("%")[0]))
    if any(address in network for network in _SPECIAL_NETWORKS):  # False for networks of the other IP version
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
        # EAI_AGAIN is the resolver's trouble, and says nothing of the name.
        is_temporary = isinstance(error, socket.gaierror) and error.errno == socket.EAI_AGAIN
        fault = URLFault.NONE if is_temporary else URLFault.NO_HOST
        raise UnusableURLError(FetchProblem.NO_HOST, fault=fault, host=host) from error
    return list(dict.fromkeys(str(answer[4][0]) for answer in answers))
