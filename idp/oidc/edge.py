# SPDX-License-Identifier: Apache-2.0
"""The edge put together: its responder, its teller, its endpoints."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

from idp.accounts.subjects import Subjects
from idp.administration.belonging import Belongings
from idp.http.services import Core, Services
from idp.http.wire import Endpoint
from idp.login.steering import Steering
from idp.oidc.answer import Answers, OidcResponder
from idp.oidc.asked import Asked
from idp.oidc.assertion import Assertions
from idp.oidc.authorize import AuthorizeEndpoint
from idp.oidc.backchannel import BackchannelTeller
from idp.oidc.client import Clients
from idp.oidc.client_auth import ClientAuthentication
from idp.oidc.client_signed import ClientSigned
from idp.oidc.discovery import PATHS, DiscoveryEndpoint, JwksEndpoint
from idp.oidc.end_session import EndSessionEndpoint
from idp.oidc.front import FrontChannel
from idp.oidc.holding import Holding
from idp.oidc.introspection import OurIntrospection, OurRevocation
from idp.oidc.mint import Mint
from idp.oidc.parting import OidcParting
from idp.oidc.person_tokens import PersonTokens
from idp.oidc.pushing import PushedRequest
from idp.oidc.seen import TokenNotes
from idp.oidc.token import PostedForm
from idp.oidc.token_grants import bind
from idp.oidc.token_server import TokenServer
from idp.oidc.userinfo import UserinfoEndpoint
from idp.oidc.ways import Ways, use_up

WELL_KNOWN = "/.well-known/openid-configuration"
WELL_KNOWN_OAUTH = "/.well-known/oauth-authorization-server"


@dataclass(frozen=True, slots=True)
class OidcEdge:
    """What the composition root wires."""

    core: Core
    clients: Clients
    subjects: Subjects
    answers: Answers
    people: PersonTokens
    responder: OidcResponder
    teller: BackchannelTeller
    parting: OidcParting
    holding: Holding

    def endpoints(self, services: Services, steering: Steering) -> Mapping[str, Endpoint]:
        """Path by path."""
        core = self.core
        signed, asked = ClientSigned(core), Asked(core, self.subjects)
        ways = Ways(core, signed)
        server = self._token_server(signed)
        server.register_endpoint(PushedRequest(server, core, ways, asked))
        levels = tuple(connector.level for connector in services.connectors.values())
        discovery = DiscoveryEndpoint(core, levels)
        return {
            WELL_KNOWN: discovery,
            WELL_KNOWN_OAUTH: discovery,
            PATHS["jwks_uri"]: JwksEndpoint(core),
            PATHS["authorization_endpoint"]: AuthorizeEndpoint(
                core, steering, self.clients, self.answers, asked, ways
            ),
            PATHS["pushed_authorization_request_endpoint"]: PostedForm(core, server, "pushed"),
            PATHS["token_endpoint"]: PostedForm(core, server, "token"),
            PATHS["introspection_endpoint"]: PostedForm(core, server, "introspection"),
            PATHS["revocation_endpoint"]: PostedForm(core, server, "revocation"),
            PATHS["userinfo_endpoint"]: UserinfoEndpoint(
                core, self.clients, self.subjects, self.people.belongings, self.holding
            ),
            PATHS["end_session_endpoint"]: EndSessionEndpoint(services, self.clients),
        }

    def _token_server(self, signed: ClientSigned) -> TokenServer:
        core = self.core
        issuer = core.settings.server.issuer
        # RFC 9126 §2: an assertion may be meant for the address where requests are pushed.
        meant = ("token_endpoint", "pushed_authorization_request_endpoint")
        assertions = Assertions(core, signed, {issuer + PATHS[one] for one in meant})
        server = TokenServer(ClientAuthentication(core, self.clients, assertions), TokenNotes(core))
        for grant in bind(core, self.people, self.holding):
            server.register_grant(grant)
        server.register_endpoint(OurIntrospection(server, core, self.clients, self.subjects))
        server.register_endpoint(OurRevocation(server, core))
        return server


def open_edge(core: Core, pairwise: bytes, belongings: Belongings) -> OidcEdge:
    """Build the edge over the core."""
    clients = Clients(core.settings.signing.algorithm)
    subjects = Subjects(pairwise)
    issuer, tokens = core.settings.server.issuer, core.settings.tokens
    answers = Answers(issuer, core.keys, core.clock)
    mint = Mint(
        core.clock, core.entropy, core.keys, subjects, issuer, tokens.access, tokens.id_token
    )
    people = PersonTokens(core, mint, subjects, belongings)
    responder = OidcResponder(
        answers,
        core.codes,
        core.audit,
        core.launches,
        tokens.refresh_absolute,
        FrontChannel(core, clients, people),
        partial(use_up, core),
    )
    teller = BackchannelTeller(core, clients, subjects)
    return OidcEdge(
        core,
        clients,
        subjects,
        answers,
        people,
        responder,
        teller,
        OidcParting(core, clients),
        Holding(core),
    )
