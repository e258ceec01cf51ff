# SPDX-License-Identifier: Apache-2.0
"""The addresses of this protocol, and the name that this server has in it."""

from dataclasses import dataclass

METADATA = "/saml/metadata"
SSO = "/saml/sso"
RESUME = "/saml/resume"
START = "/saml/start"


@dataclass(frozen=True, slots=True)
class Places:
    """Under one issuer."""

    issuer: str

    @property
    def entity_id(self) -> str:
        """Our entity identifier: by custom, where the metadata is."""
        return self.issuer + METADATA

    @property
    def sso(self) -> str:
        """Where requests come in."""
        return self.issuer + SSO

    @property
    def resume(self) -> str:
        """Where a posted request goes on."""
        return self.issuer + RESUME
