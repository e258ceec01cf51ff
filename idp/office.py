# SPDX-License-Identifier: Apache-2.0
"""Opens the services of the administration over the core: what server, API and commands share."""

from idp.administration.authority import Authorities
from idp.administration.office import Office
from idp.administration.roles import Roles
from idp.http.services import Core
from idp.keys.installation import InstallationSecrets
from idp.marks import Marks


def open_office(core: Core, secrets: InstallationSecrets) -> Office:
    """Every service, over one core."""
    marks = Marks(secrets.lookup, "administration")
    authorities = Authorities(marks, core.settings.cards.revocation)
    return Office(
        authorities=authorities,
        roles=Roles(core.clock, core.audit, authorities),
    )
