# SPDX-License-Identifier: Apache-2.0
"""A real PKCS#11 library: SoftHSM2, with the two keys of a CPS card in it."""

import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from connectors.cps_card.statement import read_answer, read_statement, verify
from idp.demo.pki_cards import Use
from tests import cast, pki
from tests.agent.kit import CLAIRE, asked, issue_with, issued
from tests.cards import send, show_card_page, statement_on
from tests.trusting import der_of

MODULE = Path("/usr/lib/softhsm/libsofthsm2.so")
pytestmark = [
    pytest.mark.skipif(not MODULE.exists(), reason="softhsm2 is not installed"),
    pytest.mark.skipif(
        importlib.util.find_spec("pkcs11") is None, reason="the extra `agent` is not installed"
    ),
]

# A library is loaded once in a process, and reads its place then: each test has a process.
STORY = """
import json, sys
from pathlib import Path
from connectors.cps_card.agent.cards import Pin, Refusal, WrongPin
from connectors.cps_card.agent.hardware import HardwareCards
from connectors.cps_card.agent.tokens import Tokens
from connectors.cps_card.statement import Signed, read_statement, signed_bytes, write_answer

cards = HardwareCards(Tokens(Path(sys.argv[1])), None)
told = {"readers": [each.members() for each in cards.readers()], "outcomes": []}
card = cards.card()
if not isinstance(card, Refusal):
    told["tries"] = []
    for typed in sys.argv[3:]:
        said = signed_bytes(read_statement(sys.argv[2]), card.algorithm, "")
        outcome = card.sign(Pin(typed), said)
        if isinstance(outcome, bytes):
            outcome = write_answer(Signed(card.certificate, card.algorithm, "", outcome))
        told["outcomes"].append(outcome if isinstance(outcome, str) else type(outcome).__name__)
        told["tries"].append(card.tries())
    told["held"] = [cards.holds(card.identity), cards.holds("another")]
else:
    told["trouble"] = card.trouble.value
cards.close()
print(json.dumps(told))
"""


class Token:
    """A folder with one token in it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "tokens").mkdir()
        conf = folder / "softhsm.conf"
        conf.write_text(f"directories.tokendir = {folder}/tokens\nobjectstore.backend = file\n")
        self.environment = {**os.environ, "SOFTHSM2_CONF": str(conf)}
        pins = ["--so-pin", "12345678", "--pin", "1234"]
        self.run(["softhsm2-util", "--init-token", "--free", "--label", "CPS", *pins])

    def run(self, words):
        return subprocess.run(
            words, env=self.environment, check=True, capture_output=True, text=True, timeout=60
        )

    def put(self, name, key_id, key, certificate):
        place = self.folder / f"{name}.p8"
        place.write_bytes(
            key.private_bytes(
                serialization.Encoding.DER,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
        )
        (self.folder / f"{name}.der").write_bytes(certificate)
        usual = ["--login", "--pin", "1234", "--id", key_id, "--label", name]
        for kind, file in (("privkey", place), ("cert", self.folder / f"{name}.der")):
            tool = ["pkcs11-tool", "--module", str(MODULE), "--write-object", str(file)]
            self.run([*tool, "--type", kind, *usual])

    def tell(self, *pins, statement=""):
        words = [sys.executable, "-c", STORY, str(MODULE), statement or asked(), *pins]
        return json.loads(self.run(words).stdout)


@pytest.fixture
def token(tmp_path):
    return Token(tmp_path)


def put_cps(token):
    """As on a card: the key that signs prescriptions lies first, and is named like the other."""
    signing, login = issued(CLAIRE, Use.SIGNATURE), issued()
    token.put("cle", "e828bd080f8025000001ff0010", signing.key, signing.der)
    token.put("cle", "e828bd080f8025000001ff0020", login.key, login.der)


def test_the_authentication_key_signs_and_a_wrong_pin_does_not(token):
    put_cps(token)
    told = token.tell("0000", "1234")
    (reader,) = told["readers"]
    assert (reader["card"], reader["serial"], reader["tries"]) == ("present", "2600301752", 3)
    assert reader["label"] == "CLAIRE DURAND 2600301752"
    wrong, answer = told["outcomes"]
    assert wrong == "WrongPin"
    # The flags tell that a PIN was wrong, and that it is forgotten after the right one.
    assert told["tries"] == [2, 3]
    signed = read_answer(answer)
    assert (signed.algorithm, signed.certificate) == ("PS256", issued().der)
    assert verify(issued().key.public_key(), read_statement(asked()), signed)
    assert told["held"] == [True, False]


def test_a_key_on_an_elliptic_curve_signs_as_es256(token):
    login = issue_with(ec.generate_private_key(ec.SECP256R1()))
    token.put("cle", "20", login.key, login.der)
    (answer,) = token.tell("1234")["outcomes"]
    signed = read_answer(answer)
    assert signed.algorithm == "ES256"
    assert verify(login.key.public_key(), read_statement(asked()), signed)


def test_a_key_that_no_server_believes_is_no_card(token):
    login = issue_with(ec.generate_private_key(ec.SECP384R1()))
    token.put("cle", "20", login.key, login.der)
    assert token.tell("1234")["trouble"] == "no-reader"


def test_a_token_without_a_key_to_log_in_is_no_card(token):
    signing = issued(CLAIRE, Use.SIGNATURE)
    token.put("cle", "10", signing.key, signing.der)
    told = token.tell("1234")
    assert told["readers"] == []
    assert told["trouble"] == "no-reader"


def test_between_two_keys_the_last_byte_of_their_identifier_decides(token):
    login = issued()
    token.put("auth", "10", issued(CLAIRE, Use.SIGNATURE).key, login.der)
    token.put("sign", "20", login.key, login.der)
    (answer,) = token.tell("1234")["outcomes"]
    assert verify(login.key.public_key(), read_statement(asked()), read_answer(answer))


def test_a_card_behind_pkcs11_opens_an_application(token, sqlite_world, monkeypatch):
    """From the key in the token to the code of the application, with nothing played between."""
    core, now = sqlite_world.core, sqlite_world.clock.now()
    policy = {"means": ["cps"], "level": 3, "card_revocation": "accept"}
    monkeypatch.setitem(cast.APPLICATIONS, "hsm", cast.application("hsm", policy=policy))
    made = pki.new_pki(now)
    with core.database.write() as tx:
        core.applications.register(tx, cast.APPLICATIONS["hsm"])
        for one in (*made.roots, *made.people):
            core.trust.authorities.add(tx, der_of(one.certificate), "cps")
    person = cast.PEOPLE["medecin"]
    facts = pki.card(national_id=person.national_id, last_name="DURAND", first_name="CLAIRE")
    login = made.issue(facts, pki.period(now), key=pki.key("card"))
    token.put("cle", "20", login.key, login.der)
    browser, client = sqlite_world.browser(), sqlite_world.client("hsm")
    client.ask(browser)
    show_card_page(browser)
    statement = statement_on(browser)
    (answer,) = token.tell("1234", statement=statement)["outcomes"]
    assert "code" in client.answered(send(browser, statement=statement, answer=answer))
