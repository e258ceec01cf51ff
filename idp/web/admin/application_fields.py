# SPDX-License-Identifier: Apache-2.0
"""The fields of a registration: how a form shows them, and what a form makes of them.

The name of a field is its place in the registration: « policy.level ». What is not told here stays
as it is; what a form names and is not told here is refused (WB-013).
"""

import json
from collections.abc import Mapping, Sequence
from copy import deepcopy
from typing import Any, Final

from idp.web.admin.application_sections import COMMON, FORMS, Field, Section

LONGEST: Final = 8000
Typed = Mapping[str, list[str]]


# What a registration says where it says nothing.
UNSAID: Final[Mapping[str, Any]] = {
    "listed": True,
    "policy.level": 3,
    "policy.consent": True,
    "policy.populations": ["professional", "patient", "staff"],
    "oidc.grant_types": ["authorization_code"],
    "oidc.scopes": ["openid"],
    "saml.signed_requests": True,
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
    ours = {field.name for field in fields_of(protocol)} | set(known)
    return sorted(set(names) - ours)


def shown(document: Mapping[str, Any]) -> dict[str, Any]:
    """A registration as a form shows it: text, or a list of what is ticked."""
    fields = fields_of(protocol_of(document))
    return {field.name: _shown(field, _read(document, field)) for field in fields}


def typed(form: Typed, protocol: str) -> dict[str, Any]:
    """What was typed, as the form shows it again."""
    found: dict[str, Any] = {}
    for field in fields_of(protocol):
        values = form.get(field.name, [])
        text = values[0][:LONGEST] if values else ""
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
        value = _meant(field, values[field.name])
        *folders, last = field.place
        folder = document
        for name in folders:
            folder = folder.setdefault(name, {})
        if value is None:
            folder.pop(last, None)
        else:
            folder[last] = value
    return document


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
