# SPDX-License-Identifier: Apache-2.0
"""Which names and addresses may be reached, and how a name becomes addresses."""

import ipaddress
import re
import socket
from collections.abc import Sequence
from typing import Final

LONGEST_NAME = 253

_LABEL = r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?"
_NAME = re.compile(rf"{_LABEL}(?:\.{_LABEL})*")

# IANA special-purpose registry. Written out: what `ipaddress` calls global changes with Python.
_REFUSED_V4: Final = tuple(
    ipaddress.IPv4Network(network)
    for network in (
        *("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16"),
        *("172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24", "192.31.196.0/24", "192.52.193.0/24"),
        *("192.88.99.0/24", "192.168.0.0/16", "192.175.48.0/24", "198.18.0.0/15"),
        *("198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4"),
        # Public in form, but the inside of a cloud: Azure's host agent.
        "168.63.129.16/32",
    )
)
# Only global unicast is accepted, which leaves out ::1, ::ffff:0:0/96, 64:ff9b::/96 (NAT64),
# fc00::/7, fe80::/10, ff00::/8; and inside it: Teredo and ORCHID, documentation, 6to4.
_GLOBAL_V6: Final = ipaddress.IPv6Network("2000::/3")
_REFUSED_V6: Final = tuple(
    ipaddress.IPv6Network(network)
    for network in ("2001::/23", "2001:db8::/32", "2002::/16", "2620:4f:8000::/48", "3fff::/20")
)


def is_name(host: str) -> bool:
    """Whether this is a host name in lower case, and no address in any disguise."""
    if len(host) > LONGEST_NAME or not _NAME.fullmatch(host):
        return False
    # inet_aton reads 2130706433, 0x7f.1, 0177.0.0.1 and 127.1 as addresses: a name whose last
    # label begins with a digit is refused, whatever the resolver would make of it.
    return not host.rpartition(".")[2][0].isdigit()


def is_public(address: str) -> bool:
    """Whether an address is of the public internet, and nothing of ours or of a trick."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return False
    if isinstance(parsed, ipaddress.IPv4Address):
        return not any(parsed in network for network in _REFUSED_V4)
    if parsed.scope_id is not None or parsed not in _GLOBAL_V6:
        return False
    return not any(parsed in network for network in _REFUSED_V6)


def resolve(host: str, port: int) -> Sequence[str]:
    """Addresses of a name, by the system's resolver."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, proto=socket.IPPROTO_TCP)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


def connect(address: str, port: int, timeout: float) -> socket.socket:
    """A connection to one address; takes no name, so nothing is resolved a second time."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    wire = socket.socket(family, socket.SOCK_STREAM)
    try:
        wire.settimeout(timeout)
        wire.connect((address, port))
    except BaseException:
        wire.close()
        raise
    return wire
