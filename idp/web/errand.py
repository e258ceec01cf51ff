# SPDX-License-Identifier: Apache-2.0
"""Sending somebody to another provider for a page of ours, and what came back of it.

It is the way of a login, by the same connector, but for another purpose: whoever comes back is
proved to that page alone. It asks for a login of this moment there: a session that somebody left
open at a shared workstation says nothing of who sits there now.
"""

from typing import Final

from flask import request
from flask_babel import gettext as _

from connectors.base import Evidence, Level, Reason, Redirect
from connectors.capabilities import Introduces, Introduction, Leads
from idp.audit.record import Event
from idp.http.services import Services
from idp.http.wire import Answer, see_other
from idp.login.aside import TICKET, brought
from idp.login.attempt import Failed, Proven
from idp.login.errands import Errand
from idp.login.request import ERRAND, LoginRequest
from idp.web.card_words import Words
from idp.web.upstream_words import upstream_words
from idp.web.visit import Visit

# The provider that names people by their national identifier.
PSC: Final = "psc"
STATE: Final = "state"
# What a page is told of what came of it: a word to compare, never to show.
TOLD: Final = "elsewhere"
# How old a login there may be.
NOW: Final = 0


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


def leave(
    services: Services, visit: Visit, errand: Errand, *, max_age: int | None = NOW
) -> Answer | Reason:
    """Off to the provider; or why not."""
    core, origin = services.core, visit.call.origin
    # Sending somebody there tries nothing: whatever is counted is counted when they come back.
    wished = _wished(services, errand.name)
    answer = services.attempts.run(wished, errand.provider, Evidence(), "", origin, max_age=max_age)
    if not isinstance(answer, Redirect):
        why = answer.reason if isinstance(answer, Failed) else Reason.NOT_REACHED
        return _refused(services, visit, errand, why)
    with core.database.write() as tx:
        core.errands.begin(tx, errand, str(answer.state[STATE]), answer.state)
    return see_other(answer.url)


def come_back(services: Services, visit: Visit, errand: Errand) -> Introduction | Reason:
    """Who came, as the provider tells of them; or why nobody did. It counts once."""
    proven = judged(services, visit, errand)
    if isinstance(proven, Reason):
        return proven
    if proven.arrival is None or proven.proof.level < Level.TWO_FACTORS:
        # BR-013: of a login that is worth little nothing is taken for proved.
        return _refused(services, visit, errand, Reason.WEAK, "person: level")
    _hang(services, visit, errand, proven.arrival.who)
    return proven.arrival.who


def judged(
    services: Services, visit: Visit, errand: Errand, *, max_age: int | None = NOW
) -> Proven | Reason:
    """What came back, as it was proved; or why nothing was. It counts once."""
    core, origin = services.core, visit.call.origin
    with core.database.write() as tx:
        kept = core.errands.take(tx, errand, request.args.get(STATE, ""))
    if kept is None:
        return _refused(services, visit, errand, Reason.MALFORMED, "answer: state")
    # RFC 6749 §3.1: a parameter that comes twice means nothing.
    once = {name: found[0] for name, found in request.args.lists() if len(found) == 1}
    evidence = Evidence(query=once, address=origin.address)
    kept = brought(core.lookup, kept, once.get(TICKET, ""))
    # CR-014: counted as a login is, by address, and by whose it is: not by what they left with.
    wished = _wished(services, core.errands.counter_of(errand))
    proven = services.attempts.run(
        wished, errand.provider, evidence, visit.device, origin, state=kept, max_age=max_age
    )
    if not isinstance(proven, Proven) or proven.arrival is None:
        why = proven.reason if isinstance(proven, Failed) else Reason.NOT_BELIEVED
        return _refused(services, visit, errand, why)
    with core.database.write() as tx:
        services.attempts.absolve(tx, proven.counted)
    return proven


def reason_told() -> Reason | None:
    """What the address says that came of it."""
    try:
        return Reason(request.args.get(TOLD, ""))
    except ValueError:
        return None


def told() -> Words | None:
    """What came of it, in words."""
    reason = reason_told()
    if reason in {Reason.LOCKED, Reason.WRONG}:
        # Even what is right is not taken until then.
        return Words(_("Too many tries in a row"), _("Wait a few minutes, then try again."))
    return upstream_words(PSC, reason) if reason else None


def _wished(services: Services, name: str) -> LoginRequest:
    return LoginRequest(name, ERRAND, None, services.core.clock.now())


def _hang(services: Services, visit: Visit, errand: Errand, who: Introduction) -> None:
    """They are logged in there now: whoever logs out here is asked about that session, too."""
    if visit.session is None or who.tie is None:
        return
    ties = services.core.ties
    with services.core.database.write() as tx:
        # Unless they have logged out there by now.
        if not ties.is_over(tx, errand.provider, who.tie):
            ties.bind(tx, visit.session.id, errand.provider, who.tie)


def _refused(
    services: Services, visit: Visit, errand: Errand, reason: Reason, detail: str = ""
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
