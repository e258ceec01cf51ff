# SPDX-License-Identifier: Apache-2.0
"""Kinds of value a setting may have: how text becomes one, and what is accepted."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any, Generic, TypeVar
from unicodedata import category

from idp.config.secret import Secret

T = TypeVar("T")

METADATA = "sceau"
# Categories: controls, lone surrogates (bytes of the environment that are not UTF-8), breaks.
UNFIT = frozenset({"Cc", "Cs", "Zl", "Zp"})
WORDS = {"true": True, "yes": True, "on": True, "1": True}
WORDS |= {"false": False, "no": False, "off": False, "0": False}


class Invalid(ValueError):
    """A value that its kind refuses; the text says why and never repeats the value."""


@dataclass(frozen=True)
class Kind(Generic[T]):
    """One kind of value.

    `from_text` turns the text of an environment variable into what TOML would have given;
    `read` checks that and makes the typed value. Both raise `Invalid`.
    """

    expected: str
    read: Callable[[object], T]
    blank: T
    """Stands in for a faulty value while the other rules are checked; never reaches anyone."""
    from_text: Callable[[str], object] = str
    from_file: bool = False
    secret: bool = False
    unit: str = ""

    def as_secret(self) -> "Kind[T]":
        """The same, never shown: a database address may hold a password."""
        return replace(self, secret=True)


@dataclass(frozen=True)
class Setting:
    """What is known of one setting: its kind, its documentation, whether it must be given."""

    kind: Kind[Any]
    doc: str
    required: bool
    default: Any = None
    default_text: str = ""


def setting(kind: Kind[T], doc: str, default: T, *, shown: str = "") -> T:
    """Declare an optional setting as a dataclass field; `shown` documents a computed default."""
    about = Setting(kind, doc, required=False, default=default, default_text=shown)
    made: T = field(default=default, metadata={METADATA: about}, repr=not kind.secret)
    return made


def unset(kind: Kind[T], doc: str, *, shown: str) -> T | None:
    """Declare a setting that is nothing until it is given, as a dataclass field."""
    about = Setting(kind, doc, required=False, default=None, default_text=shown)
    made: T | None = field(default=None, metadata={METADATA: about}, repr=not kind.secret)
    return made


def required(kind: Kind[T], doc: str) -> T:
    """Declare a setting that has no default, as a dataclass field."""
    about = Setting(kind, doc, required=True)
    made: T = field(metadata={METADATA: about}, repr=not kind.secret)
    return made


def checked_text(value: object, longest: int = 4096) -> str:
    """A one-line text, or `Invalid`."""
    if not isinstance(value, str):
        raise Invalid("it is not text")
    if len(value) > longest:
        raise Invalid(f"it is longer than {longest} characters")
    if any(category(each) in UNFIT for each in value):
        raise Invalid("it holds a control character or a line break")
    return value.strip()


def paragraphs(longest: int = 20_000) -> Kind[str]:
    """Text that may have several lines."""

    def read(value: object) -> str:
        if not isinstance(value, str):
            raise Invalid("it is not text")
        lines = [checked_text(line, longest) for line in value.splitlines()]
        if len(value) > longest:
            raise Invalid(f"it is longer than {longest} characters")
        return "\n".join(lines).strip()

    return Kind(f"a text of at most {longest} characters", read, "", from_file=True)


def text(
    expected: str = "a text on one line", check: Callable[[str], str] | None = None
) -> Kind[str]:
    """Text on one line, further checked by `check`."""

    def read(value: object) -> str:
        clean = checked_text(value)
        return check(clean) if check else clean

    return Kind(expected, read, "", from_file=True)


def secret(expected: str, check: Callable[[str], object]) -> Kind[Secret]:
    """Secret text, that `check` can refuse."""

    def read(value: object) -> Secret:
        if not isinstance(value, str):
            raise Invalid("it is not text")
        check(value)
        return Secret(value)

    return Kind(expected, read, Secret(""), from_file=True, secret=True)


def whole(low: int, high: int, unit: str = "") -> Kind[int]:
    """A whole number within bounds."""

    def read(value: object) -> int:
        if not isinstance(value, int) or isinstance(value, bool):
            raise Invalid("it is not a whole number")
        if not low <= value <= high:
            raise Invalid("it is out of bounds")
        return value

    def from_text(given: str) -> object:
        plain = given.strip()
        return int(plain) if re.fullmatch(r"-?[0-9]{1,15}", plain) else given

    said = f" {unit}" if unit else ""
    expected = f"a whole number from {low} to {high}{said}"
    return Kind(expected, read, low, from_text, unit=unit)


def number(low: float, high: float, unit: str = "") -> Kind[float]:
    """A number, maybe with decimals, within bounds."""

    def read(value: object) -> float:
        if not isinstance(value, int | float) or isinstance(value, bool):
            raise Invalid("it is not a number")
        if not low <= value <= high:  # also refuses NaN
            raise Invalid("it is out of bounds")
        return float(value)

    def from_text(given: str) -> object:
        found = re.fullmatch(r"-?[0-9]{1,15}(\.[0-9]{1,9})?", given.strip())
        return float(found[0]) if found else given

    said = f" {unit}" if unit else ""
    expected = f"a number from {low:g} to {high:g}{said}"
    return Kind(expected, read, low, from_text, unit=unit)


def flag() -> Kind[bool]:
    """True or false."""

    def read(value: object) -> bool:
        if not isinstance(value, bool):
            raise Invalid("it is neither true nor false")
        return value

    def from_text(given: str) -> object:
        return WORDS.get(given.strip().lower(), given)

    return Kind("true or false", read, False, from_text)


def choice(*names: str) -> Kind[str]:
    """One of a few words."""

    def check(value: str) -> str:
        if value not in names:
            raise Invalid("it is not a known choice")
        return value

    return text("one of " + ", ".join(names), check)


def several(expected: str, check: Callable[[str], T]) -> Kind[tuple[T, ...]]:
    """A list without repetition; in an environment variable, separated by commas."""

    def read(value: object) -> tuple[T, ...]:
        if not isinstance(value, list):
            raise Invalid("it is not a list")
        items = tuple(check(checked_text(item)) for item in value)
        if len(set(items)) != len(items):
            raise Invalid("it names something twice")
        return items

    def from_text(given: str) -> object:
        return [item.strip() for item in given.split(",") if item.strip()]

    return Kind(expected, read, (), from_text)
