# SPDX-License-Identifier: Apache-2.0
"""Who came, from the claims of their login and from nothing else."""

from dataclasses import dataclass
from enum import StrEnum

from relying_parties.kit.store import Session
from relying_parties.kit.strict_json import Claims
from relying_parties.words import strongest_name

LONGEST = 256
# NOS, TRE_G08: what stands before a number of the national register of practitioners.
RPPS, ADELI = "8", "0"


class Kind(StrEnum):
    """As what somebody is here; the value is the address of their page."""

    PROFESSIONAL = "professional"
    PATIENT = "patient"
    ESTABLISHMENT = "establishment"


@dataclass(frozen=True, slots=True)
class House:
    """An establishment, as the login tells it."""

    finess: str
    name: str
    administered: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Who:
    """One person in one session."""

    subject: str
    name: str
    # The number of the national register of practitioners, without what stands before it.
    number: str = ""
    profession: str = ""
    speciality: str = ""
    houses: tuple[House, ...] = ()
    kinds: tuple[Kind, ...] = ()

    @property
    def first(self) -> Kind | None:
        """Where they begin; None for somebody whom the portal is not for."""
        return self.kinds[0] if self.kinds else None


def who_is(session: Session) -> Who:
    """What the claims say of them."""
    claims = session.claims
    population, national = _text(claims, "population"), _text(claims, "SubjectNameID")
    number = national[1:] if national[:1] in {RPPS, ADELI} and national[1:].isdigit() else ""
    houses = _houses(claims)
    kinds = []
    if population == "professional" and number:
        kinds.append(Kind.PROFESSIONAL)
    if population == "patient":
        kinds.append(Kind.PATIENT)
    # A practitioner acts for a house where they administer it; others are there to work for it.
    acting = [one for one in houses if one.administered or not number]
    if population in {"professional", "staff"} and acting:
        kinds.append(Kind.ESTABLISHMENT)
    return Who(
        subject=session.subject,
        name=strongest_name(claims),
        number=number,
        profession=_text(claims, "profession"),
        speciality=_text(claims, "speciality"),
        houses=tuple(houses),
        kinds=tuple(kinds),
    )


def _houses(claims: Claims) -> list[House]:
    works_for = _named(claims.get("works_for"))
    administers = _named(claims.get("administers"))
    return [
        House(finess, name, finess in administers)
        for finess, name in (administers | works_for).items()
    ]


def _named(told: object) -> dict[str, str]:
    """By number; what is not as documented is left out."""
    if not isinstance(told, list):
        return {}
    found = {}
    for one in told:
        if isinstance(one, dict):
            finess, name = _text(one, "finess"), _text(one, "name")
            if finess and name:
                found[finess] = name
    return found


def _text(claims: Claims, name: str) -> str:
    value = claims.get(name)
    good = isinstance(value, str) and len(value) <= LONGEST and value.isprintable()
    return str(value) if good else ""
