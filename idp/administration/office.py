# SPDX-License-Identifier: Apache-2.0
"""The services of the administration, side by side: what console, API and commands call."""

from dataclasses import dataclass

from idp.administration.access import AccessPreview
from idp.administration.applications import ApplicationDesk
from idp.administration.audit_desk import AuditDesk
from idp.administration.authority import Authorities
from idp.administration.card_register import CardRegister
from idp.administration.client_names import ClientNames
from idp.administration.consents import PatientConsents
from idp.administration.csv_accounts import AccountExport
from idp.administration.csv_runs import Imports
from idp.administration.csv_work import ImportWork
from idp.administration.houses import Houses
from idp.administration.key_desk import KeyDesk
from idp.administration.letters import Letters
from idp.administration.merging import Merging
from idp.administration.networks import Networks
from idp.administration.notices import Notices
from idp.administration.password_rules import PasswordRules
from idp.administration.patient_desk import PatientDesk
from idp.administration.patients import Patients
from idp.administration.people import People
from idp.administration.post_desk import PostDesk
from idp.administration.proposals import Proposals
from idp.administration.queue import Queue
from idp.administration.registers import Registers
from idp.administration.request_digest import RequestDigest
from idp.administration.roles import Roles
from idp.administration.statistics import Statistics
from idp.administration.today import Today
from idp.administration.trust_desk import TrustDesk
from idp.administration.verifying import Verifying
from idp.administration.views import Views
from idp.administration.webhooks import Webhooks


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
    notices: Notices
    queue: Queue
    request_digest: RequestDigest
    registers: Registers
    applications: ApplicationDesk
    access: AccessPreview
    passwords: PasswordRules
    post: PostDesk
    keys: KeyDesk
    trust: TrustDesk
    cards: CardRegister
    today: Today
    imports: Imports
    import_work: ImportWork
    account_export: AccountExport
