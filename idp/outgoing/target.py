# SPDX-License-Identifier: Apache-2.0
"""Where a fetch goes: the parts of its address, checked before anything is resolved."""

import ipaddress
import re
from collections.abc import Collection
from dataclasses import dataclass
from urllib.parse import urlsplit

from idp.outgoing.addresses import is_name, is_public

PORTS = {"https": 443, "http": 80}
FIRST_FREE_PORT = 1024
LONGEST_URL = 8192

_URL = re.compile(r"[\x21-\x7e]+")


class Stop(Exception):
    """Ends one fetch, with the reason; becomes `Unreachable` at the door."""


@dataclass(frozen=True, slots=True)
class Target:
    """Scheme, host, port and path of a fetch; `allowed` by the operator by name."""

    scheme: str
    host: str
    port: int
    path: str
    allowed: bool

    @property
    def authority(self) -> str:
        """As the `Host` header has it."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == PORTS[self.scheme] else f"{host}:{self.port}"


def parse_target(url: str, allow: Collection[str], *, plain: bool = False) -> Target:
    """The target of an address; `Stop` if nothing may be fetched there.

    `plain`: http on its own port, too, for what is signed and means nothing unverified.
    """
    if len(url) > LONGEST_URL or not _URL.fullmatch(url) or "\\" in url:
        raise Stop("its address is malformed")
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise Stop("its address is malformed") from None
    if parts.scheme not in PORTS:
        raise Stop("its address is not https")
    if "@" in parts.netloc:
        raise Stop("its address holds a user name")
    _check_host(host, bracketed="[" in parts.netloc)
    if port is None:
        port = PORTS[parts.scheme]
    named = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    allowed = named in allow
    if not allowed and parts.scheme != "https" and not (plain and port == PORTS["http"]):
        raise Stop("its address is not https")
    usual = port == PORTS[parts.scheme]
    if port == 0 or (not allowed and not usual and port < FIRST_FREE_PORT):
        raise Stop("its port is not one for https")
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Target(parts.scheme, host, port, path, allowed)


def may_be_reached(url: str, allow: Collection[str]) -> bool:
    """WB-033: what can be told before anything is resolved; the door asks again each time."""
    try:
        target = parse_target(url, allow)
    except Stop:
        return False
    named = is_name(target.host) and "." in target.host
    return target.allowed or named or is_public(target.host)


def _check_host(host: str, *, bracketed: bool) -> None:
    try:
        parsed = ipaddress.ip_address(host)
    except ValueError:
        if bracketed or not is_name(host):
            raise Stop("its host is neither a name nor an address") from None
        return
    if bracketed != (parsed.version == 6) or "%" in host:
        raise Stop("its host is neither a name nor an address")
