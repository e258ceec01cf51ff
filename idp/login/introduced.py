# SPDX-License-Identifier: Apache-2.0
"""Somebody as they were introduced, in the words of an account."""

from dataclasses import asdict
from typing import Final

from connectors.capabilities import Introduction, Practice
from idp.accounts.activities import COLUMNS, Activity, whole
from idp.accounts.models import ActivityRow
from idp.accounts.sources import AsTold
from idp.accounts.spelling import written
from idp.accounts.values import LONGEST_TEXTS
from idp.db import table_of
from idp.directory import nomenclature
from idp.directory.naming import named

# Nobody practises in more places; what goes beyond is left out.
MOST: Final = 50
WORDS: Final = frozenset({"structure", "town"})
LONGEST: Final = {
    name: table_of(ActivityRow).c[name].type.length  # type: ignore[attr-defined]
    for name in COLUMNS
}


def as_told(who: Introduction) -> AsTold:
    """What they are called, what they are, and all that they practise."""
    told = (_activity(one) for one in who.practices or ())
    return AsTold(
        first_name=written(who.first_name)[: LONGEST_TEXTS["first_name"]],
        last_name=written(who.last_name)[: LONGEST_TEXTS["last_name"]],
        profession=_profession_of(who)[: LONGEST_TEXTS["profession"]],
        activities=whole(one for one in told if one is not None)[:MOST],
    )


def _activity(practice: Practice) -> Activity | None:
    """With labels; None for what nobody could be told: unknown, or longer than anything real."""
    values: dict[str, str] = asdict(practice)
    for name in WORDS:
        values[name] = values[name][: LONGEST[name]]
    # It can be called nowhere; the rest is worth no less.
    if len(values["phone"]) > LONGEST["phone"]:
        values["phone"] = ""
    if any(len(text) > LONGEST[name] for name, text in values.items()):
        return None
    found = named(Activity(**values))
    return found if found.profession else None


def _profession_of(who: Introduction) -> str:
    """In words; some who vouch for people tell it as a code alone."""
    if who.profession or not who.practices:
        return who.profession
    known = nomenclature.profession(who.practices[0].profession_code)
    return known.label if known else ""
