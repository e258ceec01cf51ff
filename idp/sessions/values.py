# SPDX-License-Identifier: Apache-2.0
"""A session as a value."""

import json
from dataclasses import dataclass, field

from connectors.base import Level


@dataclass(frozen=True, slots=True)
class Proof:
    """One means verified: which, its worth, its methods, when, and in which journey."""

    means: str
    level: Level
    methods: tuple[str, ...]
    at: int
    journey: str


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


def dump_proofs(proofs: tuple[Proof, ...]) -> str:
    """Proofs as stored."""
    return json.dumps(
        [[one.means, int(one.level), list(one.methods), one.at, one.journey] for one in proofs],
        separators=(",", ":"),
    )


def read_proofs(text: str) -> tuple[Proof, ...]:
    """Proofs as a value."""
    return tuple(
        Proof(means, Level(level), tuple(methods), at, journey)
        for means, level, methods, at, journey in json.loads(text)
    )
