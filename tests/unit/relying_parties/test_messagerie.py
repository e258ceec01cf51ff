# SPDX-License-Identifier: Apache-2.0
"""Messagerie as people see it: mailboxes of their own, and nothing in clear in the file."""

import re
import tomllib
from base64 import b64encode
from dataclasses import replace

import pytest
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from relying_parties import paths
from relying_parties.kit.outcome import SettingsError
from relying_parties.kit.saml.signatures import OwnKey
from relying_parties.kit.settings import Limits
from relying_parties.messagerie.app import create_app
from relying_parties.messagerie.mailbox import Content, Mailboxes
from relying_parties.messagerie.welcome import CORRESPONDENTS, LETTERS
from relying_parties.registration import load_registration, make_saml_provider
from relying_parties.serve import make_parser, read_config
from relying_parties.shell import Config
from tests.protocol.saml.messages import certificate, private_key
from tests.unit.relying_parties.conftest import error_of
from tests.unit.relying_parties.saml_app import SamlBrowser
from tests.unit.relying_parties.saml_double import APP, SamlDouble
from tests.unit.relying_parties.test_vihf import vihf

HOME = "http://localhost:8002"
FRENCH = {"Accept-Language": "fr"}


class Visitor(SamlBrowser):
    """A browser on the application's own address."""

    def get(self, path, **kwargs):
        return self.client.get(path, base_url=HOME, headers=FRENCH, **kwargs)

    def post(self, path, data=None, **kwargs):
        return self.client.post(path, base_url=HOME, data=data, headers=FRENCH, **kwargs)

    def post_from_elsewhere(self, fields):
        return self.app.test_client().post("/saml/acs", base_url=HOME, data=fields)

    def send(self, **fields):
        token = re.search(r'form_token" value="([0-9a-f]{64})"', self.get("/messages/new").text)
        return self.post("/messages/new", {"form_token": token.group(1)} | fields)


class Provider(SamlDouble):
    """The double, towards this application."""

    # Attributes beside the usual ones.
    more = ""

    def answer(self, location):
        root, relay = self.request(location)
        acs = root.get("AssertionConsumerServiceURL")
        end = "</saml:AttributeStatement>"
        self.twists.assertion = lambda text: text.replace(
            "https://app.example/saml", f"{HOME}/saml/metadata"
        ).replace(end, self.more + end)
        return {"SAMLResponse": self.response(root.get("ID"), acs), "RelayState": relay}


@pytest.fixture
def double(clock, tmp_path):
    return Provider(clock, tmp_path)


@pytest.fixture
def app(double, clock, tmp_path):
    registration = load_registration("messagerie")
    provider = make_saml_provider(
        registration,
        issuer=double.issuer,
        metadata=double.file,
        key=OwnKey(private_key(APP), certificate(APP)),
    )
    config = Config(
        provider=provider,
        data=tmp_path,
        other_url="http://localhost:1/",
        limits=Limits(timeout=30),
        now=clock,
    )
    made = create_app(config)
    yield made
    made.extensions["sceau-login"].store.shut()
    made.extensions["mailboxes"].shut()


@pytest.fixture
def browser(app, double):
    return Visitor(app, double)


def test_from_the_public_page_to_a_message_and_an_answer(browser):
    assert "Se connecter avec sa carte" in browser.get("/").text
    answer = browser.log_in("/login?next=/messages")
    assert answer.headers["Location"] == "/messages"
    page = browser.get("/messages").text
    for words in ("Zoé Exemple", "RPPS 99700000013", "Niveau 3", "Carte CPS", "AUBÉPINE Garance"):
        assert words in page
    assert page.count("letter-new") == len(LETTERS)
    assert "polynucléaires" in browser.get("/messages/1").text
    assert browser.get("/messages").text.count("letter-new") == len(LETTERS) - 1
    assert "Vous n’avez encore rien écrit" in browser.get("/messages/sent").text
    reply = browser.get("/messages/new?reply=1").text
    assert 'value="sorbier" selected' in reply
    assert "Re : Compte rendu" in reply
    sent = browser.send(to="sorbier", subject="Re : <b>", body="Merci, c’est noté.")
    assert sent.headers["Location"] == "/messages/sent?sent=1"
    listed = browser.get("/messages/sent?sent=1").text
    assert "Votre message est parti." in listed
    assert "Re : &lt;b&gt;" in listed


@pytest.mark.parametrize("touched", [False, True])
def test_the_details_tell_what_a_national_service_would_be_told(browser, double, touched):
    said = b64encode(b"nothing" if touched else vihf()).decode()
    double.more = (
        f'<saml:Attribute Name="urn:sceau:vihf"><saml:AttributeValue>{said}'
        "</saml:AttributeValue></saml:Attribute>"
    )
    browser.log_in()
    page = browser.get("/connection").text
    # Shown apart, and word by word; the whole of it is of no use to a reader.
    assert said not in page
    assert ('data-vihf="Identifiant_Structure"' in page) is not touched
    assert ("10 · Médecin (TRE_G15-ProfessionSante, 1.2.250.1.71.1.2.7)" in page) is not touched
    assert ('role="alert"' in page) is touched


def test_nothing_is_seen_below_level_3(browser, double):
    double.context = "urn:sceau:level:2"
    assert error_of(browser.log_in("/messages")) == "level-not-reached"
    for path in ("/messages", "/messages/sent", "/messages/1", "/messages/new"):
        assert browser.get(path).headers["Location"].startswith("https://idp.example/sso")


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"to": ""}, "to-fault"),
        ({"to": "nobody"}, "to-fault"),
        ({"subject": " "}, "subject-fault"),
        ({"body": ""}, "body-fault"),
        ({"patient": "x" * 121}, "patient-fault"),
        ({"body": "x" * 20_001}, "body-fault"),
    ],
)
def test_what_is_missing_is_told_and_what_was_typed_stays(browser, changes, fault):
    browser.log_in()
    browser.get("/messages")
    fields = {"to": "fresne", "patient": "ÉRABLE", "subject": "Avis", "body": "Bonjour"} | changes
    page = browser.send(**fields)
    assert page.status_code == 422
    assert f'id="{fault}"' in page.text
    for name in {"patient", "subject"} - set(changes):
        assert f'value="{fields[name]}"' in page.text
    assert "letter-new" not in browser.get("/messages/sent").text


def test_a_form_of_another_site_sends_nothing(browser):
    browser.log_in()
    page = browser.post("/messages/new", {"to": "fresne", "subject": "a", "body": "b"})
    assert error_of(page) == "form-expired"
    assert "Vous n’avez encore rien écrit" in browser.get("/messages/sent").text


def test_a_message_goes_to_one_mailbox_and_is_read_by_nobody_else(browser, app, double):
    browser.log_in()
    browser.get("/messages")
    double.subject = "somebody-else"
    other = Visitor(app, double)
    other.log_in()
    other.get("/messages")
    assert (
        other.send(to="honest", subject="Pour vous seule", body="Secret médical").status_code == 303
    )
    page = browser.get("/messages").text
    number = re.search(r"/messages/(\d+)\">Pour vous seule", page).group(1)
    assert "Secret médical" in browser.get(f"/messages/{number}").text
    assert error_of(other.get(f"/messages/{number}")) == "not-found"
    for strange in ("0", "999999", "9" * 30, "-1", "x"):
        assert error_of(browser.get(f"/messages/{strange}")) == "not-found"
        assert browser.get(f"/messages/new?reply={strange}").status_code == 200


def test_the_file_says_nothing_and_a_moved_row_is_not_read(tmp_path):
    boxes = Mailboxes(tmp_path)
    boxes.open("a", "Alice", 1000)
    boxes.open("b", "Bob", 1000)
    boxes.send("a", "b", Content("b", "Bob", "Objet", "AUBÉPINE", "biopsie"), "Alice", 2000)
    boxes.shut()
    stored = b"".join(one.read_bytes() for one in tmp_path.glob("messages.sqlite3*"))
    for word in ("biopsie", "AUBÉPINE", "Objet", CORRESPONDENTS[0].name):
        assert word.encode() not in stored
    assert all(one.stat().st_mode & 0o077 == 0 for one in tmp_path.iterdir())
    again = Mailboxes(tmp_path)
    assert again.every("b", "inbox")[0].content.body == "biopsie"
    again._db.execute("UPDATE messages SET owner = 'c' WHERE owner = 'b'")
    with pytest.raises(InvalidTag):
        again.every("c", "inbox")
    again.shut()


def test_the_registration_says_what_the_application_does():
    content = tomllib.loads((paths.REGISTRATIONS / "messagerie.toml").read_text("utf-8"))
    saml, home = content["saml"], content["home_url"]
    assert (content["protocol"], content["policy"]["level"]) == ("saml", 3)
    assert content["policy"]["means"] == ["cps", "calculette", "psc", "ecps"]
    assert saml["signed_requests"]
    assert saml["encrypted_assertions"]
    assert saml["entity_id"] == f"{home}saml/metadata"
    assert [one["url"] for one in saml["acs"]] == [f"{home}saml/acs"]
    assert {one["binding"]: one["url"] for one in saml["slo"]} == {
        "redirect": f"{home}saml/slo",
        "soap": f"{home}saml/soap",
    }


def test_options_become_settings_and_a_foreign_certificate_is_refused(tmp_path):
    key, pem, other = (tmp_path / name for name in ("key", "pem", "other"))
    private = private_key(APP)
    key.write_bytes(private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    pem.write_bytes(certificate(APP).public_bytes(Encoding.PEM))
    other.write_bytes(certificate("saml evil").public_bytes(Encoding.PEM))
    registration = load_registration("messagerie")
    words = ["--port", "9002", "--key-file", str(key), "--data", str(tmp_path)]
    options = make_parser(registration).parse_args([*words, "--certificate-file", str(pem)])
    provider = read_config(registration, options).provider
    assert provider.issuer == provider.metadata == "http://localhost:8000/saml/metadata"
    assert provider.acs_url == "http://localhost:9002/saml/acs"
    assert provider.level == 3
    options = make_parser(registration).parse_args([*words, "--certificate-file", str(other)])
    with pytest.raises(SettingsError, match="another key"):
        read_config(registration, options)
    with pytest.raises(SettingsError, match="issuer"):
        replace(provider, issuer="")
