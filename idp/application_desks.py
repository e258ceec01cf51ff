# SPDX-License-Identifier: Apache-2.0
"""Opens the services about applications: every protocol is known here."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from idp.accounts.subjects import Subjects
from idp.accounts.values import Account
from idp.administration.authority import Authorities
from idp.administration.belonging import Belonging, Belongings
from idp.administration.proposals import Proposals
from idp.administration.rules.application_reserve import Reserve
from idp.administration.rules.applications import ApplicationDesk
from idp.administration.rules.entitlements import Entitlements
from idp.administration.rules.inviting import Inviting
from idp.administration.rules.joining import Joining
from idp.administration.rules.protocols import Speaks
from idp.api.scopes import rights_of
from idp.applications.invitations import Invitations
from idp.headers.registering import HeadersRegistering
from idp.http.services import Core
from idp.keys.installation import InstallationSecrets
from idp.oidc.registering import OidcRegistering
from idp.opening import PresentMeans
from idp.saml.keys import SamlKeys
from idp.saml.places import Places
from idp.saml.registering import SamlRegistering
from idp.saml.statement import Statements
from idp.saml.trial import Trials as SamlTrials
from idp.sessions.values import Proof


@dataclass(frozen=True, slots=True)
class ApplicationDesks:
    """As administrators change them, and as they come by themselves."""

    applications: ApplicationDesk
    inviting: Inviting
    joining: Joining


def open_applications(
    core: Core, secrets: InstallationSecrets, authorities: Authorities, proposals: Proposals
) -> ApplicationDesks:
    """The services, over one core."""
    protocols = _protocols(core, secrets, authorities)
    reserve = Reserve(authorities, rights_of)
    present = PresentMeans(core.database, core.providers)
    desk = ApplicationDesk(
        core.entropy,
        core.audit,
        core.applications,
        present,
        protocols,
        core.fetcher,
        reserve,
        Entitlements(proposals, protocols),
    )
    invitations = Invitations(core.clock, core.entropy, core.lookup)
    return ApplicationDesks(
        desk,
        Inviting(core.clock, core.audit, invitations, reserve, present),
        Joining(
            core.entropy, core.audit, core.applications, invitations, desk, authorities, reserve
        ),
    )


def _protocols(
    core: Core, secrets: InstallationSecrets, authorities: Authorities
) -> dict[str, Speaks]:
    issuer, subjects = core.settings.server.issuer, Subjects(secrets.pairwise)
    label = core.sessions.label
    statements = Statements(subjects, label, Places(issuer).entity_id)
    trials = SamlTrials(statements, SamlKeys(core.keys, issuer), core.clock, core.entropy)
    return {
        "oidc": OidcRegistering(subjects, issuer, _belonging(core, authorities)),
        "saml": SamlRegistering(core.clock, trials, Places(issuer)),
        "headers": HeadersRegistering(subjects.of, label, issuer),
    }


def _belonging(
    core: Core, authorities: Authorities
) -> Callable[[Account, Iterable[Proof]], Belonging]:
    """For whoever looks at what an application is told, outside of any transaction."""
    belongings = Belongings(authorities)

    def of(account: Account, proofs: Iterable[Proof]) -> Belonging:
        with core.database.read() as tx:
            return belongings.of(tx, account.id, account.person.population, proofs)

    return of
