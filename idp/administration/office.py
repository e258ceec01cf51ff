# SPDX-License-Identifier: Apache-2.0
"""The services of the administration, side by side: what console, API and commands call."""

from dataclasses import dataclass

from idp.administration.authority import Authorities
from idp.administration.imports.runs import Imports
from idp.administration.imports.work import ImportWork
from idp.administration.oversight.audit_desk import AuditDesk
from idp.administration.oversight.house_figures import HouseFigures
from idp.administration.oversight.post_desk import PostDesk
from idp.administration.oversight.statistics import Statistics
from idp.administration.oversight.verifying import Verifying
from idp.administration.patients.consents import PatientConsents
from idp.administration.patients.desk import PatientDesk
from idp.administration.patients.enrolment import Patients
from idp.administration.patients.letters import Letters
from idp.administration.people.card_register import CardRegister
from idp.administration.people.client_names import ClientNames
from idp.administration.people.csv_accounts import AccountExport
from idp.administration.people.desk import People
from idp.administration.people.merging import Merging
from idp.administration.people.practising import Practising
from idp.administration.people.readers import Readers
from idp.administration.proposals import Proposals
from idp.administration.region.houses import Houses
from idp.administration.region.networks import Networks
from idp.administration.region.notices import Notices
from idp.administration.region.registers import Registers
from idp.administration.region.webhooks import Webhooks
from idp.administration.requests.digest import RequestDigest
from idp.administration.requests.queue import Queue
from idp.administration.roles import Roles
from idp.administration.rules.access import AccessPreview
from idp.administration.rules.applications import ApplicationDesk
from idp.administration.rules.following import Following
from idp.administration.rules.inviting import Inviting
from idp.administration.rules.joining import Joining
from idp.administration.rules.key_desk import KeyDesk
from idp.administration.rules.launchers import Launchers
from idp.administration.rules.passwords import PasswordRules
from idp.administration.rules.providers import ProviderDesk
from idp.administration.rules.settings_desk import SettingsDesk
from idp.administration.rules.signal_desk import SignalDesk
from idp.administration.rules.trust_desk import TrustDesk
from idp.administration.today import Today
from idp.administration.views import Views


@dataclass(frozen=True, slots=True)
class Office:
    """Every service takes the caller's `Authority`, and decides itself what it opens."""

    authorities: Authorities
    roles: Roles
    people: People
    merging: Merging
    proposals: Proposals
    views: Views
    statistics: Statistics
    house_figures: HouseFigures
    audit: AuditDesk
    verifying: Verifying
    consents: PatientConsents
    patients: Patients
    patient_desk: PatientDesk
    letters: Letters
    houses: Houses
    webhooks: Webhooks
    networks: Networks
    client_names: ClientNames
    practising: Practising
    notices: Notices
    queue: Queue
    request_digest: RequestDigest
    registers: Registers
    applications: ApplicationDesk
    inviting: Inviting
    joining: Joining
    following: Following
    access: AccessPreview
    launchers: Launchers
    passwords: PasswordRules
    settings: SettingsDesk
    signals: SignalDesk
    post: PostDesk
    keys: KeyDesk
    trust: TrustDesk
    providers: ProviderDesk
    cards: CardRegister
    readers: Readers
    today: Today
    imports: Imports
    import_work: ImportWork
    account_export: AccountExport
