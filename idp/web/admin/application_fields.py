# SPDX-License-Identifier: Apache-2.0
"""The fields of a registration: how a form shows them, and what a form makes of them.

The name of a field is its place in the registration: « policy.level ». What is not told here stays
as it is; what a form names and is not told here is refused (WB-013).
"""

import json
from collections.abc import Mapping, Sequence
from copy import deepcopy
from typing import Any, Final

from idp.applications.faults import Fault, Unfit, fault
from idp.web.admin.application_rows import (
    is_cell,
    meant_rows,
    row_faults,
    shown_rows,
    typed_rows,
)
from idp.web.admin.application_sections import COMMON, FORMS
from idp.web.admin.application_shapes import Field, Section

LONGEST: Final = 8000
# Hundreds of addresses, or a dozen keys with their certificates.
LONGEST_LISTED: Final = 60_000
Typed = Mapping[str, list[str]]


# What a registration says where it says nothing.
UNSAID: Final[Mapping[str, Any]] = {
    "listed": True,
    "policy.level": 3,
    "policy.consent": True,
    "policy.populations": ["professional", "patient", "staff"],
    "oidc.grant_types": ["authorization_code"],
    "oidc.response_types": ["code"],
    "oidc.scopes": ["openid"],
    "saml.signed_requests": True,
    "saml.vihf.in_login": True,
}


def sections_of(protocol: str) -> tuple[Section, ...]:
    """The form of applications that speak a protocol."""
    return FORMS.get(protocol, COMMON)


def fields_of(protocol: str) -> tuple[Field, ...]:
    """All fields of that form."""
    return tuple(field for section in sections_of(protocol) for field in section.fields)


def protocol_of(document: Mapping[str, Any]) -> str:
    """What a registration says that it speaks."""
    return str(document.get("protocol", ""))


def strangers(names: Sequence[str], known: Sequence[str], protocol: str) -> list[str]:
    """Fields of a form that none of ours has."""
    fields = fields_of(protocol)
    ours = {field.name for field in fields if not field.listed} | set(known)
    lists = [field for field in fields if field.listed]
    return sorted(
        name for name in set(names) - ours if not any(is_cell(field, name) for field in lists)
    )


def shown(document: Mapping[str, Any]) -> dict[str, Any]:
    """A registration as a form shows it: text, a list of what is ticked, or rows."""
    fields = fields_of(protocol_of(document))
    return {field.name: _shown(field, _read(document, field)) for field in fields}


def typed(form: Typed, protocol: str, act: str = "") -> dict[str, Any]:
    """What was typed, as the form shows it again; with a row more or less, as a button asks."""
    found: dict[str, Any] = {}
    for field in fields_of(protocol):
        if field.listed:
            found[field.name] = typed_rows(field, form, act)
            continue
        values = form.get(field.name, [])
        text = values[0] if values else ""
        found[field.name] = (
            list(values)
            if field.kind == "ticks"
            else bool(values)
            if field.kind == "flag"
            else text
        )
    return found


def document_of(before: Mapping[str, Any], values: Mapping[str, Any]) -> dict[str, Any]:
    """The registration with what was typed in it; what no field tells of stays."""
    document: dict[str, Any] = deepcopy(dict(before))
    for field in fields_of(protocol_of(before)):
        given = values[field.name]
        there = _read(before, field)
        value = meant_rows(field, given, there) if field.listed else _meant(field, given)
        if _is_idle(field, values):
            value = None
        *folders, last = field.place
        folder = document
        for name in folders:
            folder = folder.setdefault(name, {})
        if value is None:
            folder.pop(last, None)
        else:
            folder[last] = value
    for section in sections_of(protocol_of(before)):
        if section.part and not is_told(section, values):
            _leave_out(document, section.part)
    return document


def faults_of(values: Mapping[str, Any], protocol: str) -> list[Fault]:
    """What was typed that no registration could hold; nothing is ever cut to fit."""
    found = []
    for field in fields_of(protocol):
        value = values[field.name]
        if field.listed:
            found += row_faults(field, value)
        elif isinstance(value, str) and len(value) > _longest(field):
            found.append(fault(field.name, Unfit.TOO_LONG, most=_longest(field)))
    return found


def _longest(field: Field) -> int:
    return LONGEST_LISTED if field.kind in {"lines", "json"} else LONGEST


def is_told(section: Section, values: Mapping[str, Any]) -> bool:
    """Whether anything is typed of a part that may be left out."""
    return any(values[field.name].strip() for field in section.fields if field.kind == "text")


def unfolded(
    sections: Sequence[Section], values: Mapping[str, Any], errors: Mapping[str, str]
) -> list[int]:
    """Which sections stand open, though they may be folded: something is told of them, or wrong."""
    return [at for at, one in enumerate(sections, 1) if one.folds and _stands(one, values, errors)]


def wrong_fields(sections: Sequence[Section], errors: Mapping[str, str]) -> list[str]:
    """What the fields are called that need another look: some stand far down."""
    return [
        str(field.label)
        for section in sections
        for field in section.fields
        if any(one == field.name or one.startswith(f"{field.name}.") for one in errors)
    ]


def _stands(section: Section, values: Mapping[str, Any], errors: Mapping[str, str]) -> bool:
    if any(map(section.holds, errors)):
        return True
    if not section.seldom:
        return is_told(section, values)
    names = tuple(field.name for field in section.fields)
    if any(place.startswith(names) for place in errors):
        return True
    return not all(_is_usual(field, values[field.name]) for field in section.fields)


def _is_usual(field: Field, value: Any) -> bool:
    """Whether a registration that says nothing shows the same."""
    if field.kind == "choice" and field.options and value == field.options[0][0]:
        return True
    return bool(value == _shown(field, UNSAID.get(field.name)))


def _is_idle(field: Field, values: Mapping[str, Any]) -> bool:
    """Whether it is of no use beside what is ticked elsewhere; nothing ticked: as usual."""
    other, needed = field.only_with
    ticked = values[other] if other else ()
    return bool(ticked) and set(needed).isdisjoint(ticked)


def _leave_out(document: dict[str, Any], part: str) -> None:
    *folders, last = part.split(".")
    folder: Any = document
    for name in folders:
        folder = folder.get(name, {})
    folder.pop(last, None)


def _read(document: Mapping[str, Any], field: Field) -> Any:
    found: Any = document
    for name in field.place:
        if not isinstance(found, Mapping) or name not in found:
            return UNSAID.get(field.name)
        found = found[name]
    return found


def _shown(field: Field, value: Any) -> Any:
    if field.kind == "flag":
        return value is True
    if field.listed:
        return shown_rows(field, value)
    if field.kind == "ticks":
        return [str(one) for one in value] if isinstance(value, list) else []
    if value is None:
        return ""
    if field.kind == "lines" and isinstance(value, list):
        return "\n".join(str(one) for one in value)
    if field.kind == "json" and not isinstance(value, str):
        return json.dumps(value, indent=2)
    return str(value)


def _meant(field: Field, value: Any) -> Any:
    """The value in a registration; None for what is left out of it."""
    if field.kind == "flag":
        return bool(value)
    if field.kind == "ticks":
        return [one for one in value if one] or None
    text = value.replace("\r\n", "\n").strip()
    if not text:
        return None
    if field.kind == "lines":
        return [line.strip() for line in text.split("\n") if line.strip()]
    if field.name == "policy.level" or field.kind == "number":
        return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else text
    if field.kind == "json":
        return _json(text)
    return text


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text
