# SPDX-License-Identifier: Apache-2.0
"""Checks of single values: addresses, networks, the issuer, the key ring."""

import ipaddress
import json
import re
from pathlib import Path
from urllib.parse import urlsplit

from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from idp.config.kinds import Invalid
from idp.crypto import CryptoError, parse_key_ring
from idp.outgoing.addresses import is_name

Network = ipaddress.IPv4Network | ipaddress.IPv6Network

LOOPBACK = ("localhost", "127.0.0.1", "::1")
PORTS = {"https": 443, "http": 80}
IMAGES = (".svg", ".png", ".webp", ".jpg", ".jpeg")
HIGHEST_PORT = 65535
SHORTEST_PROXY_SECRET = 32
_PORT = re.compile(r"[1-9][0-9]{0,4}")


def check_host(host: str) -> str:
    """A host name in lower-case ASCII, or an IP address without brackets."""
    try:
        canonical = str(ipaddress.ip_address(host))
    except ValueError:
        if not is_name(host):
            raise Invalid("its host is neither a lower-case name nor an IP address") from None
        return host
    if canonical != host:
        raise Invalid("its IP address is not in its usual form")
    return host


def check_port(port: str) -> int:
    """A port number written in decimal."""
    if not _PORT.fullmatch(port) or int(port) > HIGHEST_PORT:
        raise Invalid("its port is not a number from 1 to 65535")
    return int(port)


def check_authority(value: str) -> str:
    """`host` or `host:port`, an IPv6 address in brackets."""
    found = re.fullmatch(r"(?:\[([0-9a-f:.]+)\]|([^:\[\]]+))(?::(.*))?", value)
    if not found:
        raise Invalid("it is not a host, or a host and a port")
    if found[1] and ":" not in found[1]:
        raise Invalid("only an IPv6 address is put in brackets")
    check_host(found[1] or found[2])
    if found[3] is not None:
        check_port(found[3])
    return value


def check_destination(value: str) -> str:
    """`host:port`, both obligatory."""
    check_authority(value)
    if not re.search(r":[0-9]+\Z", value) or value.endswith("]"):
        raise Invalid("an entry has no port")
    return value


def check_issuer(value: str) -> str:
    """The issuer: compared character by character by others, so only its one usual form."""
    try:
        parts = urlsplit(value)
    except ValueError:
        raise Invalid("it is not an address") from None
    if parts.scheme not in PORTS or value != f"{parts.scheme}://{parts.netloc}{parts.path}":
        # OIDC Discovery 1.0 §3: the issuer has no query and no fragment.
        raise Invalid("it is not https://host[:port], without query or fragment")
    if parts.path:
        raise Invalid("it has a path or ends in a slash")
    if "@" in parts.netloc:
        raise Invalid("it holds a user name")
    check_authority(parts.netloc)
    if parts.netloc.endswith(f":{PORTS[parts.scheme]}"):
        raise Invalid("it repeats the default port")
    if parts.scheme == "http" and parts.hostname not in LOOPBACK:
        raise Invalid("http is only accepted for localhost, 127.0.0.1 and [::1]")
    return value


def check_bind(value: str) -> str:
    """An address of this machine to listen on."""
    if value == "localhost":
        return value
    try:
        return str(ipaddress.ip_address(value))
    except ValueError:
        raise Invalid("it is not an IP address") from None


def check_network(value: str) -> Network:
    """An address range as 10.1.0.0/16, or one address."""
    try:
        network = ipaddress.ip_network(value)
    except ValueError:
        raise Invalid("an entry is not an address range such as 10.1.0.0/16") from None
    if network.prefixlen == 0:
        # WB-031: to trust everybody's X-Forwarded-For is to let anyone choose his address.
        raise Invalid("an entry trusts every address")
    return network


def check_database(value: str) -> str:
    """SQLite in a file, or PostgreSQL through psycopg 3."""
    if value.startswith("postgresql://"):
        value = "postgresql+psycopg://" + value.removeprefix("postgresql://")
    try:
        url = make_url(value)
    except (ArgumentError, ValueError):
        raise Invalid("it is not a database address") from None
    if url.drivername == "sqlite":
        if not url.database or url.database == ":memory:" or url.database.startswith("file:"):
            raise Invalid("an SQLite database must be a file")
        if url.host or url.query:
            raise Invalid("sqlite:/// followed by a path takes nothing else")
    elif url.drivername == "postgresql+psycopg":
        if not url.database:
            raise Invalid("it does not name the database")
    else:
        raise Invalid("only SQLite and PostgreSQL through psycopg are supported")
    return value


def check_image(value: str) -> str:
    """The path of an image that exists, or nothing."""
    if value and not value.lower().endswith(IMAGES):
        raise Invalid("it is not an image that browsers show (" + ", ".join(IMAGES) + ")")
    if value and not Path(value).is_file():
        raise Invalid("there is no such file")
    return value


def check_email(value: str) -> str:
    """An address to write to, or nothing."""
    if value and not re.fullmatch(r"[^@\s<>\"]+@[^@\s<>\"]+\.[^@\s<>\"]+", value):
        raise Invalid("it is not an e-mail address")
    return value


def check_file(value: str) -> str:
    """The path of a file that exists, or nothing."""
    if value and not Path(value).is_file():
        raise Invalid("there is no such file")
    return value


def check_statement_issuers(value: str) -> str:
    """The path of a JSON file that holds a set of keys for each issuer, or nothing."""
    if not value:
        return value
    try:
        found = json.loads(Path(check_file(value)).read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        raise Invalid("the file can't be read, or is no JSON") from None
    if not isinstance(found, dict) or not all(
        isinstance(keys, dict) and isinstance(keys.get("keys"), list) for keys in found.values()
    ):
        raise Invalid('an object is expected: {"https://issuer": {"keys": […]}, …}')
    return value


def check_page(value: str) -> str:
    """The address of a page elsewhere, or nothing."""
    if value and not re.fullmatch(r"https?://[^\s/?#@\\<>\"]+(?:[/?#][^\s\\<>\"]*)?", value):
        raise Invalid("it is not an http or https address")
    return value


def check_country(value: str) -> str:
    """A country prefix, as E.164 begins with it."""
    if not re.fullmatch(r"\+[1-9][0-9]{0,3}", value):
        raise Invalid("it is not a country prefix")
    return value


def check_given(value: str) -> str:
    """A text that is not empty."""
    if not value:
        raise Invalid("it is empty")
    return value


def check_keys(value: str) -> str:
    """A key ring that can be parsed."""
    try:
        parse_key_ring(value)
    except CryptoError as fault:
        raise Invalid(str(fault)) from None  # CryptoError never holds key material
    return value


def check_card_address(value: str) -> str:
    """An address like the issuer's, by TLS in any case: it asks for a certificate."""
    if not value:
        return value
    check_issuer(value)
    if not value.startswith("https://"):
        raise Invalid("only https asks a browser for a certificate")
    return value


def check_agent(value: str) -> str:
    """A program of the workstation itself, as its browser names it."""
    found = re.fullmatch(r"http://(?:localhost|127\.0\.0\.1|\[::1\]):([0-9]+)", value)
    if not found:
        raise Invalid("an entry is not http://localhost:port")
    check_port(found[1])
    return value


def check_proxy_secret(value: str) -> str:
    """Long enough not to be guessed, or nothing."""
    if value and len(value) < SHORTEST_PROXY_SECRET:
        raise Invalid("it is shorter than 32 characters")
    return value
