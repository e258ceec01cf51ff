# SPDX-License-Identifier: Apache-2.0
"""What SCIM shows of people and communities: the schemas that are served are made of these."""

from enum import StrEnum
from typing import Annotated

from pydantic import Field
from scim2_models import (
    URN,
    CaseExact,
    ComplexAttribute,
    ExtensibleStringEnum,
    Extension,
    Mutability,
    Reference,
    Required,
    Resource,
    Returned,
    Uniqueness,
)

USER = "urn:ietf:params:scim:schemas:core:2.0:User"
GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group"
PERSON = "urn:sceau:params:scim:schemas:extension:1.0:Person"


class UserType(StrEnum):
    """Who an account is for."""

    PROFESSIONAL = "professional"
    STAFF = "staff"
    PATIENT = "patient"


class Locale(StrEnum):
    """The languages of our pages."""

    FR = "fr"
    EN = "en"


class PersonName(ComplexAttribute):
    """A person's name."""

    family_name: Annotated[str | None, Required.true] = None
    """The last name."""

    given_name: Annotated[str | None, Required.true] = None
    """The first name."""

    honorific_prefix: str | None = Field(None, examples=["M.", "Mme", "Dr"])
    """The civility: Mme, M., Dr."""


class PersonEmail(ComplexAttribute):
    """The one address of somebody."""

    class Type(ExtensibleStringEnum):
        """Its kind."""

        work = "work"

    value: str | None = None
    """The address. Whether it is verified is proved by its owner alone."""

    type: Type | None = None
    """Always `work`."""

    primary: Annotated[bool | None, Mutability.read_only, Returned.request] = None
    """Always true: there is one."""


class PersonPhone(ComplexAttribute):
    """The one mobile of somebody."""

    class Type(ExtensibleStringEnum):
        """Its kind."""

        mobile = "mobile"

    value: str | None = None
    """The number; kept in the form of E.164."""

    type: Type | None = None
    """Always `mobile`."""

    primary: Annotated[bool | None, Mutability.read_only, Returned.request] = None
    """Always true: there is one."""


class PersonGroup(ComplexAttribute):
    """A community that somebody belongs to."""

    value: Annotated[str | None, Mutability.read_only] = None
    """Its id."""

    ref: Annotated[Reference["Group"] | None, Mutability.read_only] = Field(
        None, serialization_alias="$ref", validation_alias="$ref"
    )
    """Its address."""

    display: Annotated[str | None, Mutability.read_only] = None
    """Its name."""

    type: Annotated[str | None, Mutability.read_only] = None
    """Always `direct`."""


class Person(Extension):
    """What SCIM has no word for."""

    __schema__ = URN(PERSON)

    national_id: Annotated[str | None, Uniqueness.server, CaseExact.true] = None
    """RPPS, ADELI or another national identifier, with its prefix digit."""

    birth_name: str | None = None
    """The name at birth."""

    birth_date: str | None = None
    """As 1975-04-12."""

    speciality: str | None = None
    """What a practitioner is specialised in."""

    practice_title: Annotated[str | None, Field(examples=["DR", "PR"])] = None
    """What stands before the name of a practitioner, by its code: DR, PR…"""

    town: str | None = None
    """Where somebody works, or lives."""

    establishments: Annotated[list[str] | None, CaseExact.true] = None
    """FINESS numbers of the establishments; only those in your perimeter are shown."""


class User(Resource[Person]):
    """An account."""

    __schema__ = URN(USER)

    user_name: Annotated[str | None, Uniqueness.server, Required.true] = None
    """The identifier that somebody logs in by."""

    name: Annotated[PersonName | None, Required.true] = None
    """The name."""

    display_name: Annotated[str | None, Mutability.read_only] = None
    """First and last name."""

    user_type: Annotated[UserType | None, Mutability.immutable] = None
    """Who the account is for; a professional where nothing is said."""

    title: str | None = None
    """The profession, as shown."""

    locale: Locale | None = None
    """The language of our messages."""

    active: bool | None = None
    """Whether the account may be used; what was disabled can be opened again."""

    emails: list[PersonEmail] | None = None
    """One address at most."""

    phone_numbers: list[PersonPhone] | None = None
    """One mobile at most."""

    groups: Annotated[list[PersonGroup] | None, Mutability.read_only] = None
    """The communities; changed through the groups."""


class Member(ComplexAttribute):
    """Somebody who belongs to a community."""

    value: Annotated[str | None, Mutability.immutable, CaseExact.true] = None
    """The id of the user."""

    ref: Annotated[Reference["User"] | None, Mutability.immutable] = Field(
        None, serialization_alias="$ref", validation_alias="$ref"
    )
    """The address of the user."""

    type: Annotated[str | None, Mutability.immutable] = Field(None, examples=["User"])
    """Always `User`."""


class Group(Resource):  # type: ignore[type-arg]
    """A community."""

    __schema__ = URN(GROUP)

    display_name: Annotated[str | None, Required.true] = None
    """Its name."""

    members: list[Member] | None = None
    """Those in your perimeter, a thousand at most."""
