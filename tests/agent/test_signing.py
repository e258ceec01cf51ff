# SPDX-License-Identifier: Apache-2.0
"""A page asks, the person answers at the window, the card signs."""

import json

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from connectors.cps_card.agent.software import SoftwareCards, always_in, describe
from connectors.cps_card.agent.window import Agreed, Unanswered
from connectors.cps_card.statement import read_answer, read_statement, verify
from tests.agent.kit import (
    CLAIRE,
    MARC,
    ORIGIN,
    Script,
    asked,
    insert,
    issue_with,
    issued,
    put_card,
    remove,
    wait_until,
)


def tries_of(reader, name="claire"):
    return json.loads((reader / "cards" / f"{name}.json").read_text("utf-8"))["tries"]


def test_the_state_tells_the_reader_and_the_card(workstation, reader):
    desk = workstation()
    status, told = desk.call("/v1/state")
    assert status == 200
    assert told["version"] == 1
    assert told["agent"]
    assert told["readers"] == [
        {
            "name": "Lecteur virtuel",
            "pinpad": False,
            "card": "present",
            "serial": "2600301752",
            "label": "CLAIRE DURAND 2600301752",
            "kind": "cps",
            "tries": 3,
            "valid_until": int(issued().certificate.not_valid_after_utc.timestamp()),
        }
    ]
    remove(reader)
    assert desk.call("/v1/state")[1]["readers"][0]["card"] == "absent"
    insert(reader, "unheard-of")
    assert desk.call("/v1/state")[1]["readers"][0]["card"] == "mute"
    insert(reader, "../cards/claire")
    assert desk.call("/v1/state")[1]["readers"][0]["card"] == "mute"


def test_the_right_pin_signs_what_was_asked(workstation):
    desk = workstation(window=Script("1234"))
    status, told = desk.sign()
    assert status == 200
    signed = read_answer(told["answer"])
    assert signed.certificate == issued().der
    assert verify(issued().key.public_key(), read_statement(asked()), signed)
    assert signed.presence_key
    (question,) = desk.window.asked
    assert (question.site, question.origin) == ("Sceau, Région Centre", ORIGIN)
    assert question.card == "CLAIRE DURAND 2600301752"
    assert (question.tries, question.wrong, question.pinpad) == (3, False, False)


def test_a_software_card_on_an_elliptic_curve_signs_as_es256(workstation, reader):
    login = issue_with(ec.generate_private_key(ec.SECP256R1()))
    (reader / "cards" / "curve.p12").write_bytes(login.pkcs12("1234"))
    (reader / "cards" / "curve.json").write_text(describe(login.der), "utf-8")
    desk = workstation(window=Script("1234"))
    insert(reader, "curve")
    signed = read_answer(desk.sign()[1]["answer"])
    assert signed.algorithm == "ES256"
    assert verify(login.key.public_key(), read_statement(asked()), signed)


def test_only_a_login_is_watched(workstation):
    desk = workstation(window=Script("1234"))
    _, told = desk.sign(purpose="registration")
    assert read_answer(told["answer"]).presence_key == ""
    assert desk.presence.count() == 0


def test_a_wrong_pin_is_asked_again_with_the_tries_left(workstation, reader):
    desk = workstation(window=Script("1111", "1234"))
    status, _ = desk.sign()
    assert status == 200
    assert [(each.tries, each.wrong) for each in desk.window.asked] == [(3, False), (2, True)]
    assert tries_of(reader) == 3


def test_the_last_try_is_never_spent(workstation, reader):
    desk = workstation(window=Script("1111", "2222", "1234"))
    assert desk.sign() == (409, {"error": "last-try", "tries": 1})
    assert tries_of(reader) == 1
    # Nothing is asked any more, whoever calls.
    assert desk.sign(nonce="m" * 22) == (409, {"error": "last-try", "tries": 1})
    assert len(desk.window.asked) == 2


def test_a_blocked_card_says_so(workstation, reader):
    path = reader / "cards" / "claire.json"
    path.write_text(json.dumps({**json.loads(path.read_text("utf-8")), "tries": 0}), "utf-8")
    desk = workstation()
    assert desk.sign() == (409, {"error": "blocked", "tries": 0})
    assert desk.window.asked == []


TOGETHER = {
    "fine first": (3, 3, "CLAIRE DURAND 2600301752"),
    "last try first": (1, 3, "MARC PETIT 2600301760"),
    "blocked first": (0, 2, "MARC PETIT 2600301760"),
    "both spent": (1, 0, "CLAIRE DURAND 2600301752"),
}


@pytest.mark.parametrize("together", TOGETHER)
def test_of_two_cards_the_one_that_may_be_asked_signs(tmp_path, together):
    first, second, chosen = TOGETHER[together]
    files = [
        put_card(tmp_path, "claire", tries=first),
        put_card(tmp_path, "marc", MARC, "9876", second),
    ]
    cards = SoftwareCards(always_in(files))
    assert cards.card().label == chosen
    cards.close()


def test_no_card_and_a_card_that_does_not_answer(workstation, reader):
    desk = workstation()
    remove(reader)
    assert desk.sign() == (409, {"error": "no-card"})
    insert(reader, "unheard-of")
    assert desk.sign() == (409, {"error": "mute"})


@pytest.mark.parametrize(
    ("answer", "word"),
    [
        (Unanswered.CANCELLED, "cancelled"),
        (Unanswered.LATE, "expired"),
        (Unanswered.BROKEN, "refused"),
    ],
)
def test_a_window_that_closes_signs_nothing(workstation, reader, answer, word):
    desk = workstation(window=Script(answer))
    status, told = desk.sign()
    assert status in {400, 409}
    assert told == {"error": word, "tries": 3}
    assert tries_of(reader) == 3


def test_a_card_that_needs_a_pin_does_not_sign_without(workstation):
    desk = workstation(window=Script(Agreed()))
    assert desk.sign()[0] == 409


def test_the_window_closes_when_the_card_is_pulled_out(workstation, reader):
    def pull(question, pointless):
        assert not pointless()
        remove(reader)
        assert wait_until(pointless)
        return Unanswered.POINTLESS

    desk = workstation(window=Script(pull))
    assert desk.sign() == (409, {"error": "no-card"})


def test_a_card_exchanged_at_the_window_signs_nothing(workstation, reader):
    def exchange(question, pointless):
        insert(reader, "marc")
        assert pointless()
        return "9876"

    desk = workstation(window=Script(exchange))
    assert desk.sign() == (409, {"error": "no-card"})
    assert tries_of(reader, "marc") == 3


def test_another_card_signs_for_its_own_holder(workstation, reader):
    insert(reader, "marc")
    desk = workstation(window=Script("9876"))
    _, told = desk.sign()
    assert read_answer(told["answer"]).certificate == issued(MARC).der != issued(CLAIRE).der


def test_a_cancelled_question_may_be_asked_again_a_signed_one_not(workstation):
    desk = workstation(window=Script(Unanswered.CANCELLED, "1234", "1234"))
    assert desk.sign()[1]["error"] == "cancelled"
    assert desk.sign()[0] == 200
    assert desk.sign() == (400, {"error": "refused"})
    assert len(desk.window.asked) == 2
