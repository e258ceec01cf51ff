# SPDX-License-Identifier: Apache-2.0
"""Refresh tokens that need no session (OIDC Core §11), as an application is registered for them."""

from collections.abc import Collection, Iterable, Mapping
from typing import Any, Final

from idp.applications.faults import Unfit, What
from idp.grants.admission import Admission
from idp.grants.lasting import IDLE, LASTING, LIFE, SCOPE, SETTING, Lasting
from idp.launches.sources import MEANS as LAUNCH
from idp.oidc.binding import Bound
from idp.oidc.reading import Reading

KNOWN: Final = frozenset({SETTING, LIFE, IDLE})
SESSION: Final = "session"
LEAST: Final = 60


class Unlasting(What):
    """What may be wrong with these settings."""

    LASTING_GRANT = "needs the grant refresh_token"
    LASTING_PROOF = "needs a client that authenticates, or tokens bound to a key or certificate"
    LASTING_LEANS = "not for a service that leans on this server for each login"
    LASTING_ALONE = "is of use with refresh = lasting alone"


def read_lasting(
    reading: Reading, grants: tuple[str, ...], method: str, bound: Bound, *, leans: bool
) -> Lasting | None:
    """The group of settings, each fault noted; None where its tokens end with the session."""
    kind = reading.one_of(SETTING, (SESSION, LASTING))
    lasting = Lasting(_seconds(reading, IDLE), _seconds(reading, LIFE))
    if kind == SESSION:
        for name, value in ((IDLE, lasting.idle), (LIFE, lasting.life)):
            if value:
                reading.note(name, Unlasting.LASTING_ALONE)
        return None
    if "refresh_token" not in grants:
        reading.note(SETTING, Unlasting.LASTING_GRANT)
    # RFC 9700 §4.14.2: rotation alone is too little for what lives for months.
    if method == "none" and not (bound.to_key or bound.to_certificate):
        reading.note(SETTING, Unlasting.LASTING_PROOF)
    if leans:
        reading.note(SETTING, Unlasting.LASTING_LEANS)
    return lasting


def with_scope(scopes: Iterable[str], lasting: Lasting | None) -> tuple[str, ...]:
    """The scopes with the one that asks for it, or without: nothing is told that does not work."""
    others = tuple(one for one in scopes if one != SCOPE)
    return others if lasting is None else (*others, SCOPE)


def lasting_by(
    admission: Admission, life: int, payload: Mapping[str, Any]
) -> tuple[int, Mapping[str, Any]]:
    """For how long a login gives it, and what is kept of the request; 0 where it does not.

    Whoever was brought here by an establishment's software is there for as long as that says.
    """
    if not life:
        return 0, payload
    if LAUNCH in admission.means:
        scope = [one for one in payload["scope"] if one != SCOPE]
        return 0, {**payload, "scope": scope}
    return life, payload


def as_asked(
    ours: Mapping[str, Any],
    said: Mapping[str, Any],
    scopes: Collection[str],
    granted: Collection[str],
) -> dict[str, Any]:
    """These settings of an application that registers itself: as it asks, where it may.

    `said`: by an administrator, whose bounds stay.
    """
    if SCOPE not in granted:
        return dict(ours)
    others = {name: one for name, one in ours.items() if name not in KNOWN}
    if SCOPE not in scopes:
        return others
    return {**others, SETTING: LASTING, **{one: said[one] for one in (IDLE, LIFE) if one in said}}


def _seconds(reading: Reading, name: str) -> int:
    value = reading.settings.get(name, 0)
    if type(value) is int and (value == 0 or value >= LEAST):
        return value
    reading.note(name, Unfit.SECONDS)
    return 0
