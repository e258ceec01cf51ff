# SPDX-License-Identifier: Apache-2.0
"""Opens the services of the administration over the core: what server, API and commands share."""

from idp.accounts.contact import Contact
from idp.administration.authority import Authorities
from idp.administration.ground import Ground
from idp.administration.office import Office
from idp.administration.people import People
from idp.administration.roles import Roles
from idp.http.services import Core
from idp.keys.installation import InstallationSecrets
from idp.marks import Marks


def open_office(core: Core, secrets: InstallationSecrets) -> Office:
    """Every service, over one core."""
    marks = Marks(secrets.lookup, "administration")
    authorities = Authorities(marks, core.settings.cards.revocation)
    ground = _ground(core, authorities)
    return Office(
        authorities=authorities,
        roles=Roles(core.clock, core.audit, authorities),
        people=People(ground),
    )


def _ground(core: Core, authorities: Authorities) -> Ground:
    return Ground(
        clock=core.clock,
        entropy=core.entropy,
        audit=core.audit,
        ring=core.ring,
        authorities=authorities,
        accounts=core.accounts,
        establishments=core.establishments,
        contact=Contact(core.clock, core.audit),
        sessions=core.sessions,
        passkeys=core.passkeys,
        authenticators=core.authenticators,
        recovery=core.recovery,
        otp=core.otp,
        cards=core.cards,
        calculettes=core.calculettes,
        reset_links=core.reset_links,
        forgotten=core.forgotten,
        consents=core.consents,
        codes=core.codes,
        elsewhere=core.elsewhere,
        outbox=core.outbox,
        alerts=core.alerts,
        identifiers=core.settings.identifiers.pattern,
    )
