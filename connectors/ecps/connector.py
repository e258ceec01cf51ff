# SPDX-License-Identifier: Apache-2.0
"""The connector: a request on the phone, and what comes of it."""

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
    Refused,
    Verified,
    VerifiedIdentity,
    Wait,
)
from connectors.capabilities import Introduction
from connectors.ecps.asking import Asking
from connectors.ecps.kept import dump, load
from connectors.openid.provider import Provider, Tokens
from connectors.openid.reading import Reader
from connectors.openid.ties import tie_of
from connectors.openid.upstream import Failed, Fault
from connectors.phones import Heard, PhoneDesk, Rung, Silent, Standing

# What the buttons of the page are called.
TAKE: Final = "go"
DROP: Final = "again"


class EcpsConnector:
    """The e-CPS of somebody's phone."""

    kind: ClassVar[str] = "ecps"
    after: ClassVar[str | None] = None

    def __init__(
        self,
        provider: Provider,
        reader: Reader,
        desk: PhoneDesk,
        lacks: Callable[[str], str | None],
        notices: str,
    ) -> None:
        self._provider = provider
        self._asking = Asking(provider)
        self._reader = reader
        self._desk = desk
        self._lacks = lacks
        # The means by which the same provider says that a session there is over.
        self._notices = notices

    @property
    def level(self) -> Level:
        """The most that a login there is worth."""
        return self._reader.highest

    @property
    def methods(self) -> tuple[str, ...]:
        """Told by each answer."""
        return self._reader.untold

    def lacks(self, account: str) -> str | None:
        """Whether this person can be known there at all."""
        return self._lacks(account)

    def tries(self, evidence: Evidence) -> bool:
        """Asking the phone tries nothing; coming back for its answer does."""
        return TAKE in evidence.form

    def counter_of(self, attempt: Attempt) -> str:
        """Nobody guesses what their phone answers: failed tries say nothing of a person."""
        return attempt.id

    def claimed(self, attempt: Attempt, evidence: Evidence) -> str | None:
        """Whoever is known already; an identifier that was typed names nobody yet."""
        return attempt.account

    def begin(self, attempt: Attempt) -> Answer:
        """Who it is; or the number, while the phone is waited for; or what came of it."""
        call = self._desk.last(attempt.id)
        if call is None:
            return _ask(attempt)
        if call.standing is Standing.WAITING:
            shown = {"step": "wait", "number": call.number, "left": call.left}
            return Wait(shown, attempt.state)
        if call.standing is Standing.ACCEPTED:
            return Wait({"step": "accepted"}, attempt.state)
        return _ask(attempt, call.standing.value)

    def resume(self, attempt: Attempt, evidence: Evidence) -> Answer:
        """Ask the phone, drop that, or take what it answered."""
        if TAKE in evidence.form:
            text = self._desk.take(attempt.id)
            # Anything but a yes has been noted where it was heard: here it is only shown.
            return self.begin(attempt) if text is None else load(text)
        if DROP in evidence.form:
            self._desk.drop(attempt.id)
            return _ask(attempt)
        return self._call(attempt, evidence)

    def introduce(self, identity: VerifiedIdentity) -> Introduction:
        """Who came, as they tell of them."""
        found: Introduction = identity.claims["introduction"]
        return found

    def ring(self, national_id: str, number: str) -> Rung | Refused:
        """Put a request on their phone."""
        return self._asking.ring(national_id, number)

    def hear(self, handle: str, national_id: str, since: int) -> Silent | Heard | Refused:
        """What became of it; every check is made here, while its tokens live."""
        tokens = self._asking.poll(handle)
        return tokens if not isinstance(tokens, Tokens) else self._judge(tokens, national_id, since)

    def proof(self, heard: Heard) -> Verified:
        """The same as a browser would take."""
        return load(heard.text)

    def _call(self, attempt: Attempt, evidence: Evidence) -> Answer:
        if attempt.account is not None:
            # Whoever is known is asked as who they are, whatever the form says.
            national_id = self._desk.known_by(attempt.account)
        else:
            national_id = self._desk.spelling(evidence.form.get("identifier", ""))
        if national_id is None:
            return Refused(Reason.WRONG)
        rung = self._desk.call(
            attempt.id, national_id, attempt.account, attempt.application, evidence.address
        )
        return self.begin(attempt) if rung else _ask(attempt, "too-many")

    def _judge(self, tokens: Tokens, national_id: str, since: int) -> Heard | Refused:
        told = self._provider.who(tokens, nonce="")
        if isinstance(told, Failed):
            reached = told.fault is not Fault.NOT_REACHED
            reason = Reason.NOT_BELIEVED if reached else Reason.NOT_REACHED
            return Refused(reason, told.detail)
        at = told.authenticated_at
        if at and at + self._provider.upstream.leeway < since:
            # Not what was asked for: an answer of before.
            return Refused(Reason.NOT_BELIEVED, "token: auth_time")
        read = self._reader.read(told)
        if isinstance(read, str):
            return Refused(Reason.NOT_BELIEVED, f"person: {read}", theirs=True)
        if read.who.national_id != national_id:
            return Refused(Reason.NOT_BELIEVED, "person: another than was asked", theirs=True)
        # Nobody is led there to log out: nothing is kept to do it with.
        tie = tie_of(self._provider.upstream.issuer, told.signed, means=self._notices)
        return Heard(dump(replace(read, who=replace(read.who, tie=tie)), at))


def _ask(attempt: Attempt, why: str = "") -> Ask:
    shown: Mapping[str, Any] = {"step": "who", "why": why}
    return Ask(shown, attempt.state)
