# SPDX-License-Identifier: Apache-2.0
"""Request objects that lie at an address (OIDC Core §6.2): registered ones alone are fetched."""

import re
from hashlib import sha256
from typing import Final

from idp.http.parameters import Parameters
from idp.http.services import Core
from idp.keys import compact
from idp.oidc.client import Client
from idp.oidc.errors import OAuthError
from idp.oidc.request_object import LONGEST, RequestObjects, Signed
from idp.outgoing import Fetched

# RFC 9101 §5.2: no longer than that.
LONGEST_ADDRESS: Final = 512
HASH: Final = re.compile(r"[A-Za-z0-9_-]{43}")
FETCH_EVERY: Final = 10
MOST_KEPT: Final = 256


class RequestUris:
    """Fetches them, each address at most once in a while."""

    def __init__(self, core: Core, objects: RequestObjects) -> None:
        self._core = core
        self._objects = objects
        self._fetched: dict[str, tuple[float, bytes | None]] = {}

    def read(self, client: Client, uri: str, outer: Parameters) -> Signed | OAuthError:
        """The request that lies there; nobody is asked for an address that is not registered."""
        registered = client.asking.request_uris
        if not registered:
            # OA-090: the answer is the same for any address, and as fast.
            return OAuthError("request_uri_not_supported", "request_uri is not supported")
        address, _, fragment = uri.partition("#")
        if len(uri) > LONGEST_ADDRESS or not {uri, address} & set(registered):
            return OAuthError("invalid_request_uri", "request_uri is not one that is registered")
        held = self._fetch(address)
        if held is None:
            return OAuthError("invalid_request_uri", "request_uri could not be fetched")
        if HASH.fullmatch(fragment) and compact.encode(sha256(held).digest()) != fragment:
            return OAuthError("invalid_request_uri", "what lies there is not what its hash says")
        token = held.strip().decode("ascii", "replace")
        return self._objects.read(client, token, outer, fetched=True)

    def _fetch(self, address: str) -> bytes | None:
        now = self._core.clock.monotonic()
        kept = self._fetched.get(address)
        if kept is not None and now - kept[0] < FETCH_EVERY:
            return kept[1]
        if len(self._fetched) >= MOST_KEPT:
            self._fetched.clear()
        # Noted before it is asked: a slow or broken address holds one request, not all of them.
        self._fetched[address] = (now, kept[1] if kept else None)
        fetched = self._core.fetcher.fetch("GET", address)
        held = None
        if isinstance(fetched, Fetched) and fetched.status == 200 and len(fetched.body) <= LONGEST:
            held = fetched.body
        self._fetched[address] = (now, held)
        return held
