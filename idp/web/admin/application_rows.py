# SPDX-License-Identifier: Apache-2.0
"""Lists of a registration as rows of fields: shown, typed, and what a registration makes of them.

The name of a cell is its place: « saml.acs.0.url ». Rows with nothing in them count for nothing.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from idp.applications.faults import Fault, Unfit, fault
from idp.web.admin.application_shapes import Column, Field

Row = dict[str, str]
Typed = Mapping[str, list[str]]
LONGEST: Final = 2000
LONGEST_CERTIFICATE: Final = 16_384
YES: Final = "yes"
CERTIFICATE: Final = (Column("text", ""),)
NUMBER: Final = re.compile(r"[0-9]{1,5}", re.ASCII)


def columns_of(field: Field) -> tuple[Column, ...]:
    """What each row holds."""
    return CERTIFICATE if field.kind == "certificates" else field.columns


def is_cell(field: Field, name: str) -> bool:
    """Whether this is the name of a cell of a list."""
    if not field.listed or not name.startswith(f"{field.name}."):
        return False
    row, _, column = name.removeprefix(f"{field.name}.").partition(".")
    if not column:
        return any(one.kind == "one" and one.name == row for one in field.columns)
    known = {one.name for one in columns_of(field) if one.kind != "one"}
    return bool(re.fullmatch(r"[0-9]{1,3}", row, re.ASCII)) and column in known


def shown_rows(field: Field, value: Any) -> list[Row]:
    """A list of a registration as rows."""
    rows = [_cells(field, one, at) for at, one in enumerate(_entries(field, value))]
    return _with_one(field, rows)


def typed_rows(field: Field, form: Typed, act: str = "") -> list[Row]:
    """What was typed, row by row; what a button asks for is added or left out."""
    found: dict[int, Row] = {}
    columns = [one for one in columns_of(field) if one.kind != "one"]
    for name in form:
        row, _, column = name.removeprefix(f"{field.name}.").partition(".")
        if is_cell(field, name) and column and act != f"remove {field.name} {row}":
            found.setdefault(int(row), {})[column] = _cell(field, form[name])
    chosen = {one.name: _first(form, f"{field.name}.{one.name}") for one in field.columns}
    rows = []
    for number, cells in sorted(found.items()):
        whole = {one.name: cells.get(one.name, "") for one in columns}
        if _is_empty(columns, whole):
            continue
        picked = {
            one.name: YES if chosen[one.name] == str(number) else ""
            for one in field.columns
            if one.kind == "one"
        }
        rows.append(whole | picked)
    if act == f"add {field.name}":
        rows.append(blank(field))
    return _with_one(field, rows)


def blank(field: Field) -> Row:
    """A row with nothing in it."""
    return {one.name: one.usual for one in columns_of(field)}


def meant_rows(field: Field, rows: Sequence[Row], before: Any) -> Any:
    """The list in a registration; None for none. What is as it was stays as it was written."""
    if not rows:
        return None
    if field.kind == "table":
        return {row["name"]: row["of"] for row in rows}
    if field.kind == "certificates":
        kept = {_plain(one): one for one in _entries(field, before)}
        return [kept.get(row["text"], row["text"]) for row in rows]
    there = list(_entries(field, before))
    made = [_entry(field, row, at, there) for at, row in enumerate(rows)]
    _number(field, rows, made)
    for one in field.columns:
        if one.kind == "one":
            _mark(one.name, rows, made, said=any(each.get(one.name) is True for each in there))
    return made


def row_faults(field: Field, rows: Sequence[Row]) -> list[Fault]:
    """What no registration could hold: what is too long, two of a table of one name, or of none."""
    most = LONGEST_CERTIFICATE if field.kind == "certificates" else LONGEST
    found = [
        fault(field.name, Unfit.TOO_LONG, row=at, part=_part(field, name), most=most)
        for at, row in enumerate(rows)
        for name, text in row.items()
        if len(text) > most
    ]
    if field.kind != "table":
        return found
    known = set()
    for at, row in enumerate(rows):
        if not row["name"]:
            found.append(fault(field.name, Unfit.MISSING, row=at, part="name"))
        elif row["name"] in known:
            found.append(fault(field.name, Unfit.NAMED_TWICE, row=at, part="name"))
        known.add(row["name"])
    return found


def _part(field: Field, column: str) -> str:
    """What of a row a fault is about; a certificate has no parts."""
    return "" if field.kind == "certificates" else column


def _entries(field: Field, value: Any) -> list[Any]:
    if field.kind == "table":
        pairs = value.items() if isinstance(value, Mapping) else ()
        return [{"name": name, "of": of} for name, of in pairs]
    kind = str if field.kind == "certificates" else Mapping
    listed = value if isinstance(value, list) else []
    return [one for one in listed if isinstance(one, kind)]


def _cells(field: Field, entry: Any, at: int) -> Row:
    if field.kind == "certificates":
        return {"text": _plain(entry)}
    return {one.name: _said(one, entry.get(one.name), at) for one in field.columns}


def _said(column: Column, value: Any, at: int) -> str:
    if column.kind == "one":
        return YES if value is True else ""
    if value is None:
        # Who says no number is counted.
        return str(at) if column.kind == "number" else column.usual
    return str(value)


def _with_one(field: Field, rows: list[Row]) -> list[Row]:
    """Of all rows one is it: the first where none says so."""
    for column in field.columns:
        if column.kind == "one" and rows and not any(row[column.name] for row in rows):
            rows[0][column.name] = YES
    return rows


def _cell(field: Field, values: Sequence[str]) -> str:
    text = values[0] if values else ""
    if field.kind == "certificates":
        return _plain(text)
    return text.strip()


def _first(form: Typed, name: str) -> str:
    return (form.get(name) or [""])[0]


def _is_empty(columns: Sequence[Column], row: Row) -> bool:
    """A choice that is always made tells nothing."""
    return not any(
        row[one.name] for one in columns if one.kind != "choice" or ("" in dict(one.options))
    )


def _plain(text: str) -> str:
    return text.replace("\r\n", "\n").strip()


def _entry(field: Field, row: Row, at: int, before: Sequence[Any]) -> dict[str, Any]:
    """One row; without what is one of all."""
    said = [one for one in field.columns if one.kind != "one"]
    typed = [row[one.name] for one in said]
    for entry in before:
        if [_said(one, entry.get(one.name), at) for one in said] == typed:
            known = {one.name for one in said}
            return {name: value for name, value in entry.items() if name in known}
    return {
        one.name: int(text) if one.kind == "number" and NUMBER.fullmatch(text) else text
        for one, text in zip(said, typed, strict=True)
        if text
    }


def _number(field: Field, rows: Sequence[Row], made: Sequence[dict[str, Any]]) -> None:
    """Who is left without a number gets the next that is free, unless its place is."""
    for one in field.columns:
        if one.kind != "number":
            continue
        taken = {int(row[one.name]) for row in rows if NUMBER.fullmatch(row[one.name])}
        for at, (row, entry) in enumerate(zip(rows, made, strict=True)):
            if not row[one.name] and at in taken:
                entry[one.name] = max(taken) + 1
                taken.add(entry[one.name])


def _mark(name: str, rows: Sequence[Row], made: Sequence[dict[str, Any]], *, said: bool) -> None:
    """The first is it without being told; where a registration tells it, it goes on to."""
    for at, (row, entry) in enumerate(zip(rows, made, strict=True)):
        if row[name] and (at or said):
            entry[name] = True
