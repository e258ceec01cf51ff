# SPDX-License-Identifier: Apache-2.0
"""Fine-grained access that an application asks for (RFC 9396): bounded, shown, and agreed to."""

import json
from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Any, Final
from unicodedata import category

from idp.keys import compact
from idp.login.request import DETAIL
from idp.oidc.client import Client
from idp.oidc.errors import OAuthError

MEMBER: Final = "authorization_details"
LONGEST: Final = 8192
MOST: Final = 16
DEEPEST: Final = 5
UNREADABLE: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn"})
Detail = Mapping[str, Any]
# RFC 9396 §2.2: lists of texts that any type may have, and by what a page knows them.
LISTS: Final = {
    "actions": "actions",
    "locations": "places",
    "datatypes": "data",
    "privileges": "rights",
}
encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode


def parse_details(text: str) -> tuple[Detail, ...] | None:
    """RFC 9396 §2: a list of objects, each of a type; None where it is anything else."""
    if not text:
        return ()
    if len(text) > LONGEST:
        return None
    try:
        document = json.loads(
            text, object_pairs_hook=_unique, parse_constant=_refuse, parse_float=_refuse
        )
    except (ValueError, RecursionError):
        return None
    if not isinstance(document, list) or not 1 <= len(document) <= MOST:
        return None
    return tuple(document) if all(map(_is_detail, document)) else None


def details_error(client: Client, text: str) -> OAuthError | None:
    """RFC 9396 §5: what is malformed or of a type that is not registered is refused."""
    details = parse_details(text)
    if details is None:
        return OAuthError("invalid_authorization_details", "it is not what RFC 9396 says")
    if not {one["type"] for one in details} <= set(client.asking.detail_types):
        return OAuthError("invalid_authorization_details", "its type is not registered")
    return None


def mark_of(detail: Detail) -> str:
    """By which an agreement to exactly this is known again."""
    digest = compact.encode(sha256(encode(detail).encode()).digest()[:16])
    return f"{DETAIL}{detail['type']}:{digest}"


def shown(detail: Detail) -> dict[str, Any]:
    """For the page that asks the person: all of it, and nothing that they could not read."""
    known = {name: detail[member] for member, name in LISTS.items() if detail.get(member)}
    rest = {
        name: value
        for name, value in detail.items()
        if name not in LISTS and name not in {"type", "identifier"}
    }
    return {
        "kind": detail["type"],
        "name": detail.get("identifier", ""),
        "more": encode(rest) if rest else "",
        **known,
    }


def granted(client: Client, payload: Mapping[str, Any]) -> list[Detail]:
    """What was agreed to, of the types that the application is still registered for."""
    kept: Sequence[Detail] = payload.get("details", ())
    return [one for one in kept if one["type"] in client.asking.detail_types]


def is_same(text: str, kept: Sequence[Detail]) -> bool:
    """RFC 9396 §6.1: whether the token request names what was agreed to, or names nothing."""
    if not text:
        return True
    asked = parse_details(text)
    return asked is not None and sorted(map(encode, asked)) == sorted(map(encode, kept))


def _is_detail(one: object) -> bool:
    if not isinstance(one, dict) or not isinstance(one.get("type"), str) or not one["type"]:
        return False
    if not isinstance(one.get("identifier", ""), str):
        return False
    lists = [one[name] for name in LISTS if name in one]
    if not all(isinstance(value, list) and all(map(_is_str, value)) for value in lists):
        return False
    return _is_plain(one, DEEPEST)


def _is_str(value: object) -> bool:
    return isinstance(value, str)


def _is_plain(value: object, depth: int) -> bool:
    """Texts that can be written and read, and nothing too deep."""
    if isinstance(value, str):
        # Neither control characters nor those that turn the order of what is read.
        return not any(category(letter) in UNREADABLE for letter in value)
    if isinstance(value, dict | list):
        inner = [*value, *value.values()] if isinstance(value, dict) else value
        return depth > 0 and all(_is_plain(each, depth - 1) for each in inner)
    return True


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("twice")
    return found


def _refuse(text: str) -> Any:
    """Neither NaN nor fractions: what is agreed to is compared."""
    raise ValueError(text)
