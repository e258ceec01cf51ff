# SPDX-License-Identifier: Apache-2.0
"""Every kind of means there is: one line each. Only the composition root reads it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from connectors.asserted import Speaker
from connectors.base import Connector, Level
from connectors.calculette.connector import CalculetteConnector
from connectors.calculette.verifier import OcraVerifier
from connectors.capabilities import LogoutThere, Verifier
from connectors.cps_card.connector import CpsConnector, Reading
from connectors.ecps.connector import EcpsConnector
from connectors.introduced import Introducing, Names
from connectors.launch.connector import LaunchConnector
from connectors.launch.keys import SourceKeys, holds_keys
from connectors.launches import LaunchDesk
from connectors.openid.discovering import Discovered, discover
from connectors.openid.provider import Provider
from connectors.openid.upstream import Upstream
from connectors.otp.connector import OtpConnector
from connectors.passkey.connector import PasskeyConnector
from connectors.password.connector import PasswordConnector
from connectors.phones import PhoneDesk
from connectors.ports import (
    AuthenticatorStore,
    CalculetteStore,
    CardDesk,
    Challenges,
    Clock,
    CodeDesk,
    Http,
    PasskeyStore,
    PasswordStore,
    RecoveryStore,
    Site,
    TrustStore,
)
from connectors.prosante.places import ALGORITHM, PLACES, SCOPE, Place
from connectors.prosante.reading import ProSanteReader
from connectors.prosante.worth import Worth
from connectors.totp.connector import TotpConnector
from connectors.upstream_oidc.claims import ClaimsReader
from connectors.upstream_oidc.connector import OidcConnector
from connectors.upstream_saml.attributes import AttributesReader
from connectors.upstream_saml.connector import SamlConnector

PSC = "psc"
ECPS = EcpsConnector.kind


@dataclass(frozen=True, slots=True, kw_only=True)
class ProSante:
    """Pro Santé Connect as the operator set it up, and the way there."""

    environment: str
    # Of another one than the agency's own two.
    issuer: str
    description: str
    origins: tuple[str, ...]
    client_id: str
    secret: str = field(repr=False)
    levels: Mapping[str, Level]
    lowest_class: str
    # How old a login there may be.
    max_age: int
    # Whether somebody who logs out here does so there.
    logout: str
    back: str
    http: Http
    # The way there for whoever asks about phones; None where they are not to be used (CIBA).
    phones: Http | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Added:
    """A provider that an administrator added: whatever it speaks, and how its people are read."""

    kind: str
    # What it is called here, and which version of its settings this is.
    alias: str
    version: int
    names: Names
    levels: Mapping[str, Level]
    max_age: int | None
    # Whether somebody can be known of there at all.
    lacks: Callable[[str], str | None]
    new_token: Callable[[], str]
    clock: Clock


@dataclass(frozen=True, slots=True, kw_only=True)
class ByOidc:
    """Who it is by OpenID Connect, who we are to it, and the way there."""

    issuer: str
    description: str
    origins: tuple[str, ...]
    algorithm: str
    client_id: str
    secret: str = field(repr=False)
    scope: tuple[str, ...]
    level_words: str
    back: str
    http: Http
    monotonic: Callable[[], float]


@dataclass(frozen=True, slots=True)
class Host:
    """The ports that connectors may ask for, filled in by the composition root."""

    passwords: PasswordStore
    longest_password: int
    passkeys: PasskeyStore
    challenges: Challenges
    site: Site
    code_desk: CodeDesk
    authenticators: AuthenticatorStore
    recovery: RecoveryStore
    calculettes: CalculetteStore
    clock: Clock
    trust: TrustStore
    card_challenges: Challenges
    card_desk: CardDesk
    card_agents: tuple[str, ...]
    test_cards: bool
    new_token: Callable[[], str]
    monotonic: Callable[[], float]
    launches: LaunchDesk
    # To programs that publish their keys.
    way_out: Callable[[], Http]
    phone_desk: PhoneDesk
    # None where it is not set up.
    prosante: ProSante | None


def open_password(host: Host) -> Connector:
    """Identifier and password."""
    return PasswordConnector(host.passwords, host.longest_password)


def open_passkey(host: Host) -> Connector:
    """A passkey, in whatever holds it."""
    return PasskeyConnector(host.passkeys, host.challenges, host.site)


def open_otp(host: Host) -> Connector:
    """A one-time code after the password."""
    return OtpConnector(host.code_desk)


def open_totp(host: Host) -> Connector:
    """A code from an authenticator app, after the password."""
    return TotpConnector(host.authenticators, host.recovery, host.clock)


def open_cps(host: Host) -> Connector:
    """A card in a reader."""
    reading = Reading(host.card_agents, test_cards=host.test_cards)
    return CpsConnector(
        host.trust, host.card_challenges, host.card_desk, host.clock, host.site, reading
    )


def open_calculette(host: Host) -> Connector:
    """A challenge and its answer, by a card in a nomad reader."""
    return CalculetteConnector(host.calculettes, VERIFIERS, host.clock)


def open_psc(host: Host) -> Connector | None:
    """Pro Santé Connect, by redirect."""
    found = host.prosante
    if found is None:
        return None
    return OidcConnector(
        PSC,
        _provider(host, found, found.http),
        ProSanteReader(Worth(found.levels, found.lowest_class)),
        host.card_desk.lacks,
        host.new_token,
        host.clock.now,
        found.max_age,
        LogoutThere(found.logout),
    )


def open_ecps(host: Host) -> Connector | None:
    """The e-CPS on our own page: the same provider, asked by another way."""
    found = host.prosante
    if found is None or found.phones is None:
        return None
    provider = _provider(host, found, found.phones)
    # A card is no answer of a phone; what a card is worth there says nothing of this means.
    worth = Worth({"MOBILE": found.levels["MOBILE"]}, found.lowest_class)
    reader = ProSanteReader(worth)
    return EcpsConnector(provider, reader, host.phone_desk, host.card_desk.lacks, PSC)


def _provider(host: Host, found: ProSante, http: Http) -> Provider:
    place = PLACES.get(found.environment) or Place(found.issuer, found.description, found.origins)
    upstream = Upstream(
        issuer=place.issuer,
        description=place.description,
        origins=place.origins,
        client_id=found.client_id,
        secret=found.secret,
        algorithm=ALGORITHM,
        scope=SCOPE,
        level_words=found.lowest_class,
        back=found.back,
    )
    return Provider(upstream, http, host.clock.now, host.monotonic)


def open_added_oidc(found: Added, there: ByOidc) -> OidcConnector:
    """A provider that was added while the server runs, and speaks OpenID Connect."""
    upstream = Upstream(
        issuer=there.issuer,
        description=there.description,
        origins=there.origins,
        client_id=there.client_id,
        secret=there.secret,
        algorithm=there.algorithm,
        scope=there.scope,
        level_words=there.level_words,
        back=there.back,
    )
    return OidcConnector(
        found.kind,
        Provider(upstream, there.http, found.clock.now, there.monotonic),
        ClaimsReader(_introducing(found)),
        found.lacks,
        found.new_token,
        found.clock.now,
        found.max_age,
        version=found.version,
    )


def open_added_saml(found: Added, issuer: str, speaker: Speaker) -> SamlConnector:
    """The same, of one that speaks SAML."""
    return SamlConnector(
        found.kind,
        speaker,
        AttributesReader(issuer, _introducing(found)),
        found.lacks,
        found.new_token,
        found.clock.now,
        found.max_age,
        found.version,
    )


def _introducing(found: Added) -> Introducing:
    return Introducing(found.alias, found.version, found.names, found.levels)


def look_at(http: Http, address: str) -> Discovered | str:
    """What a provider says of itself at an address, before anybody relies on it."""
    return discover(http, address)


def open_launch(host: Host) -> Connector:
    """Word of an establishment's software."""
    keys = SourceKeys(host.way_out, host.monotonic, host.clock.now)
    return LaunchConnector(host.launches, keys, host.site.origin, host.clock.now)


# Whether what a program signs with can be read, before it is registered.
READS_KEYS = holds_keys
# Every algorithm of nomad readers, by the name that batches have it under: one line each.
VERIFIERS: Mapping[str, Verifier] = {OcraVerifier.name: OcraVerifier()}


# How each is opened, and the most that it is worth; None where the operator has not set it up.
MEANS: tuple[tuple[str, Level, Callable[[Host], Connector | None]], ...] = (
    (PasswordConnector.kind, PasswordConnector.level, open_password),
    (OtpConnector.kind, OtpConnector.level, open_otp),
    (TotpConnector.kind, TotpConnector.level, open_totp),
    (PasskeyConnector.kind, PasskeyConnector.level, open_passkey),
    (CpsConnector.kind, CpsConnector.level, open_cps),
    (CalculetteConnector.kind, CalculetteConnector.level, open_calculette),
    (PSC, Level.CARD, open_psc),
    (LaunchConnector.kind, LaunchConnector.level, open_launch),
    (ECPS, Level.CARD, open_ecps),
)
KINDS: Mapping[str, Callable[[Host], Connector | None]] = {
    kind: build for kind, _level, build in MEANS
}
LEVELS: Mapping[str, Level] = {kind: level for kind, level, _build in MEANS}


def open_all(host: Host) -> Mapping[str, Connector]:
    """One connector of each kind that is set up, ready for use."""
    opened = {kind: build(host) for kind, build in KINDS.items()}
    return {kind: connector for kind, connector in opened.items() if connector is not None}
