# SPDX-License-Identifier: Apache-2.0
"""National identifiers with the digit that tells their kind, and card numbers."""

import re

ISSUER_NUMBER = "8025000001"
# 8 and the RPPS number; 0 and the older ADELI number; 1, 3, 4, 5 or 6 and a structure's number
# (ADELI, FINESS, SIREN, SIRET, RPPS), then who it is there (TRE_G08).
NATIONAL_ID = re.compile(r"8[0-9]{11}|0[0-9A-Z]{9}|[13456][0-9A-Z]{9,14}/[0-9A-Z]{1,31}")
# 0 to 4 and a structure's number (TRE_G07); 5 and 6 were used once.
STRUCTURE = re.compile(r"[0-6][0-9A-Z]{9,14}")
CARD_NUMBER = re.compile(rf"{ISSUER_NUMBER}/([0-9]{{10}})")
# As people and middlewares write it: with the card's model, with the issuer, or alone.
TYPED_CARD_NUMBER = re.compile(rf"(?:CPS[0-9A-Za-z_]+-|{ISSUER_NUMBER}/)?([0-9]{{10}})")
DOMAIN = "carte-cps.fr"
MAX_TYPED = 64


def is_national_id(text: str) -> bool:
    """Whether it is an identifier of a person, as cards write it."""
    return NATIONAL_ID.fullmatch(text) is not None


def is_structure(text: str) -> bool:
    """Whether it is an identifier of a structure, as cards write it."""
    return STRUCTURE.fullmatch(text) is not None


def read_card_number(text: str) -> str | None:
    """The ten digits of the card, from what its certificate says."""
    found = CARD_NUMBER.fullmatch(text)
    return found[1] if found else None


def read_typed_card_number(typed: str) -> str | None:
    """The ten digits of the card, from what somebody typed under whatever label they read."""
    if len(typed) > MAX_TYPED:
        return None
    found = TYPED_CARD_NUMBER.fullmatch(typed.strip())
    return found[1] if found else None


def agrees(principal: str, national_id: str) -> bool:
    """Whether a principal name is this person's: some have a point after the first digit."""
    local, _, domain = principal.rpartition("@")
    return domain.lower() == DOMAIN and local in {
        national_id,
        f"{national_id[:1]}.{national_id[1:]}",
    }
