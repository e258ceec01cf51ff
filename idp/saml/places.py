# SPDX-License-Identifier: Apache-2.0
"""The addresses of this protocol, and the name that this server has in it."""

from dataclasses import dataclass

METADATA = "/saml/metadata"
SSO = "/saml/sso"
RESUME = "/saml/resume"
START = "/saml/start"
ARTIFACT = "/saml/artifact"
STS = "/saml/sts"
SLO = "/saml/slo"
SLO_SOAP = "/saml/slo/soap"


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
    def artifact(self) -> str:
        """Where applications come for what an artifact stands for."""
        return self.issuer + ARTIFACT

    @property
    def sts(self) -> str:
        """Where an application asks for a VIHF."""
        return self.issuer + STS

    @property
    def resume(self) -> str:
        """Where a posted request goes on."""
        return self.issuer + RESUME

    @property
    def slo(self) -> str:
        """Where browsers bring what is said of a logout."""
        return self.issuer + SLO

    @property
    def slo_soap(self) -> str:
        """Where servers say it themselves."""
        return self.issuer + SLO_SOAP
