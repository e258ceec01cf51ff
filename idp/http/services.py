# SPDX-License-Identifier: Apache-2.0
"""Everything an edge may call, built once by the composition root and handed in."""

from collections.abc import Mapping
from dataclasses import dataclass

from connectors.base import Connector
from idp.accounts.establishments import Establishments
from idp.accounts.service import Accounts
from idp.administration.office import Office
from idp.applications.seen import SeenRequests
from idp.applications.service import Applications
from idp.audit.record import Audit
from idp.audit.retention import Retention
from idp.clock import Clock, Entropy
from idp.config import Settings
from idp.credentials.beside import Beside
from idp.credentials.calculette_challenges import CalculetteChallenges
from idp.credentials.calculettes import Calculettes
from idp.credentials.card_handovers import CardHandovers
from idp.credentials.cards import Cards
from idp.credentials.challenges import SealedChallenges
from idp.credentials.otp import Otp
from idp.credentials.passkeys import Passkeys
from idp.credentials.passwords import Passwords
from idp.credentials.pending import Pending
from idp.credentials.policies import Policies
from idp.credentials.recovery import RecoveryCodes
from idp.credentials.reset_links import ResetLinks
from idp.credentials.totp import Authenticators
from idp.crypto import KeyRing
from idp.db import Database
from idp.directory.annuaire import Annuaire
from idp.directory.importer import Importer
from idp.directory.opening import National
from idp.directory.sante import AnnuaireSante
from idp.directory.service import Directory
from idp.grants.activities import Activities
from idp.grants.codes import Codes
from idp.grants.consents import Consents
from idp.grants.device_requests import DeviceRequests
from idp.grants.lasting import LastingGrants
from idp.grants.pushed import PushedRequests
from idp.grants.tokens import Tokens
from idp.http.added import AddedProviders
from idp.http.cookies import CookieJar
from idp.http.forms import Forms
from idp.http.tickets import Tickets
from idp.keys.service import SigningKeys
from idp.keys.store import KeyStore
from idp.launches.waiting import Launches
from idp.login.absence import Absence
from idp.login.agreements import Agreements
from idp.login.alerts import Alerts
from idp.login.answers import DeviceDesk, Parting, Responder
from idp.login.approving import Approving
from idp.login.attempt import Attempts
from idp.login.elsewhere import Elsewhere
from idp.login.errands import Errands
from idp.login.finalize import Finalizer
from idp.login.forgotten import Forgotten
from idp.login.gate import Gate
from idp.login.journeys import Journeys
from idp.login.leave import Leaving
from idp.login.peers import Peers
from idp.login.phone_desk import PhoneDesk
from idp.login.renewal import Renewal
from idp.login.rules_met import RulesMet
from idp.lookup import Lookup
from idp.messages.alarms import Alarms
from idp.messages.outbox import Outbox
from idp.messages.post import Post
from idp.messages.quotas import Quotas
from idp.outgoing import Fetcher
from idp.providers.links import ProviderLinks
from idp.providers.service import Providers
from idp.registration.desk import Registration
from idp.registration.links import Links
from idp.registration.store import Store
from idp.sessions.farewells import Farewells
from idp.sessions.presences import Presences
from idp.sessions.service import Sessions
from idp.sessions.ties import Ties
from idp.signals.hearing import Hearing
from idp.signals.streams import Streams
from idp.trust.service import Trust


@dataclass(frozen=True, slots=True)
class Core:
    """The nouns and the ground they stand on."""

    settings: Settings
    database: Database
    clock: Clock
    entropy: Entropy
    lookup: Lookup
    ring: KeyRing
    audit: Audit
    retention: Retention
    outbox: Outbox
    post: Post
    quotas: Quotas
    alarms: Alarms
    alerts: Alerts
    accounts: Accounts
    establishments: Establishments
    national: National
    applications: Applications
    providers: Providers
    provider_links: ProviderLinks
    seen: SeenRequests
    policies: Policies
    passwords: Passwords
    reset_links: ResetLinks
    challenges: SealedChallenges
    passkeys: Passkeys
    otp: Otp
    cards: Cards
    handovers: CardHandovers
    calculettes: Calculettes
    calculette_challenges: CalculetteChallenges
    trust: Trust
    authenticators: Authenticators
    recovery: RecoveryCodes
    pending: Pending
    beside: Beside
    sessions: Sessions
    presences: Presences
    farewells: Farewells
    ties: Ties
    codes: Codes
    lasting: LastingGrants
    tokens: Tokens
    elsewhere: Elsewhere
    renewal: Renewal
    rules_met: RulesMet
    forgotten: Forgotten
    consents: Consents
    activities: Activities
    registration: Registration
    signing: SigningKeys
    keys: KeyStore
    fetcher: Fetcher
    gate: Gate
    journeys: Journeys
    errands: Errands
    launches: Launches
    pushed: PushedRequests
    device_requests: DeviceRequests
    phones: PhoneDesk
    approving: Approving
    agreements: Agreements
    hearing: Hearing
    jar: CookieJar
    forms: Forms
    tickets: Tickets

    @property
    def streams(self) -> Streams:
        """On which applications are told what is heard."""
        return self.hearing.streams

    @property
    def requests(self) -> Store:
        """Requests of professionals as they are kept."""
        return self.registration.store

    @property
    def request_links(self) -> Links:
        """Links to them, as letters carry them."""
        return self.registration.links

    @property
    def directory(self) -> Directory:
        """Look-ups in the national registers."""
        return self.national.directory

    @property
    def annuaire(self) -> Annuaire:
        """Who may be found here, and by whom."""
        return self.national.annuaire

    @property
    def annuaire_sante(self) -> AnnuaireSante:
        """The import first, then the national register over the network; not in a transaction."""
        return self.national.sante

    @property
    def importer(self) -> Importer:
        """What reads their extracts."""
        return self.national.importer


@dataclass(frozen=True, slots=True)
class Services:
    """The core with the parts that know connectors and edges."""

    core: Core
    connectors: Mapping[str, Connector]
    added: AddedProviders
    attempts: Attempts
    finalizer: Finalizer
    peers: Peers
    leaving: Leaving
    absence: Absence
    office: Office
    responders: Mapping[str, Responder]
    partings: Mapping[str, Parting]
    devices: DeviceDesk
