# SPDX-License-Identifier: Apache-2.0
"""How commands print: plain tables, facts, times. Nothing from the database moves the cursor."""

import json
import unicodedata
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

import click

JSON = click.option("--json", "as_json", is_flag=True, help="For machines.")
WIDE = frozenset({"W", "F"})


def plain(value: object) -> str:
    """Text that can't steer the terminal: names are typed by strangers."""
    text = str(value)
    if text.isprintable():
        return text
    return "".join(one if one.isprintable() else "\N{REPLACEMENT CHARACTER}" for one in text)


def width(text: str) -> int:
    """How many columns a text takes on a terminal."""
    columns = 0
    for one in text:
        if not unicodedata.combining(one):
            columns += 2 if unicodedata.east_asian_width(one) in WIDE else 1
    return columns


def table(head: Sequence[str], rows: Iterable[Sequence[object]], *, indent: str = "") -> str:
    """Columns as wide as what they hold."""
    lines = [tuple(head), *(tuple(plain(cell) for cell in row) for row in rows)]
    widths = [max(width(line[column]) for line in lines) for column in range(len(head))]
    return "\n".join(indent + _line(line, widths) for line in lines)


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    padded = (cell + " " * (wide - width(cell)) for cell, wide in zip(cells, widths, strict=True))
    return "  ".join(padded).rstrip()


def facts(pairs: Iterable[tuple[str, object]]) -> str:
    """Names and values below each other; what is not known is left out."""
    known = [(name, plain(value)) for name, value in pairs if value not in {"", None}]
    wide = max((width(name) for name, _value in known), default=0)
    return "\n".join(_line((name, value), (wide, 0)) for name, value in known)


def table_as_json(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """The same as a table, for machines: each row by the names of its columns."""
    names = [_member(one) for one in head]
    found = [dict(zip(names, row, strict=True)) for row in rows]
    return json.dumps(found, ensure_ascii=False, indent=2)


def facts_as_json(pairs: Iterable[tuple[str, object]]) -> str:
    """The same as `facts`, for machines: what is not known is empty."""
    known = {_member(name): value for name, value in pairs}
    return json.dumps(known, ensure_ascii=False, indent=2)


def _member(name: str) -> str:
    return name.casefold().replace(" ", "_")


def moment(seconds: int | None) -> str:
    """A time, in UTC."""
    if seconds is None:
        return ""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M:%SZ")


def count(number: int, one: str, many: str = "") -> str:
    """A number and its noun."""
    return f"{number} {one if number == 1 else many or one + 's'}"


def say(*lines: str) -> None:
    """Print, at once."""
    click.echo("\n".join(lines))


def say_made(*lines: str, as_json: bool, **known: object) -> None:
    """Tell what was made: in words, or its facts for machines."""
    say(*([facts_as_json(known.items())] if as_json else lines))
