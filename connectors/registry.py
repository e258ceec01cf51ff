# SPDX-License-Identifier: Apache-2.0
"""Every kind of means there is: one line each. Only the composition root reads it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from connectors.base import Connector, Level
from connectors.calculette.connector import CalculetteConnector
from connectors.calculette.verifier import OcraVerifier
from connectors.capabilities import Verifier
from connectors.cps_card.connector import CpsConnector, Reading
from connectors.otp.connector import OtpConnector
from connectors.passkey.connector import PasskeyConnector
from connectors.password.connector import PasswordConnector
from connectors.ports import (
    AuthenticatorStore,
    CalculetteStore,
    CardDesk,
    Challenges,
    Clock,
    CodeDesk,
    PasskeyStore,
    PasswordStore,
    RecoveryStore,
    Site,
    TrustStore,
)
from connectors.totp.connector import TotpConnector


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


# Every algorithm of nomad readers, by the name that batches have it under: one line each.
VERIFIERS: Mapping[str, Verifier] = {OcraVerifier.name: OcraVerifier()}


MEANS: tuple[tuple[type[Connector], Callable[[Host], Connector]], ...] = (
    (PasswordConnector, open_password),
    (OtpConnector, open_otp),
    (TotpConnector, open_totp),
    (PasskeyConnector, open_passkey),
    (CpsConnector, open_cps),
    (CalculetteConnector, open_calculette),
)
KINDS: Mapping[str, Callable[[Host], Connector]] = {made.kind: build for made, build in MEANS}
LEVELS: Mapping[str, Level] = {made.kind: made.level for made, _build in MEANS}


def open_all(host: Host) -> Mapping[str, Connector]:
    """One connector of each kind, ready for use."""
    return {kind: build(host) for kind, build in KINDS.items()}
