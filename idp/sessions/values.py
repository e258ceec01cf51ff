# SPDX-License-Identifier: Apache-2.0
"""A session as a value."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache

from connectors.base import Level
from idp.clock import DRIFT

# Policies under which a card passes though nobody says whether it is revoked.
LENIENT = frozenset({"last-good", "accept"})
# So many proofs that only some applications believe are kept in one session: the oldest go.
MOST_LIMITED = 8


@dataclass(frozen=True, slots=True)
class Proof:
    """One means verified: which, its worth, its methods, when, and in which journey."""

    means: str
    # What it is worth now.
    level: Level
    methods: tuple[str, ...]
    at: int
    journey: str
    # It was worth level 3, and then the session lay unused for too long.
    lapsed: bool = False
    # What proved it is watched by an agent as long as the session lasts.
    watched: bool = False
    # False: a policy let its card pass, though nobody could say whether that is revoked.
    certain: bool = True
    # The applications that it opens; none named: any, and our own pages.
    only: tuple[str, ...] = ()

    def opens(self, application: str | None) -> bool:
        """Whether it counts there at all; None for our own pages."""
        return not self.only or application in self.only

    def stands(self, card_revocation: str) -> bool:
        """Whether it is good under this policy on cards of which nobody tells (XC-015)."""
        return self.certain or card_revocation in LENIENT

    def replaces(self, old: "Proof") -> bool:
        """Whether it is another one by the same means, and opens all that the old one opens."""
        covers = bool(old.only) and set(old.only) <= set(self.only)
        return self.means == old.means and (not self.only or covers)


@dataclass(frozen=True, slots=True)
class Session:
    """A live session, with the state of its account as of now."""

    id: str
    account: str
    proofs: tuple[Proof, ...]
    created_at: int
    seen_at: int
    expires_at: int
    address: str = field(default="", repr=False)
    user_agent: str = field(default="", repr=False)

    @property
    def level(self) -> Level:
        """The highest level among the proofs, and never more (SE-008)."""
        return max(proof.level for proof in self.proofs)

    @property
    def authenticated_at(self) -> int:
        """When the person last proved who they are."""
        return max(proof.at for proof in self.proofs)

    @property
    def methods(self) -> tuple[str, ...]:
        """The methods of all proofs, each once, in order."""
        return tuple(dict.fromkeys(name for proof in self.proofs for name in proof.methods))

    @property
    def means(self) -> tuple[str, ...]:
        """The means of all proofs, each once, in order."""
        return tuple(dict.fromkeys(proof.means for proof in self.proofs))


def with_proof(proofs: Sequence[Proof], new: Proof) -> tuple[Proof, ...]:
    """Proofs with one more; those that it makes superfluous are gone."""
    kept = [*(one for one in proofs if not new.replaces(one)), new]
    limited = [one for one in kept if one.only]
    surplus = limited[: max(0, len(limited) - MOST_LIMITED)]
    return tuple(one for one in kept if one not in surplus)


def is_unused(seen_at: int, now: int, idle: int) -> bool:
    """Whether a session lay unused for longer than a card's proof keeps its worth.

    RL-09: used later than now: the clock was set back, and nobody can say for how long.
    """
    return seen_at > now + DRIFT or now - seen_at > idle


def weakened(proof: Proof, most: Level) -> Proof:
    """A proof that is worth no more than this any longer."""
    return replace(proof, level=min(proof.level, most), lapsed=False, watched=False)


def lapse(proofs: Sequence[Proof]) -> tuple[Proof, ...]:
    """Proofs after too long a pause: what was worth level 3 is worth level 2 from now on.

    NIST SP 800-63B-4 §2.3.3: a quarter of an hour without use ends what a hardware key proved.
    """
    return tuple(
        replace(one, level=Level.TWO_FACTORS, lapsed=True) if one.level is Level.CARD else one
        for one in proofs
    )


def restore(proofs: Sequence[Proof]) -> tuple[Proof, ...]:
    """Proofs as they were given, for what was opened by them then."""
    return tuple(
        replace(one, level=Level.CARD, lapsed=False) if one.lapsed else one for one in proofs
    )


def trust(proofs: Sequence[Proof]) -> tuple[Proof, ...]:
    """Proofs as certain, for what was opened by them when a policy let them pass."""
    return tuple(one if one.certain else replace(one, certain=True) for one in proofs)


def dump_proofs(proofs: tuple[Proof, ...]) -> str:
    """Proofs as stored."""
    return json.dumps([_dump(one) for one in proofs], separators=(",", ":"))


def _dump(proof: Proof) -> list[object]:
    facts = [proof.means, int(proof.level), list(proof.methods), proof.at, proof.journey]
    if proof.only:
        return [*facts, proof.lapsed, proof.watched, proof.certain, list(proof.only)]
    if not proof.certain:
        return [*facts, proof.lapsed, proof.watched, proof.certain]
    return [*facts, proof.lapsed, proof.watched] if proof.lapsed or proof.watched else facts


# The same text is read at each request of a session, and what it says never changes.
@lru_cache(maxsize=4096)
def read_proofs(text: str) -> tuple[Proof, ...]:
    """Proofs as a value."""
    return tuple(
        Proof(means, Level(level), tuple(methods), at, journey, *flags[:3], *map(tuple, flags[3:]))
        for means, level, methods, at, journey, *flags in json.loads(text)
    )
