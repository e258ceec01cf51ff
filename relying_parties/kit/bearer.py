# SPDX-License-Identifier: Apache-2.0
"""Access tokens that programs present to an application: who they stand for.

Asked of the provider by introspection (RFC 7662), and for the person's claims by userinfo; believed
for a few seconds, so that a token that was taken back is worth nothing after them.
"""

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from relying_parties.kit.client import Client
from relying_parties.kit.levels import level_of
from relying_parties.kit.outcome import Refused
from relying_parties.kit.settings import Provider
from relying_parties.kit.store import Session
from relying_parties.kit.strict_json import Claims

BELIEVED: Final = 5
MOST: Final = 10_000
LONGEST: Final = 4096


@dataclass(frozen=True, slots=True)
class Known:
    """What was answered of a token, and when."""

    session: Session | None
    at: int

    def holds(self, now: int) -> bool:
        """Whether it is still believed."""
        return self.at <= now < self.at + BELIEVED


class Bearers:
    """Asks, and remembers; safe for many threads."""

    def __init__(self, provider: Provider, client: Client, now: Callable[[], int]) -> None:
        self._provider = provider
        self._client = client
        self._now = now
        self._known: OrderedDict[str, Known] = OrderedDict()
        self._lock = threading.Lock()
        # How often all was forgotten.
        self._turn = 0

    def of(self, token: str) -> Session | None:
        """Who it stands for, as a session; None where it is worth nothing here.

        May raise ProviderUnreachable.
        """
        if not _is_one(token):
            return None
        name, now = _name(token), self._now()
        with self._lock:
            known, turn = self._known.get(name), self._turn
        if known is not None and known.holds(now):
            return known.session
        session = self._ask(token, name)
        with self._lock:
            # An answer that was on its way at a logout may be older than it.
            if turn != self._turn:
                return session
            self._known[name] = Known(session, now)
            self._known.move_to_end(name)
            while len(self._known) > MOST:
                self._known.popitem(last=False)
        return session

    def is_believed(self, token: str) -> bool:
        """Whether nobody is asked about it now."""
        if not _is_one(token):
            return True
        with self._lock:
            known = self._known.get(_name(token))
        return known is not None and known.holds(self._now())

    def forget(self) -> None:
        """Believe nothing any more: somebody was logged out."""
        with self._lock:
            self._known.clear()
            self._turn += 1

    def _ask(self, token: str, name: str) -> Session | None:
        told = self._client.introspect(token)
        subject = told.get("sub") if told else None
        if told is None or not self._is_for_us(told) or not isinstance(subject, str):
            return None
        claims = self._client.userinfo(token, subject)
        if isinstance(claims, Refused):
            return None
        sid, since, until = told.get("sid"), told.get("auth_time"), told.get("exp")
        return Session(
            id=f"bearer {name}",
            issuer=self._provider.issuer,
            subject=subject,
            sid=sid if isinstance(sid, str) else None,
            level=level_of(told.get("acr")),
            auth_time=since if isinstance(since, int) else None,
            nonce="",
            claims=claims,
            created=self._now(),
            expires=until if isinstance(until, int) else 0,
        )

    def _is_for_us(self, told: Claims) -> bool:
        """RFC 9700 §4.10: a token that was given for another service opens nothing here."""
        audience = told.get("aud")
        several = audience if isinstance(audience, list) else [audience]
        ours = self._provider.client_id
        until = told.get("exp")
        return (
            told.get("token_type") == "Bearer"
            # RFC 8705 §3.2, RFC 9449 §7.1: bound to what its bearer has not shown us.
            and "cnf" not in told
            and told.get("iss") == self._provider.issuer
            and (told.get("client_id") == ours or ours in several)
            and isinstance(until, int)
            and until > self._now()
        )


def _is_one(token: str) -> bool:
    return 0 < len(token) <= LONGEST and token.isascii() and token.isprintable()


def _name(token: str) -> str:
    return hashlib.sha256(token.encode("ascii")).hexdigest()
