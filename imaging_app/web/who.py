# SPDX-License-Identifier: Apache-2.0
"""Who came, from the claims of their login and from nothing else."""

from dataclasses import dataclass, replace

from imaging_app.access.visitor import Kind, Visitor
from relying_parties.kit.store import Session
from relying_parties.kit.strict_json import Claims
from relying_parties.words import strongest_name

LONGEST = 256
# NOS, TRE_G08: what stands before a number of the national register of practitioners.
RPPS, ADELI = "8", "0"
WORKING = frozenset({"professional", "staff"})


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
    def acting(self) -> tuple[House, ...]:
        """Those in whose name they may act.

        A practitioner does so where they administer; others are there to work for them.
        """
        return tuple(one for one in self.houses if one.administered or not self.number)

    def administers(self, finess: str) -> bool:
        """Whether they administer an establishment, beside working there."""
        return any(one.administered for one in self.houses if one.finess == finess)

    @property
    def first(self) -> Kind | None:
        """Where they begin; None for somebody whom the portal is not for."""
        return self.kinds[0] if self.kinds else None


def visitor_of(
    session: Session, who: Who, kind: Kind, establishment: str, *, address: str, request_id: str
) -> Visitor | None:
    """The same as those who decide take it; of staff, for an establishment of theirs alone."""
    if kind not in who.kinds:
        return None
    staff = kind is Kind.STAFF
    houses = [one.finess for one in (who.acting if staff else who.houses)]
    if establishment not in houses and (establishment or staff):
        return None
    professional = kind is Kind.PROFESSIONAL
    return Visitor(
        kind=kind,
        subject=who.subject,
        session=session.id,
        name=who.name,
        rpps=who.number if professional else "",
        profession=who.profession if professional else "",
        speciality=who.speciality if professional else "",
        establishment=establishment or (houses[0] if professional and houses else ""),
        administers=staff and who.administers(establishment),
        level=session.level,
        auth_at=session.auth_time or 0,
        address=address,
        request_id=request_id,
    )


def who_is(session: Session) -> Who:
    """What the claims say of them."""
    claims = session.claims
    population, national = _text(claims, "population"), _text(claims, "SubjectNameID")
    number = national[1:] if national[:1] in {RPPS, ADELI} and national[1:].isdigit() else ""
    found = Who(
        subject=session.subject,
        name=strongest_name(claims),
        number=number,
        profession=_text(claims, "profession"),
        speciality=_text(claims, "speciality"),
        # Where a patient belongs is where they were treated: that makes nobody their staff.
        houses=_houses(claims) if population in WORKING else (),
    )
    kinds = []
    if population == "professional" and number:
        kinds.append(Kind.PROFESSIONAL)
    if population == "patient":
        kinds.append(Kind.PATIENT)
    if found.acting:
        kinds.append(Kind.STAFF)
    return replace(found, kinds=tuple(kinds))


def _houses(claims: Claims) -> tuple[House, ...]:
    works_for = _named(claims.get("works_for"))
    administers = _named(claims.get("administers"))
    return tuple(
        House(finess, name, finess in administers)
        for finess, name in (administers | works_for).items()
    )


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
