# SPDX-License-Identifier: Apache-2.0
"""What the generator does: the steps of each workload."""

import base64
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol
from urllib.parse import quote_plus, urlencode

from idp.oidc.discovery import PATHS
from idp.oidc.edge import WELL_KNOWN
from tests.benchmarks import keyed, proxied
from tests.benchmarks.costs import ES, ES_READ
from tests.benchmarks.keyed import Made
from tests.benchmarks.population import REDIRECT, SECRET
from tests.benchmarks.saml import SEALED, SIGNED, Party
from tests.benchmarks.steps import Step, Take

VERIFIER = "verifier-of-the-benchmark-0123456789-abcdefghijklmnop"
FORM = "Content-Type: application/x-www-form-urlencoded\r\n"
BARE = "/bare"
FORM_KEY = "form"
# Logins a second that no server measured here comes to on one core.
FASTEST = 800


def json_value(name: str) -> Take:
    """A member of a JSON answer."""
    return Take(name, "json", name)


CODE = Take("code", "loc", "code=", "&")


def basic(client: str) -> str:
    """The header of client_secret_basic."""
    pair = base64.b64encode(f"{client}:{SECRET}".encode()).decode()
    return f"Authorization: Basic {pair}\r\n"


def authorize_path(client: str) -> str:
    """The address of an authorization request, with a state and a nonce of its own."""
    digest = hashlib.sha256(VERIFIER.encode()).digest()
    asked = {
        "client_id": client,
        "redirect_uri": REDIRECT,
        "response_type": "code",
        "scope": "openid profile email",
        "code_challenge": base64.urlsafe_b64encode(digest).rstrip(b"=").decode(),
        "code_challenge_method": "S256",
    }
    fresh = "&state=state-${seq}&nonce=nonce-${seq}"
    return f"{PATHS['authorization_endpoint']}?{urlencode(asked)}{fresh}"


def redeem(client: str, *takes: Take) -> Step:
    """The code at the token endpoint."""
    body = (
        "grant_type=authorization_code&code=${code}&code_verifier="
        + VERIFIER
        + "&redirect_uri="
        + quote_plus(REDIRECT)
    )
    kept = (json_value("access_token"), json_value("id_token"), *takes)
    path = PATHS["token_endpoint"]
    return Step("token", "POST", path, basic(client) + FORM, body, takes=kept)


def userinfo() -> Step:
    """Who the access token speaks of."""
    header = "Authorization: Bearer ${access_token}\r\n"
    path = PATHS["userinfo_endpoint"]
    return Step("userinfo", "GET", path, header, takes=(json_value("sub"),))


def enter(client: str) -> Step:
    """The authorization request of a browser that has a session."""
    path = authorize_path(client)
    return Step("authorize", "GET", path, statuses=(303,), cookies=True, takes=(CODE,))


def log_in(client: str) -> list[Step]:
    """The way of a browser without a session: request, page, form."""
    form = "csrf=${u:csrf}&identifier=${u:user}&password=${u:password}"
    csrf = Take("csrf", "body", 'name="csrf" value="', '"')
    return [
        Step("authorize", "GET", authorize_path(client), statuses=(303,), cookies=True),
        Step("page", "GET", "${loc}", cookies=True, takes=(csrf,)),
        Step(
            "password", "POST", "${loc}/password", FORM, form, (303,), cookies=True, takes=(CODE,)
        ),
    ]


def client_credentials(client: str) -> Step:
    """An application in its own name."""
    body = "grant_type=client_credentials"
    path = PATHS["token_endpoint"]
    kept = (json_value("access_token"),)
    return Step("token", "POST", path, basic(client) + FORM, body, takes=kept)


def introspect(client: str) -> Step:
    """A token looked up by the application that holds it."""
    return introspect_as(basic(client).removeprefix("Authorization: Basic ").strip())


def introspect_as(pair: str) -> Step:
    """The same by whoever this is."""
    path = PATHS["introspection_endpoint"]
    kept, header = (json_value("active"),), f"Authorization: Basic {pair}\r\n{FORM}"
    return Step("introspect", "POST", path, header, "token=${access_token}", takes=kept)


def by_key(client: str) -> Step:
    """An application in its own name, by what it signed."""
    body = f"grant_type=client_credentials&{keyed.proven(client)}&client_assertion=${{assertion}}"
    kept = (json_value("access_token"),)
    return Step("token", "POST", PATHS["token_endpoint"], FORM, body, takes=kept)


def exchange(client: str) -> Step:
    """A person's token for one that opens another application."""
    # The one that was given is not shown again.
    kept = (Take("given", "json", "access_token"),)
    path = PATHS["token_endpoint"]
    return Step("token", "POST", path, basic(client) + FORM, keyed.exchanged(), takes=kept)


def strict_login(client: str) -> tuple[Step, ...]:
    """As FAPI 2.0 has it: pushed, entered by a browser that has a session, bound to a key."""
    asked = authorize_path(client).partition("?")[2]
    pushed = f"{asked}&{keyed.BY_ASSERTION}&client_assertion=${{assertion}}"
    path = f"{PATHS['authorization_endpoint']}?client_id={client}&request_uri=${{u:request_uri}}"
    body = (
        "grant_type=authorization_code&code=${code}&code_verifier="
        f"{VERIFIER}&redirect_uri={quote_plus(REDIRECT)}"
        f"&{keyed.proven(client)}&client_assertion=${{second}}"
    )
    kept = (json_value("access_token"), json_value("id_token"))
    par = PATHS["pushed_authorization_request_endpoint"]
    return (
        Step("push", "POST", par, FORM, pushed, (201,), takes=(json_value("request_uri"),)),
        Step("authorize", "GET", path, statuses=(303,), cookies=True, takes=(CODE,)),
        Step(
            "token", "POST", PATHS["token_endpoint"], "DPoP: ${proof}\r\n" + FORM, body, takes=kept
        ),
    )


def refresh(client: str) -> Step:
    """A refresh token exchanged for the next."""
    body = "grant_type=refresh_token&refresh_token=${u:refresh_token}"
    path = PATHS["token_endpoint"]
    kept = (json_value("access_token"), json_value("refresh_token"))
    return Step("refresh", "POST", path, basic(client) + FORM, body, takes=kept)


def saml_login() -> Step:
    """A request made beforehand, from a browser that has a session, up to the page that posts."""
    answer = Take("answer", "body", 'name="SAMLResponse" value="', '"')
    return Step("sso", "GET", "${address}", cookies=True, takes=(answer,))


class Judge(Protocol):
    """Says what is wrong with the answers of a run: values that were kept of each flow."""

    @property
    def keeps(self) -> tuple[str, ...]: ...
    def fault(self, base: str, kept: Sequence[Sequence[str]]) -> str | None: ...


@dataclass(frozen=True)
class Workload:
    """One row of the table. `session` names the client whose logins it begins with."""

    key: str
    title: str
    steps: tuple[Step, ...]
    # At most this many times the CPU of a bare Flask route; 0 where the issue sets no aim.
    aim: float = 0
    session: str = ""
    fresh_browser: bool = False
    # Whether the values of one run are those the next begins with.
    carries_on: bool = False
    # Whose requests are made beforehand, each for one flow.
    party: Party | None = None
    # The same for whoever signs with a key, how many flows a second nobody comes to, and what of it
    # nobody can do without (`costs`).
    made: Made | None = None
    fastest: int = FASTEST
    alone: tuple[str, ...] = ()
    judge: Judge | None = None


def saml_workload(key: str, title: str, party: Party) -> Workload:
    """Logins to an application of this provider."""
    return Workload(key, title, (saml_login(),), session="es", party=party, judge=party)


WORKLOADS = (
    Workload("discovery", "Discovery", (Step("get", "GET", WELL_KNOWN),), 1),
    Workload("jwks", "JWKS", (Step("get", "GET", PATHS["jwks_uri"]),), 1),
    Workload("cc-opaque", "Client credentials, opaque", (client_credentials("robot"),), 3.2),
    Workload("cc-jwt", "Client credentials, JWT ES256", (client_credentials("robot-jwt"),), 3.2),
    Workload("introspect", "Introspection", (introspect("es"),), 3, "es"),
    Workload("userinfo", "Userinfo", (userinfo(),), 2, "es"),
    Workload(
        "refresh", "Refresh with rotation", (refresh("refreshing"),), 6, "refreshing",
        carries_on=True,
    ),
    Workload(
        "login-es", "Login with a session, ES256", (enter("es"), redeem("es"), userinfo()), 12, "es"
    ),
    Workload("login-rs", "Login with a session, RS256", (enter("rs"), redeem("rs"), userinfo()),
             0, "es"),
    Workload(
        "password", "Login by password", (*log_in("es"), redeem("es"), userinfo()),
        fresh_browser=True,
    ),
    Workload(FORM_KEY, "Password form", tuple(log_in("es")), fresh_browser=True),
    Workload(
        "cc-key", "Client credentials, private_key_jwt", (by_key(keyed.KEYED),),
        made=keyed.asserted(keyed.KEYED, "assertion"), fastest=4000, alone=(ES_READ,),
    ),
    Workload(
        "strict", "Login with a session: PAR, private_key_jwt, DPoP", strict_login(keyed.STRICT),
        session="es", made=keyed.bound(keyed.STRICT, "assertion", "second"),
        alone=(ES_READ, ES_READ, ES_READ, ES),
    ),
    Workload("exchange", "Token exchange", (exchange(keyed.EXCHANGING),), session=keyed.EXCHANGING),
    Workload(
        "introspect-many", "Introspection by 50 applications", (introspect_as("${own}"),),
        made=keyed.several, fastest=8000,
    ),
    saml_workload("saml", "SAML login with a session, signed", SIGNED),
    saml_workload("saml-sealed", "SAML login with a session, signed and encrypted", SEALED),
    Workload(
        "headers", "Forward-auth check", (proxied.check(),), 1.25, "headers",
        judge=proxied.Visitors(),
    ),
)  # fmt: skip
BARE_ROUTE = Workload("bare", "Bare Flask route", (Step("get", "GET", BARE),))


def preparation(client: str) -> list[Step]:
    """A whole login, after which a virtual user has cookies and tokens."""
    if client == proxied.KEY:
        return [*log_in("es"), *proxied.arrive()]
    extra = (json_value("refresh_token"),) if client == "refreshing" else ()
    return [*log_in(client), redeem(client, *extra)]
