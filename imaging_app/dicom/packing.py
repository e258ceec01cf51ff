# SPDX-License-Identifier: Apache-2.0
"""Values on their way between the child and us: JSON that is checked field by field, never pickle.

Whoever broke the child by a file writes these answers; the worst of them is a refusal.
"""

import json
import re
import types
import zlib
from collections.abc import Mapping
from dataclasses import asdict, fields, is_dataclass
from functools import cache
from typing import Any, Final, TypeVar, Union, get_args, get_origin, get_type_hints

T = TypeVar("T")
WRONG: Final = re.compile("[\x00\ud800-\udfff]")


class WrongAnswer(Exception):
    """What came is no such value."""


class WrongText(WrongAnswer):
    """A text that no database takes."""


def pack(value: Any) -> dict[str, Any]:
    """A value as JSON holds it, without its bytes."""
    return {name: item for name, item in asdict(value).items() if not isinstance(item, bytes)}


def unpack(kind: type[T], found: object, **more: bytes) -> T:
    """The value; its bytes came apart from it."""
    if not isinstance(found, Mapping) or not is_dataclass(kind):
        raise WrongAnswer(kind.__name__)
    hints = _hints(kind)
    if set(found) | set(more) != set(hints):
        raise WrongAnswer(kind.__name__)
    items = {name: _check(hints[name], item) for name, item in found.items()}
    return kind(**items, **more)


@cache
def _hints(kind: type[Any]) -> dict[str, Any]:
    """Which fields a kind of value has, and what each may be."""
    hints = get_type_hints(kind)
    return {field.name: hints[field.name] for field in fields(kind)}


def _check(hint: Any, item: Any) -> Any:
    origin = get_origin(hint)
    if origin in {Union, types.UnionType}:
        if item is None and type(None) in get_args(hint):
            return None
        return _check(next(one for one in get_args(hint) if one is not type(None)), item)
    if origin is tuple:
        return _check_tuple(get_args(hint), item)
    if is_dataclass(hint) and isinstance(hint, type):
        return unpack(hint, item)
    if hint is float and type(item) in {int, float}:
        return float(item)
    if type(item) is not hint:
        raise WrongAnswer(str(hint))
    if isinstance(item, str) and WRONG.search(item):
        raise WrongText("an end, or half of a character")
    return item


def _check_tuple(parts: tuple[Any, ...], item: Any) -> tuple[Any, ...]:
    if not isinstance(item, list):
        raise WrongAnswer("tuple")
    if len(parts) == 2 and parts[1] is Ellipsis:
        return tuple(_check(parts[0], one) for one in item)
    if len(parts) != len(item):
        raise WrongAnswer("tuple")
    return tuple(_check(part, one) for part, one in zip(parts, item, strict=True))


def read_json(text: bytes) -> Any:
    """JSON, or no answer."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as fault:
        raise WrongAnswer("JSON") from fault


def inflate(packed: bytes, most: int) -> bytes:
    """What zlib has packed, if it is no longer than that."""
    inflater = zlib.decompressobj()
    try:
        found = inflater.decompress(packed, most)
    except zlib.error as fault:
        raise WrongAnswer("zlib") from fault
    if not inflater.eof or inflater.unused_data:
        raise WrongAnswer("too long")
    return found
