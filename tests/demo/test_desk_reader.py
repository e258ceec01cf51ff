# SPDX-License-Identifier: Apache-2.0
"""The desk's card reader: the folder that it shares with the agent, and its pages."""

import json
import stat
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import pkcs12

from connectors.cps_card.agent.words import FRENCH
from connectors.cps_card.certificate import CardCertificate, read_card_certificate
from idp.demo.cast_cards import CARDS
from idp.demo.folder import Folder
from idp.demo.reader import Reader
from idp.demo.wallet import Standing, Wallet
from tests.demo.card_world import ADDRESS, press
from tests.world import START, Browser

PIN = {one.name: one.pin for one in CARDS}
ASKED = {
    "id": "q1",
    "site": "Région <b>",
    "origin": "http://localhost:8000",
    "card": "Claire DURAND",
    "tries": 3,
    "wrong": False,
}


def ask(reader: Path, **changes: object) -> None:
    """The agent's window opens."""
    (reader / "asking.json").write_text(json.dumps(ASKED | changes), "utf-8")


def answer(reader: Path) -> dict:
    return json.loads((reader / "answer.json").read_text("utf-8"))


def state(browser: Browser) -> dict:
    return browser.get("/desk/messages").get_json()["reader"]


def test_each_card_opens_with_its_pin_and_no_other(wallet: Wallet):
    for one in wallet.every(START):
        content = wallet.reader.file(one.card.name).read_bytes()
        opened = pkcs12.load_pkcs12(content, PIN[one.card.name].encode())
        assert opened.cert.certificate == one.certificate
        with pytest.raises(ValueError, match="password"):
            pkcs12.load_pkcs12(content, b"0000")


def test_cards_are_read_as_what_the_desk_says_of_them(wallet: Wallet):
    for one in wallet.every(START):
        read = read_card_certificate(wallet.reader.certificate(one.card.name))
        assert isinstance(read, CardCertificate)
        told = (one.serial, one.valid_until, one.card.print.pseudonym == "")
        assert (read.serial, read.valid_until, read.nominative) == told
        assert read.test


def test_cards_begin_as_the_cast_has_them(wallet: Wallet):
    standings = {one.card.name: one.standing for one in wallet.every(START)}
    assert standings.pop("neurologue") is Standing.EXPIRED
    assert standings.pop("remplacant") is Standing.REVOKED
    assert set(standings.values()) == {Standing.VALID}
    assert len(standings) == len(CARDS) - 2


def test_a_second_start_keeps_cards_and_authorities(wallet: Wallet, demo_folder: Folder):
    before = wallet.reader.certificate("medecin")
    again = Wallet(demo_folder, ADDRESS)
    again.make(START + 100)
    assert again.reader.certificate("medecin") == before


def test_on_other_ports_cards_tell_of_the_other_address(wallet: Wallet, demo_folder: Folder):
    moved = Wallet(demo_folder, "http://localhost:9008")
    moved.make(START)
    points = x509.load_der_x509_certificate(
        moved.reader.certificate("medecin")
    ).extensions.get_extension_for_class(x509.CRLDistributionPoints)
    assert points.value[0].full_name[0].value.startswith("http://localhost:9008/")


def test_nothing_in_the_folder_is_open_to_others(wallet: Wallet, demo_folder: Folder):
    wallet.reader.insert("medecin")
    ask(demo_folder.reader)
    (demo_folder.reader / "asking.json").chmod(0o600)
    wallet.reader.type_pin("q1", "1234")
    wallet.renew("medecin", START)
    for path in demo_folder.reader.rglob("*"):
        assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0, path


def test_one_card_at_a_time_lies_in_the_reader(hand: Browser, demo_folder: Folder):
    assert state(hand)["inserted"] == ""
    for name in ("medecin", "inconnue"):
        press(hand, "/reader/insert", name=name)
        hand.get("/desk")
        assert (demo_folder.reader / "inserted").read_text() == name
        assert hand.page.select_one("[data-reader]")["data-reader"] == name
        assert state(hand)["inserted"] == name
    for name in ("", "nobody", "../pki/ACR-FO"):
        press(hand, "/reader/insert", name=name)
        assert state(hand)["inserted"] == "inconnue"
    press(hand, "/reader/remove")
    hand.get("/desk")
    assert not (demo_folder.reader / "inserted").exists()
    assert hand.page.select_one("[data-reader]")["data-reader"] == ""


def test_the_window_says_who_asks_and_takes_the_pin(hand: Browser, demo_folder: Folder):
    assert not hand.page.select(".pin-window")
    ask(demo_folder.reader)
    hand.get("/desk")
    window = hand.page.select_one(".pin-window")
    for told in ("Région <b>", "Claire DURAND", "http://localhost:8000", "3"):
        assert told in window.text
    press(hand, "/reader/pin", pin=" 1234 ")
    assert answer(demo_folder.reader) == {"id": "q1", "pin": "1234"}
    # Answered, it asks nothing any more.
    assert state(hand)["asking"] is None
    hand.get("/desk")
    assert not hand.page.select(".pin-window")


def test_a_wrong_pin_is_told_with_the_tries_left(hand: Browser, demo_folder: Folder):
    ask(demo_folder.reader, id="q2", wrong=True, tries=2)
    hand.get("/desk")
    assert "2" in hand.page.select_one(".pin-window .notice-error").text
    assert state(hand)["asking"] == {"id": "q2", "tries": 2, "wrong": True}
    # Not every card tells how many are left.
    ask(demo_folder.reader, id="q3", wrong=True, tries=None)
    hand.get("/desk")
    notice = hand.page.select_one(".pin-window .notice-error").text
    assert not any(each.isdigit() for each in notice)


def test_the_desk_and_the_program_say_the_same_of_a_wrong_pin(hand: Browser, demo_folder: Folder):
    ask(demo_folder.reader, id="q4", wrong=True)
    hand.get("/desk")
    title = hand.page.select_one(".pin-window .notice-title").text.strip()
    assert FRENCH.wrong == f"{title}."


def test_the_window_is_closed_without_a_pin(hand: Browser, demo_folder: Folder):
    ask(demo_folder.reader)
    press(hand, "/reader/pin", pin="1234", cancel="yes")
    assert answer(demo_folder.reader) == {"id": "q1", "cancel": True}


@pytest.mark.parametrize(
    ("question", "pin"), [("q0", "1234"), ("", "1234"), ("q1", ""), ("q1", "  ")]
)
def test_what_answers_no_question_goes_nowhere(hand: Browser, demo_folder: Folder, question, pin):
    ask(demo_folder.reader)
    press(hand, "/reader/pin", id=question, pin=pin)
    assert not (demo_folder.reader / "answer.json").exists()
    assert state(hand)["asking"]["id"] == "q1"


@pytest.mark.parametrize("content", ["", "{", "[]", '{"id": 7}', "x" * 70_000])
def test_what_is_no_question_is_none(tmp_path: Path, content: str):
    reader = Reader(tmp_path / "reader")
    reader.furnish()
    (tmp_path / "reader" / "asking.json").write_text(content)
    assert reader.question() is None
    assert not reader.type_pin("q1", "1234")


def test_a_start_finds_an_empty_reader(wallet: Wallet, demo_folder: Folder):
    wallet.reader.insert("medecin")
    ask(demo_folder.reader)
    wallet.reader.type_pin("q1", "1234")
    wallet.reader.furnish()
    assert [one.name for one in demo_folder.reader.iterdir()] == ["cards"]


def test_a_blocked_card_is_unblocked(hand: Browser, demo_folder: Folder, wallet: Wallet):
    aside = demo_folder.reader / "cards" / "medecin.json"
    aside.write_text(json.dumps(json.loads(aside.read_text()) | {"tries": 0}))
    hand.get("/desk")
    assert hand.page.select("[data-card-name=medecin] .desk-card-blocked")
    before = wallet.reader.certificate("medecin")
    press(hand, "/medecin/unblock")
    assert wallet.reader.tries("medecin") == 3
    assert wallet.reader.certificate("medecin") == before
    hand.get("/desk")
    assert not hand.page.select("form[action$='/medecin/unblock']")


def test_a_revoked_card_is_replaced_by_one_of_another_number(hand: Browser, wallet: Wallet):
    def card(name: str) -> dict:
        return next(one for one in state(hand)["cards"] if one["name"] == name)

    serial = card("medecin")["serial"]
    press(hand, "/medecin/revoke")
    assert card("medecin")["state"] == "revoked"
    hand.get("/desk")
    assert not hand.page.select("form[action$='/medecin/revoke']")
    press(hand, "/medecin/renew")
    assert card("medecin")["state"] == "valid"
    assert card("medecin")["serial"] != serial
    assert len({one["serial"] for one in state(hand)["cards"]}) == len(CARDS)
    # The one that ran out is replaced by one that is good.
    press(hand, "/neurologue/renew")
    assert card("neurologue")["state"] == "valid"


def test_a_card_is_taken_as_a_file(hand: Browser):
    answered = hand.get("/desk/cards/medecin.p12")
    assert answered.headers["Content-Disposition"] == 'attachment; filename="medecin.p12"'
    assert pkcs12.load_pkcs12(answered.data, b"1234").cert
    for name in ("nobody", "inserted", "..%2Finserted"):
        assert "Content-Disposition" not in hand.get(f"/desk/cards/{name}.p12").headers


def test_nothing_moves_without_a_form_of_the_desk(hand: Browser, demo_folder: Folder):
    for path in ("reader/insert", "reader/pin", "cards/medecin/revoke", "cards/medecin/renew"):
        data = {"name": "medecin", "pin": "1234", "id": "q1"}
        assert hand.request("POST", f"/desk/{path}", data=data).status_code == 403
    assert not (demo_folder.reader / "inserted").exists()
