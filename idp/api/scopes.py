# SPDX-License-Identifier: Apache-2.0
"""What a token may be given for: each scope opens rights, and never more than its holder has."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from idp.administration.rights import EVERYTHING, GRAVEST, SEEING, Right

READING: Final = SEEING | {Right.ACCOUNTS_EXPORT, Right.AUDIT_EXPORT}


@dataclass(frozen=True, slots=True)
class Scope:
    """One scope: what it is for, in English for its reader, and what it opens."""

    description: str
    rights: frozenset[Right]


# What needs no role: the directory is shown to everybody, as far as its people wish.
DIRECTORY: Final = "sceau.directory"
AMONG_PROFESSIONALS: Final = "sceau.directory.professionals"
WITHOUT_ROLE: Final = (DIRECTORY, AMONG_PROFESSIONALS)

# Whoever was given it was given SCIM's operations: none of `/api/v1` is opened by it.
SCIM: Final = "scim"
SCIM_RIGHTS: Final = frozenset(
    {
        Right.ACCOUNTS_SEE,
        Right.ACCOUNTS_CREATE,
        Right.ACCOUNTS_EDIT,
        Right.ACCOUNTS_STATE,
        Right.COMMUNITIES_SEE,
        Right.COMMUNITIES_EDIT,
        Right.MEMBERS_EDIT,
    }
)

# By area, the rights whose names begin so.
AREAS: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "accounts": ("accounts", "sessions", "means", "members"),
        "requests": ("requests",),
        "patients": ("patients", "letters"),
        "establishments": ("establishments",),
        "communities": ("communities", "members"),
        "applications": ("applications",),
        "roles": ("roles",),
        "audit": ("audit",),
        "statistics": ("statistics",),
        "directory": ("directory",),
        "announcements": ("announcements",),
        "webhooks": ("webhooks",),
        "policies": ("policies",),
        "messages": ("messages",),
        "keys": ("keys",),
        "trust": ("trust",),
    }
)


def _of_area(names: tuple[str, ...]) -> frozenset[Right]:
    return frozenset(one for one in Right if one.value.partition(".")[0] in names)


def _scopes() -> Iterable[tuple[str, Scope]]:
    yield "sceau.read", Scope("Read everything that the role opens", READING)
    # Least privilege: what decides about those who decide is asked for by its own name.
    yield (
        "sceau.write",
        Scope(
            "Change what the role opens, except roles, keys, authorities and policies",
            EVERYTHING - READING - GRAVEST,
        ),
    )
    yield (
        DIRECTORY,
        Scope(
            "Search the directory: a program as everybody may, a person's as that person may; "
            "no role is needed",
            frozenset(),
        ),
    )
    yield (
        AMONG_PROFESSIONALS,
        Scope(
            "The same, and a program in its own name is shown what professionals show each other",
            frozenset(),
        ),
    )
    yield SCIM, Scope("Users and groups by SCIM 2.0, and nothing else", SCIM_RIGHTS)
    for area, names in AREAS.items():
        rights = _of_area(names)
        if reading := rights & READING:
            yield f"sceau.{area}.read", Scope(f"Read: {area}", reading)
        if writing := rights - READING:
            yield f"sceau.{area}.write", Scope(f"Change: {area}", writing)


SCOPES: Final[Mapping[str, Scope]] = MappingProxyType(dict(_scopes()))


def rights_of(scopes: Iterable[str], *, scim: bool = True) -> frozenset[Right]:
    """What these scopes open together; those of others open nothing here, nor SCIM's elsewhere."""
    opened = [SCOPES[one].rights for one in scopes if one in _serving(scim=scim)]
    return frozenset().union(*opened)


def opening_by(
    rights: tuple[Right, ...], scopes: tuple[str, ...], *, scim: bool = False
) -> tuple[str, ...]:
    """The scopes that open an operation: its own, and those of its rights."""
    return (*scopes, *opening(*rights, scim=scim))


def enough(first: Iterable[str], also: Iterable[Right]) -> list[tuple[str, ...]]:
    """The least that a token is given for where, beside the first, all of these are needed."""
    found: list[tuple[str, ...]] = [(one,) for one in first]
    for right in also:
        found = [tuple(dict.fromkeys((*each, one))) for each in found for one in opening(right)]
    sets = {frozenset(each): each for each in found}
    return [each for key, each in sets.items() if not any(other < key for other in sets)]


def opening(*rights: Right, scim: bool = False) -> tuple[str, ...]:
    """The scopes that open one of some rights, for whoever lacks them."""
    served = _serving(scim=scim)
    return tuple(one for one in served if not SCOPES[one].rights.isdisjoint(rights))


def _serving(*, scim: bool) -> list[str]:
    return [one for one in SCOPES if scim or one != SCIM]
