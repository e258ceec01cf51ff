# SPDX-License-Identifier: Apache-2.0
"""The edge put together: its responder, its endpoints."""

from collections.abc import Mapping
from dataclasses import dataclass

from idp.accounts.subjects import Subjects
from idp.http.entrance import Entrance
from idp.http.services import Core
from idp.http.wire import Endpoint
from idp.login.steering import Steering
from idp.saml.answer import Answers, SamlResponder
from idp.saml.application import SamlApplications
from idp.saml.keys import SamlKeys
from idp.saml.places import METADATA, RESUME, SSO, START, Places
from idp.saml.published import MetadataEndpoint
from idp.saml.receive import Receiver
from idp.saml.resume import ResumeEndpoint, StartEndpoint
from idp.saml.sso import SsoEndpoint


@dataclass(frozen=True, slots=True)
class SamlEdge:
    """What the composition root wires."""

    core: Core
    places: Places
    keys: SamlKeys
    applications: SamlApplications
    subjects: Subjects
    answers: Answers
    responder: SamlResponder

    def endpoints(self, steering: Steering) -> Mapping[str, Endpoint]:
        """Path by path."""
        core = self.core
        entrance = Entrance(core, steering)
        receiver = Receiver(core, self.applications)
        return {
            METADATA: MetadataEndpoint(core, self.keys, self.places),
            SSO: SsoEndpoint(core, entrance, receiver, self.subjects, self.answers, self.places),
            RESUME: ResumeEndpoint(core, entrance),
            START: StartEndpoint(core, entrance, receiver),
        }


def open_saml(core: Core, pairwise: bytes) -> SamlEdge:
    """Build the edge over the core."""
    issuer = core.settings.server.issuer
    places, applications = Places(issuer), SamlApplications()
    keys, subjects = SamlKeys(core.keys, issuer), Subjects(pairwise)
    answers = Answers(core, keys, places.entity_id)
    responder = SamlResponder(core, applications, subjects, answers)
    return SamlEdge(core, places, keys, applications, subjects, answers, responder)
