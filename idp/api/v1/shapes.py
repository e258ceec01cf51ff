# SPDX-License-Identifier: Apache-2.0
"""Shapes that several areas share."""

from datetime import UTC, datetime
from typing import Annotated, Any

from pydantic import Field

from idp.accounts.establishments import Establishment
from idp.accounts.particulars import Visibility
from idp.accounts.values import Population, State
from idp.administration.rights import Role
from idp.api.values import Body, Line16, Line32, Line64, Line128, Line254, Line256, Shown


def moment(seconds: int | None) -> datetime | None:
    """A time as programs read it (RFC 3339, UTC)."""
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)


def at(seconds: int) -> datetime:
    """A time that is known."""
    return datetime.fromtimestamp(seconds, UTC)


def without_defaults(schema: dict[str, Any]) -> None:
    """In a document of changes what is not named stays as it is: nothing has a default."""
    for one in schema.get("properties", {}).values():
        one.pop("default", None)


class HeldRole(Shown):
    """A role, and where; an empty establishment is the whole region."""

    role: Role
    establishment: str = ""


class Named(Shown):
    """Something by its key and its name."""

    key: str
    name: str

    @classmethod
    def house(cls, one: Establishment) -> "Named":
        """An establishment."""
        return cls(key=one.key, name=one.name)


class ParticularsShown(Shown):
    """Where somebody can be reached, and who sees them in the directory."""

    visibility: Visibility
    title: Annotated[str, Field(description="Of the exercise, by its code (TRE_R11): DR, PR…")]
    profession_code: str
    speciality_code: str
    country: str
    street: str
    po_box: str
    post_code: str
    cedex: str
    department: str
    landline: str
    emergency_phone: str
    fax: str


class ParticularsGiven(Body):
    """What is to be kept of them; what is not named stays as it is."""

    visibility: Annotated[Visibility, Field(strict=False)] = Visibility.HIDDEN
    title: Line16 = ""
    profession_code: Line16 = ""
    speciality_code: Line16 = ""
    country: Line64 = ""
    street: Line256 = ""
    po_box: Line64 = ""
    post_code: Line16 = ""
    cedex: Line64 = ""
    department: Line128 = ""
    landline: Line32 = ""
    emergency_phone: Line32 = ""
    fax: Line32 = ""


class PersonGiven(Body):
    """What may be written of a person. Whether an address is verified is not (CR-046)."""

    civility: Line16 = ""
    birth_name: Line128 = ""
    birth_date: Annotated[str, Field(pattern=r"^([0-9]{4}-[0-9]{2}-[0-9]{2})?$")] = ""
    email: Line254 = ""
    phone: Line32 = ""
    national_id: Line64 = ""
    profession: Line128 = ""
    speciality: Line128 = ""
    town: Line128 = ""
    locale: Annotated[str, Field(pattern="^(fr|en)$")] = "fr"
    particulars: ParticularsGiven = ParticularsGiven()


PopulationGiven = Annotated[Population, Field(strict=False)]
StateGiven = Annotated[State, Field(strict=False)]
