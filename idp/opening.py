# SPDX-License-Identifier: Apache-2.0
"""Opens the nouns over a database: what the server, the worker and every command share."""

import os
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

from flask import Flask

from connectors.registry import KINDS, VERIFIERS
from idp.accounts.establishments import Establishments
from idp.accounts.service import Accounts
from idp.accounts.values import Population
from idp.applications.service import Applications
from idp.audit.record import Audit
from idp.clock import Clock, Entropy, MovedClock, SystemClock, SystemEntropy
from idp.config import Settings
from idp.credentials.beside import Beside
from idp.credentials.breaches import Breaches
from idp.credentials.calculette_challenges import CalculetteChallenges, Rules
from idp.credentials.calculettes import Calculettes
from idp.credentials.card_handovers import CardHandovers
from idp.credentials.cards import Cards
from idp.credentials.challenges import SealedChallenges
from idp.credentials.code_sending import CodeSending
from idp.credentials.hashing import Hashing
from idp.credentials.one_time_codes import OneTimeCodes
from idp.credentials.otp import Otp
from idp.credentials.passkeys import Passkeys
from idp.credentials.passwords import Passwords
from idp.credentials.pending import Pending
from idp.credentials.policies import Configured, Policies, configured
from idp.credentials.recovery import RecoveryCodes
from idp.credentials.reset_links import ResetLinks
from idp.credentials.totp import Authenticators
from idp.crypto import KeyRing, parse_key_ring
from idp.db import Database, engine_options, make_extension
from idp.grants.codes import Codes
from idp.grants.consents import Consents
from idp.grants.tokens import Tokens
from idp.http.cookies import CookieJar
from idp.http.forms import Forms
from idp.http.services import Core
from idp.http.tickets import Tickets
from idp.keys.installation import InstallationSecrets, load_installation
from idp.keys.service import SigningKeys
from idp.keys.store import KeyStore
from idp.login.alerts import Alerts
from idp.login.elsewhere import Elsewhere
from idp.login.forgotten import Forgotten
from idp.login.gate import Gate
from idp.login.journeys import Journeys
from idp.login.renewal import Renewal, Site
from idp.login.rules_met import RulesMet
from idp.lookup import Lookup
from idp.messages.alarms import Alarms
from idp.messages.noting import Noting
from idp.messages.outbox import Outbox
from idp.messages.post import Post, channels_of
from idp.messages.quotas import Quotas
from idp.outgoing import Fetcher
from idp.post_office import hold
from idp.registration.desk import open_registration
from idp.schema import check_schema
from idp.sessions.notices import Notices
from idp.sessions.presences import Presences
from idp.sessions.service import Lives, Sessions
from idp.trust.opening import open_trust
from idp.trust.service import Trust

KNOWN_MEANS = frozenset(KINDS)
# Left to other requests while passwords are being checked.
SPARE_THREADS = 8


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
        for algorithm in ("ES256", "RS256", "EdDSA"):
            signing.ensure(tx, algorithm)
    ground = Ground(
        settings, database, clock, entropy, Lookup(secrets.lookup), Audit(clock, secrets.audit)
    )
    return _core(ground, ring, signing, secrets), secrets


def _core(
    ground: "Ground", ring: KeyRing, signing: SigningKeys, secrets: InstallationSecrets
) -> Core:
    settings, clock, audit, lookup = ground.settings, ground.clock, ground.audit, ground.lookup
    entropy = ground.entropy
    kept = _keeping(ground, ring)
    otp, pending = _otp(ground, ring, kept), Pending(clock, ring)
    registration = open_registration(
        settings, (clock, entropy, lookup, audit), ring, kept.outbox, kept.quotas
    )
    applications = Applications(clock, audit, lookup, KNOWN_MEANS)
    challenges = SealedChallenges(clock, entropy, lookup, settings.journey.lifetime)
    return Core(
        settings=settings,
        database=ground.database,
        clock=clock,
        entropy=entropy,
        lookup=lookup,
        ring=ring,
        audit=audit,
        outbox=kept.outbox,
        alerts=Alerts(clock, kept.outbox, settings.server.issuer),
        post=kept.post,
        quotas=kept.quotas,
        alarms=kept.alarms,
        accounts=Accounts(clock, entropy, audit),
        establishments=Establishments(clock, audit),
        applications=applications,
        policies=kept.policies,
        passwords=kept.passwords,
        challenges=challenges,
        passkeys=Passkeys(ground.database, clock, entropy, lookup, audit, challenges),
        authenticators=Authenticators(ground.database, clock, entropy, ring, audit),
        recovery=RecoveryCodes(ground.database, clock, entropy, lookup, audit),
        pending=pending,
        beside=_beside(ground, kept, otp, pending),
        reset_links=kept.links,
        otp=otp,
        cards=Cards(clock, audit),
        handovers=CardHandovers(clock, entropy, lookup, ring),
        calculettes=Calculettes(clock, ring, audit, VERIFIERS),
        calculette_challenges=_calculette_challenges(ground),
        trust=_trust(ground, secrets.lookup, applications),
        sessions=kept.sessions,
        presences=Presences(clock, settings.cards.lost_after),
        codes=kept.codes,
        tokens=Tokens(clock, lookup, audit),
        elsewhere=kept.elsewhere,
        renewal=kept.renewal,
        rules_met=RulesMet(kept.renewal),
        forgotten=_forgotten(ground, kept),
        consents=Consents(clock, audit),
        registration=registration,
        signing=signing,
        keys=KeyStore(ground.database, signing, clock=clock),
        fetcher=_fetcher(settings),
        gate=Gate(clock, settings.cards.idle, settings.cards.revocation),
        journeys=Journeys(clock, lookup, settings.journey.lifetime, settings.journey.keep),
        jar=CookieJar(settings.server.secure),
        forms=Forms(lookup, entropy, settings.server.issuer),
        tickets=Tickets(secrets.forms),
        requests=registration.store,
        request_links=registration.links,
    )


def _calculette_challenges(ground: "Ground") -> CalculetteChallenges:
    rules = ground.settings.calculette
    return CalculetteChallenges(ground.clock, ground.entropy, Rules(rules.life, rules.tries))


def _trust(ground: "Ground", secret: bytes, applications: Applications) -> Trust:
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


def _beside(ground: "Ground", kept: "Keeping", otp: Otp, pending: Pending) -> Beside:
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


@dataclass(frozen=True, slots=True)
class Ground:
    """What every noun stands on."""

    settings: Settings
    database: Database
    clock: Clock
    entropy: Entropy
    lookup: Lookup
    audit: Audit


@dataclass(frozen=True, slots=True)
class Keeping:
    """The nouns that others are built from."""

    post: Post
    outbox: Outbox
    quotas: Quotas
    alarms: Alarms
    sessions: Sessions
    codes: Codes
    elsewhere: Elsewhere
    policies: Policies
    links: ResetLinks
    passwords: Passwords
    renewal: Renewal


def _keeping(ground: Ground, ring: KeyRing) -> Keeping:
    settings, database, clock = ground.settings, ground.database, ground.clock
    entropy, lookup, audit = ground.entropy, ground.lookup, ground.audit
    rules, session = settings.policies, settings.session
    post = Post(database, clock, channels_of(settings))
    outbox = Outbox(clock, entropy, ring, post.nudge)
    notices = Notices(outbox, Noting(clock, audit), lookup, hold(settings))
    lives = Lives(session.idle, session.absolute, session.touch, session.most, settings.cards.idle)
    sessions = Sessions(clock, entropy, lookup, audit, lives, notices)
    codes = Codes(clock, entropy, lookup, audit, settings.tokens.code)
    policies = Policies(clock, audit, policies_of(settings))
    links = ResetLinks(clock, entropy, lookup, rules.reset_life)
    passwords = Passwords(
        database, _hashing(settings), clock, entropy, audit, policies, links, rules.temporary_life
    )
    elsewhere = Elsewhere(sessions, codes)
    renewal = Renewal(
        database,
        clock,
        entropy,
        audit,
        passwords,
        policies,
        Breaches(rules.breach_list),
        links,
        elsewhere,
        outbox,
        _site(settings),
    )
    to, locale = settings.alarms.email, settings.locale.default
    alarms = Alarms(clock, audit, outbox, recipient=to, locale=locale)
    return Keeping(
        post=post,
        outbox=outbox,
        quotas=_quotas(ground, alarms),
        alarms=alarms,
        sessions=sessions,
        codes=codes,
        elsewhere=elsewhere,
        policies=policies,
        links=links,
        passwords=passwords,
        renewal=renewal,
    )


def policies_of(settings: Settings) -> dict[str, Configured]:
    """The policy of each population, as configured."""
    return {
        one.value: configured(
            one.value,
            getattr(settings.policies, one.value),
            asdict(getattr(settings, f"policy_{one.value}")),
        )
        for one in Population
    }


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
        kept.links,
        kept.renewal,
        kept.outbox,
        kept.quotas,
        kept.post,
        ground.settings.server.issuer,
        link_life=rules.reset_life,
        temporary_life=rules.forgotten_life,
        cooling=rules.reset_cooling,
    )


def _site(settings: Settings) -> Site:
    region = settings.region
    return Site((region.name, region.server_name), settings.password.max_bytes)


def _quotas(ground: Ground, alarms: Alarms) -> Quotas:
    sms, smtp = ground.settings.sms, ground.settings.smtp
    return Quotas(
        ground.clock,
        ground.lookup,
        ground.audit,
        alarms,
        sms_per_day=sms.per_day,
        countries=sms.countries,
        per_address={"sms": sms.per_address, "email": smtp.per_address},
    )


def _hashing(settings: Settings) -> Hashing:
    """The pool of password checks: whoever waits for it leaves threads to the other requests."""
    password, threads = settings.password, settings.server.threads
    # The cores that this process may use: more checks at once than that only push each other out
    # of the caches.
    pool = min(password.pool or len(os.sched_getaffinity(0)), max(threads // 2, 1))
    return Hashing(
        memory_kib=password.memory_kib,
        time_cost=password.time_cost,
        parallelism=password.parallelism,
        pool=pool,
        queue=max(min(password.queue, threads - pool - SPARE_THREADS), 0),
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
