# SPDX-License-Identifier: Apache-2.0
"""OCRA as a verifier: which counters and moments an answer may belong to, and the same work always.

RFC 6287 §7.3 and §7.4 leave the windows to whoever verifies. Near the place where the reader is
known to be, one right answer is enough; further off it takes two in a row (RFC 4226 §7.4).
"""

import hmac
from collections.abc import Sequence
from typing import Final

from connectors.calculette.ocra import Given, hash_pin, respond
from connectors.calculette.suite import Malformed, Suite, read_suite
from connectors.ports import Calculette, Match

# What the page shows and asks for, whoever it is shown to.
DIGITS: Final = 8
# Answers that were made and never sent: buttons pressed for nothing.
NEAR_COUNTS: Final = 8
FAR_COUNTS: Final = 32
# An answer is typed by a person: a short step is over before it arrives.
SHORTEST_STEP: Final = 20
TYPING: Final = 90
# Steps by which a reader's clock may have gone wrong since it was last seen.
FAR_STEPS: Final = 6
# As many responses as the widest suite needs are made for every answer: the time says nothing of
# the suite, nor whether there is a reader at all (CR-031).
WORK: Final = 321


class OcraVerifier:
    """RFC 6287, one-way challenge-response (§7.1)."""

    name: str = "ocra"

    def unfit(self, suite: str) -> str:
        """Why a reader of this suite can't be used here; nothing where it can."""
        found = read_suite(suite)
        if isinstance(found, Malformed):
            return f"{suite!r} is no OCRA suite: its {found.part} is not as RFC 6287 says"
        if found.digits != DIGITS:
            return f"{suite}: answers have {DIGITS} digits here, not {found.digits}"
        if found.longest < DIGITS:
            return f"{suite}: a challenge has {DIGITS} digits here"
        if found.session is not None:
            return f"{suite}: nobody can tell a reader of a session"
        if found.step is not None and found.step < SHORTEST_STEP:
            return f"{suite}: a step of {found.step} s is over before the answer is typed"
        return ""

    def wants_pin(self, suite: str) -> bool:
        """Whether the PIN goes into the answers."""
        return _known(suite).pin is not None

    def hash_pin(self, suite: str, pin: str) -> bytes:
        """A PIN as the suite takes it."""
        made_with = _known(suite).pin
        return b"" if made_with is None else hash_pin(made_with, pin)

    def counts(self, suite: str) -> bool:
        """Whether the reader counts its answers."""
        return _known(suite).counter

    def step(self, suite: str) -> int:
        """Seconds of a step of the reader's clock; 0 where it has none."""
        return _known(suite).step or 0

    def match(self, held: Calculette, challenge: str, answer: str, at: int) -> Match | None:
        """Where the answer belongs, of all the places where it may; None for nowhere."""
        suite = _known(held.suite)
        found = None
        places = _places(suite, held)
        for done in range(WORK):
            # AG-014: every place is looked at, and in full, whatever was found before.
            counter, drift, near = places[min(done, len(places) - 1)]
            right = _respond(suite, held, challenge, counter, drift, at)
            same = hmac.compare_digest(right.encode(), answer.encode("utf-8", "replace"))
            if same and found is None:
                found = Match(counter if suite.counter else None, drift, near=near)
        return found


def _respond(
    suite: Suite, held: Calculette, challenge: str, counter: int, drift: int, at: int
) -> str:
    moment = max(at + drift * (suite.step or 0), 0)
    return respond(suite, held.secret, Given(challenge, counter, held.pin, at=moment))


def _places(suite: Suite, held: Calculette) -> Sequence[tuple[int, int, bool]]:
    """Counter, drift and whether it is near; near ones first, none twice."""
    counts, further = [held.counter], [held.counter]
    if suite.counter:
        counts = [held.counter + one for one in range(NEAR_COUNTS)]
        further = [held.counter + one for one in range(FAR_COUNTS)]
    steps, wider = [0], [0]
    if suite.step is not None:
        back = max(1, -(-TYPING // suite.step))
        steps = [held.drift + one for one in sorted(range(-back, 2), key=abs)]
        wider = [held.drift + one for one in range(-back - FAR_STEPS, 2 + FAR_STEPS)]
    near = [(count, step) for count in counts for step in steps]
    # Far in the one or in the other: who is lost in both asks for help.
    far = [(count, step) for count in further for step in steps]
    far += [(count, step) for count in counts for step in wider]
    known = set(near)
    found = [(*place, True) for place in near]
    found += [(*place, False) for place in dict.fromkeys(far) if place not in known]
    return found


def _known(suite: str) -> Suite:
    found = read_suite(suite)
    if isinstance(found, Malformed):
        raise TypeError("no reader has a malformed suite: it is refused when it is brought in")
    return found
