# SPDX-License-Identifier: Apache-2.0
"""How old a proof may be for a sensitive change. Pure: values in, a value out."""

from typing import Final

from connectors.base import Level
from idp.clock import DRIFT
from idp.sessions.values import Proof, Session

# ASVS 7.5.1 (SE-006): whoever changes something sensitive has just proved who they are.
FRESH_FOR: Final = 300


def age_of(at: int, now: int) -> int | None:
    """How old something is; None for what lies in the future."""
    return max(now - at, 0) if at <= now + DRIFT else None


def is_fresh(proof: Proof, now: int) -> bool:
    """Whether a proof is recent enough for a sensitive change."""
    age = age_of(proof.at, now)
    return age is not None and age <= FRESH_FOR


def holds_fresh(session: Session, level: Level, now: int, card_revocation: str) -> bool:
    """Whether a session holds a recent proof of at least this level, good under this policy."""
    return any(
        proof.level >= level
        and is_fresh(proof, now)
        and proof.stands(card_revocation)
        and proof.opens(None)
        for proof in session.proofs
    )
