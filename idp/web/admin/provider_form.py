# SPDX-License-Identifier: Apache-2.0
"""The form of a provider: what was typed, read once; and what is shown in its fields."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from flask import request

from idp.administration.rules.provider_faults import ALGORITHMS
from idp.administration.rules.provider_metadata import Metadata
from idp.administration.rules.providers import Looked
from idp.providers.spoken import ByBrowser
from idp.providers.values import POPULATIONS, Provider
from idp.web.admin import provider_hints as hints
from idp.web.admin.provider_spoken import FIELDS as SPOKEN
from idp.web.admin.provider_spoken import NOTHING as NOT_SPOKEN
from idp.web.admin.provider_spoken import found_spoken, read_spoken, shown_spoken, spoken
from idp.web.admin.provider_words import FINDING
from idp.web.admin.provider_words import POPULATIONS as POPULATION_WORDS
from idp.web.admin.typed import read_typed, whole_number

LONGEST: Final = 4096
TEXTS: Final = (
    "alias",
    "name_fr",
    "name_en",
    "issuer",
    "levels",
    "max_age",
    "finding",
    "national_id",
    "first_name",
    "last_name",
    "email",
    *hints.TEXTS,
)
FIELDS: Final = frozenset({*TEXTS, *SPOKEN, "csrf", "populations", "link_only", "closed", "seen"})
# No level has this number, and no age: the field that it stands in is refused.
UNREADABLE: Final = -1
NOTHING: Final[Mapping[str, Any]] = {
    **dict.fromkeys(TEXTS, ""),
    **NOT_SPOKEN,
    "finding": "link",
    "populations": POPULATIONS,
    "link_only": False,
    "closed": False,
}


def read_form() -> dict[str, Any]:
    """What was typed, but for the secret, which is shown nowhere again."""
    typed: dict[str, Any] = {**read_typed(*TEXTS, longest=LONGEST), **read_spoken()}
    typed["populations"] = tuple(one for one in request.form.getlist("populations"))[:10]
    typed["link_only"] = request.form.get("link_only") == "yes"
    typed["closed"] = request.form.get("closed") == "yes"
    return typed


def wished(
    typed: Mapping[str, Any], alias: str, seen: int, known: Provider | None = None
) -> Provider:
    """The provider that was typed; what its metadata says is not typed again."""
    before = known.spoken if known is not None else None
    told = isinstance(before, ByBrowser)
    age = typed["max_age"]
    number = whole_number(age)
    return Provider(
        alias=alias,
        version=seen,
        enabled=not typed["closed"],
        link_only=typed["link_only"],
        name_fr=typed["name_fr"],
        name_en=typed["name_en"],
        issuer=known.issuer if known and told else typed["issuer"],
        spoken=(
            replace(before, origins=tuple(typed["origins"].split()))
            if isinstance(before, ByBrowser)
            else spoken(typed)
        ),
        levels=_levels(typed["levels"]),
        max_age=(UNREADABLE if number is None else number) if age else None,
        finding=typed["finding"],
        national_id=typed["national_id"],
        first_name=typed["first_name"],
        last_name=typed["last_name"],
        email=typed["email"],
        populations=typed["populations"],
        domains=hints.typed_domains(typed),
        establishments=hints.typed_houses(typed),
    )


def typed_of(provider: Provider) -> dict[str, Any]:
    """What its fields show."""
    shown: dict[str, Any] = {name: getattr(provider, name) for name in TEXTS}
    return shown | {
        **hints.shown_hints(provider),
        **shown_spoken(provider.spoken),
        "levels": "\n".join(f"{word} = {level}" for word, level in provider.levels.items()),
        "max_age": "" if provider.max_age is None else str(provider.max_age),
        "populations": provider.populations,
        "link_only": provider.link_only,
    }


def typed_from(found: Looked | Metadata) -> dict[str, Any]:
    """The fields of a new one, as far as it tells."""
    return {**NOTHING, **found_spoken(found)}


def options() -> dict[str, Any]:
    """What its lists offer."""
    return {
        "algorithms": [(one, one) for one in ALGORITHMS],
        "findings": [(one, str(words)) for one, words in FINDING.items()],
        "populations": [(one, str(words)) for one, words in POPULATION_WORDS.items()],
    }


def _levels(text: str) -> dict[str, int]:
    """One word a line, with what it is worth; a line that says something else is refused."""
    found: dict[str, int] = {}
    for line in text.splitlines():
        word, _equals, level = line.rpartition("=")
        if line.strip():
            number = whole_number(level.strip())
            found[word.strip()] = UNREADABLE if number is None else number
    return found
