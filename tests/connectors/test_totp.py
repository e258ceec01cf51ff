# SPDX-License-Identifier: Apache-2.0
"""The authenticator app, apart from any page: RFC 6238's figures, the window, the two fields."""

import base64
from urllib.parse import parse_qs, unquote, urlsplit
from xml.etree import ElementTree as ET

import pytest

from connectors.base import Ask, Attempt, Evidence, Reason, Refused, Verified, VerifiedIdentity
from connectors.totp.codes import find_step, read_code
from connectors.totp.connector import TotpConnector
from connectors.totp.enrol import address_of, draw
from tests.connectors.qr_reader import read_qr

# RFC 6238 appendix B, SHA-1; the last six of its eight digits.
SEED = base64.b32encode(b"12345678901234567890").decode()
VECTORS = {
    59: "287082",
    1111111109: "081804",
    1111111111: "050471",
    1234567890: "005924",
    2000000000: "279037",
    20000000000: "353130",
}
NOW = 1234567890
STEP = NOW // 30
RIGHT = VECTORS[NOW]
CLAIRE = Attempt("j", "claire", "")


class Store:
    """Claire's app, and her codes on paper."""

    def __init__(self):
        self.taken, self.used, self.asked = 0, [], []

    def is_set_up(self, subject):
        return subject == "claire"

    def seed(self, subject):
        self.asked.append(subject)
        return SEED if subject == "claire" else None

    def take(self, subject, step):
        if subject != "claire" or step <= self.taken:
            return False
        self.taken = step
        return True

    def use(self, subject, typed, *, keep):
        self.used.append((subject, typed, keep))
        return (subject, typed) == ("claire", "on-paper")


class Clock:
    def __init__(self, at=NOW):
        self.at = at

    def now(self):
        return self.at


@pytest.fixture
def store():
    return Store()


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def connector(store, clock):
    return TotpConnector(store, store, clock)


def typed(code):
    return Evidence(form={"code": code})


def is_right(answer):
    return answer == Verified(VerifiedIdentity("claire"))


@pytest.mark.parametrize(("at", "code"), VECTORS.items())
def test_the_figures_of_rfc_6238(at, code):
    assert find_step(SEED, code, at) == at // 30


@pytest.mark.parametrize(
    ("shift", "accepted"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)]
)
def test_cr_008_one_step_of_drift_and_no_more(shift, accepted):
    found = find_step(SEED, RIGHT, NOW - 30 * shift)
    assert found == (STEP if accepted else None)


def test_the_window_holds_to_the_second():
    begins = STEP * 30
    assert find_step(SEED, RIGHT, begins - 30) == STEP
    assert find_step(SEED, RIGHT, begins - 31) is None
    assert find_step(SEED, RIGHT, begins + 59) == STEP
    assert find_step(SEED, RIGHT, begins + 60) is None


@pytest.mark.parametrize("text", ["005924", " 005924", "005924\n", "005 924", "\t005 924 "])
def test_six_digits_are_read_as_apps_show_them(text):
    assert read_code(text) == "005924"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "5924",
        "0_0_5_9_2_4",
        "005_924",
        "0 05924",
        "00 5924",
        "00 59 24",
        "005  924",
        "005-924",
        "005.924",
        "005\N{NO-BREAK SPACE}924",
        "+05924",
        "-05924",
        "0x1724",
        "005924a",
        "0059240",
        "００５９２４",
        "٠٠٥٩٢٤",
        "₀₀₅₉₂₄",
        "005924\x00",
        "005\n924",
    ],
)
def test_cr_004_nothing_else_is_read(connector, text):
    assert read_code(text) is None
    assert connector.resume(CLAIRE, typed(text)) == Refused(Reason.WRONG)


def test_it_asks_for_the_app_first(connector):
    assert connector.begin(CLAIRE) == Ask({"way": "app"})
    assert connector.begin(Attempt("j", "claire", "", {"way": "x"})) == Ask({"way": "app"})


def test_the_right_code_proves_its_owner_once(connector, store):
    assert is_right(connector.resume(CLAIRE, typed(RIGHT)))
    assert connector.resume(CLAIRE, typed(RIGHT)) == Refused(Reason.WRONG)
    assert store.taken == STEP


def test_cr_008_no_step_before_the_last_is_taken(connector, store):
    store.taken = STEP
    assert connector.resume(CLAIRE, typed(RIGHT)) == Refused(Reason.WRONG)
    store.taken = STEP - 1
    assert is_right(connector.resume(CLAIRE, typed(RIGHT)))


def test_cr_008_the_time_is_the_server_s(connector, clock):
    clock.at += 120
    for name in ("time", "now", "timestamp", "step", "counter"):
        evidence = Evidence(form={"code": RIGHT, name: str(NOW)}, query={name: str(NOW)})
        assert connector.resume(CLAIRE, evidence) == Refused(Reason.WRONG)


def test_nobody_is_proved_without_a_first_factor(connector, store):
    alone = Attempt("j", None, "")
    evidence = Evidence(form={"code": RIGHT, "account": "claire", "identifier": "claire"})
    assert connector.claimed(alone, evidence) is None
    assert connector.resume(alone, evidence) == Refused(Reason.MALFORMED)
    assert store.taken == 0


def test_somebody_without_an_app_is_compared_all_the_same(connector, store):
    assert connector.resume(Attempt("j", "nobody", ""), typed(RIGHT)) == Refused(Reason.WRONG)
    assert store.asked == ["nobody"]
    assert connector.lacks("nobody") == "not-set-up"
    assert connector.lacks("claire") is None


def test_the_other_field_is_asked_for_and_remembered(connector):
    answer = connector.resume(CLAIRE, Evidence(form={"way": "paper", "code": ""}))
    assert answer == Ask({"way": "paper"}, {"way": "paper"})
    later = Attempt("j", "claire", "", answer.state)
    assert connector.begin(later) == answer
    back = connector.resume(later, Evidence(form={"way": "app", "paper": ""}))
    assert back == Ask({"way": "app"})


def test_a_code_on_paper_proves_too(connector, store):
    assert is_right(connector.resume(CLAIRE, Evidence(form={"paper": "on-paper"})))
    assert connector.resume(CLAIRE, Evidence(form={"paper": "other"})) == Refused(Reason.WRONG)
    assert connector.resume(CLAIRE, Evidence(form={"paper": "x" * 65})) == Refused(Reason.WRONG)
    assert store.used == [("claire", "on-paper", False), ("claire", "other", False)]


def test_a_code_on_paper_is_not_used_up_in_vain(connector, store):
    waiting = Attempt("j", "claire", "", in_vain=True)
    connector.resume(waiting, Evidence(form={"paper": "on-paper"}))
    assert store.used == [("claire", "on-paper", True)]


def test_a_seed_is_confirmed_by_what_it_shows(connector):
    assert connector.step_of(SEED, " 005 924") == STEP
    assert connector.step_of(SEED, "005925") is None
    assert connector.step_of(SEED, "x" * 100) is None


@pytest.mark.parametrize("issuer", ["Sceau", "Sceau Région Centre-Val de Loire", "A:B & C? #1 %"])
@pytest.mark.parametrize("name", ["cdurand", "gaëtan.ébeaupré@courriel.example", "a:b"])
def test_the_picture_holds_the_address_and_the_address_the_names(connector, issuer, name):
    pairing = connector.pairing(SEED, issuer, name)
    assert read_qr(pairing.picture) == pairing.address
    parts = urlsplit(pairing.address)
    assert (parts.scheme, parts.netloc) == ("otpauth", "totp")
    assert parse_qs(parts.query, strict_parsing=True) == {
        "secret": [SEED],
        "issuer": [issuer.replace(":", " ")],
    }
    # The label's one colon parts issuer and account.
    label = unquote(parts.path.removeprefix("/"))
    assert label == f"{issuer.replace(':', ' ')}:{name.replace(':', ' ')}"


def test_the_picture_is_black_on_white_and_holds_nothing_else():
    root = ET.fromstring(draw(address_of(SEED, "<Sceau> & Cie", "x'\"<script>")))
    [ground, path] = root
    assert (ground.get("fill"), path.get("fill")) == ("white", "#000000")
    assert {one.tag.rpartition("}")[2] for one in root} == {"rect", "path"}


def test_what_is_shown_in_logs_holds_no_seed(connector):
    pairing = connector.pairing(SEED, "Sceau", "cdurand")
    assert SEED not in repr(pairing)
