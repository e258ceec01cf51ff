# SPDX-License-Identifier: Apache-2.0
"""What people type: birth dates in whichever way, forms that come back with what was typed."""

import re
from dataclasses import dataclass, field
from typing import Any

from flask import request
from flask_babel import gettext as _

from imaging_app.people.traits import read_date

LONGEST = 600
MOST_PAGES = 10_000
UNPROCESSABLE = 422
_PARTED = re.compile(r"([0-9]{1,2})[\s/.,\-–—]+([0-9]{1,2})[\s/.,\-–—]+([0-9]{4})")
_WHOLE = re.compile(r"([0-9]{2})([0-9]{2})([0-9]{4})")


def read_birth_date(text: str) -> str | None:
    """The day that was meant, as YYYY-MM-DD: 1/2/1960, 01-02-1960 and 01021960 are one."""
    text = text.strip()[:32]
    if match := _PARTED.fullmatch(text) or _WHOLE.fullmatch(text):
        day, month, year = match.groups()
        if found := read_date(f"{day:0>2}/{month:0>2}/{year}"):
            return found
    return read_date(text)


def page_number() -> int:
    """Which page of a list is asked for."""
    told = request.args.get("page", "")
    return min(max(int(told), 1), MOST_PAGES) if told.isascii() and told.isdigit() else 1


@dataclass(slots=True)
class Form:
    """What was typed, and what is wrong with it, by the field's name."""

    typed: dict[str, str] = field(default_factory=dict)
    errors: dict[str, Any] = field(default_factory=dict)
    # Of the form as a whole.
    fault: Any = ""

    def text(self, name: str) -> str:
        """A field, as typed."""
        return self.typed.get(name, "")

    def need(self, name: str, error: Any) -> str:
        """A field that must not be empty."""
        if not self.text(name).strip():
            self.errors[name] = error
        return self.text(name)

    def birth_date(self) -> str:
        """The field of this name; empty where it is said to be unknown."""
        if self.text("birth_date_unknown"):
            return ""
        found = read_birth_date(self.need("birth_date", _("Type the date of birth.")))
        if found is None and "birth_date" not in self.errors:
            self.errors["birth_date"] = _("Type the date as day, month and year: 01/02/1960.")
        return found or ""

    @property
    def is_wrong(self) -> bool:
        """Whether it comes back."""
        return bool(self.errors or self.fault)


def posted(*names: str) -> Form:
    """These fields of what was posted."""
    # No database keeps a NUL, and nobody types one.
    return Form({name: request.form.get(name, "")[:LONGEST].replace("\0", "") for name in names})
