# SPDX-License-Identifier: Apache-2.0
"""From somebody who was admitted to what a VIHF says of them; or why none is made."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Final

from connectors.base import Level
from idp.accounts.activities import DOCTOR, PHARMACIST, Activity
from idp.accounts.values import Account
from idp.directory import nomenclature
from idp.directory.nomenclature import SECTORS, SPECIALITIES
from idp.saml.levels import CLASSES, SMARTCARD_PKI, TIME_SYNC_TOKEN
from idp.saml.vihf import Coded, Login, Software, Vihf
from idp.sessions.values import Proof

SECTIONS: Final = "TRE_G05"
PURPOSES: Final = "TRE_R248"
# Not the nomenclature's own name: services compare this one.
PURPOSES_NAME: Final = "mode acces VIHF 2.0"
NORMAL: Final = "normal"
# Nobody gets there without a reason in words.
BREAKING_GLASS: Final = "bris_de_glace"

# We vouch for the person: they proved themselves here, and never to whoever reads it. DIRECTE is
# what a card says that signed for its reader; no server can say it.
INDIRECT: Final = "INDIRECTE"
REINFORCED: Final = "INDIRECTE_RENFORCEE"
# Of what the national provider vouched for first.
PSC: Final = "psc"
NATIONAL: Final = frozenset({"ecps", PSC})
IN_BROWSER: Final = "APP_BROWSER_AUTH"
UNSPECIFIED: Final = f"{CLASSES}unspecified"
# SAML Authentication Context §3.4; the strongest that was used comes first.
BY_MEANS: Final[Mapping[str, str]] = {
    "cps": SMARTCARD_PKI,
    "ecps": f"{CLASSES}MobileTwoFactorUnregistered",
    "calculette": f"{CLASSES}Smartcard",
    "totp": TIME_SYNC_TOKEN,
    "otp": f"{CLASSES}MobileTwoFactorUnregistered",
}
# RFC 8176 §2: by a card or by a phone, whoever came from Pro Santé Connect is told of as those are
# who proved the same here.
BY_METHOD: Final[Mapping[str, str]] = {"sc": "cps", "swk": "ecps"}


class Lack(Enum):
    """Why no VIHF can be made of somebody."""

    PERSON = "no-national-identifier"
    ACTIVITY = "no-activity"
    # National services have no nomenclature for it.
    PROFESSION = "profession"
    SPECIALITY = "speciality"
    SECTOR = "sector"
    # The structure's certificate has run out, or is not good yet.
    SEAL = "seal"


@dataclass(frozen=True, slots=True)
class Settings:
    """Of an application that is entitled: in whose name, and for what."""

    software: Software
    version: str = "3.0"
    resource: str = "urn:dmp"
    # Whether it comes with each login, and whether it may be asked for.
    in_login: bool = True
    on_request: bool = False


def vihf_of(
    settings: Settings,
    account: Account,
    activity: Activity | None,
    login: Login,
    purpose: str = NORMAL,
    patient: str = "",
) -> Vihf | Lack:
    """What is said of somebody, who comes in this activity and proved themselves so."""
    person = account.person
    if not person.national_id:
        return Lack.PERSON
    if activity is None:
        return Lack.ACTIVITY
    roles = roles_of(activity)
    if isinstance(roles, Lack):
        return roles
    sector = nomenclature.term(SECTORS, activity.sector)
    if sector is None:
        return Lack.SECTOR
    named = (person.last_name.upper(), person.first_name, activity.structure)
    return Vihf(
        person=person.national_id,
        subject=" ".join(one for one in named if one),
        structure=activity.structure_id,
        sector=f"{sector.code}^{_oid(SECTORS)}",
        roles=roles,
        login=login,
        purpose=purpose_of(purpose),
        software=settings.software,
        version=settings.version,
        resource=settings.resource,
        patient=patient,
    )


def roles_of(activity: Activity) -> tuple[Coded, ...] | Lack:
    """The profession; then the speciality of a doctor, the section of a pharmacist.

    Nobody else has a second one. The third and fourth are of people known by a role alone, who
    have no profession here.
    """
    profession = nomenclature.profession(activity.profession_code)
    if profession is None or not _oid(profession.system):
        return Lack.PROFESSION
    first = _coded(profession.system, profession.code)
    if first is None:
        return Lack.PROFESSION
    if activity.profession_code not in {DOCTOR, PHARMACIST}:
        return (first,)
    if activity.profession_code == DOCTOR:
        second = _coded(SPECIALITIES, activity.speciality_code)
    else:
        second = _coded(SECTIONS, activity.section)
    return Lack.SPECIALITY if second is None else (first, second)


def login_of(at: int, proofs: Iterable[Proof]) -> Login:
    """How they proved themselves, as a reader may rely on it."""
    # Of what is worth no more than a password nothing is claimed, whoever vouched for it.
    relied_on = [one for one in proofs if one.level >= Level.TWO_FACTORS]
    used = {_way(one) for one in relied_on}
    context = next((name for one, name in BY_MEANS.items() if one in used), UNSPECIFIED)
    if any(one.means in NATIONAL for one in relied_on):
        return Login(at, REINFORCED, context, IN_BROWSER)
    return Login(at, INDIRECT, context)


def _way(proof: Proof) -> str:
    if proof.means != PSC:
        return proof.means
    return next((one for method, one in BY_METHOD.items() if method in proof.methods), "")


def purpose_of(code: str) -> Coded:
    """What it is for."""
    label = nomenclature.label_of(PURPOSES, code)
    return Coded(code, _oid(PURPOSES), PURPOSES_NAME, label)


def is_purpose(code: str) -> bool:
    """Whether it is one of those that there are."""
    return nomenclature.term(PURPOSES, code) is not None


def _coded(system: str, code: str) -> Coded | None:
    table, term = nomenclature.table(system), nomenclature.term(system, code)
    return Coded(term.code, table.oid, table.name, term.label) if table and term else None


def _oid(system: str) -> str:
    table = nomenclature.table(system)
    return table.oid if table else ""
