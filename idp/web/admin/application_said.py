# SPDX-License-Identifier: Apache-2.0
"""A registration in words, section by section, for those who look and do not change."""

from collections.abc import Mapping, Sequence
from typing import Any

from flask_babel import gettext as _

from idp.administration.rules.applications import Sheet
from idp.administration.rules.protocols import Speaks
from idp.web.admin.application_certificates import summaries
from idp.web.admin.application_fields import protocol_of, sections_of, shown
from idp.web.admin.application_rows import Row
from idp.web.admin.application_shapes import Column, Field
from idp.web.admin.application_words import offered
from idp.web.means import label_of

Words = Mapping[str, Mapping[str, Any]]


def sections_in_words(
    sheet: Sheet, speaks: Speaks, communities: Mapping[str, str], now: int
) -> list[dict[str, Any]]:
    """What the page of an application shows of its registration."""
    values = shown(sheet.document)
    words = {"policy.communities": communities}
    return [
        {
            "title": section.title,
            "facts": [
                _fact(field, values[field.name], words, speaks, now) for field in section.fields
            ],
        }
        for section in offered(sections_of(protocol_of(sheet.document)), speaks)
        if not section.part or section.part in _parts(sheet.document)
    ]


def _parts(document: Mapping[str, Any]) -> set[str]:
    """The parts of its own section that a registration has."""
    protocol = protocol_of(document)
    return {f"{protocol}.{name}" for name in document.get(protocol, {})}


def _fact(field: Field, value: Any, words: Words, speaks: Speaks, now: int) -> dict[str, Any]:
    fact: dict[str, Any] = {"label": field.label, "text": "", "lines": [], "certificates": []}
    if field.kind == "certificates":
        texts = [row["text"] for row in value]
        return fact | {"certificates": [one for one in summaries(speaks, texts, now) if one]}
    if field.listed:
        return fact | {"lines": row_lines(field, value)}
    if field.kind == "lines":
        return fact | {"lines": [(one, "") for one in value.split("\n") if one]}
    return fact | {"text": said(field, value, words)}


def row_lines(field: Field, rows: Sequence[Row]) -> list[tuple[str, str]]:
    """Each row of a list: what it is, and the rest of it."""
    first, *rest = field.columns
    found = []
    for row in rows:
        usual = dict(first.usually).get(row[first.name], "")
        about = [_part(one, row) or (usual if one.name == "name" else "") for one in rest]
        found.append((_part(first, row), " · ".join(one for one in about if one)))
    return found


def _part(column: Column, row: Row) -> str:
    text = row[column.name]
    if column.kind == "one":
        return str(column.label) if text else ""
    if column.kind == "number":
        return str(_("number %(number)s", number=text)) if text else ""
    if column.kind == "choice":
        return str(dict(column.options).get(text, text)) if text else ""
    return text


def said(field: Field, value: Any, words: Words) -> str:
    """What a field holds, in the words of whoever reads."""
    options = dict(field.options)
    if isinstance(value, bool):
        return str(_("Yes") if value else _("No"))
    if isinstance(value, list):
        known = words.get(field.name, options)
        return ", ".join(
            label_of(one) if field.name == "policy.means" else str(known.get(one, one))
            for one in value
        )
    if not value and options:
        # What a registration does not say is the first of the words.
        return str(next(iter(options.values())))
    return str(options.get(value, value))


def plain(field: Field, value: Any) -> str:
    """The same on one line, for two that differ."""
    if field.kind == "certificates":
        return str(_("Certificates: %(number)s", number=len(value)))
    if field.listed:
        return ", ".join(" – ".join(filter(None, one)) for one in row_lines(field, value))
    return said(field, value, {})
