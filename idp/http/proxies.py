# SPDX-License-Identifier: Apache-2.0
"""Where a request really comes from: only configured proxies are believed (WB-031)."""

from collections.abc import Sequence
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address

from idp.http.wire import Environ

MOST_HOPS = 32


class Proxies:
    """The proxies in front, by network."""

    def __init__(self, networks: Sequence[IPv4Network | IPv6Network]) -> None:
        self._networks = tuple(networks)

    def client_address(self, environ: Environ) -> str:
        """The rightmost address that is not one of our proxies; the peer's where none is set."""
        peer = _unmapped(environ.get("REMOTE_ADDR") or "")
        if not self._networks or not self.is_ours(peer):
            return peer
        hops = environ.get("HTTP_X_FORWARDED_FOR", "").split(",")[-MOST_HOPS:]
        for hop in reversed(hops):
            address = _bare(hop)
            if not address:
                return peer
            if not self.is_ours(address):
                return address
            peer = address
        return peer

    def is_ours(self, address: str) -> bool:
        """Whether this address is one of the configured proxies'."""
        try:
            parsed = ip_address(_unmapped(address))
        except ValueError:
            return False
        return any(parsed in network for network in self._networks)


def _bare(hop: str) -> str:
    """The address of one hop, without port or brackets; nothing where it isn't one."""
    text = hop.strip()
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        return _unmapped(str(ip_address(text)))
    except ValueError:
        return ""


def _unmapped(address: str) -> str:
    """An IPv4 address as itself: a server that listens on IPv6 shows it as `::ffff:192.0.2.1`."""
    if not address.startswith("::ffff:"):
        return address
    try:
        mapped = IPv6Address(address).ipv4_mapped
    except ValueError:
        return address
    return str(mapped or address)
