# SPDX-License-Identifier: Apache-2.0
"""The edge put together: its responder, its teller, its endpoints."""

from collections.abc import Mapping
from dataclasses import dataclass

from idp.accounts.subjects import Subjects
from idp.http.entrance import Entrance
from idp.http.services import Core, Services
from idp.http.wire import Endpoint
from idp.keys.seals import open_seals
from idp.login.steering import Steering
from idp.saml.answer import Answers, SamlResponder
from idp.saml.application import SamlApplications
from idp.saml.artifacts import Artifacts
from idp.saml.keys import SamlKeys
from idp.saml.logout import LogoutDesk
from idp.saml.logout_writer import LogoutWriter
from idp.saml.parting import SamlParting
from idp.saml.places import (
    ARTIFACT,
    METADATA,
    RESUME,
    SLO,
    SLO_SOAP,
    SSO,
    START,
    STS,
    Places,
)
from idp.saml.published import MetadataEndpoint
from idp.saml.receive import Receiver
from idp.saml.resolving import ArtifactEndpoint
from idp.saml.resume import ResumeEndpoint, StartEndpoint
from idp.saml.slo import SloEndpoint, SloSoapEndpoint
from idp.saml.sso import SsoEndpoint
from idp.saml.sts import StsEndpoint
from idp.saml.teller import SamlTeller
from idp.saml.upstream.added import FOLDER
from idp.saml.upstream.doors import Doors
from idp.saml.vihf_issuing import VihfIssuer


@dataclass(frozen=True, slots=True)
class SamlEdge:
    """What the composition root wires."""

    core: Core
    places: Places
    keys: SamlKeys
    applications: SamlApplications
    subjects: Subjects
    artifacts: Artifacts
    answers: Answers
    responder: SamlResponder
    writer: LogoutWriter
    teller: SamlTeller
    vihf: VihfIssuer
    parting: SamlParting

    def endpoints(self, services: Services, steering: Steering) -> Mapping[str, Endpoint]:
        """Path by path."""
        core, places, writer = self.core, self.places, self.writer
        entrance = Entrance(core, steering)
        receiver = Receiver(core, self.applications)
        desk = LogoutDesk(core, receiver, services.leaving, self.subjects, places.entity_id)
        return {
            METADATA: MetadataEndpoint(core, self.keys, places),
            SSO: SsoEndpoint(core, entrance, receiver, self.subjects, self.answers, places),
            RESUME: ResumeEndpoint(core, entrance),
            START: StartEndpoint(core, entrance, receiver),
            STS: StsEndpoint(core, receiver, self.subjects, self.vihf, places),
            ARTIFACT: ArtifactEndpoint(
                core,
                receiver,
                self.artifacts,
                self.responder,
                self.answers,
                self.keys,
                places,
            ),
            SLO: SloEndpoint(services, receiver, desk, self.parting, places),
            SLO_SOAP: SloSoapEndpoint(core, desk, writer, places),
        }

    def doors(self, services: Services) -> dict[str, Endpoint]:
        """Where providers that speak it come to, by the folder of their addresses."""
        return {FOLDER: Doors(services, self.keys)}


def open_saml(core: Core, pairwise: bytes) -> SamlEdge:
    """Build the edge over the core."""
    issuer = core.settings.server.issuer
    places, applications = Places(issuer), SamlApplications()
    keys, subjects = SamlKeys(core.keys, issuer), Subjects(pairwise)
    artifacts = Artifacts(core, places.entity_id)
    answers = Answers(core, keys, artifacts, places.entity_id)
    vihf = VihfIssuer(core, keys, open_seals(core.settings.signing.seals))
    responder = SamlResponder(core, applications, subjects, answers, vihf)
    writer = LogoutWriter(core, keys, places.entity_id, subjects)
    teller = SamlTeller(core, applications, writer)
    parting = SamlParting(core, applications, writer)
    return SamlEdge(
        core,
        places,
        keys,
        applications,
        subjects,
        artifacts,
        answers,
        responder,
        writer,
        teller,
        vihf,
        parting,
    )
