# SPDX-License-Identifier: Apache-2.0
"""The means that an application would begin with, as brokers hint at one of their providers.

A hint opens nothing: what the application's policy does not offer, or nobody here knows, is as if
it had not been said.
"""

from collections.abc import Mapping
from typing import Final

from flask import request

from connectors.capabilities import Leads
from idp.login.flow import Choose, Second
from idp.providers.hints import led_by, plain_domain
from idp.web.stage import Stage

# What brokers call it, beside our own name of the means.
ALIASES: Final[Mapping[str, str]] = {
    "pro-sante-connect": "psc",
    "prosanteconnect": "psc",
    "pro_sante_connect": "psc",
}
# Of the mark that a journey was sent on.
SENT: Final = "sent-on"


def begun_by(stage: Stage, step: Choose | Second) -> str:
    """Which of the means offered was meant; nothing where none was."""
    hint = stage.wished.begin_by
    taken = (one for kind, one in stage.services.added.providers().items() if kind in step.means)
    led = led_by(taken, domain=plain_domain(hint), establishment=hint) if hint else ""
    meant = (hint, ALIASES.get(hint.casefold(), ""), f"idp:{hint}", led)
    return next((one for one in meant if one in step.means), "")


def leads_on(stage: Stage, step: Choose | Second) -> str:
    """The provider that the browser is sent to without a page, the first time; nothing for none.

    Whoever turns back there finds the page, with all that it offers.
    """
    kind = begun_by(stage, step)
    if not kind or "means" in request.args:
        return ""
    services = stage.services
    if not isinstance(services.connectors[kind], Leads):
        return ""
    if isinstance(step, Second) and services.attempts.lacks(kind, step.account):
        return ""
    core, journey = services.core, stage.wished.id
    with core.database.write() as tx:
        if SENT in core.journeys.state(tx, journey):
            return ""
        core.journeys.put_aside(tx, journey, SENT, {})
    return kind
