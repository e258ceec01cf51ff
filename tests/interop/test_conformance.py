# SPDX-License-Identifier: Apache-2.0
"""docs/conformance.md, as it stands: its commands on a real server, its steps on the real pages."""

import json
import re
import secrets
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
import requests
from click.testing import CliRunner

from idp.__main__ import program
from tests.cast import PASSWORD, PEOPLE
from tests.interop.suite_browser import SuiteBrowser, browser_of, of_module
from tests.protocol.oidc.suite import CALLBACK, SITE, old_key, unsigned, words
from tests.protocol.oidc.test_modules import MODULES
from tests.servers import ROOT, Site, running_site
from tests.world import RING

pytestmark = pytest.mark.interop
PAGE = ROOT / "docs" / "conformance.md"
CONFIGURATION = ROOT / "docs" / "conformance" / "openid.json"
COMMANDS = re.findall(r"^(sceau .*)$", PAGE.read_text("utf-8"), re.MULTILINE)
BASIC, LOGOUT = "oidcc-server", "oidcc-rp-initiated-logout"
BACK = f"{SITE}/post_logout_redirect"


@dataclass
class Prepared:
    """A server made ready as the page says, and the configuration filled in as it says."""

    site: Site
    configuration: str

    def of(self, module: str) -> dict[str, Any]:
        return of_module(self.configuration, module)

    def browser(self, module: str) -> SuiteBrowser:
        return browser_of(self.configuration, module, self.site.issuer)

    def asked(self, client: dict[str, str], **changes: str) -> str:
        """An authorization request of the suite's."""
        said = {
            "client_id": client["client_id"],
            "redirect_uri": CALLBACK,
            "scope": "openid",
            "state": secrets.token_urlsafe(8)[:10],
            "nonce": secrets.token_urlsafe(8)[:10],
            "response_type": "code",
        } | changes
        sent = {name: value for name, value in said.items() if value}
        return f"{self.site.issuer}/oidc/authorize?{urlencode(sent)}"

    def tokens(self, module: str, at: str, client: dict[str, str]) -> dict[str, Any]:
        """The token endpoint's answer to the code with which the browser came back."""
        assert at.startswith(CALLBACK), at
        code = parse_qs(urlsplit(at).query)["code"][0]
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": CALLBACK}
        pair = (client["client_id"], client["client_secret"])
        by_form = module == "oidcc-server-client-secret-post"
        named = dict(zip(("client_id", "client_secret"), pair, strict=True)) if by_form else {}
        answer = requests.post(
            f"{self.site.issuer}/oidc/token",
            data=form | named,
            auth=None if by_form else pair,
            timeout=30,
        )
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    def left(self, token: str, **said: str) -> str:
        """An address that asks for a logout, as the suite makes it."""
        asked = {"id_token_hint": token, "post_logout_redirect_uri": BACK, "state": "s" * 128}
        sent = {name: value for name, value in (asked | said).items() if value}
        return f"{self.site.issuer}/oidc/logout?{urlencode(sent)}"


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Prepared]:
    folder = tmp_path_factory.mktemp("conformance")
    kept = folder / "secrets"
    kept.mkdir()
    database = f"sqlite:///{folder / 'sceau.sqlite3'}"
    with (
        running_site(folder, database, OIDC_REGISTRATION="token") as site,
        pytest.MonkeyPatch.context() as patch,
    ):
        environment = {"SERVER_ISSUER": site.issuer, "DATABASE_URL": database, "SECRETS_KEYS": RING}
        for name, value in {**environment, "OIDC_REGISTRATION": "token"}.items():
            patch.setenv(f"SCEAU_{name}", value)
        patch.chdir(ROOT)
        said = [run(command, kept) for command in COMMANDS]
        invitation = re.findall(r"^token: (\S+)$", "\n".join(said), re.MULTILINE)[0]
        yield Prepared(site, filled_in(site, kept, invitation))
        site.show_news()


def run(command: str, kept: Path) -> str:
    """A command of the page, with a folder of the test's own for secrets."""
    arguments = shlex.split(command)[1:]
    arguments = [str(kept) if one == "/etc/sceau/suite" else one for one in arguments]
    result = CliRunner().invoke(program(), arguments, input=f"{PASSWORD}\n{PASSWORD}\n")
    assert result.exit_code == 0, result.output
    return str(result.output)


def filled_in(site: Site, kept: Path, invitation: str) -> str:
    """The configuration, with what the page says to put in place."""
    text = CONFIGURATION.read_text("utf-8")
    places = {
        "https://sceau.example": site.issuer,
        # Somebody who has replaced the first password already.
        "THE-IDENTIFIER": PEOPLE["medecin"].identifier,
        "THE-PASSWORD": PASSWORD,
        "THE-INVITATION": invitation,
    } | {f"SECRET-OF-{one.stem}": one.read_text().strip() for one in kept.glob("*.secret")}
    # The longest first: some begin as others do.
    for name in sorted(places, key=len, reverse=True):
        assert name in text, name
        text = text.replace(name, places[name])
    assert not re.findall(r"SECRET-OF|THE-[A-Z]+", text)
    return text


def test_each_module_that_is_named_is_one_of_the_suites() -> None:
    named = json.loads(CONFIGURATION.read_text("utf-8"))["override"]
    assert set(named) <= set(MODULES)


def test_who_was_added_may_log_in(prepared: Prepared) -> None:
    with prepared.site.database() as database, database.read() as tx:
        found = tx.exec_driver_sql("SELECT identifier FROM accounts").scalars().all()
    assert "suite" in found


@pytest.mark.parametrize("module", [BASIC, "oidcc-server-client-secret-post"])
def test_a_login_with_the_steps_of_the_configuration(prepared: Prepared, module: str) -> None:
    name = "client" if module == BASIC else "client_secret_post"
    client = prepared.of(module)[name]
    browser = prepared.browser(module)
    tokens = prepared.tokens(module, browser.go(prepared.asked(client)), client)
    shown = {"Authorization": f"Bearer {tokens['access_token']}"}
    told = requests.get(f"{prepared.site.issuer}/oidc/userinfo", headers=shown, timeout=30)
    assert (told.status_code, "sub" in told.json()) == (200, True)
    # The second one asks for the password alone, and the page is handed in.
    again = browser.go(prepared.asked(client, prompt="login"))
    assert again.startswith(CALLBACK)
    assert len(browser.visitor.asked(prepared.site.issuer)) >= 2
    assert "error=login_required" in prepared.browser(module).go(
        prepared.asked(client, prompt="none")
    )


@pytest.mark.parametrize("mode", ["query", "form_post"])
def test_a_request_that_is_not_signed_comes_by_value(prepared: Prepared, mode: str) -> None:
    module = "oidcc-unsigned-request-object-supported-correctly-or-rejected-as-unsupported"
    client = prepared.of(module)["client"]
    inside = {
        "client_id": client["client_id"],
        "redirect_uri": CALLBACK,
        "scope": "openid",
        "state": "within",
        "nonce": "within",
        "response_type": "code",
        "response_mode": mode,
    }
    asked = prepared.asked(client, state="", nonce="", request=unsigned(inside))
    at = prepared.browser(module).go(asked)
    assert at.startswith(CALLBACK)
    assert ("state=within" in at) is (mode == "query")


@pytest.mark.parametrize("kind", ["id_token", "code id_token token"])
@pytest.mark.parametrize("mode", ["", "form_post"])
def test_what_comes_in_front_comes_back(prepared: Prepared, kind: str, mode: str) -> None:
    client = prepared.of(BASIC)["client"]
    browser = prepared.browser(BASIC)
    at = browser.go(prepared.asked(client, response_type=kind, response_mode=mode))
    assert at.startswith(CALLBACK)
    assert bool(urlsplit(at).fragment) is (mode == "")


def test_one_that_the_suite_registers_is_agreed_to(prepared: Prepared) -> None:
    invitation = prepared.of(BASIC)["client"]["initial_access_token"]
    said = words(
        old_key(),
        token_endpoint_auth_method="client_secret_basic",
        policy_uri="https://www.certification.openid.net/policy",
        tos_uri="https://www.certification.openid.net/tos",
    )
    told = requests.post(
        f"{prepared.site.issuer}/oidc/register",
        json=said,
        headers={"Authorization": f"Bearer {invitation}"},
        timeout=30,
    )
    assert told.status_code == 201, told.text
    client = told.json()
    asked = prepared.asked(client, scope="openid profile email phone")
    assert prepared.tokens(BASIC, prepared.browser(BASIC).go(asked), client)["id_token"]
    for module, shown in (("policy", "#its-privacy"), ("tos", "#its-terms")):
        browser = prepared.browser(f"oidcc-registration-{module}-uri")
        browser.go(asked)
        assert browser.handed_in == [shown]


WRONG = {
    "oidcc-ensure-registered-redirect-uri": {"redirect_uri": f"{CALLBACK}/other"},
    "oidcc-ensure-redirect-uri-in-authorization-request": {"redirect_uri": ""},
    "oidcc-redirect-uri-query-mismatch": {"redirect_uri": f"{CALLBACK}?bar=foo"},
    "oidcc-redirect-uri-query-added": {"redirect_uri": f"{CALLBACK}?foo=bar"},
    "oidcc-ensure-request-object-with-redirect-uri": {
        "redirect_uri": f"{CALLBACK}/other",
        "request": unsigned({"client_id": "suite", "redirect_uri": CALLBACK, "scope": "openid"}),
    },
}


@pytest.mark.parametrize("module", WRONG)
def test_the_page_of_a_wrong_address_is_handed_in(prepared: Prepared, module: str) -> None:
    browser = prepared.browser(module)
    browser.go(prepared.asked(prepared.of(module)["client"], **WRONG[module]))
    assert browser.handed_in == ["#error[data-error]"]


LEAVING = {
    LOGOUT: {},
    f"{LOGOUT}-no-state": {"state": ""},
    f"{LOGOUT}-bad-post-logout-redirect-uri": {"post_logout_redirect_uri": f"{BACK}/other"},
    f"{LOGOUT}-query-added-to-post-logout-redirect-uri": {
        "post_logout_redirect_uri": f"{BACK}?foo=bar"
    },
    f"{LOGOUT}-modified-id-token-hint": {"id_token_hint": "eyJhbGciOiJub25lIn0.e30."},
    f"{LOGOUT}-bad-id-token-hint": {"id_token_hint": "bad"},
    f"{LOGOUT}-no-id-token-hint": {"id_token_hint": ""},
    f"{LOGOUT}-no-params": dict.fromkeys(
        ("id_token_hint", "post_logout_redirect_uri", "state"), ""
    ),
    f"{LOGOUT}-only-state": dict.fromkeys(("id_token_hint", "post_logout_redirect_uri"), ""),
    f"{LOGOUT}-no-post-logout-redirect-uri": {"post_logout_redirect_uri": ""},
    "oidcc-frontchannel-rp-initiated-logout": {},
}
FRONT = "oidcc-frontchannel-rp-initiated-logout"
RETURN = {LOGOUT, f"{LOGOUT}-no-state", FRONT}


@pytest.mark.parametrize("module", LEAVING)
def test_a_logout_with_the_steps_of_the_configuration(prepared: Prepared, module: str) -> None:
    client = prepared.of(module)["client"]
    browser = prepared.browser(module)
    at = browser.go(prepared.asked(client))
    token = prepared.tokens(module, at, client)["id_token"]
    browser.handed_in.clear()
    at = browser.go(prepared.left(token, **LEAVING[module]))
    if module in RETURN:
        assert at.partition("?")[0] == BACK
        silent = browser.visitor.get(prepared.asked(client, prompt="none"))
        assert "error=login_required" in silent
    else:
        assert at.startswith(prepared.site.issuer)
        assert len(browser.handed_in) == 1


@pytest.mark.parametrize(
    "module",
    ["oidcc-backchannel-rp-initiated-logout", "oidcc-session-management-rp-initiated-logout"],
)
def test_those_with_an_application_of_their_own(prepared: Prepared, module: str) -> None:
    client = prepared.of(module)["client"]
    at = prepared.browser(BASIC).go(prepared.asked(client))
    assert prepared.tokens(module, at, client)["id_token"]
    assert ("session_state=" in at) is ("session" in module)
