# SPDX-License-Identifier: Apache-2.0
"""Cards from the terminal: what stands on one begins and ends with it."""

import pytest

from connectors.base import Level
from idp.accounts import service
from idp.cli.place import user_name
from idp.origin import Origin
from idp.sessions.values import Proof

SERIAL = "8025000-0123456789"
VALID = ("--valid-until", "2099-01-31", "--first-used", "2024-05-06")


def lack(sceau) -> str | None:
    with sceau.core() as core, core.database.read() as tx:
        account = service.load(tx, service.find(tx, "cdurand") or "")
        assert account is not None
        return core.otp.lacks_card(tx, account)


def test_a_card_is_bound_listed_and_revoked(claire):
    assert lack(claire) == "no-card"
    assert SERIAL in claire.did("cards", "add", "cdurand", SERIAL, *VALID)
    assert lack(claire) is None
    listed = claire.did("cards", "list", "cdurand")
    assert "2099-02-01 00:00:00Z" in listed
    assert "2024-05-06 00:00:00Z" in listed
    assert "cdurand" in claire.did("cards", "revoke", SERIAL)
    assert lack(claire) == "card-revoked"
    assert "no card" in claire.refused("cards", "revoke", SERIAL)
    for kind in ("card.added", "card.revoked"):
        assert [one[:2] for one in claire.events(kind)] == [("command line", user_name())]


def test_a_card_is_shown_and_a_mistaken_revocation_taken_back(claire):
    claire.did("cards", "add", "cdurand", SERIAL, *VALID)
    shown = claire.did("cards", "show", SERIAL)
    assert "cdurand" in shown
    assert "2099-02-01" in shown
    assert "no revoked card" in claire.refused("cards", "restore", SERIAL)
    claire.did("cards", "revoke", SERIAL)
    assert lack(claire) == "card-revoked"
    assert "good again" in claire.did("cards", "restore", SERIAL)
    assert lack(claire) is None
    assert len(claire.events("card.restored")) == 1
    assert "no card" in claire.refused("cards", "show", "9999999999")


def test_a_revoked_card_ends_the_sessions_it_opened(claire):
    claire.did("cards", "add", "cdurand", SERIAL, *VALID)
    with claire.core() as core, core.database.write() as tx:
        account = service.find(tx, "cdurand")
        for means, level in (("cps", Level.CARD), ("password", Level.PASSWORD)):
            proof = Proof(means, level, ("x",), core.clock.now(), "j")
            core.sessions.open(tx, account, proof, Origin("192.0.2.1", "", ""))
    assert "1 session ended" in claire.did("cards", "revoke", SERIAL)
    with claire.core() as core, core.database.read() as tx:
        assert [one.means for one in core.sessions.of_account(tx, account)] == [("password",)]


def test_a_new_national_identifier_keeps_the_account(claire):
    claire.did("accounts", "set-national-id", "cdurand", "0751234567")
    told = claire.did("accounts", "set-national-id", "cdurand", "899900000011")
    assert "0751234567 before" in told
    assert "national id until" in claire.did("accounts", "show", "cdurand")
    words = ["--population", "professional", "--first-name", "A", "--last-name", "B"]
    words += ["--identifier", "other", "--no-password"]
    claire.did("accounts", "add", *words)
    for taken in ("0751234567", "899900000011"):
        assert "else" in claire.refused("accounts", "set-national-id", "other", taken)
    assert "already" in claire.refused("accounts", "set-national-id", "cdurand", "899900000011")
    claire.refused("accounts", "set-national-id", "cdurand", "8 99")
    with claire.core() as core, core.database.read() as tx:
        for number in ("0751234567", "899900000011"):
            assert service.by_national_id(tx, number) == service.find(tx, "cdurand")


def test_a_card_that_was_never_used_opens_nothing_yet(claire):
    claire.did("cards", "add", "cdurand", SERIAL, "--valid-until", "2099-01-31")
    assert lack(claire) == "no-card"


def test_a_card_is_of_one_person_once(claire):
    claire.did("cards", "add", "cdurand", SERIAL, *VALID)
    assert "bound" in claire.refused("cards", "add", "cdurand", SERIAL, *VALID)
    assert claire.did("cards", "list", "cdurand").count(SERIAL) == 1


@pytest.mark.parametrize(
    ("serial", "more"),
    [
        ("12", VALID),
        ("a card with spaces", VALID),
        (SERIAL, ("--valid-until", "2099-01-31", "--first-used", "2098-01-01")),
    ],
)
def test_what_can_be_no_card_is_refused(claire, serial, more):
    claire.refused("cards", "add", "cdurand", serial, *more)
    assert "8025000" not in claire.did("cards", "list", "cdurand")


def test_patients_carry_no_cards(claire):
    words = ["--population", "patient", "--identifier", "gbeaupre"]
    words += ["--first-name", "Gaëtan", "--last-name", "Beaupré", "--no-password"]
    claire.did("accounts", "add", *words)
    assert "patient" in claire.refused("cards", "add", "gbeaupre", SERIAL, *VALID)
