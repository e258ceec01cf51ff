# SPDX-License-Identifier: Apache-2.0
"""What an application states about its provider and itself, checked once at start."""

from dataclasses import dataclass, field
from urllib.parse import urlsplit

from joserfc.jwk import ECKey, OKPKey, RSAKey

from relying_parties.kit.levels import HIGHEST
from relying_parties.kit.origins import origin_of
from relying_parties.kit.outcome import SettingsError

# FAPI 2.0, and with its requests signed; or what OpenID Connect asks by itself.
PLAIN, SECURITY, SIGNING = "", "fapi2", "fapi2-signed"
# FAPI 2.0 §5.4.1.
STRONG = frozenset({"ES256", "PS256", "EdDSA"})
# Asymmetric only: with HMAC the client secret would be a signing key that both sides hold.
ALGORITHMS = frozenset({"ES256", "ES384", "RS256", "PS256", "EdDSA"})

ClientKey = ECKey | OKPKey | RSAKey


@dataclass(frozen=True, slots=True, kw_only=True)
class Provider:
    """One provider and this application's registration there."""

    issuer: str
    client_id: str
    redirect_uri: str
    post_logout_redirect_uri: str
    client_secret: str | None = field(default=None, repr=False)
    client_key: ClientKey | None = field(default=None, repr=False)
    client_key_algorithm: str = "ES256"
    id_token_algorithm: str = "ES256"
    profile: str = PLAIN
    # The key that tokens are bound to, where the profile says so.
    proof_key: ECKey | None = field(default=None, repr=False)
    scopes: tuple[str, ...] = ("openid", "profile", "email")
    level: int = 1
    endpoint_origins: tuple[str, ...] = ()
    ca_file: str | None = None

    def __post_init__(self) -> None:
        faults = self._faults()
        if faults:
            raise SettingsError(faults)

    @property
    def auth_method(self) -> str:
        """How this application proves itself at the token endpoint: exactly one way."""
        if self.client_key is not None:
            return "private_key_jwt"
        return "client_secret_basic" if self.client_secret else "none"

    @property
    def secure(self) -> bool:
        """Whether the application itself is reached by TLS, so that cookies can say so."""
        return self.redirect_uri.startswith("https://")

    @property
    def home_origin(self) -> str:
        """The application's own origin, as browsers write it."""
        parts = urlsplit(self.redirect_uri)
        return f"{parts.scheme}://{parts.netloc}"

    @property
    def callback_path(self) -> str:
        """The path of the redirect address."""
        return urlsplit(self.redirect_uri).path

    @property
    def logged_out_path(self) -> str:
        """The path of the page after a logout, which the application shows."""
        return urlsplit(self.post_logout_redirect_uri).path

    def _faults(self) -> list[str]:
        faults = [
            f"{name}: not an absolute https address (http only on the loopback)"
            for name in ("issuer", "redirect_uri", "post_logout_redirect_uri")
            if origin_of(getattr(self, name)) is None
        ]
        faults += [
            f"endpoint_origins: {origin!r} is not an origin"
            for origin in self.endpoint_origins
            if origin_of(origin) is None or urlsplit(origin).path
        ]
        if not faults and urlsplit(self.redirect_uri).query:
            faults.append("redirect_uri: no query, so that nothing can be mixed into the answer")
        if not faults and origin_of(self.redirect_uri) != origin_of(self.post_logout_redirect_uri):
            faults.append("post_logout_redirect_uri: not on the origin of redirect_uri")
        return faults + self._registration_faults()

    def _registration_faults(self) -> list[str]:
        faults = []
        if not self.client_id:
            faults.append("client_id: empty")
        if self.client_secret is not None and self.client_key is not None:
            faults.append("client_secret and client_key: one of them, not both")
        if self.client_secret is not None and not self.client_secret:
            faults.append("client_secret: empty")
        if self.client_key is not None and not self.client_key.is_private:
            faults.append("client_key: not a private key")
        faults += [
            f"{name}: one of {', '.join(sorted(ALGORITHMS))}"
            for name in ("id_token_algorithm", "client_key_algorithm")
            if getattr(self, name) not in ALGORITHMS
        ]
        if self.profile != PLAIN:
            faults += self._profile_faults()
        if "openid" not in self.scopes:
            faults.append("scopes: openid is missing")
        if not 1 <= self.level <= HIGHEST:
            faults.append(f"level: 1 to {HIGHEST}")
        return faults

    def _profile_faults(self) -> list[str]:
        faults = []
        if self.profile not in {SECURITY, SIGNING}:
            faults.append(f"profile: {SECURITY} or {SIGNING}")
        if self.client_key is None:
            faults.append("client_key: FAPI 2.0 wants one")
        if self.proof_key is None or not self.proof_key.is_private or not is_p256(self.proof_key):
            faults.append("proof_key: a private key of P-256")
        faults += [
            f"{name}: FAPI 2.0 wants one of {', '.join(sorted(STRONG))}"
            for name in ("id_token_algorithm", "client_key_algorithm")
            if getattr(self, name) in ALGORITHMS - STRONG
        ]
        return faults


def is_p256(key: ECKey) -> bool:
    """Whether ES256 signs with it."""
    return key.curve_name == "P-256"


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Durations in seconds and sizes in bytes; the defaults are meant to stay."""

    timeout: float = 5.0
    largest_answer: int = 256 * 1024
    metadata_age: int = 3600
    key_age: int = 900
    key_refetch: int = 30
    retry_after: int = 3
    login: int = 600
    session: int = 8 * 3600
    idle: int = 3600
    clock_leeway: int = 30
    token_age: int = 600
    refresh_early: int = 30
    refresh_lease: int = 30
