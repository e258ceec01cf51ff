# SPDX-License-Identifier: Apache-2.0
"""docs/conformance-fapi.md: its applications on a real server, one login by each configuration."""

import http.client
import json
import runpy
import secrets
import ssl
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urljoin, urlsplit

import pytest
import requests
from click.testing import CliRunner
from joserfc.jwk import ECKey, RSAKey

from idp.__main__ import program
from tests.card_kit import host_paper
from tests.card_process import wait_for
from tests.cast import PASSWORD, PEOPLE
from tests.interop.visitor import Visitor
from tests.ports import free_port
from tests.protocol.oidc.proofs import hashed
from tests.protocol.oidc.signing import ASSERTION_TYPE, Key, new_key, public, sign
from tests.protocol.oidc.strict import segment
from tests.servers import ROOT, Site, running_site
from tests.world import RING

pytestmark = pytest.mark.interop
SCRIPT = str(ROOT / "docs" / "conformance" / "fapi.py")
CIBA = "urn:openid:params:grant-type:ciba"
WHO = PEOPLE["medecin"].identifier


@dataclass
class Prepared:
    """A server with both addresses and the applications of the page."""

    site: Site
    folder: Path
    # The certificate of the address that asks for them.
    host: str

    def variant(self, name: str, number: int = 1) -> "Suite":
        document = json.loads((self.folder / "suite" / f"{name}.json").read_text("utf-8"))
        return Suite(self, name, document, "" if number == 1 else "2")


@dataclass
class Suite:
    """One of the suite's clients, as its configuration has it."""

    server: Prepared
    name: str
    document: dict[str, Any]
    which: str
    bound: Key = field(default_factory=lambda: new_key("ES256", None))
    verifier: str = field(default_factory=lambda: secrets.token_urlsafe(48))

    def __post_init__(self) -> None:
        self.client = self.document[f"client{self.which}"]
        (jwk,) = self.client["jwks"]["keys"]
        kind = RSAKey if jwk["kty"] == "RSA" else ECKey
        self.key, self.algorithm = kind.import_key(jwk), jwk["alg"]
        self.metadata = requests.get(self.document["server"]["discoveryUrl"], timeout=30).json()
        shown = self.document[f"mtls{self.which}"]
        self.paper = self.server.folder / f"{self.name}{self.which}.pem"
        self.paper.write_text(shown["cert"] + shown["key"])
        self.shows = "-cert" in self.name
        self.holds = "-mtls" in self.name or self.name.startswith("ciba")

    def address(self, endpoint: str) -> str:
        """The alias where this client shows a certificate there."""
        by_certificate = self.shows or (self.holds and endpoint == "token_endpoint")
        aliases = self.metadata["mtls_endpoint_aliases"] if by_certificate else {}
        return str(aliases.get(endpoint, self.metadata[endpoint]))

    def post(self, endpoint: str, form: Mapping[str, str], aud: str = "", **headers: str) -> Any:
        url = self.address(endpoint)
        proof = {"client_id": self.client["client_id"]}
        if not self.shows:
            said = {"iss": proof["client_id"], "sub": proof["client_id"]}
            said["aud"] = aud or self.metadata["issuer"]
            proof = {
                "client_assertion": self.signed({**said, **moments(60)}),
                "client_assertion_type": ASSERTION_TYPE,
            }
        return self.send("POST", url, data={**form, **proof}, headers=headers)

    def send(self, method: str, url: str, **options: Any) -> Any:
        tls = {"cert": str(self.paper), "verify": self.server.host}
        return requests.request(
            method, url, timeout=60, **options, **(tls if url.startswith("https:") else {})
        )

    def signed(self, claims: Mapping[str, Any]) -> str:
        return sign(self.key, {"alg": self.algorithm, "kid": self.key.kid}, claims)

    def proof(self, method: str, url: str, token: str = "") -> dict[str, str]:
        """RFC 9449, where its tokens are bound so."""
        if self.holds:
            return {}
        said = {"jti": secrets.token_hex(8), "htm": method, "htu": url, "iat": int(time.time())}
        header = {"typ": "dpop+jwt", "alg": "ES256", "jwk": public(self.bound)}
        return {"DPoP": sign(self.bound, header, said | ({"ath": hashed(token)} if token else {}))}

    def pushed(self, **more: str) -> str:
        """Where the browser goes."""
        asked = {
            "client_id": self.client["client_id"],
            "redirect_uri": self.back,
            "scope": self.client["scope"],
            "response_type": "code",
            "state": "s" * 64,
            "code_challenge": hashed(self.verifier),
            "code_challenge_method": "S256",
        } | more
        if "-signed" in self.name:
            named = {"iss": self.client["client_id"], "aud": self.metadata["issuer"]}
            asked = {"request": self.signed({**asked, **named, **moments(300)})}
        answer = self.post("pushed_authorization_request_endpoint", asked)
        assert answer.status_code == 201, answer.text
        named = {"client_id": self.client["client_id"], **answer.json()}
        return f"{self.metadata['authorization_endpoint']}?{urlencode(named)}"

    @property
    def back(self) -> str:
        base = "https://www.certification.openid.net/test/a/sceau/callback"
        return base + ("?dummy1=lorem&dummy2=ipsum" if self.which else "")

    def given(self, form: Mapping[str, str], aud: str = "") -> Any:
        url = self.address("token_endpoint")
        return self.post("token_endpoint", form, aud, **self.proof("POST", url))

    def resource(self, token: str) -> Any:
        url = self.document["resource"]["resourceUrl"]
        proof = self.proof("GET", url, token)
        scheme = "DPoP" if proof else "Bearer"
        return self.send("GET", url, headers={"Authorization": f"{scheme} {token}"} | proof)


def moments(life: int) -> dict[str, Any]:
    now = int(time.time())
    return {"iat": now, "nbf": now, "exp": now + life, "jti": secrets.token_urlsafe(12)}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Prepared]:
    folder, port = tmp_path_factory.mktemp("fapi"), free_port()
    host = str(host_paper().file(folder, "host"))
    certificates = f"https://localhost:{port}"
    cards = {
        "CARDS_ADDRESS": certificates,
        "CARDS_PORT": str(port),
        "CARDS_TLS_CERTIFICATE": host,
        "CARDS_TLS_KEY": host,
        "CARDS_APPLICATIONS": "true",
    }
    database = f"sqlite:///{folder / 'sceau.sqlite3'}"
    made = folder / "made"
    with (
        running_site(folder, database, **cards) as site,
        pytest.MonkeyPatch.context() as patch,
    ):
        words = ("--issuer", site.issuer, "--certificates", certificates)
        said = (*words, "--identifier", WHO, "--password", PASSWORD, str(made))
        runpy.run_path(SCRIPT)["main"](list(said))
        base = {"SERVER_ISSUER": site.issuer, "DATABASE_URL": database, "SECRETS_KEYS": RING}
        for name, value in (base | cards).items():
            patch.setenv(f"SCEAU_{name}", value)
        synced = CliRunner().invoke(program(), ["applications", "sync", str(made / "applications")])
        assert synced.exit_code == 0, synced.output
        context = ssl.create_default_context(cafile=host)
        wait_for(site.processes[0], port, context, f"localhost:{port}")
        yield Prepared(site, made, host)
        site.show_news()


def browse(suite: Suite, url: str, module: str = "") -> str:
    """The steps of the configuration, as the suite's browser takes them; where they end."""
    override = suite.document["override"].get(module, {})
    (entry,) = override.get("browser", suite.document["browser"])
    visitor = Visitor((suite.metadata["issuer"],))
    at, typed = visitor.get(url), {}
    for task in entry["tasks"]:
        if not at.startswith(task["match"].strip("*")) and not task["match"].startswith("*"):
            assert task.get("optional"), (task["task"], at)
            continue
        for what, by, target, *rest in task.get("commands", []):
            found = visitor.page.select_one(f"#{target}" if by == "id" else target)
            assert found is not None or "optional" in rest, (target, at, visitor.response.text)
            if found is None:
                continue
            if what == "text":
                typed[str(found["name"])] = str(rest[0])
            elif what == "click":
                form = found.find_parent("form")
                inputs = [one for one in form.find_all("input") if one.get("name")]
                fields = {str(one["name"]): str(one.get("value", "")) for one in inputs}
                action = urljoin(visitor.response.url, str(form["action"]))
                at = visitor._go("POST", action, fields | typed)
            else:
                return str(found["data-error"])
    return at


VARIANTS = [
    f"{profile}-{proof}-{binding}-{kind}"
    for profile in ("fapi2", "fapi2-signed")
    for proof in ("key", "cert")
    for binding in ("dpop", "mtls")
    for kind in ("openid", "oauth")
]


@pytest.mark.parametrize("name", VARIANTS)
def test_a_login_of_each_variant(server: Prepared, name: str) -> None:
    for number in (1, 2):
        suite = server.variant(name, number)
        jarm = {"response_mode": "jwt"} if "signed" in name else {}
        at = browse(suite, suite.pushed(**jarm))
        assert at.startswith(suite.back), at
        came = parse_qs(urlsplit(at).query)
        if jarm:
            came |= {"code": [segment(came["response"][0], 1)["code"]]}
        form = {
            "grant_type": "authorization_code",
            "code": came["code"][0],
            "redirect_uri": suite.back,
            "code_verifier": suite.verifier,
        }
        answer = suite.given(form)
        assert answer.status_code == 200, answer.text
        given = answer.json()
        assert ("id_token" in given) is name.endswith("openid")
        seen = suite.resource(given["access_token"])
        assert seen.status_code == 200, seen.text
        assert seen.json()["email"]
        # RFC 9110 §6.6.1; the suite looks for it.
        assert "Date" in seen.headers
        assert "x-fapi-interaction-id" in seen.headers
        renewed = suite.given(
            {"grant_type": "refresh_token", "refresh_token": given["refresh_token"]}
        )
        assert renewed.status_code == 200, renewed.text


def test_pages_and_refusals_by_the_steps_of_the_configuration(server: Prepared) -> None:
    suite = server.variant("fapi2-key-dpop-openid")
    rejects = "fapi2-security-profile-final-user-rejects-authentication"
    at = browse(suite, suite.pushed(), rejects)
    assert at.startswith(suite.back)
    assert "error=access_denied" in at
    url = suite.pushed()
    assert browse(suite, url).startswith(suite.back)
    # Used once: the page that is handed in.
    assert browse(suite, url) == "application-request"


def test_two_proofs_are_none(server: Prepared) -> None:
    """`dpop-negative-tests`: each in a header of its own, as servers may put them together."""
    suite = server.variant("fapi2-key-dpop-openid")
    code = parse_qs(urlsplit(browse(suite, suite.pushed())).query)["code"][0]
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": suite.back}
    token = suite.given(form | {"code_verifier": suite.verifier}).json()["access_token"]
    url = urlsplit(suite.document["resource"]["resourceUrl"])
    for proofs, status in ((2, 401), (1, 200)):
        connection = http.client.HTTPConnection(str(url.hostname), url.port, timeout=30)
        connection.putrequest("GET", url.path)
        connection.putheader("Authorization", f"DPoP {token}")
        for _ in range(proofs):
            connection.putheader("DPoP", suite.proof("GET", url.geturl(), token)["DPoP"])
        connection.endheaders()
        assert connection.getresponse().status == status
        connection.close()


@pytest.mark.parametrize(
    "name", [f"ciba-{a}-{b}" for a in ("key", "cert") for b in ("poll", "ping")]
)
def test_somebody_is_asked_for(server: Prepared, name: str) -> None:
    suite = server.variant(name, 2)
    client = suite.client
    wish = {
        "scope": client["scope"],
        client["hint_type"]: client["hint_value"],
        "binding_message": "1234",
        "acr_values": client["acr_value"],
        "iss": client["client_id"],
        "aud": suite.metadata["issuer"],
        **({"client_notification_token": secrets.token_urlsafe(30)} if "ping" in name else {}),
    }
    request = {"request": suite.signed({**wish, **moments(300)})}
    url = suite.address("backchannel_authentication_endpoint")
    asked = suite.post("backchannel_authentication_endpoint", request, aud=url)
    assert asked.status_code == 200, asked.text
    form = {"grant_type": CIBA, "auth_req_id": asked.json()["auth_req_id"]}
    # As the suite's own: what is meant for the token endpoint names that one.
    token_endpoint = suite.address("token_endpoint")
    pending = suite.given(form, aud=token_endpoint)
    assert (pending.status_code, pending.json()["error"]) == (400, "authorization_pending")
    if "ping" in name:
        return
    visitor = Visitor((suite.metadata["issuer"],))
    visitor.get(f"{suite.metadata['issuer']}/account/requests")
    visitor.log_in()
    # Those of the others wait there as well.
    waiting = visitor.page.select("#requests a[href^='/account/requests/']")
    (link,) = [one for one in waiting if client["client_id"] in one.get_text()]
    visitor.get(suite.metadata["issuer"] + str(link["href"]))
    visitor.submit("/agree")
    given = suite.given(form, aud=token_endpoint)
    assert given.status_code == 200, given.text
    seen = suite.resource(given.json()["access_token"])
    assert seen.status_code == 200, seen.text
    assert seen.headers["x-fapi-interaction-id"]
