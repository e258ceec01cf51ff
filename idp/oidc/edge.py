# SPDX-License-Identifier: Apache-2.0
"""The edge put together: its responder, its teller, its endpoints."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import partial

from idp.accounts.subjects import Subjects
from idp.administration.belonging import Belongings
from idp.applications.values import Application
from idp.config.oidc import CLOSED
from idp.http.client_certificates import Reader
from idp.http.services import Core, Services
from idp.http.wire import Endpoint
from idp.login.steering import Steering
from idp.oidc.absent_endpoint import NAME as ABSENT
from idp.oidc.absent_endpoint import AbsentEndpoint
from idp.oidc.absent_grant import AbsentGrant
from idp.oidc.answer import Answers, OidcResponder
from idp.oidc.asked import Asked
from idp.oidc.assertion import Assertions
from idp.oidc.authorize import AuthorizeEndpoint
from idp.oidc.backchannel import BackchannelTeller
from idp.oidc.bearer_grant import BearerGrant
from idp.oidc.client import Clients, check_client, read_client
from idp.oidc.client_auth import ClientAuthentication
from idp.oidc.client_signed import ClientSigned
from idp.oidc.client_tls import SELF_SIGNED, ClientCertificates
from idp.oidc.device import DeviceAuthorization, DeviceResponder
from idp.oidc.device_grant import DeviceGrant
from idp.oidc.discovery import PATHS, REGISTRATION, DiscoveryEndpoint, JwksEndpoint
from idp.oidc.end_session import EndSessionEndpoint
from idp.oidc.exchange import ExchangeGrant
from idp.oidc.front import FrontChannel
from idp.oidc.holding import Holding
from idp.oidc.introspection import OurIntrospection, OurRevocation
from idp.oidc.mint import Mint
from idp.oidc.parting import OidcParting
from idp.oidc.person_tokens import PersonTokens
from idp.oidc.pushing import PushedRequest
from idp.oidc.registration import SelfRegistration
from idp.oidc.seen import TokenNotes
from idp.oidc.session_frame import SessionFrame, Watched
from idp.oidc.signals.edge import SignalsDiscovery, signal_endpoints
from idp.oidc.signals.words import WELL_KNOWN as WELL_KNOWN_SIGNALS
from idp.oidc.token import PostedForm
from idp.oidc.token_grants import GRANTS, bind
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
    signed: ClientSigned
    certificates: ClientCertificates
    holding: Holding
    devices: DeviceResponder

    def endpoints(self, services: Services, steering: Steering) -> Mapping[str, Endpoint]:
        """Path by path."""
        core = self.core
        levels = tuple(connector.level for connector in services.connectors.values())
        discovery = DiscoveryEndpoint(core, levels)
        return {
            WELL_KNOWN: discovery,
            WELL_KNOWN_OAUTH: discovery,
            WELL_KNOWN_SIGNALS: SignalsDiscovery(core),
            PATHS["jwks_uri"]: JwksEndpoint(core),
            PATHS["authorization_endpoint"]: AuthorizeEndpoint(
                core,
                steering,
                self.clients,
                self.answers,
                Asked(core, self.subjects),
                Ways(core, self.signed),
                self.signed,
            ),
            PATHS["check_session_iframe"]: SessionFrame(core),
            PATHS["end_session_endpoint"]: EndSessionEndpoint(services, self.clients),
            **self.for_applications(),
            **({REGISTRATION: self._registration(services)} if discovery.registers else {}),
        }

    def below(self, services: Services) -> Mapping[str, Endpoint]:
        """Those with a name of their own at the end, by the folder that they lie in."""
        closed = self.core.settings.oidc.registration == CLOSED
        return {} if closed else {REGISTRATION: self._registration(services).one}

    def _registration(self, services: Services) -> SelfRegistration:
        return SelfRegistration(self.core, services.office.joining)

    def for_applications(self) -> Mapping[str, Endpoint]:
        """What applications call themselves: also at the address that asks for certificates."""
        core = self.core
        server = self._token_server()
        asked, ways = Asked(core, self.subjects), Ways(core, self.signed)
        server.register_endpoint(PushedRequest(server, core, ways, asked, self.holding))
        server.register_endpoint(DeviceAuthorization(server, core, self.holding))
        server.register_endpoint(AbsentEndpoint(server, core, asked, self.signed, self.subjects))
        return {
            PATHS["backchannel_authentication_endpoint"]: PostedForm(core, server, ABSENT),
            PATHS["pushed_authorization_request_endpoint"]: PostedForm(core, server, "pushed"),
            PATHS["device_authorization_endpoint"]: PostedForm(
                core, server, DeviceAuthorization.ENDPOINT_NAME
            ),
            PATHS["token_endpoint"]: PostedForm(core, server, "token"),
            PATHS["introspection_endpoint"]: PostedForm(core, server, "introspection"),
            PATHS["revocation_endpoint"]: PostedForm(core, server, "revocation"),
            PATHS["userinfo_endpoint"]: UserinfoEndpoint(
                core, self.clients, self.people, self.holding
            ),
            **signal_endpoints(core, self.clients, self.subjects, self.holding),
        }

    def _token_server(self) -> TokenServer:
        core = self.core
        settings = core.settings
        # RFC 9126 §2, CIBA §7.1: an assertion may be meant for the address where it is sent.
        meant = (
            "token_endpoint",
            "pushed_authorization_request_endpoint",
            "device_authorization_endpoint",
            "backchannel_authentication_endpoint",
        )
        # RFC 8705 §5: or for their aliases, where it is sent.
        bases = [*filter(None, (settings.server.issuer, settings.cards.for_applications))]
        endpoints = {base + PATHS[one] for base in bases for one in meant}
        assertions = Assertions(core, self.signed, endpoints)
        authentication = ClientAuthentication(
            core, self.clients, assertions, self.signed, self.certificates
        )
        server = TokenServer(authentication, TokenNotes(core))
        # RFC 7523 §3: by what those may name us who vouch for somebody.
        named = {base + PATHS["token_endpoint"] for base in bases} | {settings.server.issuer}
        heard = {"signed": self.signed, "endpoints": frozenset(named)}
        bearer = type(BearerGrant.__name__, (BearerGrant,), heard)
        grants = (*GRANTS, DeviceGrant, ExchangeGrant, bearer, AbsentGrant)
        for grant in bind(core, self.people, self.holding, grants):
            server.register_grant(grant)
        server.register_endpoint(
            OurIntrospection(server, core, self.clients, self.subjects, self.signed)
        )
        server.register_endpoint(OurRevocation(server, core))
        return server


def open_edge(
    core: Core, pairwise: bytes, belongings: Belongings, reader: Reader | None = None
) -> OidcEdge:
    """Build the edge over the core; `reader`, where this address asks for certificates."""
    clients = Clients(core.settings.signing.algorithm, core.lasting)
    subjects = Subjects(pairwise)
    issuer, tokens = core.settings.server.issuer, core.settings.tokens
    answers = Answers(issuer, core.keys, core.clock)
    mint = Mint(
        core.clock, core.entropy, core.keys, subjects, issuer, tokens.access, tokens.id_token
    )
    signed = ClientSigned(core)
    people = PersonTokens(core, mint, subjects, belongings, signed)
    responder = OidcResponder(
        answers,
        core.codes,
        core.audit,
        core.launches,
        tokens.refresh_absolute,
        FrontChannel(core, clients, people),
        partial(use_up, core),
        Watched(core),
    )
    teller = BackchannelTeller(core, clients, subjects)
    certificates = ClientCertificates(core, reader)
    return OidcEdge(
        core,
        clients,
        subjects,
        answers,
        people,
        responder,
        teller,
        OidcParting(core, clients),
        signed,
        certificates,
        Holding(core, clients, certificates),
        DeviceResponder(core, clients),
    )


def self_signed(applications: Iterable[Application]) -> list[bytes]:
    """The certificates registered of those that show one of their own making.

    By it they are known, or it holds their tokens, whatever they are known by.
    """
    found: list[bytes] = []
    for one in applications:
        settings = one.settings if one.protocol == "oidc" and one.enabled else {}
        shows = settings.get("token_endpoint_auth_method") == SELF_SIGNED
        shows = shows or bool(settings.get("tls_client_certificate_bound_access_tokens"))
        if shows and not check_client(one):
            found += [key.certificate for key in read_client(one).keys if key.certificate]
    return found
