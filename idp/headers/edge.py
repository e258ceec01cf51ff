# SPDX-License-Identifier: Apache-2.0
"""The edge put together: its responder, its endpoints."""

from collections.abc import Mapping
from dataclasses import dataclass

from idp.grants.stays import Stays
from idp.headers.answer import HeadersResponder
from idp.headers.check import ENTER, CheckEndpoint, ForwardEndpoint, Look
from idp.headers.enter import EnterEndpoint, StoppedEndpoint
from idp.headers.identity import Identities, SubjectOf
from idp.headers.leave import LEAVE, LeaveEndpoint, Leaver
from idp.headers.returning import Returning
from idp.headers.site import STOPPED, Sites
from idp.http.services import Core, Services
from idp.http.wire import Endpoint
from idp.login.steering import Steering

CHECK = "/headers/check"
FORWARD = "/headers/forward"
# Proxies ask here, and may show what they are answered at the application's own address.
PROXIED = frozenset({CHECK, FORWARD})


@dataclass(frozen=True, slots=True)
class HeadersEdge:
    """What the composition root wires."""

    core: Core
    sites: Sites
    stays: Stays
    identities: Identities
    responder: HeadersResponder

    def endpoints(self, services: Services, steering: Steering) -> Mapping[str, Endpoint]:
        """Path by path: two that proxies ask, three that browsers come to."""
        look = Look(self.core, self.sites, self.stays)
        returning = Returning(self.core, self.stays)
        leaver = Leaver(services, self.stays)
        return {
            CHECK: CheckEndpoint(look, self.identities),
            FORWARD: ForwardEndpoint(self.core, look, self.identities, returning, leaver),
            ENTER: EnterEndpoint(self.core, steering, self.sites),
            STOPPED: StoppedEndpoint(self.core),
            LEAVE: LeaveEndpoint(services, self.sites),
        }


def open_headers(core: Core, subject_of: SubjectOf) -> HeadersEdge:
    """Build the edge over the core; subjects are those of the other protocols."""
    lives = core.sessions.lives
    stays = Stays(
        core.clock,
        core.entropy,
        core.lookup,
        core.audit,
        core.codes,
        core.applications,
        lives.idle,
        lives.touch,
    )
    responder = HeadersResponder(core.codes, core.clock, lives.absolute)
    return HeadersEdge(core, Sites(), stays, Identities(core, subject_of), responder)
