# SPDX-License-Identifier: Apache-2.0
"""Certificates that an application registered, as people compare them."""

from collections.abc import Iterable
from typing import Any, Final

from flask_babel import gettext as _

from idp.administration.rules.protocols import Certified, Speaks
from idp.web.account_page import Stamp

# So long before its end somebody should ask for the next one.
NEAR: Final = 30 * 86_400


def summaries(speaks: Speaks, texts: Iterable[str], now: int) -> list[dict[str, Any] | None]:
    """Each of them; nothing for what is none."""
    return [None if one is None else summary(one, now) for one in map(speaks.certified, texts)]


def summary(one: Certified, now: int) -> dict[str, Any]:
    """Whose it is, until when it holds, and what to do about it."""
    if one.ends_at <= now:
        # SAML Metadata Interoperability Profile §2.6.1: it holds a key, whatever its dates say.
        state = _("Out of time"), "bad", _("It is used all the same: ask for the next one.")
    elif one.ends_at - now <= NEAR:
        state = _("Ends soon"), "warn", _("Ask for the next one, and register it beside this one.")
    else:
        state = "", "", ""
    said, tone, advice = state
    return {
        "subject": one.subject or _("Its name cannot be read"),
        "until": Stamp(one.ends_at),
        "fingerprint": one.fingerprint,
        "state": said,
        "tone": tone,
        "advice": advice,
    }
