# SPDX-License-Identifier: Apache-2.0
"""An application's OpenID Connect settings as a typed value, checked as a whole."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from urllib.parse import urlsplit

from idp.applications.faults import Fault, Unfit, What
from idp.applications.registration import BadRegistration
from idp.applications.values import Application
from idp.grants.lasting import Lasting, LastingGrants
from idp.http.addresses import address_fault, host_of, origin_of
from idp.oidc import lasting as lasting_access
from idp.oidc import response_types
from idp.oidc.absent import CIBA, OFTEN, Absent
from idp.oidc.absent import KNOWN as ABSENT
from idp.oidc.asking import KNOWN as ASKING
from idp.oidc.asking import Asking, read_asking
from idp.oidc.binding import BINDING_SETTINGS, Bound
from idp.oidc.client_keys import ALGORITHMS, OLD, ClientKey, holds_secrets, read_keys
from idp.oidc.client_tls import SELF_SIGNED, TLS_METHODS, TLS_SETTINGS, CertificateName
from idp.oidc.encrypting import KNOWN as ENCRYPTING
from idp.oidc.encrypting import NOTHING, Encrypted, read_encrypted
from idp.oidc.exchanging import EXCHANGE, EXCHANGING, NO_EXCHANGE, Exchanging
from idp.oidc.introducing import INTRODUCING, LOCALISED, Introduced
from idp.oidc.profile import NONE, WEAK, read_profile, tightened
from idp.oidc.reading import Reading
from idp.oidc.recipients import read_recipients
from idp.oidc.response_types import CODE_ALONE, AnswerRules
from idp.oidc.signals.settings import SETTING, read_scopes
from idp.oidc.tenants import Untenable, is_tenant, read_tenants
from idp.oidc.vouching import BEARER, VOUCHING, Voucher, read_vouchers

AUTH_METHODS = ("client_secret_basic", "client_secret_post", "private_key_jwt", "none")
DEVICE = "urn:ietf:params:oauth:grant-type:device_code"
GRANT_TYPES = (
    *("authorization_code", "refresh_token", "client_credentials", "implicit"),
    *(DEVICE, EXCHANGE, BEARER, CIBA),
)
# Who proves itself so needs keys of another kind than those that are encrypted to.
SIGN_OR_SHOW = frozenset(("private_key_jwt", SELF_SIGNED))
# By these, people are sent here to log in, and come back to an address.
LOGINS = frozenset(("authorization_code", "implicit"))
SIGNING_ALGORITHMS = ("ES256", "RS256", "EdDSA")
FORMATS = ("opaque", "jwt")
KNOWN = {
    "redirect_uris",
    "post_logout_redirect_uris",
    "backchannel_logout_uri",
    "frontchannel_logout_uri",
    "frontchannel_logout_session_required",
    "initiate_login_uri",
    "token_endpoint_auth_method",
    "grant_types",
    *response_types.SETTINGS,
    "scopes",
    "subject_type",
    "sector",
    "sector_identifier_uri",
    "id_token_signed_response_alg",
    "userinfo_signed_response_alg",
    "access_token_format",
    "application_type",
    "audiences",
    "jwks",
    "jwks_uri",
    "pkce",
    "tenant",
    "tenants",
    *ASKING,
    *ENCRYPTING,
    *lasting_access.KNOWN,
    "session_state",
    *ABSENT,
    *BINDING_SETTINGS,
    "profile",
    *TLS_SETTINGS,
    *INTRODUCING,
    *EXCHANGING,
    *VOUCHING,
    SETTING,
}
# What is our own, and no metadata of a client.
OURS = frozenset(
    {
        *("sector", "scopes", "audiences", "pkce", "tenant", "tenants", "dpop_nonce_required"),
        *("profile", "session_state", "old_signatures", LOCALISED, SETTING, OFTEN),
        *EXCHANGING,
        *VOUCHING,
        *lasting_access.KNOWN,
    }
)


NOTHING_SPECIAL = Asking()


class Unusable(What):
    """What may be wrong with these settings, beside what may be with any."""

    NO_RETURN = "at least one is needed for logins"
    PUBLIC_PKCE = "a public client always needs it"
    OTHER_SITE = "is expected on the site of one of the redirect_uris"
    NEEDS_PROOF = "client_credentials needs a client that authenticates"
    DEVICE_UNSIGNED = "requests of devices are never signed: not where each must be"
    KEYS_TWICE = "only one of jwks and jwks_uri may be given"
    KEYS_NEEDED = "private_key_jwt needs jwks or jwks_uri"
    KEYS_PRIVATE = "holds a private or symmetric key; take it out of use"
    CERTIFICATE_NEEDED = "self_signed_tls_client_auth needs jwks with x5c, or jwks_uri"
    KEYS_UNFIT = "holds no public key for {known} (RSA: 2048 bits at least)"


@dataclass(frozen=True, slots=True)
class Client:
    """What the protocol needs to know of an application."""

    application: Application
    redirect_uris: tuple[str, ...] = ()
    post_logout_redirect_uris: tuple[str, ...] = ()
    backchannel_logout_uri: str = ""
    frontchannel_logout_uri: str = ""
    initiate_login_uri: str = ""
    auth_method: str = "client_secret_basic"
    grant_types: tuple[str, ...] = ("authorization_code",)
    scopes: tuple[str, ...] = ("openid",)
    sector: str = ""
    id_token_algorithm: str = "ES256"
    # Nothing: plain JSON.
    userinfo_algorithm: str = ""
    access_token_format: str = "opaque"
    native: bool = False
    audiences: tuple[str, ...] = ()
    keys: tuple[ClientKey, ...] = field(default=(), repr=False)
    jwks_uri: str = ""
    requires_pkce: bool = True
    answers: AnswerRules = CODE_ALONE
    bound: Bound = field(default_factory=Bound)
    certificate: CertificateName = field(default_factory=CertificateName)
    # Who vouches, towards a service that leans on us: the platform, or an establishment by number.
    tenant: str = ""
    tenants: Mapping[str, str] = field(default_factory=dict)
    # FAPI 2.0, or nothing.
    profile: str = NONE
    # By which ways its requests may come, and which must.
    asking: Asking = NOTHING_SPECIAL
    # What it is told that it alone reads.
    encrypted: Encrypted = NOTHING
    # Whether it asks a frame of ours if the session is still the same.
    watches: bool = False
    introduced: Introduced = field(default_factory=Introduced)
    # For whom it may exchange what it was shown.
    exchanging: Exchanging = NO_EXCHANGE
    # Who vouches for people towards it, by name.
    vouchers: Mapping[str, Voucher] = field(default_factory=dict)
    # For how long its refresh tokens last without a session; None where they end with it.
    lasting: Lasting | None = None
    # How it asks for people who are elsewhere, and is answered.
    absent: Absent = field(default_factory=Absent)

    @property
    def signals(self) -> bool:
        """Whether it may ask for signals about the people who enter it."""
        return self.application.settings.get(SETTING) is True

    @property
    def local_provider(self) -> bool:
        """Whether we are its local provider (`idp.oidc.local_provider`)."""
        return self.application.policy.local_provider

    @property
    def id(self) -> str:
        """The client identifier."""
        return self.application.key

    @property
    def for_people(self) -> bool:
        """Whether people log in here for it."""
        return DEVICE in self.grant_types or self.has_browser_logins

    @property
    def has_browser_logins(self) -> bool:
        """Whether it may send people here to log in, and is answered by their browser."""
        return not LOGINS.isdisjoint(self.grant_types)

    @property
    def asks_people(self) -> bool:
        """Whether people let it in at all, here or elsewhere."""
        return self.for_people or CIBA in self.grant_types

    @property
    def public(self) -> bool:
        """Whether it can keep no secret."""
        return self.auth_method == "none"

    def allows_redirect(self, uri: str) -> bool:
        """RFC 9700 §2.1: equal character by character to a registered one."""
        if uri in self.redirect_uris:
            return True
        return self.native and _without_port(uri) in {
            _without_port(one) for one in self.redirect_uris if _is_loopback_ip(one)
        }


class Clients:
    """Typed clients, kept by version of their registration."""

    def __init__(self, default_algorithm: str, lasting: LastingGrants) -> None:
        self._default_algorithm = default_algorithm
        self._lasting = lasting
        self._kept: dict[str, Client] = {}

    def of(self, application: Application) -> Client:
        """The client of an application registered for this protocol."""
        kept = self._kept.get(application.key)
        if kept is not None and kept.application is application:
            return kept
        client = read_client(application, self._default_algorithm)
        if client.lasting is not None:
            # Within the bounds of this server, which may be none at all.
            lasting = self._lasting.of(application)
            scopes = lasting_access.with_scope(client.scopes, lasting)
            client = replace(client, lasting=lasting, scopes=scopes)
        self._kept[application.key] = client
        return client


def read_client(application: Application, default_algorithm: str = "ES256") -> Client:
    """Parse and check the settings; every fault at once."""
    reading = Reading(application.settings)
    for name in sorted(set(reading.settings) - KNOWN):
        reading.note(name, Unfit.UNKNOWN)
    method = reading.one_of("token_endpoint_auth_method", (*AUTH_METHODS, *TLS_METHODS))
    grants = _grants(reading, method)
    redirects = reading.addresses("redirect_uris")
    if not LOGINS.isdisjoint(grants) and not redirects:
        reading.note("redirect_uris", Unusable.NO_RETURN)
    answers = response_types.read_rules(reading, grants, SIGNING_ALGORITHMS)
    profile = read_profile(reading, answers)
    asking, bound = tightened(profile, method, read_asking(reading), Bound.read(reading, answers))
    if DEVICE in grants and asking.must_sign:
        reading.note("grant_types", Unusable.DEVICE_UNSIGNED)
    lasting = lasting_access.read_lasting(
        reading, grants, method, bound, leans=application.policy.local_provider
    )
    client = Client(
        application=application,
        redirect_uris=redirects,
        post_logout_redirect_uris=reading.addresses("post_logout_redirect_uris"),
        backchannel_logout_uri=reading.address("backchannel_logout_uri"),
        frontchannel_logout_uri=_frontchannel(reading, redirects),
        initiate_login_uri=reading.address("initiate_login_uri"),
        auth_method=method,
        grant_types=grants,
        scopes=lasting_access.with_scope(read_scopes(reading, grants), lasting),
        lasting=lasting,
        sector=_sector(reading, application, redirects),
        id_token_algorithm=_id_token_algorithm(reading, default_algorithm, profile),
        userinfo_algorithm=reading.one_of(
            "userinfo_signed_response_alg", ("", *SIGNING_ALGORITHMS)
        ),
        access_token_format=reading.one_of("access_token_format", FORMATS),
        native=reading.one_of("application_type", ("web", "native")) == "native",
        audiences=reading.texts("audiences"),
        keys=_keys(reading, method),
        jwks_uri=reading.address("jwks_uri"),
        requires_pkce=_requires_pkce(reading, method),
        answers=answers,
        bound=bound,
        certificate=CertificateName.read(reading, method),
        tenant=_tenant(reading, application),
        tenants=read_tenants(reading.settings.get("tenants", {}), reading.faults),
        profile=profile,
        asking=asking,
        encrypted=read_encrypted(reading),
        watches=reading.switch("session_state"),
        introduced=Introduced.read(reading),
        exchanging=Exchanging.read(reading, grants, method),
        vouchers=read_vouchers(reading, grants, method),
        absent=Absent.read(reading, grants, method, asking, profile),
    )
    if reading.faults:
        raise BadRegistration(reading.faults)
    return client


def check_client(application: Application) -> list[Fault]:
    """The faults of an application's protocol settings, for the one who registers it."""
    try:
        read_client(application)
    except BadRegistration as wrong:
        return wrong.faults
    return []


def _grants(reading: Reading, method: str) -> tuple[str, ...]:
    grants = reading.some_of("grant_types", GRANT_TYPES) or ("authorization_code",)
    if "client_credentials" in grants and method == "none":
        reading.note("grant_types", Unusable.NEEDS_PROOF)
    return grants


def _requires_pkce(reading: Reading, method: str) -> bool:
    pkce = reading.one_of("pkce", ("required", "optional"))
    if pkce == "optional" and method == "none":
        reading.note("pkce", Unusable.PUBLIC_PKCE)
    return pkce == "required"


def _id_token_algorithm(reading: Reading, usual: str, profile: str) -> str:
    if profile and usual == WEAK:
        usual = "ES256"
    return reading.one_of("id_token_signed_response_alg", (usual, *SIGNING_ALGORITHMS))


def _is_loopback_ip(uri: str) -> bool:
    return uri.startswith("http://") and host_of(uri) in {"127.0.0.1", "[::1]"}


def _without_port(uri: str) -> str | None:
    """RFC 8252 §7.3: a native client's port on the loopback address is free."""
    found = re.fullmatch(r"(http://(?:127\.0\.0\.1|\[::1\]))(?::[0-9]{1,5})?(/.*)?", uri)
    return (found[1] + (found[2] or "")) if found else None


def _frontchannel(reading: Reading, redirects: tuple[str, ...]) -> str:
    """OIDC Front-Channel Logout §2: on a site that the person came back to anyway."""
    # `iss` and `sid` are always told.
    reading.switch("frontchannel_logout_session_required")
    uri = reading.address("frontchannel_logout_uri")
    if uri and origin_of(uri) not in {origin_of(one) for one in redirects}:
        reading.note("frontchannel_logout_uri", Unusable.OTHER_SITE)
    return uri


def _tenant(reading: Reading, application: Application) -> str:
    tenant = reading.settings.get("tenant", "")
    if tenant == "" and application.policy.local_provider:
        reading.note("tenant", Unfit.MISSING)
    elif tenant != "" and not is_tenant(tenant):
        reading.note("tenant", Untenable.TENANT)
    return str(tenant)


def _keys(reading: Reading, method: str) -> tuple[ClientKey, ...]:
    """Its keys and certificates: public ones, inline or by address and never both."""
    inline, uri = reading.settings.get("jwks"), reading.settings.get("jwks_uri")
    if inline is not None and uri:
        reading.note("jwks", Unusable.KEYS_TWICE)
    if inline is None:
        if method == "private_key_jwt" and not uri:
            reading.note("jwks", Unusable.KEYS_NEEDED)
        if method == SELF_SIGNED and not uri:
            reading.note("jwks", Unusable.CERTIFICATE_NEEDED)
        return ()
    if holds_secrets(inline):
        reading.note("jwks", Unusable.KEYS_PRIVATE)
    # Known by name here, and verified with where that is registered (`idp.oidc.asking`).
    is_old = reading.settings.get("request_object_signing_alg") == OLD
    keys = read_keys(inline, old=is_old or reading.settings.get("old_signatures") is True)
    if is_old and not any(one.algorithm == OLD for one in keys):
        reading.note("jwks", Unusable.KEYS_UNFIT, known=OLD)
    elif not keys and (method in SIGN_OR_SHOW or not read_recipients(inline)):
        reading.note("jwks", Unusable.KEYS_UNFIT, known=", ".join(ALGORITHMS))
    elif method == SELF_SIGNED and not any(one.certificate for one in keys):
        reading.note("jwks", Unusable.CERTIFICATE_NEEDED)
    return keys


def _sector(reading: Reading, application: Application, redirects: tuple[str, ...]) -> str:
    """OIDC Core §8.1: the group of hosts that see one pairwise subject; nothing for public ones."""
    named = reading.address("sector_identifier_uri")
    if reading.one_of("subject_type", ("pairwise", "public")) == "public":
        return ""
    hosts = {urlsplit(uri).netloc for uri in redirects if not address_fault(uri)}
    sector = reading.settings.get("sector", "")
    if sector:
        return str(sector)
    if named:
        # Whoever registers had it looked at what lies there (`idp.oidc.sectors`).
        return urlsplit(named).netloc
    if len(hosts) > 1:
        reading.note("sector", Unfit.SEVERAL_HOSTS, where="redirect_uris")
    return hosts.pop() if hosts else application.key
