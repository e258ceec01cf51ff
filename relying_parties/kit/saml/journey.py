# SPDX-License-Identifier: Apache-2.0
"""A login's way out and back by SAML, without any web framework.

The answer is posted from the provider's site, and browsers send our cookies with no such post. So
it is checked where it arrives, kept sealed under a handle that is used once, and taken up by the
GET that follows, which brings the cookies: there it is found out whether this browser asked for it
(row BR-001, login CSRF).
"""

import json
import time
from collections.abc import Callable
from dataclasses import asdict, replace

from relying_parties.kit.journey import Arrival, Departure, Wish
from relying_parties.kit.origins import local_path
from relying_parties.kit.outcome import ProviderUnreachable, Reason, Refused
from relying_parties.kit.saml.answer import ByWhom, NotByThem, read_answer
from relying_parties.kit.saml.assertion import Expected, Told, claims_of
from relying_parties.kit.saml.described import Described, ProviderMetadata
from relying_parties.kit.saml.levels import level_of_class, means_of_class
from relying_parties.kit.saml.requests import authn_request
from relying_parties.kit.saml.settings import SamlProvider
from relying_parties.kit.saml.wire import REQUEST, Unreadable, decode, is_relay_state, write_query
from relying_parties.kit.sealing import name_of, seal, unseal
from relying_parties.kit.settings import Limits
from relying_parties.kit.store import PendingLogin, Session, Store

# Between the post and the GET that follows it.
WAITS = 120
NOBODYS = Refused(Reason.LOGIN_EXPIRED, "no such login, or answered already")


class SamlJourney:
    """Starts and finishes logins."""

    def __init__(
        self,
        provider: SamlProvider,
        limits: Limits,
        store: Store,
        now: Callable[[], int],
        token: Callable[[], str],
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._provider = provider
        self._limits = limits
        self._store = store
        self._now = now
        self._token = token
        self.metadata = ProviderMetadata(provider, limits, now, monotonic)

    def start(self, wish: Wish) -> Departure:
        """Remember the attempt and build the address; may raise ProviderUnreachable."""
        secret, where = self._token(), self.metadata.current().login
        login = PendingLogin(
            state=self._token(),
            binding=name_of(secret),
            # What the answer must name: the request's ID.
            nonce=f"_{name_of(self._token())}",
            verifier="",
            return_to=local_path(wish.return_to),
            level=max(wish.level, self._provider.level),
            started=self._now(),
            max_age=wish.max_age,
            fresh=wish.fresh,
            subject=wish.subject,
        )
        # SAML has no max_age: whoever wants a recent proof has it made now.
        force = wish.fresh or wish.max_age is not None
        message = authn_request(self._provider, login, where, force=force, silent=wish.silent)
        query = write_query(REQUEST, message, login.state, self._provider.key)
        self._store.begin(login, login.started + self._limits.login)
        return Departure(with_query(where, query), login.state, secret)

    def receive(self, message: str, state: str) -> str | Refused:
        """Check the posted answer; the handle that the browser goes on with."""
        now = self._now()
        # Nothing is read, let alone decrypted, for whoever has no login under way.
        login = self._store.pending(state, now) if state and is_relay_state(state) else None
        if login is None:
            return NOBODYS
        outcome = self._checked(message, login)
        if isinstance(outcome, Refused):
            return replace(outcome, return_to=login.return_to)
        if not self._store.use_once(self._provider.issuer, outcome.id, now, outcome.remember_until):
            # SM-051: whatever the login under way says.
            return Refused(Reason.ANSWER_REFUSED, "an assertion that was used", login.return_to)
        handle = self._token()
        kept = {"state": state, "session": asdict(self._session(outcome))}
        self._store.park(name_of(handle), seal(handle, json.dumps(kept).encode()), now, now + WAITS)
        return handle

    def finish(
        self, handle: str, secret_of: Callable[[str], str | None]
    ) -> tuple[Arrival | Refused, str]:
        """Take up what waits; `secret_of` finds this browser's cookie for a state."""
        now = self._now()
        sealed = self._store.unpark(name_of(handle), now) if handle else None
        plain = unseal(handle, sealed) if sealed else None
        if plain is None:
            return NOBODYS, ""
        kept = json.loads(plain)
        state = str(kept["state"])
        secret = secret_of(state)
        login = self._store.take(state, name_of(secret), now) if secret else None
        if login is None:
            return Refused(Reason.LOGIN_MISMATCH, "the answer to another browser's request"), state
        session = Session(**kept["session"] | {"id": self._token()})
        stays = login.subject is None or login.subject == session.subject
        return Arrival(session, login.return_to if stays else "/"), state

    def _checked(self, message: str, login: PendingLogin) -> Told | Refused:
        document = decode(message)
        if isinstance(document, Unreadable):
            return Refused(Reason.ANSWER_REFUSED, f"response: {document.value}")
        try:
            outcome = self._read(document, login, self.metadata.current())
            if isinstance(outcome, NotByThem):
                outcome = self._read(document, login, self.metadata.renewed())
        except ProviderUnreachable as fault:
            return Refused(Reason.PROVIDER_UNREACHABLE, str(fault))
        return outcome

    def _read(self, document: bytes, login: PendingLogin, known: Described) -> Told | Refused:
        provider, now = self._provider, self._now()
        since = now - login.max_age if login.max_age is not None else None
        expected = Expected(
            issuer=provider.issuer,
            audience=provider.entity_id,
            acs=provider.acs_url,
            request=login.nonce,
            now=now,
            leeway=self._limits.clock_leeway,
            level=login.level,
            since=login.started if login.fresh else since,
        )
        return read_answer(document, ByWhom(provider, known.certificates), expected)

    def _session(self, told: Told) -> Session:
        now = self._now()
        own = {
            "iss": self._provider.issuer,
            "sub": told.subject,
            "acr": told.context,
            "auth_time": told.at,
            "amr": means_of_class(told.context),
        }
        longest = now + self._limits.session
        return Session(
            id="",
            issuer=self._provider.issuer,
            subject=told.subject,
            sid=told.sid,
            level=level_of_class(told.context),
            auth_time=told.at,
            nonce="",
            # What the provider says of the login wins over any attribute.
            claims={**claims_of(told, self._provider.claims), **own},
            named=told.named,
            created=now,
            expires=longest if told.ends is None else min(told.ends, longest),
        )


def with_query(address: str, query: str) -> str:
    """An address of the provider, with a message."""
    return address + ("&" if "?" in address else "?") + query
