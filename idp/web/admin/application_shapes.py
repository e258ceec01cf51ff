# SPDX-License-Identifier: Apache-2.0
"""What the form of an application is made of: sections, fields, the columns of a list."""

from dataclasses import dataclass, replace
from typing import Any, Final

from flask_babel import lazy_gettext as _

Options = tuple[tuple[str, Any], ...]
CHOOSE: Final[Options] = (("", _("Choose")),)


@dataclass(frozen=True, slots=True)
class Column:
    """One field of each row of a list. Kinds: text, number, choice, one (one row alone is it)."""

    name: str
    label: Any
    kind: str = "text"
    options: Options = ()
    # What stands where a registration says nothing.
    usual: str = ""
    help: Any = ""
    # Of a choice: what the first text of the row is called where it is left empty.
    usually: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Field:
    """One field. Kinds: text, long, lines, flag, ticks, choice, number, json; and lists: rows (of
    tables), table (names and values), certificates.
    """

    name: str
    label: Any
    kind: str = "text"
    help: Any = ""
    options: Options = ()
    required: bool = False
    columns: tuple[Column, ...] = ()
    # What one row is called, and the button that adds one.
    each: Any = ""
    more: Any = ""
    # Of use only where one of these is ticked in another field; left out where none is.
    only_with: tuple[str, tuple[str, ...]] = ("", ())

    @property
    def place(self) -> tuple[str, ...]:
        """Where it stands in the registration."""
        return tuple(self.name.split("."))

    @property
    def listed(self) -> bool:
        """Whether it is a list whose rows have fields of their own."""
        return self.kind in {"rows", "table", "certificates"}

    @property
    def look(self) -> str:
        """By which its rows are laid out."""
        return self.place[-1]

    def offering(self, column: str, options: Options, usually: dict[str, str]) -> "Field":
        """The same with what one of its columns lets choose."""
        return replace(
            self,
            columns=tuple(
                replace(one, options=(*one.options, *options), usually=tuple(usually.items()))
                if one.name == column
                else one
                for one in self.columns
            ),
        )


@dataclass(frozen=True, slots=True)
class Section:
    """Fields that belong together."""

    title: Any
    about: Any
    fields: tuple[Field, ...]
    # The part of a registration that it is; with no text in it the whole part is left out.
    part: str = ""
    # Whether most applications leave it as it is: it stands folded until something is told of it.
    seldom: bool = False

    @property
    def folds(self) -> bool:
        """Whether it may stand folded."""
        return self.seldom or bool(self.part)

    def holds(self, place: str) -> bool:
        """Whether a place of the registration is in that part."""
        return bool(self.part) and f"{place}.".startswith(f"{self.part}.")
