# SPDX-License-Identifier: Apache-2.0
"""DCC and RCP as people see them, and what their answers carry."""

import re
import tomllib

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

from relying_parties import paths
from relying_parties.dcc.app import create_app as create_dcc
from relying_parties.kit.settings import Limits
from relying_parties.rcp.app import create_app as create_rcp
from relying_parties.registration import load_registration, make_provider
from relying_parties.serve import make_parser, read_config
from relying_parties.shell import Config
from tests.unit.relying_parties.conftest import Browser, asked, error_of
from tests.unit.relying_parties.double import Double

FACTORIES = {"dcc": create_dcc, "rcp": create_rcp}
FRENCH = {"Accept-Language": "fr-FR,fr;q=0.9"}
ENGLISH = {"Accept-Language": "en"}


class Visitor(Browser):
    """A browser on one application's own address."""

    def __init__(self, app, double, home):
        super().__init__(app, double)
        self.home = home

    def get(self, path, **kwargs):
        return self.client.get(path, base_url=self.home, **kwargs)

    def post(self, path, data=None, **kwargs):
        return self.client.post(path, base_url=self.home, data=data, **kwargs)

    def form_token(self, path):
        found = re.search(r'name="form_token" value="([0-9a-f]{64})"', self.get(path).text)
        return found.group(1)


@pytest.fixture
def double():
    import time  # the applications run on the machine's clock

    provider = Double(lambda: int(time.time()))
    yield provider
    provider.close()


@pytest.fixture
def visit(double, tmp_path):
    logins = []

    # The double logs people in at level 1 where nothing else is said.
    def make(key, level=1):
        registration = load_registration(key)
        double.client_id = key
        provider = make_provider(
            registration,
            issuer=double.issuer,
            client_id=key,
            client_secret=double.client_secret,
            level=level,
        )
        app = FACTORIES[key](
            Config(
                provider=provider,
                data=tmp_path,
                other_url="http://localhost:1/",
                limits=Limits(timeout=30),
            )
        )
        logins.append(app.extensions["sceau-login"])
        return Visitor(app, double, registration.home_url.rstrip("/"))

    yield make
    for login in logins:
        login.store.shut()


def test_dcc_from_the_public_page_to_a_dossier_and_out(visit):
    browser = visit("dcc")
    assert "Se connecter" in browser.get("/", headers=FRENCH).text
    answer = browser.arrive(browser.double.authorize(browser.start("/login?next=/dossiers")))
    assert answer.headers["Location"] == "/dossiers"
    page = browser.get("/dossiers", headers=FRENCH).text
    for words in ("AUBÉPINE Garance", "Zoé Exemple", "Médecin", "Niveau 1"):
        assert words in page
    assert "Identifiant et mot de passe" in page
    assert "Parcours de soins" in browser.get("/dossiers/2026-0417", headers=FRENCH).text
    assert error_of(browser.get("/dossiers/unknown")) == "not-found"
    assert browser.get("/").headers["Location"] == "/dossiers"
    location = browser.post("/logout", {"form_token": browser.form_token("/dossiers")})
    query = asked(location.headers["Location"])
    back = f"/logged-out?state={query['state']}"
    assert "celles des autres applications" in browser.get(back, headers=FRENCH).text
    assert "celles des autres" not in browser.get(back, headers=FRENCH).text
    assert browser.get("/dossiers").status_code == 303


def test_a_tab_loaded_again_shows_no_other_patient(visit):
    browser = visit("dcc")

    def launched(file, born):
        context = {"launch_context": {"patient": {"file": file, "birth_date": born}}}
        browser.double.twists.token_answer = lambda answer: answer | context
        assert browser.log_in("/login?launch=a-handle").headers["Location"] == "/opened"
        return browser.get("/opened").headers["Location"]

    assert launched("2026-0417", "1961-03-12") == "/opened/2026-0417"
    assert 'data-file="2026-0417"' in browser.get("/opened/2026-0417").text
    # The same session, from the next file in the software; none here is of that number.
    second = launched("b/2026 2", "1970-01-01")
    assert second == "/opened/b/2026%202"
    assert 'data-file="b/2026 2"' in browser.get(second).text
    older = browser.get("/opened/2026-0417")
    assert (older.status_code, older.headers["Location"]) == (303, "/dossiers")


def test_the_details_show_claims_and_renew_tokens(visit):
    browser = visit("dcc")
    browser.log_in()
    page = browser.get("/connection", headers=FRENCH).text
    for words in ("Détails de la connexion", "urn:sceau:level:1", "sid-1", "Zoé Exemple"):
        assert words in page
    for token in browser.double.access_tokens:
        assert token not in page
    form = {"form_token": browser.form_token("/connection")}
    assert browser.post("/connection/renew", form).status_code == 303
    assert browser.double.calls["/token"] == 2
    assert browser.get("/connection").status_code == 200


def test_rcp_asks_for_level_2_to_validate_a_decision(visit):
    """Also where it is registered to be read at level 1."""
    browser = visit("rcp", level=1)
    browser.log_in()
    path = "/meetings/senologie"
    assert "niveau 2" in browser.get(path, headers=FRENCH).text
    location = browser.start(f"{path}/decision")
    assert asked(location)["acr_values"] == "urn:sceau:level:2"
    browser.double.person["acr"] = "urn:sceau:level:2"
    answer = browser.arrive(browser.double.authorize(location))
    assert answer.headers["Location"] == f"{path}/decision"
    form = {"form_token": browser.form_token(f"{path}/decision")}
    assert browser.post(f"{path}/decision", form).headers["Location"] == path
    assert "Validé par Zoé Exemple" in browser.get(path, headers=FRENCH).text


def test_rcp_may_ask_for_level_2_from_the_door(visit):
    browser = visit("rcp", level=2)
    assert asked(browser.start("/meetings"))["acr_values"] == "urn:sceau:level:2"
    assert error_of(browser.log_in()) == "level-not-reached"


@pytest.mark.parametrize("key", ["dcc", "rcp"])
def test_wb_headers_are_strict_and_pages_hold_nothing_inline(visit, key):
    browser = visit(key)
    browser.log_in()
    for path in ("/", "/connection", "/logged-out", "/unknown", "/callback"):
        answer = browser.get(path)
        policy = answer.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Cache-Control"] == "no-store"
        assert not re.search(r"<script|<style|\sstyle=|\son[a-z]+=", answer.text)


@pytest.mark.parametrize("key", ["dcc", "rcp"])
def test_cookies_of_two_applications_on_one_host_stay_apart(visit, key):
    browser = visit(key)
    browser.log_in()
    assert browser.names(f"{key}_session")


def test_wb_007_what_the_provider_says_is_escaped(visit):
    browser = visit("dcc")
    browser.double.info["name"] = "<script>alert(1)</script>"
    browser.double.person["odd"] = {"<b>": ["<i>"]}
    browser.log_in()
    page = browser.get("/connection").text
    assert "<script" not in page
    assert "<b>" not in page


def test_another_host_name_is_refused(visit):
    browser = visit("dcc")
    answer = browser.client.get("/", base_url="http://evil.example:8001")
    assert answer.status_code == 400
    assert answer.text == "http://localhost:8001/\n"


def test_a_person_chooses_the_language(visit):
    browser = visit("dcc")
    assert 'lang="fr"' in browser.get("/").text
    assert "Sign in" in browser.get("/", headers=ENGLISH).text
    answer = browser.get("/language/en?next=//evil.example")
    assert answer.headers["Location"] == "/"
    assert "Sign in" in browser.get("/", headers=FRENCH).text
    assert asked(browser.start())["ui_locales"] == "en"


def test_an_error_page_links_to_no_answer_of_the_provider(visit):
    page = visit("dcc").get("/callback?code=secret-code&state=x").text
    assert "secret-code" not in page


def test_every_sentence_is_in_french():
    root = paths.PACKAGE.parent
    with (paths.TRANSLATIONS / "fr/LC_MESSAGES/messages.po").open("rb") as file:
        known = read_po(file, locale="fr")
    keywords = {"_": None, "later": None, "ngettext": (1, 2), "gettext": None}
    wanted = set()
    for folder, method in (
        (paths.PACKAGE, [("**.py", "python")]),
        (root / "templates" / "relying_parties", [("**.html", "jinja2")]),
    ):
        for _file, _line, text, _comments, _context in extract_from_dir(
            folder, method, keywords=keywords
        ):
            wanted.add(text[0] if isinstance(text, tuple) else text)
    missing = [text for text in wanted if not (known.get(text) and known.get(text).string)]
    assert not missing
    assert not [message.id for message in known if message.id and message.fuzzy]


@pytest.mark.parametrize("key", ["dcc", "rcp"])
def test_registrations_say_what_the_applications_do(key):
    text = (paths.REGISTRATIONS / f"{key}.toml").read_text("utf-8")
    content = tomllib.loads(text)
    assert content["key"] == key
    assert content["protocol"] == "oidc"
    assert "client_secret" not in content["oidc"]
    home = content["home_url"]
    oidc = content["oidc"]
    assert oidc["redirect_uris"] == [f"{home}callback"]
    assert oidc["post_logout_redirect_uris"] == [f"{home}logged-out"]
    assert oidc["backchannel_logout_uri"] == f"{home}backchannel-logout"
    assert oidc["initiate_login_uri"] == f"{home}login"


def test_options_become_settings(tmp_path):
    secret = tmp_path / "secret"
    secret.write_text("s3cret\n")
    registration = load_registration("dcc")
    options = make_parser(registration).parse_args(
        ["--port", "9001", "--client-secret-file", str(secret), "--data", str(tmp_path)]
    )
    config = read_config(registration, options)
    assert config.provider.client_secret == "s3cret"
    assert config.provider.redirect_uri == "http://localhost:9001/callback"
    assert config.provider.issuer == "http://localhost:8000"
    assert config.other_url == "http://localhost:8007/"
