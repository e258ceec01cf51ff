# SPDX-License-Identifier: Apache-2.0
"""Addresses of applications that a browser is sent to: what may be registered as one."""

import re
from urllib.parse import urlsplit

from idp.applications.faults import What

LOOPBACK_HOSTS = ("127.0.0.1", "[::1]", "localhost")
PRINTABLE = re.compile(r"[\x21-\x7e]+")


class Unaddressed(What):
    """Why an address may not be one."""

    ADDRESS_LETTERS = "{value!r} holds characters that an address may not"
    NO_ADDRESS = "{value!r} is not an address"
    ADDRESS_EXTRAS = "{value!r} may hold neither a fragment nor a user name"
    NOT_HTTPS = "{value!r} must be https (http only towards this machine itself)"


def address_fault(uri: str) -> Unaddressed | None:
    """Why an address may not be redirected to, or nothing (RFC 9700 §2.6, OA-003)."""
    if not PRINTABLE.fullmatch(uri) or "*" in uri or "\\" in uri:
        return Unaddressed.ADDRESS_LETTERS
    try:
        parts = urlsplit(uri)
    except ValueError:
        return Unaddressed.NO_ADDRESS
    if "#" in uri or parts.username or parts.password or "@" in parts.netloc:
        return Unaddressed.ADDRESS_EXTRAS
    if parts.scheme == "https" and parts.hostname:
        return None
    if parts.scheme == "http" and host_of(uri) in LOOPBACK_HOSTS:
        return None
    return Unaddressed.NOT_HTTPS


def host_of(uri: str) -> str:
    """Host of an address as it is written, without its port."""
    netloc = urlsplit(uri).netloc
    return netloc if netloc.endswith("]") else netloc.rpartition(":")[0] or netloc


def origin_of(uri: str) -> str:
    """Scheme, host and port of an address."""
    parts = urlsplit(uri)
    return f"{parts.scheme}://{parts.netloc}"
