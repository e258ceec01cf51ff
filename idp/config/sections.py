# SPDX-License-Identifier: Apache-2.0
"""Every setting: its section, kind, default and documentation."""

from dataclasses import dataclass
from urllib.parse import urlsplit

from idp.config import checks
from idp.config.administration import AdministrationSettings
from idp.config.calculette import CalculetteSettings
from idp.config.cards import CardsSettings
from idp.config.checks import LOOPBACK, Network
from idp.config.demo import DemoSettings
from idp.config.directory import DirectorySettings
from idp.config.kinds import (
    choice,
    flag,
    number,
    paragraphs,
    required,
    secret,
    setting,
    several,
    text,
    whole,
)
from idp.config.means import (
    AlarmsSettings,
    IdentifiersSettings,
    MessagesSettings,
    OtpSettings,
    PatientPolicySettings,
    PatientsSettings,
    PoliciesSettings,
    ProfessionalPolicySettings,
    SmsSettings,
    SmtpSettings,
    StaffPolicySettings,
)
from idp.config.oidc import OidcSettings
from idp.config.outgoing import OutgoingSettings
from idp.config.psc import PscSettings
from idp.config.registration import ApprovalSettings, RegistrationSettings
from idp.config.secret import Secret

LANGUAGES = ("fr", "en")
DAY = 86400


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerSettings:
    """The main address, and what stands in front of it."""

    issuer: str = required(
        text("https://host or https://host:port (http for localhost only)", checks.check_issuer),
        "Public address of this provider: the `iss` of every token, the base of every link.",
    )
    bind: str = setting(
        text("an IP address of this machine", checks.check_bind),
        "Address to listen on.",
        "127.0.0.1",
    )
    port: int = setting(whole(1, 65535), "Port to listen on.", 8000)
    workers: int = setting(whole(1, 256), "Processes.", 1)
    threads: int = setting(whole(1, 1024), "Threads of each process.", 32)
    trusted_hosts: tuple[str, ...] = setting(
        several("a list of host or host:port", checks.check_authority),
        "Values of the `Host` header that are answered; must contain the issuer's.",
        (),
        shown="the issuer's host and port",
    )
    trusted_proxies: tuple[Network, ...] = setting(
        several("a list of address ranges such as 10.1.0.0/16", checks.check_network),
        "Proxies whose `X-Forwarded-For` is believed.",
        (),
        shown="none",
    )
    max_body: int = setting(
        whole(1024, 16_777_216, "bytes"), "Largest request body accepted.", 65536
    )

    @property
    def secure(self) -> bool:
        """Whether the provider is reached by TLS."""
        return self.issuer.startswith("https://")

    @property
    def host(self) -> str:
        """The issuer's host, without port or brackets."""
        return urlsplit(self.issuer).hostname or ""

    @property
    def authority(self) -> str:
        """The issuer's host and port, as the `Host` header shows them."""
        return urlsplit(self.issuer).netloc

    @property
    def loopback(self) -> bool:
        """Whether only this machine can reach the provider by its issuer."""
        return self.host in LOOPBACK

    @property
    def hosts(self) -> tuple[str, ...]:
        """Values of the `Host` header that are answered."""
        return self.trusted_hosts or (self.authority,)


@dataclass(frozen=True, slots=True, kw_only=True)
class DatabaseSettings:
    """Where everything is kept."""

    url: str = setting(
        text(
            "sqlite:///path or postgresql+psycopg://user:password@host/name",
            checks.check_database,
        ).as_secret(),
        "The database. SQLite in a file, or PostgreSQL 15 or later.",
        "sqlite:///var/sceau.sqlite3",
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class SecretsSettings:
    """The key ring that seals secret columns of the database."""

    keys: Secret = required(  # noqa: RUF009 - a field, made by our own helper
        secret("lines `id:base64 of 32 random bytes`, the active key first", checks.check_keys),
        "Key ring: one `id:base64` a line (`openssl rand -base64 32`). The first key seals, all "
        "of them open. Keep it in a file of mode 0600 outside the database's backups.",
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class RegionSettings:
    """The face of this installation."""

    name: str = setting(
        text("a name", checks.check_given), "Name of the region, as pages show it.", "Région"
    )
    server_name: str = setting(
        text("a name", checks.check_given), "Name of this server, as pages show it.", "Sceau"
    )
    welcome: str = setting(
        text(), "Welcome sentence of the login page.", "", shown="a sentence with both names"
    )
    access_manager: str = setting(
        text(),
        "Who manages the secured accesses (the page writes the sentence around it).",
        "",
        shown="the region's name",
    )
    support_email: str = setting(
        text("an e-mail address", checks.check_email), "Where people ask for help.", ""
    )
    support_phone: str = setting(text(), "Whom people call for help.", "")
    agent_url: str = setting(
        text("an http or https address", checks.check_page),
        "Where people find the program of the card reader; the toolbox leads there.",
        "",
    )
    logo: str = setting(
        text("the path of an image file", checks.check_image), "Logo of the region.", ""
    )
    legal_notice: str = setting(paragraphs(), "Legal notice at the foot of pages.", "")
    terms: str = setting(paragraphs(), "Terms of use, a page of their own.", "")
    contact: str = setting(
        paragraphs(), "What the contact page says beside mail and phone, such as hours.", ""
    )

    @property
    def manager(self) -> str:
        """Who manages the secured accesses."""
        return self.access_manager or self.name


@dataclass(frozen=True, slots=True, kw_only=True)
class LocaleSettings:
    """Languages of the interface."""

    default: str = setting(choice(*LANGUAGES), "Language of those who ask for none.", "fr")
    available: tuple[str, ...] = setting(
        several("a list out of " + ", ".join(LANGUAGES), choice(*LANGUAGES).read),
        "Languages offered.",
        LANGUAGES,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class PasswordSettings:
    """Cost of a password check (Argon2id); a stored hash is renewed at the next login."""

    memory_kib: int = setting(whole(8192, 4_194_304, "KiB"), "Memory of one check.", 19456)
    time_cost: int = setting(whole(1, 100), "Passes over that memory.", 2)
    parallelism: int = setting(whole(1, 64), "Lanes of one check.", 1)
    allow_weak: bool = setting(
        flag(), "Accept a cost below OWASP's minimum; in demo mode only.", default=False
    )
    pool: int = setting(
        whole(0, 256), "Checks done at the same time.", 0, shown="0: one for each usable core"
    )
    queue: int = setting(
        whole(1, 10_000),
        "Checks that may wait, as far as eight threads stay free for other requests; one more is "
        "told to come back later.",
        20,
    )
    max_bytes: int = setting(whole(256, 65536, "bytes"), "Longest password looked at.", 4096)


@dataclass(frozen=True, slots=True, kw_only=True)
class ThrottleSettings:
    """Wrong tries: what slows a guesser down without locking people out for long."""

    free_tries: int = setting(whole(1, 20), "Wrong tries before the first delay.", 5)
    first_delay: int = setting(whole(1, 3600, "seconds"), "First delay; then it doubles.", 60)
    max_delay: int = setting(whole(1, DAY, "seconds"), "Longest delay.", 3600)
    per_day: int = setting(whole(1, 1000), "Wrong tries a day on one means; not a calculette.", 25)
    disable_after: int = setting(
        whole(10, 100), "Wrong tries in a row that disable the means; not a calculette.", 100
    )
    address_free: int = setting(
        whole(1, 100_000), "Wrong tries from one address in a window before it waits.", 50
    )
    address_window: int = setting(whole(60, DAY, "seconds"), "That window.", 3600)
    network_free: int = setting(
        whole(1, 1_000_000), "The same from one network: a /24, in IPv6 a /48.", 500
    )
    stranger_free: int = setting(
        whole(1, 100_000),
        "The same from one address while an alarm tells of many failed logins, of tries in a "
        "browser and from an address that the account does not know.",
        3,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionSettings:
    """The browser's session."""

    idle: int = setting(whole(60, DAY, "seconds"), "Ends after so long without use.", 3600)
    absolute: int = setting(whole(60, DAY, "seconds"), "Ends after so long anyhow.", 43200)
    touch: int = setting(whole(1, 3600, "seconds"), "How often its last use is noted.", 60)
    most: int = setting(
        whole(1, 10_000, "sessions"),
        "Live sessions of one person; a login beyond ends the one unused for longest.",
        20,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class JourneySettings:
    """One login under way."""

    lifetime: int = setting(whole(60, DAY, "seconds"), "Time to finish a login.", 1800)
    keep: int = setting(
        whole(60, 7 * DAY, "seconds"),
        "How long a finished or expired one is still recognised, to help rather than fail.",
        DAY,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class TokensSettings:
    """Lifetimes of what applications receive."""

    # RFC 6749 §4.1.2: a maximum code lifetime of ten minutes is recommended.
    code: int = setting(whole(5, 600, "seconds"), "Authorization code.", 60)
    access: int = setting(whole(30, DAY, "seconds"), "Access token.", 600)
    id_token: int = setting(whole(30, DAY, "seconds"), "ID token.", 600)
    refresh_idle: int = setting(whole(60, 365 * DAY, "seconds"), "Refresh token, unused.", 28800)
    refresh_absolute: int = setting(
        whole(60, 365 * DAY, "seconds"), "Refresh tokens of one login, all together.", DAY
    )
    lasting_idle: int = setting(
        whole(60, 365 * DAY, "seconds"),
        "Refresh token of an application that acts while its person is away, unused: at most.",
        30 * DAY,
    )
    lasting_absolute: int = setting(
        whole(0, 2 * 365 * DAY, "seconds"),
        "The same, from one consent on, all together: at most. 0: no application has any.",
        90 * DAY,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class SigningSettings:
    """Signing keys and their rotation."""

    algorithm: str = setting(
        choice("ES256", "RS256", "EdDSA"),
        "Algorithm where the application asks for none.",
        "ES256",
    )
    publish_lead: int = setting(
        whole(60, 30 * DAY, "seconds"),
        "A new key is published so long before it signs. Longer than those who fetch our SAML "
        "metadata once a day keep their copy.",
        2 * DAY,
    )
    rotate_after: int = setting(
        whole(3600, 730 * DAY, "seconds"), "A key signs for so long.", 90 * DAY
    )
    keep_after: int = setting(
        whole(3600, 365 * DAY, "seconds"), "A key stays published so long afterwards.", DAY
    )
    seals: str = setting(
        text("the path of a folder"),
        "Certificates and keys (PEM, RSA) that structures sign their VIHF by: "
        "`<identifier of the structure>.pem` and `.key`, and `default` for all others.",
        "",
        shown="none: signed by the key of SAML",
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditSettings:
    """The audit trail."""

    seal_interval: float = setting(
        number(0.1, 60, "seconds"), "How often new events are sealed into the chain.", 2.0
    )
    anchor_file: str = setting(
        text("the path of a file"),
        "File that receives each sealed head, on another system if "
        "possible: shows a truncated chain.",
        "",
        shown="none",
    )
    keep: int = setting(
        whole(0, 36_500 * DAY, "seconds"),
        "Events are removed after so long, once a day; at least 184 days, 0 keeps them for good.",
        1095 * DAY,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiSettings:
    """The administration for programs: REST and SCIM."""

    calls: int = setting(
        whole(1, 1_000_000), "Calls of one program, or one person's programs, in a minute.", 600
    )
    max_body: int = setting(whole(1024, 16_777_216, "bytes"), "Largest body read.", 262_144)


@dataclass(frozen=True, slots=True, kw_only=True)
class LogSettings:
    """What the server writes on its standard error."""

    level: str = setting(
        choice("debug", "info", "warning", "error"), "Least important level written.", "info"
    )
    format: str = setting(
        choice("json", "console"), "JSON lines for machines, or a console for people.", "json"
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The whole configuration."""

    server: ServerSettings
    database: DatabaseSettings
    secrets: SecretsSettings
    region: RegionSettings
    locale: LocaleSettings
    password: PasswordSettings
    policies: PoliciesSettings
    administration: AdministrationSettings
    policy_professional: ProfessionalPolicySettings
    policy_patient: PatientPolicySettings
    policy_staff: StaffPolicySettings
    patients: PatientsSettings
    identifiers: IdentifiersSettings
    otp: OtpSettings
    cards: CardsSettings
    calculette: CalculetteSettings
    psc: PscSettings
    registration: RegistrationSettings
    approval: ApprovalSettings
    directory: DirectorySettings
    throttle: ThrottleSettings
    alarms: AlarmsSettings
    session: SessionSettings
    journey: JourneySettings
    tokens: TokensSettings
    signing: SigningSettings
    audit: AuditSettings
    messages: MessagesSettings
    smtp: SmtpSettings
    sms: SmsSettings
    outgoing: OutgoingSettings
    oidc: OidcSettings
    api: ApiSettings
    log: LogSettings
    demo: DemoSettings
