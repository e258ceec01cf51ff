# SPDX-License-Identifier: Apache-2.0
"""Sending somebody to another provider for a page of ours, and what came back of it.

It is the way of a login, by the same connector, but for another purpose: whoever comes back is
proved to that page alone. It asks for a login of this moment there: a session that somebody left
open at a shared workstation says nothing of who sits there now.
"""

from typing import Final

from flask import request

from connectors.base import Attempt, Evidence, Level, Reason, Redirect, Refused, Verified
from connectors.capabilities import Introduces, Introduction, Leads
from idp.audit.record import Event
from idp.http.services import Services
from idp.http.wire import Answer, see_other
from idp.login.errands import Errand
from idp.web.visit import Visit

# The provider that names people by their national identifier.
PSC: Final = "psc"
STATE: Final = "state"
# What a page is told of what came of it: a word to compare, never to show.
TOLD: Final = "elsewhere"


def is_set_up(services: Services, provider: str) -> bool:
    """Whether somebody can be sent there, and comes back known."""
    if provider not in services.connectors:
        return False
    connector: object = services.connectors[provider]
    return isinstance(connector, Leads) and isinstance(connector, Introduces)


def sites_of(services: Services, provider: str) -> tuple[str, ...]:
    """Where the form that leads there may lead to."""
    connector: object = services.connectors.get(provider)
    return connector.sites() if isinstance(connector, Leads) else ()


def leave(services: Services, visit: Visit, errand: Errand) -> Answer | Reason:
    """Off to the provider; or why not."""
    answer = services.connectors[errand.provider].resume(_attempt(errand, {}), Evidence())
    if not isinstance(answer, Redirect):
        why = answer if isinstance(answer, Refused) else Refused(Reason.NOT_REACHED)
        return _refused(services, visit, errand, why.reason, why.detail)
    core = services.core
    with core.database.write() as tx:
        core.errands.begin(tx, errand, str(answer.state[STATE]), answer.state)
    return see_other(answer.url)


def come_back(services: Services, visit: Visit, errand: Errand) -> Introduction | Reason:
    """Who came, as the provider tells of them; or why nobody did. It counts once."""
    core, connector = services.core, services.connectors[errand.provider]
    with core.database.write() as tx:
        kept = core.errands.take(tx, errand, request.args.get(STATE, ""))
    if kept is None:
        return _refused(services, visit, errand, Reason.MALFORMED, "answer: state")
    # RFC 6749 §3.1: a parameter that comes twice means nothing.
    once = {name: found[0] for name, found in request.args.lists() if len(found) == 1}
    evidence = Evidence(query=once, address=visit.call.origin.address)
    answer = connector.resume(_attempt(errand, kept), evidence)
    if not isinstance(answer, Verified) or not isinstance(connector, Introduces):
        why = answer if isinstance(answer, Refused) else Refused(Reason.NOT_BELIEVED)
        return _refused(services, visit, errand, why.reason, why.detail)
    if min(answer.level or connector.level, connector.level) < Level.TWO_FACTORS:
        # BR-013: of a login that is worth little nothing is taken for proved.
        return _refused(services, visit, errand, Reason.WEAK, "person: level")
    return connector.introduce(answer.identity)


def reason_told() -> Reason | None:
    """What the address says that came of it."""
    try:
        return Reason(request.args.get(TOLD, ""))
    except ValueError:
        return None


def _attempt(errand: Errand, kept: dict[str, object]) -> Attempt:
    return Attempt(errand.name, None, "", kept, purpose=errand.purpose, max_age=0)


def _refused(
    services: Services, visit: Visit, errand: Errand, reason: Reason, detail: str
) -> Reason:
    event = Event(
        "errand.failed",
        "refused",
        account=visit.session.account if visit.session else None,
        means=errand.provider,
        detail={"for": errand.purpose, "why": reason.value}
        | ({"detail": detail} if detail else {}),
    )
    core = services.core
    with core.database.write() as tx:
        core.audit.record(tx, event, visit.call.origin)
    return reason
