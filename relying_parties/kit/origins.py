# SPDX-License-Identifier: Apache-2.0
"""Addresses: which ones the kit may call, and which ones it may send a browser back to."""

from urllib.parse import urlsplit

LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
LONGEST_PATH = 2000


def origin_of(url: object) -> str | None:
    """Scheme, host and port of an absolute address, or None where it may not be used.

    Plain http is for the loopback only; no credentials, no fragment, nothing that two parsers read
    differently (backslash, blanks, control characters).
    """
    if not isinstance(url, str) or not url.isascii() or not url.isprintable():
        return None
    if "\\" in url or " " in url or "#" in url:
        return None
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return None
    host = parts.hostname
    if not host or "@" in parts.netloc or parts.scheme not in {"http", "https"}:
        return None
    if parts.scheme == "http" and host not in LOOPBACK:
        return None
    name = f"[{host}]" if ":" in host else host
    usual = 443 if parts.scheme == "https" else 80
    return f"{parts.scheme}://{name}:{port or usual}"


def local_path(target: object) -> str:
    """A path inside this application to come back to; anything else becomes the home page."""
    if not isinstance(target, str) or len(target) > LONGEST_PATH or not target.isprintable():
        return "/"
    # Browsers read `//host` and `/\host` as another site.
    if not target.startswith("/") or target.startswith("//") or "\\" in target:
        return "/"
    return target
