# SPDX-License-Identifier: Apache-2.0
"""What the generator does: steps of each workload, written in its own small language."""

import base64
import hashlib
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote_plus, urlencode

from idp.oidc.discovery import PATHS
from idp.oidc.edge import WELL_KNOWN
from tests.benchmarks.population import REDIRECT, SECRET

VERIFIER = "verifier-of-the-benchmark-0123456789-abcdefghijklmnop"
FORM = "Content-Type: application/x-www-form-urlencoded\r\n"
BARE = "/bare"
FORM_KEY = "form"


@dataclass(frozen=True)
class Take:
    """A value kept from an answer: from its JSON, its body or its Location."""

    name: str
    source: str
    after: str
    before: str = ""


@dataclass(frozen=True)
class Step:
    """One request."""

    name: str
    method: str
    path: str
    headers: str = ""
    body: str = ""
    statuses: tuple[int, ...] = (200,)
    cookies: bool = False
    takes: tuple[Take, ...] = ()


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
    path = PATHS["introspection_endpoint"]
    kept = (json_value("active"),)
    return Step(
        "introspect", "POST", path, basic(client) + FORM, "token=${access_token}", takes=kept
    )


def refresh(client: str) -> Step:
    """A refresh token exchanged for the next."""
    body = "grant_type=refresh_token&refresh_token=${u:refresh_token}"
    path = PATHS["token_endpoint"]
    kept = (json_value("access_token"), json_value("refresh_token"))
    return Step("refresh", "POST", path, basic(client) + FORM, body, takes=kept)


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
)  # fmt: skip
BARE_ROUTE = Workload("bare", "Bare Flask route", (Step("get", "GET", BARE),))


def preparation(client: str) -> list[Step]:
    """A whole login, after which a virtual user has cookies and tokens."""
    extra = (json_value("refresh_token"),) if client == "refreshing" else ()
    return [*log_in(client), redeem(client, *extra)]


def _escape(text: str) -> str:
    for plain, escaped in (("\\", "\\\\"), ("\n", "\\n"), ("\r", "\\r"), ("\t", "\\t")):
        text = text.replace(plain, escaped)
    return text


def write_scenario(path: Path, options: list[tuple[str, ...]], steps: list[Step]) -> None:
    """Write what the generator reads: a directive a line, fields parted by tabs."""
    lines = ["\t".join(option) for option in options]
    for step in steps:
        statuses = ",".join(map(str, step.statuses))
        fields = [step.name, step.method, step.path, step.headers, step.body, statuses]
        lines.append("\t".join(["step", *map(_escape, fields), "1" if step.cookies else "0"]))
        for take in step.takes:
            kept = ["ext", take.name, take.source, _escape(take.after), _escape(take.before), "1"]
            lines.append("\t".join(kept))
    path.write_text("\n".join(lines) + "\n")
