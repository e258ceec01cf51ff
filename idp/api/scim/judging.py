# SPDX-License-Identifier: Apache-2.0
"""Whether a resource, as it is shown, fits a filter: for what the search alone can't tell."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from idp.accounts.values import fold
from idp.api.scim.filters import Both, Compare, Either, Has, Node, Not, Value

# RFC 7643 §3.1, §2.2: these are compared as they are; others whatever their case.
EXACT: Final = frozenset({"id", "externalid", "value"})
Document = Mapping[str, Any]


def fits(node: Node, document: Document) -> bool:
    """RFC 7644 §3.4.2.2."""
    match node:
        case Both(left, right):
            return fits(left, document) and fits(right, document)
        case Either(left, right):
            return fits(left, document) or fits(right, document)
        case Not(of):
            return not fits(of, document)
        case Has(path, of):
            return any(isinstance(one, dict) and fits(of, one) for one in values(document, path))
        case Compare():
            return _compare(node, document)


def _compare(node: Compare, document: Document) -> bool:
    found = [one for one in values(document, node.path) if one not in (None, "", [])]
    if node.operator == "pr" or node.value is None:
        return bool(found) is (node.operator in {"pr", "ne"})
    exact = node.path.rpartition(":")[2].lower() in EXACT
    if node.operator == "ne":
        return not any(_holds(one, "eq", node.value, exact=exact) for one in found)
    return any(_holds(one, node.operator, node.value, exact=exact) for one in found)


def _holds(one: Any, operator: str, value: Value, *, exact: bool) -> bool:
    if isinstance(one, dict):
        # RFC 7643 §2.4: a complex value stands for its `value`.
        one = one.get("value")
    if isinstance(one, bool) or isinstance(value, bool) or one is None or value is None:
        return operator == "eq" and one is value
    if isinstance(one, str) is not isinstance(value, str):
        return False
    if isinstance(one, str) and isinstance(value, str) and not exact:
        one, value = fold(one), fold(value)
    return _ordered(one, operator, value)


def _ordered(one: Any, operator: str, value: Any) -> bool:
    if operator in {"co", "sw", "ew"}:
        if not isinstance(one, str):
            return False
        return {"co": value in one, "sw": one.startswith(value), "ew": one.endswith(value)}[
            operator
        ]
    return bool(
        {
            "eq": one == value,
            "gt": one > value,
            "ge": one >= value,
            "lt": one < value,
            "le": one <= value,
        }[operator]
    )


def values(document: Document, path: str) -> Iterator[Any]:
    """What stands at a path; names are read whatever their case (RFC 7643 §2.1)."""
    urn, _, name = path.rpartition(":")
    inside: Document = document
    if urn and (extended := _member(document, urn)) is not None:
        inside = extended if isinstance(extended, dict) else {}
    for part in name.split("."):
        found = _member(inside, part) if isinstance(inside, dict) else None
        if isinstance(found, list):
            rest = name.partition(part + ".")[2]
            for one in found:
                if rest:
                    yield from values(one, rest) if isinstance(one, dict) else ()
                else:
                    yield one
            return
        inside = found if found is not None else {}
        if found is None:
            return
    yield inside


def _member(document: Document, name: str) -> Any:
    wanted = name.lower()
    return next((value for key, value in document.items() if key.lower() == wanted), None)
