# SPDX-License-Identifier: Apache-2.0
"""Claims about a person, by scope (OIDC Core §5.4), and the `claims` parameter (§5.5)."""

import json
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from idp.accounts.establishments import Establishment
from idp.accounts.values import Person
from idp.administration.belonging import NOWHERE, Belonging

Reader = Callable[[Person], Any]

# SubjectNameID and SubjectRefPro carry names that Pro Santé Connect gave them.
READERS: dict[str, dict[str, Reader]] = {
    "profile": {
        "name": lambda person: person.display_name,
        "given_name": lambda person: person.first_name,
        "family_name": lambda person: person.last_name,
        "preferred_username": lambda person: person.identifier,
        "birthdate": lambda person: person.birth_date or None,
        "locale": lambda person: person.locale,
    },
    "email": {
        "email": lambda person: person.email or None,
        "email_verified": lambda person: person.email_verified if person.email else None,
    },
    "phone": {
        "phone_number": lambda person: person.phone or None,
        "phone_number_verified": lambda person: person.phone_verified if person.phone else None,
    },
    "health_professional": {
        "SubjectNameID": lambda person: person.national_id,
        "profession": lambda person: person.profession or None,
        "speciality": lambda person: person.speciality or None,
    },
}
# Beside the person: what they are here, and for whom.
AFFILIATION = "affiliation"
BELONGING: dict[str, Callable[[Person, Belonging], Any]] = {
    "population": lambda person, _belonging: person.population.value,
    "works_for": lambda _person, belonging: _named(belonging.works_for),
    "administers": lambda _person, belonging: _named(belonging.administers),
}
CLAIMS_OF: dict[str, tuple[str, ...]] = {
    **{scope: tuple(readers) for scope, readers in READERS.items()},
    AFFILIATION: tuple(BELONGING),
}
# Of the account, and no detail of the person.
UPDATED_AT = "updated_at"
SCOPE_OF = {claim: scope for scope, claims in CLAIMS_OF.items() for claim in claims}
SCOPE_OF[UPDATED_AT] = "profile"
SCOPES = ("openid", *CLAIMS_OF)
CLAIMS = ("sub", *SCOPE_OF)
LONGEST_CLAIMS = 8192


@dataclass(frozen=True, slots=True)
class ClaimsRequest:
    """What the `claims` parameter asks, as far as we know its names."""

    userinfo: tuple[str, ...] = ()
    id_token: tuple[str, ...] = ()
    subject: str = ""
    levels: tuple[str, ...] = ()
    levels_essential: bool = False
    auth_time_essential: bool = False


NO_CLAIMS: Final = ClaimsRequest()


def read_claims(
    person: Person,
    scope: Collection[str],
    extra: Collection[str],
    belonging: Belonging = NOWHERE,
) -> dict[str, Any]:
    """The claims that a scope and single requests release; what isn't known is left out."""
    released = {}
    for name, readers in READERS.items():
        for claim, reader in readers.items():
            if name in scope or claim in extra:
                value = reader(person)
                if value is not None:
                    released[claim] = value
    for claim, read in BELONGING.items():
        if AFFILIATION in scope or claim in extra:
            value = read(person, belonging)
            if value:
                released[claim] = value
    return released


def tells_belonging(scope: Collection[str], extra: Collection[str]) -> bool:
    """Whether something of it is released, so that it must be read."""
    return AFFILIATION in scope or not BELONGING.keys().isdisjoint(extra)


def _named(houses: Iterable[Establishment]) -> list[dict[str, str]]:
    return [{"finess": one.key, "name": one.name} for one in houses]


def parse_claims(text: str) -> ClaimsRequest | None:
    """The `claims` parameter; None where it is not what the specification says."""
    if not text:
        return NO_CLAIMS
    if len(text) > LONGEST_CLAIMS:
        return None
    try:
        document = json.loads(text, object_pairs_hook=_once)
    except (ValueError, RecursionError):
        return None
    if not isinstance(document, dict):
        return None
    places = {}
    for place in ("userinfo", "id_token"):
        members = document.get(place)
        members = {} if members is None else members
        if not isinstance(members, dict) or not all(map(_is_request, members.values())):
            return None
        places[place] = members
    acr = places["id_token"].get("acr") or {}
    subjects = [_subject(members.get("sub") or {}) for members in places.values()]
    meant = {one for one in subjects if isinstance(one, str)}
    # OA-016: one person at most is meant.
    if not all(isinstance(one, str) for one in subjects) or len({*meant, ""}) > 2:
        return None
    return ClaimsRequest(
        userinfo=_known(places["userinfo"]),
        id_token=_known(places["id_token"]),
        subject="".join(sorted(meant)),
        levels=_values(acr),
        levels_essential=acr.get("essential") is True and bool(_values(acr)),
        auth_time_essential=(places["id_token"].get("auth_time") or {}).get("essential") is True,
    )


def _is_request(member: object) -> bool:
    if member is None:
        return True
    if not isinstance(member, Mapping):
        return False
    essential = member.get("essential", False)
    return isinstance(essential, bool) and isinstance(member.get("values", []), list)


def _subject(member: Mapping[str, Any]) -> object:
    """Whom it must be about: one value, however it is written."""
    values = member.get("values", [])
    return values[0] if len(values) == 1 and "value" not in member else member.get("value", "")


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Of a member that is named twice nobody knows which was meant."""
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("twice")
    return found


def _known(members: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(name for name in members if name in SCOPE_OF)


def _values(member: Mapping[str, Any]) -> tuple[str, ...]:
    values = member.get("values") or [member.get("value")]
    return tuple(value for value in values if isinstance(value, str))
