# SPDX-License-Identifier: Apache-2.0
"""The connector: a way there, and the judgement of what came back."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, ClassVar, Final

from connectors.base import (
    Answer,
    Ask,
    Attempt,
    Evidence,
    Level,
    Reason,
    Redirect,
    Refused,
    Verified,
    VerifiedIdentity,
)
from connectors.capabilities import Ended, Introduction, LogoutThere
from connectors.openid.provider import Provider, Tokens, Told
from connectors.openid.reading import Reader
from connectors.openid.signed import is_time, same
from connectors.openid.ties import named, tie_of
from connectors.openid.upstream import Failed, Fault
from connectors.recounted import recounted

# BR-003: whoever comes back later has long begun anew.
LIFE: Final = 600
LONGEST: Final = 4096
REASONS: Final[Mapping[Fault, Reason]] = {
    Fault.NOT_REACHED: Reason.NOT_REACHED,
    Fault.NOT_BELIEVED: Reason.NOT_BELIEVED,
    Fault.REFUSED: Reason.NOT_BELIEVED,
}
# RFC 6749 §4.1.2.1: they have refused, or turned back; the others say that something is broken.
TURNED_BACK: Final = "access_denied"
BUSY: Final = frozenset({"temporarily_unavailable", "server_error"})


class OidcConnector:
    """Another provider, under a name of its own."""

    after: ClassVar[str | None] = None

    def __init__(
        self,
        kind: str,
        provider: Provider,
        reader: Reader,
        lacks: Callable[[str], str | None],
        new_token: Callable[[], str],
        now: Callable[[], int],
        max_age: int | None,
        logout_there: LogoutThere = LogoutThere.NEVER,
        version: int = 0,
    ) -> None:
        self.kind = kind
        self._provider = provider
        self._reader = reader
        self._lacks = lacks
        self._new_token = new_token
        self._now = now
        # How old a login there may be, at most; None: as old as they let it be.
        self._max_age = max_age
        self.logout_there = logout_there
        # Of the settings: whoever left under another one begins once more (BR-012).
        self._version = version

    @property
    def level(self) -> Level:
        """The most that a login there is worth."""
        return self._reader.highest

    @property
    def methods(self) -> tuple[str, ...]:
        """Told by each answer."""
        return self._reader.untold

    def sites(self) -> tuple[str, ...]:
        """Where its form may lead to, so far as the settings say."""
        return self._provider.upstream.sites

    def lacks(self, account: str) -> str | None:
        """Whether this person can be told of there at all."""
        return self._lacks(account)

    def tries(self, evidence: Evidence) -> bool:
        """Going there tries nothing; coming back does."""
        return bool(evidence.query)

    def counter_of(self, attempt: Attempt) -> str:
        """Nobody guesses what they sign: failed tries say nothing of a person."""
        return attempt.id

    def claimed(self, attempt: Attempt, evidence: Evidence) -> str | None:
        """Whoever is known already; before it is judged, an answer names nobody."""
        return attempt.account

    def begin(self, attempt: Attempt) -> Answer:
        """One button."""
        return Ask(state=attempt.state)

    def resume(self, attempt: Attempt, evidence: Evidence) -> Answer:
        """Send the browser there, or judge what it came back with."""
        return self._judge(attempt, evidence.query) if evidence.query else self._send(attempt)

    def introduce(self, identity: VerifiedIdentity) -> Introduction:
        """Who came, as they tell of them."""
        found: Introduction = identity.claims["introduction"]
        return found

    def way_out(self, token: str, state: str) -> str | None:
        """Where the browser ends a session there, and comes back from to an address of its own."""
        left = f"{self._provider.upstream.back}/left"
        found = self._provider.way_out(token, left, state)
        return None if isinstance(found, Failed) else found

    def ended(self, told: str) -> Ended | Refused:
        """What a logout token of theirs says."""
        found = self._provider.ended(told)
        if isinstance(found, Failed):
            return _refused(found)
        subject = self._named(found.subject) if found.subject else ""
        name = self._named(found.session) if found.session else ""
        return Ended(subject, name, self._named(found.once), found.worthless_at, found.at)

    def _named(self, name: str) -> str:
        return named(self._provider.upstream.issuer, name)

    def _send(self, attempt: Attempt) -> Answer:
        # The journey is found again by it; what follows is known to nobody but this browser's way.
        state = f"{attempt.id}.{self._new_token()}"
        nonce, verifier = self._new_token(), self._new_token()
        url = self._provider.way(state, nonce, verifier, self._oldest(attempt))
        if isinstance(url, Failed):
            return _refused(url)
        kept: dict[str, Any] = {"state": state, "nonce": nonce, "verifier": verifier}
        return Redirect(url, kept | {"at": self._now(), "version": self._version})

    def _oldest(self, attempt: Attempt) -> int | None:
        limits = (attempt.max_age, self._max_age)
        return min((one for one in limits if one is not None), default=None)

    def _judge(self, attempt: Attempt, query: Mapping[str, str]) -> Answer:
        kept = attempt.state
        if any(len(value) > LONGEST for value in query.values()):
            return Refused(Reason.NOT_BELIEVED, "answer: too long")
        if not same(query.get("state"), str(kept.get("state", ""))) or not query.get("state"):
            return Refused(Reason.MALFORMED, "answer: state")
        if kept.get("version", 0) != self._version:
            return Refused(Reason.CLOSED, theirs=True)
        begun = kept.get("at")
        if not is_time(begun) or self._now() - begun > LIFE:
            return Refused(Reason.EXPIRED)
        # Also of an error: whoever says it must be whom we asked (BR-004).
        if unlike := self._provider.unlike(query.get("iss")):
            return _refused(unlike)
        if "error" in query:
            return _their_error(query["error"])
        code = query.get("code", "")
        # RFC 6749 appendix A.11: whatever else it is, nobody is asked what it is worth.
        if not (code and code.isascii() and code.isprintable()):
            return Refused(Reason.NOT_BELIEVED, "answer: no code")
        oldest = self._oldest(attempt)
        since = 0 if oldest is None else begun - oldest
        told = self._ask(code, str(kept.get("verifier", "")), str(kept.get("nonce", "")), since)
        return _refused(told) if isinstance(told, Failed) else self._read(*told)

    def _ask(
        self, code: str, verifier: str, nonce: str, since: int
    ) -> tuple[Told, Tokens] | Failed:
        tokens = self._provider.redeem(code, verifier)
        if isinstance(tokens, Failed):
            return tokens
        if not nonce:
            return Failed(Fault.NOT_BELIEVED, "answer: nonce")
        told = self._provider.who(tokens, nonce, since)
        return told if isinstance(told, Failed) else (told, tokens)

    def _read(self, told: Told, tokens: Tokens) -> Answer:
        read = self._reader.read(told)
        if isinstance(read, str):
            return Refused(Reason.NOT_BELIEVED, f"person: {read}", theirs=True)
        # What is not needed is not kept.
        token = "" if self.logout_there is LogoutThere.NEVER else tokens.id
        tie = tie_of(self._provider.upstream.issuer, told.signed, token)
        who = replace(read.who, tie=tie)
        said = recounted({**told.told, **told.signed}, told.signed.get("acr"))
        identity = VerifiedIdentity(str(told.signed["sub"]), {"introduction": who, **said})
        at = min(told.authenticated_at, self._now()) or None
        return Verified(identity, read.methods, level=read.level, at=at)


def _refused(failed: Failed) -> Refused:
    # What a visitor can make up is counted: a code, and who is said to have answered.
    theirs = failed.fault is not Fault.REFUSED
    return Refused(REASONS[failed.fault], failed.detail, theirs=theirs)


def _their_error(error: str) -> Refused:
    if error == TURNED_BACK:
        return Refused(Reason.CANCELLED)
    reason = Reason.NOT_REACHED if error in BUSY else Reason.NOT_BELIEVED
    word = error if len(error) <= 64 and error.isascii() and error.isprintable() else "unnamed"
    return Refused(reason, f"answer: error {word}")
