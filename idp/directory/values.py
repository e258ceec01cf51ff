# SPDX-License-Identifier: Apache-2.0
"""What registers say, as values."""

from dataclasses import dataclass

from idp.accounts.activities import Activity


@dataclass(frozen=True, slots=True)
class Practitioner:
    """Somebody a register knows. Public data: it never proves that somebody is them."""

    national_id: str
    last_name: str
    first_name: str
    civility: str = ""
    title: str = ""
    activities: tuple[Activity, ...] = ()
    # Registers that are asked over the network may say that somebody no longer practises.
    active: bool = True
    # "extract" or "annuaire".
    source: str = "extract"


@dataclass(frozen=True, slots=True)
class Structure:
    """An establishment as FINESS has it."""

    finess: str
    name: str
    legal_finess: str = ""
    siret: str = ""
    category: str = ""
    address: str = ""
    post_code: str = ""
    town: str = ""
    phone: str = ""
