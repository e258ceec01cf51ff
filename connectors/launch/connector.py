# SPDX-License-Identifier: Apache-2.0
"""The connector: word of a source is taken in, and becomes a proof in the journey it leads to."""

from collections.abc import Callable, Mapping
from typing import ClassVar, Final

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
)
from connectors.capabilities import Introduction
from connectors.launch.keys import SourceKeys
from connectors.launch.token import facts_of, read_token
from connectors.launches import Launch, LaunchDesk, LaunchFault, NotLaunched

# What was put aside in the journey, by its name there.
STATE: Final = "launch"
LONGEST_ID: Final = 64


class LaunchConnector:
    """Nobody chooses it: it begins in the establishment's software."""

    kind: ClassVar[str] = "launch"
    # How somebody proved themselves to the software is not told: nothing is claimed.
    methods: ClassVar[tuple[str, ...]] = ("user",)
    level: ClassVar[Level] = Level.CARD
    after: ClassVar[str | None] = None

    def __init__(
        self, desk: LaunchDesk, keys: SourceKeys, audience: str, now: Callable[[], int]
    ) -> None:
        self._desk = desk
        self._keys = keys
        self._audience = audience
        self._now = now

    def receive(self, token: str) -> Launch | NotLaunched:
        """Judge what a program sent; nothing is used up."""
        found = read_token(token, self._desk.source, self._keys, self._audience, self._now())
        if isinstance(found, Launch):
            source = self._desk.source_by_key(found.source)
            if source is None or not source.enabled:
                return NotLaunched(LaunchFault.DISABLED, source)
        return found

    def facts(self, token: str) -> Mapping[str, str]:
        """What it says of itself."""
        return facts_of(token)

    def lacks(self, _account: str) -> str | None:
        """It is out of reach on any page, whoever asks."""
        return "begins-elsewhere"

    def counter_of(self, attempt: Attempt) -> str:
        """Nobody guesses what they sign: failed tries say nothing of a person."""
        return attempt.id

    def claimed(self, attempt: Attempt, evidence: Evidence) -> str | None:
        """Whoever is known already; what was sent is judged when it is taken."""
        return attempt.account

    def begin(self, attempt: Attempt) -> Answer:
        """What the page says: where such a login begins."""
        return Ask(state=attempt.state)

    def resume(self, attempt: Attempt, evidence: Evidence) -> Answer:
        """Take what leads to this journey, once."""
        launch = attempt.state.get(STATE)
        if not isinstance(launch, str) or not 0 < len(launch) <= LONGEST_ID:
            return Refused(Reason.EXPIRED)
        taken = self._desk.take(launch, attempt.id)
        if taken is None:
            return Refused(Reason.EXPIRED, "launch: over, taken, or its source is closed")
        who = taken.launch
        identity = VerifiedIdentity(who.national_id, {"introduction": _introduction(who)})
        return Verified(identity, level=taken.level, only=taken.applications)

    def introduce(self, identity: VerifiedIdentity) -> Introduction:
        """Who came, as the software tells of them."""
        found: Introduction = identity.claims["introduction"]
        return found


def _introduction(who: Launch) -> Introduction:
    return Introduction(
        national_id=who.national_id,
        family=f"launch:{who.source}",
        first_name=who.first_name,
        last_name=who.last_name,
    )
