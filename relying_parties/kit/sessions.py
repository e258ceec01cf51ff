# SPDX-License-Identifier: Apache-2.0
"""Living sessions: fresh access tokens without refreshing twice, and the ends of a session."""

import time
from collections.abc import Callable
from dataclasses import replace

from relying_parties.kit.client import Client
from relying_parties.kit.id_token import TYPES, Original, continues
from relying_parties.kit.logout_token import TYPES as LOGOUT_TYPES
from relying_parties.kit.logout_token import read_notice
from relying_parties.kit.outcome import ProviderUnreachable, Reason, Refused
from relying_parties.kit.settings import Limits, Provider
from relying_parties.kit.store import Session, Store, Tokens
from relying_parties.kit.tokens import Unacceptable, verify_token

POLL = 0.05


class Sessions:
    """The verbs of local sessions."""

    def __init__(
        self,
        provider: Provider,
        limits: Limits,
        client: Client,
        store: Store,
        now: Callable[[], int],
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        self._provider = provider
        self._limits = limits
        self._client = client
        self._store = store
        self._now = now
        self._pause = pause

    def find(self, session_id: str) -> Session | None:
        """The living session of that id."""
        return self._store.load(session_id, self._now(), self._limits.idle)

    def with_fresh_tokens(self, session: Session, *, force: bool = False) -> Session | None:
        """The session with a usable access token; None where only a new login gives one."""
        if session.tokens is None:
            return None
        if not force and not self._is_stale(session.tokens):
            return session
        if session.tokens.refresh_token is None:
            return None
        waited = 0.0
        while not self._store.claim_refresh(session.id, self._now(), self._lease()):
            # Somebody else is at it: refreshing twice would look like a stolen token.
            if waited >= self._limits.refresh_lease:
                raise ProviderUnreachable("refresh: waited too long")
            self._pause(POLL)
            waited += POLL
            current = self.find(session.id)
            if current is None or current.tokens != session.tokens:
                return current
        return self._refresh_claimed(session)

    def receive_logout(self, token: str) -> int | Unacceptable:
        """End what a logout token names; the number of sessions ended."""
        claims = verify_token(
            token, self._client.keys, self._provider.id_token_algorithm, LOGOUT_TYPES
        )
        if isinstance(claims, Unacceptable):
            return claims
        notice = read_notice(claims, self._provider, self._limits, self._now())
        if isinstance(notice, Unacceptable):
            return notice
        ended = self._store.end(notice, self._now())
        return Unacceptable("replay") if ended is None else ended

    def _refresh_claimed(self, session: Session) -> Session | None:
        # Read again behind the claim: the one before us may have just finished.
        current = self.find(session.id)
        if current is None or current.tokens != session.tokens:
            self._store.release_refresh(session.id)
            return current
        try:
            renewed = self._renewed(session)
        except ProviderUnreachable:
            self._store.release_refresh(session.id)
            raise
        if renewed is None:
            self._store.close(session.id)
            return None
        self._store.save(renewed)
        # A logout that arrived meanwhile wins.
        return self.find(session.id)

    def _renewed(self, session: Session) -> Session | None:
        old = session.tokens
        if old is None:
            return None
        new = self._client.refresh(old.refresh_token or "")
        if isinstance(new, Refused):
            if new.reason is Reason.LOGIN_EXPIRED:
                return None
            raise ProviderUnreachable(new.detail)
        if new.id_token is not None and not self._continues(new.id_token, session):
            return None
        kept = replace(
            new,
            refresh_token=new.refresh_token or old.refresh_token,
            id_token=new.id_token or old.id_token,
        )
        return replace(session, tokens=kept)

    def _continues(self, id_token: str, session: Session) -> bool:
        provider = self._provider
        claims = verify_token(id_token, self._client.keys, provider.id_token_algorithm, TYPES)
        if isinstance(claims, Unacceptable):
            return False
        original = Original(
            issuer=provider.issuer,
            client_id=provider.client_id,
            subject=session.subject,
            nonce=session.nonce,
            auth_time=session.auth_time,
            now=self._now(),
            leeway=self._limits.clock_leeway,
        )
        return continues(claims, original)

    def _is_stale(self, tokens: Tokens) -> bool:
        return tokens.expires <= self._now() + self._limits.refresh_early

    def _lease(self) -> int:
        return self._now() + self._limits.refresh_lease
