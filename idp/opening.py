# SPDX-License-Identifier: Apache-2.0
"""Opens the nouns over a database: what the server, the worker and every command share."""

from collections.abc import Callable, Container, Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

from flask import Flask

from connectors.base import Level
from connectors.registry import ECPS, LEVELS, PSC, READS_KEYS, VERIFIERS
from idp.accounts.establishments import Establishments
from idp.accounts.service import Accounts
from idp.applications.seen import SeenRequests
from idp.applications.service import Applications
from idp.audit.record import Audit
from idp.audit.retention import Retention
from idp.clock import Clock, Entropy, MovedClock, SystemClock, SystemEntropy
from idp.config import Settings
from idp.credentials.beside import Beside
from idp.credentials.calculette_challenges import CalculetteChallenges, Rules
from idp.credentials.calculettes import Calculettes
from idp.credentials.card_handovers import CardHandovers
from idp.credentials.cards import Cards
from idp.credentials.challenges import SealedChallenges
from idp.credentials.code_sending import CodeSending
from idp.credentials.one_time_codes import OneTimeCodes
from idp.credentials.otp import Otp
from idp.credentials.passkeys import Passkeys
from idp.credentials.pending import Pending
from idp.credentials.recovery import RecoveryCodes
from idp.credentials.totp import Authenticators
from idp.crypto import KeyRing, parse_key_ring
from idp.db import Database, engine_options, make_extension
from idp.directory.opening import National, open_national
from idp.grants.activities import Activities
from idp.grants.approvals import Approvals
from idp.grants.consents import Consents
from idp.grants.device_requests import DeviceRequests
from idp.grants.pushed import PushedRequests
from idp.grants.tokens import Tokens
from idp.http.cookies import CookieJar
from idp.http.forms import Forms
from idp.http.services import Core
from idp.http.tickets import Tickets
from idp.keeping import Ground, Keeping, keep
from idp.keys.algorithms import OPENS
from idp.keys.installation import InstallationSecrets, load_installation
from idp.keys.service import SigningKeys
from idp.keys.store import KeyStore
from idp.launches.waiting import Launches
from idp.login.agreements import Agreements
from idp.login.alerts import Alerts
from idp.login.approving import Approving
from idp.login.errands import Errands
from idp.login.forgotten import Forgotten
from idp.login.gate import Gate
from idp.login.journeys import Journeys
from idp.login.phone_desk import PhoneDesk
from idp.login.ringing import Ringing
from idp.login.rules_met import RulesMet
from idp.lookup import Lookup
from idp.outgoing import Fetcher
from idp.providers.links import ProviderLinks
from idp.providers.service import Providers
from idp.providers.values import alias_of, is_kind
from idp.registration.desk import open_registration
from idp.schema import check_schema
from idp.sessions.farewells import Farewells
from idp.sessions.presences import Presences
from idp.sessions.ties import Ties
from idp.signals.hearing import Hearing
from idp.signals.streams import Streams
from idp.signals.waiting import Waiting
from idp.trust.opening import open_trust
from idp.trust.service import Trust

MEANS: Mapping[str, Level] = LEVELS
KNOWN_MEANS = frozenset(MEANS)
reads_keys = READS_KEYS


class NamedMeans(Container[str]):
    """What a registration that is kept may name: providers are added and read on many nodes."""

    def __contains__(self, kind: object) -> bool:
        return kind in KNOWN_MEANS or is_kind(kind)


class PresentMeans(Container[str]):
    """What a new registration may name: of providers, those that are there, open or not."""

    def __init__(self, database: Database, providers: Providers) -> None:
        self._database = database
        self._providers = providers

    def __contains__(self, kind: object) -> bool:
        if not is_kind(kind):
            return kind in KNOWN_MEANS
        with self._database.read() as tx:
            return self._providers.load(tx, alias_of(str(kind))) is not None


def means_of(settings: Settings) -> Mapping[str, Level]:
    """The means that this server has: what is not set up is known, and nobody logs in by it."""
    absent = {PSC, ECPS} if settings.psc.environment == "none" else set()
    if not settings.psc.ciba:
        absent.add(ECPS)
    return {kind: level for kind, level in MEANS.items() if kind not in absent}


def open_database(settings: Settings, app: Flask | None = None) -> Database:
    """The database of the settings, through Flask-SQLAlchemy."""
    host = app or Flask("idp.database")
    host.config["SQLALCHEMY_DATABASE_URI"] = absolute(settings.database.url)
    host.config["SQLALCHEMY_ENGINE_OPTIONS"] = engine_options(settings.database.url)
    extension = make_extension()
    extension.init_app(host)
    with host.app_context():
        return Database(extension.engine)


def clock_of(settings: Settings) -> Clock:
    """The machine's clock; in demo mode the one that its desk can move."""
    demo = settings.demo
    moved = demo.enabled and demo.clock_file
    return MovedClock(Path(demo.clock_file)) if moved else SystemClock()


def absolute(url: str) -> str:
    """Flask-SQLAlchemy would look for a relative file in a folder of its own."""
    prefix = "sqlite:///"
    return (
        prefix + str(Path(url.removeprefix(prefix)).absolute()) if url.startswith(prefix) else url
    )


def open_core(
    settings: Settings,
    database: Database,
    clock: Clock | None = None,
    entropy: Entropy | None = None,
) -> tuple[Core, InstallationSecrets]:
    """The nouns over a database that stands at the newest schema."""
    clock, entropy = clock or clock_of(settings), entropy or SystemEntropy()
    check_schema(database)
    ring = parse_key_ring(settings.secrets.keys.reveal())
    signing = _signing(settings, clock, ring)
    with database.write() as tx:
        secrets = load_installation(tx, ring, entropy)
        for algorithm in ("ES256", "RS256", "EdDSA", OPENS):
            signing.ensure(tx, algorithm)
    ground = Ground(
        settings, database, clock, entropy, Lookup(secrets.lookup), Audit(clock, secrets.audit)
    )
    return _core(ground, ring, signing, secrets), secrets


def _core(
    ground: Ground, ring: KeyRing, signing: SigningKeys, secrets: InstallationSecrets
) -> Core:
    settings, clock, audit, lookup = ground.settings, ground.clock, ground.audit, ground.lookup
    entropy = ground.entropy
    kept = keep(ground, ring)
    otp, pending = _otp(ground, ring, kept), Pending(clock, ring)
    applications = Applications(clock, audit, lookup, NamedMeans())
    challenges = SealedChallenges(clock, entropy, lookup, settings.journey.lifetime)
    national = _national(ground, secrets.pairwise)
    activities = Activities(clock, audit, national.directory)
    providers = Providers(clock, ring)
    cards = settings.cards
    gate = Gate(clock, activities, providers, kept.lasting, cards.idle, cards.revocation)
    return Core(
        **parts_of(ground),
        **parts_of(kept),
        ring=ring,
        retention=_retention(ground, secrets.audit),
        alerts=Alerts(clock, kept.outbox, settings.server.issuer),
        accounts=Accounts(clock, entropy, audit),
        establishments=Establishments(clock, audit),
        national=national,
        applications=applications,
        providers=providers,
        provider_links=ProviderLinks(clock),
        seen=SeenRequests(clock, ground.database),
        challenges=challenges,
        passkeys=Passkeys(ground.database, clock, entropy, lookup, audit, challenges),
        authenticators=Authenticators(ground.database, clock, entropy, ring, audit),
        recovery=RecoveryCodes(ground.database, clock, entropy, lookup, audit),
        pending=pending,
        beside=_beside(ground, kept, otp, pending),
        otp=otp,
        cards=Cards(clock, audit),
        handovers=CardHandovers(clock, entropy, lookup, ring),
        calculettes=Calculettes(clock, ring, audit, VERIFIERS),
        calculette_challenges=_calculette_challenges(ground),
        trust=_trust(ground, secrets.lookup, applications),
        farewells=Farewells(clock, entropy, lookup, ring),
        ties=Ties(clock, lookup, ring),
        errands=Errands(clock, lookup, ring),
        presences=Presences(clock, settings.cards.lost_after),
        tokens=Tokens(clock, lookup, audit, applications),
        rules_met=RulesMet(kept.renewal),
        forgotten=_forgotten(ground, kept),
        registration=open_registration(ground, ring, kept.outbox, kept.quotas),
        signing=signing,
        keys=KeyStore(ground.database, signing, clock=clock),
        fetcher=_fetcher(settings),
        activities=activities,
        journeys=Journeys(clock, lookup, settings.journey.lifetime, settings.journey.keep),
        **_set_aside(ground, ring, kept, gate),
        hearing=_hearing(ground, ring, kept, applications),
        jar=CookieJar(settings.server.secure),
        forms=Forms(lookup, entropy, settings.server.issuer),
        tickets=Tickets(secrets.forms),
    )


def _set_aside(ground: Ground, ring: KeyRing, kept: Keeping, gate: Gate) -> dict[str, Any]:
    """What is asked in one place and answered in another; and the gate that it comes back by."""
    clock, entropy, lookup = ground.clock, ground.entropy, ground.lookup
    consents = Consents(clock, ground.audit)
    phones = _phones(ground, ring, kept)
    ringing = _ringing(ground, phones, gate, consents)
    approving = _approving(ground, ring, kept, gate, ringing)
    return {
        "gate": gate,
        "consents": consents,
        "launches": Launches(clock, entropy, lookup, ring),
        "pushed": PushedRequests(clock, entropy, lookup, ground.settings.journey.lifetime),
        "device_requests": DeviceRequests(clock, entropy, lookup),
        "phones": phones,
        "approving": approving,
        "agreements": Agreements(consents, approving, kept.codes),
    }


def _phones(ground: Ground, ring: KeyRing, kept: Keeping) -> PhoneDesk:
    return PhoneDesk(
        ground.database,
        ground.clock,
        ground.entropy,
        ground.lookup,
        ring,
        ground.audit,
        kept.quotas,
        ground.settings.psc.ciba_per_address,
    )


def _ringing(ground: Ground, phones: PhoneDesk, gate: Gate, consents: Consents) -> Ringing | None:
    settings = ground.settings
    if not settings.psc.ciba_requests:
        return None
    level = Level(settings.psc.mobile_level)
    return Ringing(ground.clock, phones, gate, consents, level, settings.cards.revocation)


def _approving(
    ground: Ground, ring: KeyRing, kept: Keeping, gate: Gate, ringing: Ringing | None
) -> Approving:
    return Approving(
        ground.clock,
        ground.entropy,
        ground.audit,
        Approvals(ground.clock, ground.entropy, ground.lookup, ring),
        kept.quotas,
        kept.outbox,
        gate,
        ground.settings.server.issuer,
        ringing,
    )


def _national(ground: Ground, secret: bytes) -> National:
    beneath = (ground.database, ground.clock, ground.entropy, ground.audit)
    return open_national(ground.settings, beneath, secret, _fetcher(ground.settings))


def _hearing(ground: Ground, ring: KeyRing, kept: Keeping, applications: Applications) -> Hearing:
    """What applications are told of beside logouts hears what is recorded."""
    clock, entropy = ground.clock, ground.entropy
    waiting = Waiting(clock, entropy, kept.outbox)
    hearing = Hearing(clock, applications, Streams(clock, entropy, ring, ground.audit, waiting))
    ground.audit.listen(hearing.heard)
    return hearing


def parts_of(bundle: Ground | Keeping) -> dict[str, Any]:
    """What stands in a bundle, by the names that it has in the core too."""
    return {one.name: getattr(bundle, one.name) for one in fields(bundle)}


def _calculette_challenges(ground: Ground) -> CalculetteChallenges:
    rules = ground.settings.calculette
    return CalculetteChallenges(ground.clock, ground.entropy, Rules(rules.life, rules.tries))


def _retention(ground: Ground, key: bytes) -> Retention:
    return Retention(ground.database, ground.clock, ground.audit, key, ground.settings.audit.keep)


def _trust(ground: Ground, secret: bytes, applications: Applications) -> Trust:
    return open_trust(
        ground.settings,
        ground.database,
        ground.clock,
        ground.entropy,
        ground.audit,
        secret,
        _revocation_of(ground.database, applications),
    )


def _fetcher(settings: Settings) -> Fetcher:
    outgoing = settings.outgoing
    return Fetcher(outgoing.allow, outgoing.timeout, outgoing.max_bytes)


def _revocation_of(database: Database, applications: Applications) -> Callable[[str], str]:
    """What an application's policy says of cards whose revocation nobody can tell."""

    def policy_of(application: str) -> str:
        with database.read() as tx:
            found = applications.load(tx, application)
        return found.policy.card_revocation if found else ""

    return policy_of


def _beside(ground: Ground, kept: Keeping, otp: Otp, pending: Pending) -> Beside:
    settings = ground.settings
    return Beside(
        ground.database,
        ground.clock,
        otp,
        pending,
        kept.post,
        cooling=settings.policies.reset_cooling,
        life=settings.otp.life,
    )


def _otp(ground: Ground, ring: KeyRing, kept: Keeping) -> Otp:
    clock, audit = ground.clock, ground.audit
    codes = OneTimeCodes(clock, ground.entropy, ground.lookup, ring)
    sending = CodeSending(clock, audit, codes, kept.outbox, kept.quotas, ground.settings.otp)
    return Otp(clock, audit, codes, sending)


def _forgotten(ground: Ground, kept: Keeping) -> Forgotten:
    rules = ground.settings.policies
    return Forgotten(
        ground.database,
        ground.clock,
        ground.audit,
        kept.reset_links,
        kept.renewal,
        kept.outbox,
        kept.quotas,
        kept.post,
        ground.settings.server.issuer,
        link_life=rules.reset_life,
        temporary_life=rules.forgotten_life,
        cooling=rules.reset_cooling,
    )


def _signing(settings: Settings, clock: Clock, ring: KeyRing) -> SigningKeys:
    signing = settings.signing
    return SigningKeys(
        clock,
        ring,
        publish_lead=signing.publish_lead,
        keep_after=signing.keep_after,
        rotate_after=signing.rotate_after,
    )
