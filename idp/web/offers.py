# SPDX-License-Identifier: Apache-2.0
"""The provider that somebody is offered first: by their address, or by their establishment.

It is a button above all others, and nobody is led anywhere without pressing it. It is the same for
every address of a domain: it tells nothing of accounts.
"""

from collections.abc import Iterable
from typing import Any, Final

from flask import request

from connectors.capabilities import Leads
from idp.accounts import establishments
from idp.accounts import service as accounts
from idp.accounts.values import Population
from idp.http.cookies import DEVICE_LIFE
from idp.http.wire import Headers
from idp.login.flow import Choose, Second
from idp.providers.hints import domain_of, led_by
from idp.providers.values import Provider
from idp.web.means import label_of
from idp.web.provider_marks import mark_of
from idp.web.stage import Stage
from idp.web.visit import Visit

# The establishment of whoever logged in last in this browser: a preference, and nothing more.
HOUSE: Final = "house"


def offered(stage: Stage, step: Choose | Second, current: str) -> dict[str, Any] | None:
    """What stands above the means shown; None where there is nothing to offer."""
    taken = _taken(stage, step)
    typed = request.form.get("identifier", stage.wished.hint)
    house = stage.visit.call.cookie(stage.services.core.jar.name(HOUSE))
    by_address = led_by(taken, domain=domain_of(typed))
    kind = by_address or led_by(taken, establishment=house)
    if not kind or kind == current:
        return None
    return _shown(stage, kind) | {"why": "address" if by_address else "establishment"}


def offered_while_typing(
    stage: Stage, step: Choose | Second, current: str, first: dict[str, Any] | None
) -> list[dict[str, Any]]:
    """Those that the page may offer as soon as an address is typed, with the domains of each."""
    there = {current, first["kind"] if first else ""}
    return [
        _shown(stage, one.kind) | {"domains": " ".join(one.domains)}
        for one in _taken(stage, step)
        if one.domains and one.kind not in there
    ]


def sites_of(stage: Stage, offers: Iterable[dict[str, Any] | None]) -> tuple[str, ...]:
    """Where their buttons may lead to."""
    connectors = (stage.services.connectors[one["kind"]] for one in offers if one)
    return tuple(site for one in connectors if isinstance(one, Leads) for site in one.sites())


def kept_for_next_time(visit: Visit, account: str) -> Headers:
    """The establishment by which a provider comes first in this browser the next time.

    It outlives the logout. Of a patient it would tell the next person here where they are cared
    for, and whom a provider does not open to it is no use.
    """
    services = visit.services
    known = [one for one in services.added.providers().values() if one.open and one.establishments]
    jar = services.core.jar
    before = visit.call.cookie(jar.name(HOUSE))
    if not known and not before:
        return []
    with services.core.database.read() as tx:
        own = establishments.served(tx, account)
        who = accounts.load(tx, account)
    theirs = [one for one in known if who and who.person.population.value in one.populations]
    if who is None or who.person.population is Population.PATIENT:
        own = []
    found = next((one for one in own if led_by(theirs, establishment=one)), "")
    if found == before:
        return []
    return [jar.set(HOUSE, found, DEVICE_LIFE) if found else jar.drop(HOUSE)]


def _taken(stage: Stage, step: Choose | Second) -> list[Provider]:
    """Those by which somebody who is not known yet may come to this application."""
    if not isinstance(step, Choose):
        return []
    connectors, added = stage.services.connectors, stage.services.added.providers()
    return [one for kind, one in added.items() if kind in step.means and kind in connectors]


def _shown(stage: Stage, kind: str) -> dict[str, Any]:
    action = f"{stage.address}/{kind}"
    return {"kind": kind, "label": label_of(kind), "mark": mark_of(kind), "action": action}
