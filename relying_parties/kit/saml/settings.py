# SPDX-License-Identifier: Apache-2.0
"""What an application states about its SAML provider and itself, checked once at start."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from cryptography import x509

from relying_parties.kit.levels import HIGHEST
from relying_parties.kit.origins import origin_of
from relying_parties.kit.outcome import SettingsError
from relying_parties.kit.saml.names import PERSISTENT, VIHF
from relying_parties.kit.saml.signatures import OwnKey

LONGEST_NAME = 1024
METADATA = "/saml/metadata"
CONTINUE = "/saml/continue"
LOGOUT = "/saml/slo"
SOAP = "/saml/soap"
# Attributes by the names that OpenID Connect has for them: an application reads one set of claims.
CLAIMS: Mapping[str, str] = {
    "urn:oid:0.9.2342.19200300.100.1.1": "preferred_username",
    "urn:oid:2.5.4.42": "given_name",
    "urn:oid:2.5.4.4": "family_name",
    "urn:oid:2.16.840.1.113730.3.1.241": "name",
    "urn:oid:2.16.840.1.113730.3.1.39": "locale",
    "urn:oid:0.9.2342.19200300.100.1.3": "email",
    "urn:oid:2.5.4.20": "phone_number",
    "birthdate": "birthdate",
    "SubjectNameID": "SubjectNameID",
    "profession": "profession",
    "speciality": "speciality",
    # As it is passed on: `relying_parties.kit.saml.vihf` reads it.
    VIHF: "vihf",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class SamlProvider:
    """One provider, and this application as it is registered there."""

    # The provider's entityID, and where its metadata is: an address or a file.
    issuer: str
    metadata: str | Path
    # Whose signature the metadata must bear; none: the address (by TLS) or the file is trusted.
    metadata_certificates: tuple[x509.Certificate, ...] = ()
    entity_id: str
    acs_url: str
    logged_out_url: str
    key: OwnKey = field(repr=False)
    level: int = 1
    # Whether an assertion in clear is refused.
    encrypted: bool = True
    subject_format: str = PERSISTENT
    # Attribute names to claim names; an attribute that is not named here is not kept.
    claims: Mapping[str, str] = field(default_factory=lambda: CLAIMS)
    ca_file: str | None = None

    def __post_init__(self) -> None:
        faults = self._faults()
        if faults:
            raise SettingsError(faults)

    @property
    def secure(self) -> bool:
        """Whether the application itself is reached by TLS, so that cookies can say so."""
        return self.acs_url.startswith("https://")

    @property
    def home_origin(self) -> str:
        """The application's own origin, as browsers write it."""
        parts = urlsplit(self.acs_url)
        return f"{parts.scheme}://{parts.netloc}"

    @property
    def acs_path(self) -> str:
        """The path that answers are posted to."""
        return urlsplit(self.acs_url).path

    @property
    def logged_out_path(self) -> str:
        """The path of the page after a logout, which the application shows."""
        return urlsplit(self.logged_out_url).path

    @property
    def logout_url(self) -> str:
        """Where logouts come in by Redirect."""
        return self.home_origin + LOGOUT

    @property
    def soap_url(self) -> str:
        """Where the provider itself tells of a logout."""
        return self.home_origin + SOAP

    def _faults(self) -> list[str]:
        faults = [
            f"{name}: not an absolute https address (http only on the loopback)"
            for name in ("acs_url", "logged_out_url")
            if origin_of(getattr(self, name)) is None
        ]
        faults += [
            f"{name}: 1 to {LONGEST_NAME} characters"
            for name in ("issuer", "entity_id")
            if not 0 < len(getattr(self, name)) <= LONGEST_NAME
        ]
        if isinstance(self.metadata, str) and origin_of(self.metadata) is None:
            faults.append("metadata: neither a file nor an https address")
        if not faults and urlsplit(self.acs_url).query:
            faults.append("acs_url: no query")
        if not faults and origin_of(self.acs_url) != origin_of(self.logged_out_url):
            faults.append("logged_out_url: not on the origin of acs_url")
        if not 1 <= self.level <= HIGHEST:
            faults.append(f"level: 1 to {HIGHEST}")
        return faults
