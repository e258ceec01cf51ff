# SPDX-License-Identifier: Apache-2.0
"""What bodies and queries are made of: strict models that refuse unknown members (WB-013)."""

from typing import Annotated, Any, Generic, TypeVar

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

T = TypeVar("T")
# Control characters have no place in what people and logs read (WB-006, WB-021); in JSON Schema as
# far as its patterns go.
NO_CONTROL = r"^[^\u0000-\u001f\u007f-\u009f\ud800-\udfff]*$"


class Body(BaseModel):
    """A document that comes in: no member unknown, no type guessed."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class Shown(BaseModel):
    """A document that goes out."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Query(BaseModel):
    """Parameters of an address: texts, read as what they stand for."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def printable(text: str) -> str:
    """Text on one line, that both databases store unchanged."""
    if not text.isprintable():
        raise ValueError("holds characters that can't be shown")
    return text


def digits(value: Any) -> Any:
    """A whole number, as an address writes it."""
    if isinstance(value, str) and not (value.isascii() and value.isdigit() and len(value) < 11):
        raise ValueError("a whole number is expected")
    return value


def _long(most: int, least: int = 0) -> Any:
    """So many characters; the pattern says in JSON Schema what `printable` asks."""
    return Field(min_length=least, max_length=most, json_schema_extra={"pattern": NO_CONTROL})


# Text on one line, as long as the columns of the tables.
Line16 = Annotated[str, _long(16), AfterValidator(printable)]
Line32 = Annotated[str, _long(32), AfterValidator(printable)]
Line64 = Annotated[str, _long(64), AfterValidator(printable)]
Line128 = Annotated[str, _long(128), AfterValidator(printable)]
Line200 = Annotated[str, _long(200), AfterValidator(printable)]
Line254 = Annotated[str, _long(254), AfterValidator(printable)]
Line256 = Annotated[str, _long(256), AfterValidator(printable)]
Line500 = Annotated[str, _long(500), AfterValidator(printable)]
Needed128 = Annotated[str, _long(128, 1), AfterValidator(printable)]
Name = Annotated[str, Field(min_length=1, max_length=160, pattern=r"^[A-Za-z0-9._~:@-]*$")]
Moment = Annotated[int, Field(ge=0, le=9_999_999_999), BeforeValidator(digits)]


class Paging(Query):
    """Which part of a list."""

    size: Annotated[
        int, Field(ge=1, le=100, description="How many at most"), BeforeValidator(digits)
    ] = 25
    after: Annotated[
        str,
        Field(
            max_length=2048, pattern="^[A-Za-z0-9._-]*$", description="`next` of the page before"
        ),
    ] = ""


class Listed(Shown, Generic[T]):
    """One page of a list."""

    items: list[T]
    next: Annotated[
        str | None, Field(description="What `after` takes for the next page; null at the end")
    ] = None
    total: Annotated[
        int | None, Field(description="How many there are; null where there are too many to count")
    ] = None
