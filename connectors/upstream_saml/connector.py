# SPDX-License-Identifier: Apache-2.0
"""The connector: a way there, a posted answer, and the judgement of it."""

from collections.abc import Callable, Mapping
from typing import Any, ClassVar, Final

from connectors.asserted import Asked, Asserted, Reader, Speaker, Unfit
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
from connectors.capabilities import TOLD, Introduction
from connectors.recounted import recounted

# BR-003: whoever comes back later has long begun anew.
LIFE: Final = 600


class SamlConnector:
    """Another provider, under a name of its own."""

    after: ClassVar[str | None] = None

    def __init__(
        self,
        kind: str,
        speaker: Speaker,
        reader: Reader,
        lacks: Callable[[str], str | None],
        new_token: Callable[[], str],
        now: Callable[[], int],
        max_age: int | None = None,
        version: int = 0,
    ) -> None:
        self.kind = kind
        self._speaker = speaker
        self._reader = reader
        self._lacks = lacks
        self._new_token = new_token
        self._now = now
        # How old a login there may be, at most; None: as old as they let it be.
        self._max_age = max_age
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
        """Where its form leads to."""
        return self._speaker.sites

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

    def read_post(self, kept: Mapping[str, Any], posted: str) -> Mapping[str, Any]:
        """What a posted answer comes to; nobody is known by it yet: `resume` judges it."""
        found = self._speaker.read(posted, _asked(kept))
        said = {"unfit": found.why} if isinstance(found, Unfit) else {"said": found.dump()}
        return {"by": self.kind, **said}

    def resume(self, attempt: Attempt, evidence: Evidence) -> Answer:
        """Send the browser there, or judge what it came back with."""
        return self._judge(attempt, evidence.query) if evidence.query else self._send(attempt)

    def introduce(self, identity: VerifiedIdentity) -> Introduction:
        """Who came, as they tell of them."""
        found: Introduction = identity.claims["introduction"]
        return found

    def _send(self, attempt: Attempt) -> Answer:
        # The journey is found again by the first; the second is what the answer must name.
        state, request = f"{attempt.id}.{self._new_token()}", f"_{self._new_token()}"
        at = self._now()
        oldest = self._oldest(attempt)
        since = 0 if oldest is None else at - oldest
        # SAML Core §3.4.1 knows no age: they prove it anew, or as long ago as they like.
        url = self._speaker.way(Asked(request, at, since), state, force=oldest is not None)
        if isinstance(url, Unfit):
            return Refused(Reason.NOT_REACHED, url.why, theirs=True)
        kept: dict[str, Any] = {"state": state, "request": request, "at": at, "since": since}
        return Redirect(url, kept | {"version": self._version})

    def _oldest(self, attempt: Attempt) -> int | None:
        limits = (attempt.max_age, self._max_age)
        return min((one for one in limits if one is not None), default=None)

    def _judge(self, attempt: Attempt, query: Mapping[str, str]) -> Answer:
        kept = attempt.state
        if not query.get("state") or query["state"] != kept.get("state"):
            return Refused(Reason.MALFORMED, "answer: state")
        if kept.get("version", 0) != self._version:
            return Refused(Reason.CLOSED, theirs=True)
        asked = _asked(kept)
        if not asked.request or asked.at + LIFE < self._now():
            return Refused(Reason.EXPIRED)
        told = kept.get(TOLD)
        # BR-004: what another provider posted is no answer of this one.
        if not isinstance(told, Mapping) or told.get("by") != self.kind:
            return Refused(Reason.MALFORMED, "answer: none was posted")
        if "unfit" in told:
            return Refused(Reason.NOT_BELIEVED, f"answer: {told['unfit']}", theirs=True)
        asserted = Asserted.read(told["said"])
        if asserted.stopped:
            return Refused(Reason.CANCELLED)
        read = self._reader.read(asserted)
        if isinstance(read, str):
            return Refused(Reason.NOT_BELIEVED, f"person: {read}", theirs=True)
        name = read.who.peer.subject if read.who.peer else read.who.national_id
        said = recounted(_attributes(asserted), asserted.context)
        identity = VerifiedIdentity(name, {"introduction": read.who, **said})
        at = min(asserted.at, self._now()) or None
        return Verified(identity, read.methods, level=read.level, at=at)


def _attributes(asserted: Asserted) -> dict[str, str | tuple[str, ...]]:
    """By name, as texts where there is one of them; the name that somebody has there beside."""
    told = {name: one[0] if len(one) == 1 else one for name, one in asserted.attributes.items()}
    return {"NameID": asserted.subject, **told}


def _asked(kept: Mapping[str, Any]) -> Asked:
    """What was put aside when the browser left; nothing of it where somebody else wrote it."""
    request, at, since = kept.get("request"), kept.get("at"), kept.get("since")
    if isinstance(request, str) and isinstance(at, int) and isinstance(since, int):
        return Asked(request, at, since)
    return Asked("", 0, 0)
