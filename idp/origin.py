# SPDX-License-Identifier: Apache-2.0
"""Where a request came from, as audit, throttling and logs see it."""

from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address, ip_network


@dataclass(frozen=True, slots=True)
class Origin:
    """Address (after trusted proxies), user agent and request id of one request."""

    address: str
    user_agent: str
    request_id: str
    # Who acts in the administration: everything that the audit keeps of the act names them.
    by: str = ""


def block_of(address: str) -> str:
    """The block that counts as one visitor: an IPv6 subscriber owns a /64 (WB-032)."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return address[:64]
    if isinstance(parsed, IPv6Address):
        if parsed.ipv4_mapped:
            return str(parsed.ipv4_mapped)
        return f"{IPv6Address(int(parsed) >> 64 << 64)}/64"
    return str(parsed)


def network_of(address: str) -> str:
    """The network that a block belongs to: a /24, or a /48 as a site is given in IPv6."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return address[:64]
    if isinstance(parsed, IPv6Address):
        parsed = parsed.ipv4_mapped or parsed
    return str(ip_network((parsed, 24 if parsed.version == 4 else 48), strict=False))
