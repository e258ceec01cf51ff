# SPDX-License-Identifier: Apache-2.0
"""The form of a provider: whose people it is offered to first."""

from collections.abc import Mapping
from typing import Any, Final

from flask_babel import lazy_gettext as _l

from idp.providers.hints import plain_domain
from idp.providers.values import Provider

TEXTS: Final = ("domains", "establishments")
LABELS: Final[Mapping[str, Any]] = {
    "domains": _l("Domains of its people’s e-mail addresses"),
    "establishments": _l("Establishments of its people (FINESS numbers)"),
}
FAULTS: Final[Mapping[str, Any]] = {
    "domains": _l("One domain a line, such as chu.example, twenty at most."),
    "establishments": _l("One FINESS number of nine characters a line, twenty at most."),
}
WHY: Final[Mapping[str, Any]] = {
    "unknown-establishment": _l("One of these establishments is not known here."),
}


def typed_domains(typed: Mapping[str, Any]) -> tuple[str, ...]:
    """As they are kept: in small letters, and without what stands before an @."""
    found = (one.rpartition("@")[2] for one in typed["domains"].split())
    return tuple(dict.fromkeys(plain_domain(one) or one for one in found))


def typed_houses(typed: Mapping[str, Any]) -> tuple[str, ...]:
    """As they are kept."""
    return tuple(dict.fromkeys(typed["establishments"].upper().split()))


def shown_hints(provider: Provider) -> dict[str, str]:
    """What the fields show."""
    return {name: "\n".join(getattr(provider, name)) for name in TEXTS}
