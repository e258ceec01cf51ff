# SPDX-License-Identifier: Apache-2.0
"""What a desk tells of somebody known: what was unknown is taken, the rest is said to stand."""

from dataclasses import dataclass, replace
from typing import Any, Final

from imaging_app.people.folding import fold
from imaging_app.people.traits import QUALIFIED, Ins, Traits

UNKNOWN: Final = {
    "birth_date": "", "sex": "U", "birth_place": "", "used_name": "", "used_first_name": "",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Completed:
    """Who they are by now, what of it is new, and what was told and not taken."""

    traits: Traits
    took: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()
    # Somebody else here who is the same person by a qualified identity.
    same: str = ""


def completed(known: Traits, told: Traits) -> Completed:
    """What two that contradict nothing make together."""
    new: dict[str, Any] = {
        name: getattr(told, name)
        for name, nothing in UNKNOWN.items()
        if getattr(known, name) == nothing != getattr(told, name)
    }
    # An image often tells the first one alone; the identity document tells them all.
    if _names(known) < _names(told):
        new["first_names"] = told.first_names
    if told.ins is not None and _is_better(told.ins, known.ins):
        new["ins"] = told.ins
    traits = replace(known, **new)
    kept = tuple(
        name
        for name in ("birth_name", "birth_place", "used_name", "used_first_name")
        if getattr(told, name) and fold(getattr(told, name)) != fold(getattr(traits, name))
    )
    if _names(told) - _names(traits):
        kept += ("first_names",)
    return Completed(traits, tuple(new), kept)


def _names(one: Traits) -> set[str]:
    return {fold(name) for name in one.first_names}


def _is_better(told: Ins, known: Ins | None) -> bool:
    """The same number by a better word; another one contradicts, and comes no further."""
    return known is None or (told.status == QUALIFIED != known.status)
