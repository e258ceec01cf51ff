# SPDX-License-Identifier: Apache-2.0
"""Whether an application may have signals: its setting."""

from typing import Final

from idp.applications.faults import What
from idp.oidc.reading import Reading
from idp.signals.hearing import SETTING

# What its own access token must be for; whoever has the setting may ask for it.
SCOPE: Final = "ssf.manage"
GRANT: Final = "client_credentials"
__all__ = ["SCOPE", "SETTING", "Unsignalled", "read_scopes"]


class Unsignalled(What):
    """What may be wrong with it."""

    SIGNALS_GRANT = "needs the grant client_credentials"


def read_scopes(reading: Reading, grants: tuple[str, ...]) -> tuple[str, ...]:
    """What its tokens may be for; for its stream, where it may have one, in its own name."""
    scopes = reading.texts("scopes") or ("openid",)
    if not reading.switch(SETTING):
        return scopes
    if GRANT not in grants:
        reading.note(SETTING, Unsignalled.SIGNALS_GRANT)
    return scopes if SCOPE in scopes else (*scopes, SCOPE)
