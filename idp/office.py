# SPDX-License-Identifier: Apache-2.0
"""Opens the services of the administration over the core: what server, API and commands share."""

from pathlib import Path

from idp.accounts.contact import Contact
from idp.administration.authority import Authorities
from idp.administration.changes import OF_REGION, Changes
from idp.administration.ground import Ground
from idp.administration.history import History
from idp.administration.imports.carry import Carrier
from idp.administration.imports.runs import Imports
from idp.administration.imports.store import Store
from idp.administration.imports.work import ImportWork
from idp.administration.office import Office
from idp.administration.oversight.audit_desk import AuditDesk
from idp.administration.oversight.house_figures import HouseFigures
from idp.administration.oversight.post_desk import PostDesk
from idp.administration.oversight.statistics import Statistics
from idp.administration.oversight.verifying import Verifying
from idp.administration.patients.consents import PatientConsents
from idp.administration.patients.desk import PatientDesk
from idp.administration.patients.enrolment import Patients
from idp.administration.patients.enrolment import Rules as PatientRules
from idp.administration.patients.letters import Letters
from idp.administration.people.card_register import CardRegister
from idp.administration.people.client_names import ClientNames
from idp.administration.people.csv_accounts import AccountExport
from idp.administration.people.desk import People
from idp.administration.people.merging import Merging
from idp.administration.people.practising import Practising
from idp.administration.people.readers import Readers
from idp.administration.proposals import Proposals, Rules
from idp.administration.region.announcements import Announcements
from idp.administration.region.houses import Houses
from idp.administration.region.networks import Networks
from idp.administration.region.notices import Notices
from idp.administration.region.registers import Inbox, Registers
from idp.administration.region.webhooks import Webhooks
from idp.administration.requests.digest import Pace, RequestDigest
from idp.administration.requests.ground import QueueGround, QueueRules
from idp.administration.requests.letters import RequestLetters
from idp.administration.requests.queue import Queue
from idp.administration.roles import Roles
from idp.administration.rules.access import AccessPreview
from idp.administration.rules.applications import ApplicationDesk
from idp.administration.rules.fetching import LARGEST, SECONDS, Fetching
from idp.administration.rules.following import Following
from idp.administration.rules.key_desk import KeyDesk
from idp.administration.rules.launchers import Launchers
from idp.administration.rules.passwords import PasswordRules
from idp.administration.rules.providers import ProviderDesk
from idp.administration.rules.settings_desk import SettingsDesk
from idp.administration.rules.signal_desk import SignalDesk
from idp.administration.rules.trust_desk import TrustDesk
from idp.administration.target import Targets
from idp.administration.today import Today
from idp.administration.views import Views
from idp.application_desks import open_applications
from idp.directory.generations import PRACTITIONERS, STRUCTURES
from idp.directory.shelf import Shelf
from idp.http.services import Core
from idp.keys.installation import InstallationSecrets
from idp.login.withdrawal import Withdrawal
from idp.marks import Marks
from idp.opening import means_of, reads_keys
from idp.outgoing import Fetcher
from idp.programs.telling import Telling
from idp.provider_ways import open_look, open_metadata
from idp.registration.decisions import Decisions
from idp.saml.descriptions import SamlDescriptions


def open_office(core: Core, secrets: InstallationSecrets) -> Office:
    """Every service, over one core."""
    marks = Marks(secrets.lookup, "administration")
    authorities = Authorities(marks, core.settings.cards.revocation)
    ground = _ground(core, authorities)
    proposals = _proposals(core, authorities)
    consents, queue = _consents(core), _queue(core, authorities)
    practising = Practising(ground, core.activities)
    people, patients = People(ground, practising), _patients(core, consents)
    carrier = Carrier(people, patients, Targets(authorities), core.audit, core.passwords)
    changes = Changes(core.clock, core.entropy, core.ring, OF_REGION)
    desks = open_applications(core, secrets, authorities, proposals)
    return Office(
        authorities=authorities,
        roles=Roles(core.clock, core.audit, authorities, proposals),
        queue=queue,
        today=Today(core.clock, queue, proposals),
        request_digest=_digest(core, authorities),
        merging=Merging(ground),
        people=people,
        proposals=proposals,
        views=Views(core.clock, core.entropy, core.ring),
        statistics=Statistics(core.clock, core.audit),
        house_figures=HouseFigures(),
        audit=AuditDesk(core.database, core.audit),
        verifying=_verifying(core, secrets),
        consents=consents,
        patients=patients,
        patient_desk=PatientDesk(),
        letters=_letters(core),
        houses=Houses(core.establishments, History(changes, "establishment")),
        webhooks=_webhooks(core),
        networks=Networks(core.audit, core.applications, History(changes, "community")),
        client_names=ClientNames(core.audit, authorities),
        practising=practising,
        notices=Notices(core.clock, Announcements(core.clock, core.entropy, core.audit)),
        registers=_registers(core),
        applications=desks.applications,
        inviting=desks.inviting,
        joining=desks.joining,
        following=_following(core, desks.applications),
        access=AccessPreview(core.clock),
        launchers=_launchers(core, History(changes, "launcher"), desks.applications),
        passwords=PasswordRules(core.policies, proposals, History(changes, "passwords")),
        settings=_settings(core),
        signals=SignalDesk(core.streams, desks.applications.may_change),
        post=PostDesk(core.clock, core.audit),
        keys=KeyDesk(core.clock, core.audit, core.signing, proposals),
        providers=_providers(core, History(changes, "provider"), proposals),
        trust=TrustDesk(core.audit, core.trust, core.elsewhere, proposals),
        cards=CardRegister(
            core.clock, authorities, people, core.cards, core.calculettes, core.alerts
        ),
        readers=Readers(core.database, core.clock, authorities, core.calculettes, core.alerts),
        imports=Imports(
            core.database, core.clock, core.entropy, core.audit, Store(core.ring), authorities
        ),
        import_work=_import_work(core, authorities, carrier),
        account_export=AccountExport(core.database, core.audit, people),
    )


def _settings(core: Core) -> SettingsDesk:
    means = means_of(core.settings)
    return SettingsDesk(core.settings, core.applications, core.providers, means)


def _providers(core: Core, history: History, proposals: Proposals) -> ProviderDesk:
    look = open_look(core.settings, core.clock.monotonic)
    metadata, allow = open_metadata(core.settings, core.clock), core.settings.outgoing.allow
    return ProviderDesk(core.audit, core.providers, history, look, metadata, allow, proposals)


def _launchers(core: Core, history: History, applications: ApplicationDesk) -> Launchers:
    return Launchers(
        core.clock,
        core.audit,
        core.applications,
        core.seen,
        history,
        lambda source: reads_keys(source, core.clock.now()),
        applications.may_change,
        core.settings.outgoing.allow,
    )


def _webhooks(core: Core) -> Webhooks:
    telling = Telling(core.clock, core.entropy, core.outbox)
    allow = core.settings.outgoing.allow
    return Webhooks(core.clock, core.entropy, core.ring, core.audit, telling, allow)


def _import_work(core: Core, authorities: Authorities, carrier: Carrier) -> ImportWork:
    countries = core.settings.sms.countries
    return ImportWork(
        core.database,
        core.clock,
        core.entropy,
        authorities,
        core.applications,
        carrier,
        Store(core.ring),
        countries,
    )


def _letters(core: Core) -> Letters:
    life = core.settings.policies.temporary_life
    return Letters(core.clock, core.entropy, core.audit, core.renewal, life)


def _consents(core: Core) -> PatientConsents:
    withdrawal = Withdrawal(
        core.accounts, core.sessions, core.consents, core.agreements, core.alerts, core.audit
    )
    return PatientConsents(
        core.clock,
        core.entropy,
        core.audit,
        core.accounts,
        core.establishments,
        withdrawal,
        core.alerts,
    )


def _patients(core: Core, consents: PatientConsents) -> Patients:
    settings = core.settings
    rules = PatientRules(
        settings.identifiers.pattern, settings.sms.countries, settings.patients.consent_version
    )
    return Patients(core.clock, core.audit, core.accounts, consents, core.alerts, rules)


def _proposals(core: Core, authorities: Authorities) -> Proposals:
    rules = core.settings.administration
    return Proposals(
        core.clock,
        core.entropy,
        core.audit,
        core.ring,
        core.lookup,
        authorities,
        Rules(rules.four_eyes, rules.proposal_life),
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
        lasting=core.lasting,
        elsewhere=core.elsewhere,
        providers=core.providers,
        provider_links=core.provider_links,
        outbox=core.outbox,
        alerts=core.alerts,
        identifiers=core.settings.identifiers.pattern,
    )


def _registers(core: Core) -> Registers:
    named = core.settings.directory
    files = {PRACTITIONERS: named.extract, STRUCTURES: named.structures}
    inbox = None
    if named.uploads:
        inbox = Inbox(core.database, core.entropy, Shelf(Path(named.uploads), named.max_bytes))
    return Registers(
        core.clock, core.audit, core.directory, files, inbox, core.annuaire_sante.known
    )


def _following(core: Core, desk: ApplicationDesk) -> Following:
    return Following(
        core.database,
        core.clock,
        core.audit,
        core.alarms,
        desk,
        core.applications,
        {"saml": SamlDescriptions(core.clock)},
        Fetching(Fetcher(core.settings.outgoing.allow, SECONDS, LARGEST)),
        core.settings.alarms.quiet,
    )


def _verifying(core: Core, secrets: InstallationSecrets) -> Verifying:
    named = core.settings.audit.anchor_file
    return Verifying(
        core.database,
        core.clock,
        core.entropy,
        core.audit,
        secrets.audit,
        Path(named) if named else None,
    )


def _digest(core: Core, authorities: Authorities) -> RequestDigest:
    rules = core.settings.approval
    return RequestDigest(
        core.database,
        core.clock,
        authorities,
        core.outbox,
        core.settings.server.issuer,
        Pace(rules.digest_every, rules.remind_after),
    )


def _queue(core: Core, authorities: Authorities) -> Queue:
    settings = core.settings
    return Queue(
        QueueGround(
            clock=core.clock,
            audit=core.audit,
            changes=Changes(core.clock, core.entropy, core.ring),
            authorities=authorities,
            accounts=core.accounts,
            applications=core.applications,
            establishments=core.establishments,
            cards=core.cards,
            passwords=core.passwords,
            renewal=core.renewal,
            reset_links=core.reset_links,
            alerts=core.alerts,
            trust=core.trust,
            registers=core.annuaire_sante,
            store=core.requests,
            links=core.request_links,
            decisions=Decisions(core.clock, core.requests),
            letters=RequestLetters(core.clock, core.outbox, settings.server.issuer),
            rules=QueueRules(
                identifiers=settings.identifiers.pattern,
                activation_life=settings.approval.activation_life,
                temporary_life=settings.policies.temporary_life,
                draft_life=settings.registration.draft_life,
                link_life=settings.registration.link_life,
                reopen_for=settings.approval.reopen_for,
            ),
        )
    )
