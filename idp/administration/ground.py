# SPDX-License-Identifier: Apache-2.0
"""What the services of the administration stand on: the nouns, as one value."""

from dataclasses import dataclass

from idp.accounts.contact import Contact
from idp.accounts.establishments import Establishments
from idp.accounts.service import Accounts
from idp.administration.authority import Authorities
from idp.audit.record import Audit
from idp.clock import Clock, Entropy
from idp.credentials.calculettes import Calculettes
from idp.credentials.cards import Cards
from idp.credentials.otp import Otp
from idp.credentials.passkeys import Passkeys
from idp.credentials.recovery import RecoveryCodes
from idp.credentials.reset_links import ResetLinks
from idp.credentials.totp import Authenticators
from idp.crypto import KeyRing
from idp.grants.codes import Codes
from idp.grants.consents import Consents
from idp.grants.lasting import LastingGrants
from idp.login.alerts import Alerts
from idp.login.elsewhere import Elsewhere
from idp.login.forgotten import Forgotten
from idp.messages.outbox import Outbox
from idp.providers.links import ProviderLinks
from idp.providers.service import Providers
from idp.sessions.service import Sessions


@dataclass(frozen=True, slots=True)
class Ground:
    """Handed to every service that acts on people."""

    clock: Clock
    entropy: Entropy
    audit: Audit
    ring: KeyRing
    authorities: Authorities
    accounts: Accounts
    establishments: Establishments
    contact: Contact
    sessions: Sessions
    passkeys: Passkeys
    authenticators: Authenticators
    recovery: RecoveryCodes
    otp: Otp
    cards: Cards
    calculettes: Calculettes
    reset_links: ResetLinks
    forgotten: Forgotten
    consents: Consents
    codes: Codes
    lasting: LastingGrants
    elsewhere: Elsewhere
    providers: Providers
    provider_links: ProviderLinks
    outbox: Outbox
    alerts: Alerts
    # The pattern of identifiers that are made from names.
    identifiers: str
