# SPDX-License-Identifier: Apache-2.0
"""Accounts made at the desk: whatever the login server answers, the consent is not lost."""

from dataclasses import dataclass, field

import pytest

from imaging_app.enrolling.values import Account, Known, NewAccount, Refused, Trouble
from imaging_app.notices.outbox import To, What
from imaging_app.opening import open_sending
from imaging_app.settings import Mail
from tests.imaging.web.establishment.kit import (
    HERE,
    NEW,
    deeds,
    file_of,
    patient_of,
    portal_of,
    send,
    soup,
    wrong_fields,
)
from tests.messages.mail_server import PASSWORD, USER, mail_server
from tests.unit.ground.servers import Authority

LATER = 301
ADDRESS = "aurore@courriel.example"
CONTACT = {"way": "make", "email": "a@courriel.example"}


@dataclass
class Answering:
    """A login server that answers as it is told."""

    answer: Account | Refused
    asked: list[tuple] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)

    def make(self, establishment: str, new: NewAccount, once: str) -> Account | Refused:
        self.keys.append(once)
        self.asked.append((establishment, new))
        return self.answer

    def find(self, establishment: str, identifier: str, known: Known) -> Account | Refused:
        self.asked.append((establishment, identifier, known))
        return self.answer


@pytest.fixture
def server(filled):
    """In place of the real one; `tests.functional.test_imaging_accounts` speaks to that."""
    answering = Answering(Account("sub-new", "asorbier", "account-1"))
    object.__setattr__(portal_of(filled), "accounts", answering)
    return answering


@pytest.fixture
def desk(filled, server):
    """A file whose patient consents, and has no account yet."""
    browser = filled.inside("secretary")
    send(browser, f"{HERE}/desk/new", NEW)
    here = f"{HERE}/files/{file_of(filled, 'N-100')}"
    send(browser, f"{here}/consent", {"state": "given", "heard": "1"})
    return browser, here


def account_of(filled) -> str | None:
    subject: str | None = patient_of(filled, file_of(filled, "N-100")).subject
    return subject


def test_an_account_is_made_and_tied(filled, server, desk):
    browser, here = desk
    page = browser.page(f"{here}/account")
    assert page.select_one("#f-last_name")["value"] == "Sorbier"
    answer = send(browser, f"{here}/account", CONTACT | {"last_name": "Sorbier",
                                                          "first_name": "Aurore"})  # fmt: skip
    assert soup(answer).select_one("#identifier").text == "asorbier"
    letter = soup(answer).select_one("#letter")["href"]
    assert letter == f"{filled.double.issuer}/admin/patients/account-1"
    [(house, new)] = server.asked
    assert (house, new.birth_date, new.birth_name) == ("0B0057881", "1980-03-02", "Sorbier")
    assert account_of(filled) == "sub-new"
    assert browser.page(here).select_one("main")["data-account"] == "tied"
    # Out of another page of the same file: nobody is asked for a second one.
    for way in ({}, {"way": "tie", "identifier": "asorbier"}):
        again = send(browser, f"{here}/account", CONTACT | way)
        assert (again.status_code, bool(soup(again).select_one("#trouble"))) == (409, True)
    assert len(server.asked) == 1
    assert account_of(filled) == "sub-new"


def test_an_account_that_is_there_is_tied_by_what_the_file_knows(filled, server, desk):
    browser, here = desk
    server.answer = Account("sub-old", "asorbier", "account-1", known=True)
    tie = {"way": "tie", "identifier": " asorbier ", "birth_date": "01/01/2000"}
    answer = send(browser, f"{here}/account", tie)
    assert soup(answer).select_one("#account-made")["data-known"] == "true"
    # Another person's letter of the same day is not theirs: the names go with it.
    known = Known("1980-03-02", ("Sorbier",), ("Aurore", "Lise", "Aurore Lise"))
    assert server.asked == [("0B0057881", "asorbier", known)]
    assert account_of(filled) == "sub-old"


@pytest.mark.parametrize(
    ("trouble", "status"),
    [
        (Trouble.AWAY, 503),
        (Trouble.NOT_ALLOWED, 403),
        (Trouble.IDENTITY, 422),
        (Trouble.NAMES, 422),
        (Trouble.ADDRESS, 422),
        (Trouble.UNFIT, 422),
        (Trouble.NO_MATCH, 422),
        (Trouble.TOO_MANY, 429),
    ],
)
def test_each_trouble_has_its_page_and_loses_nothing(filled, server, desk, trouble, status):
    browser, here = desk
    fields = ("email", "phone") if trouble is Trouble.UNFIT else ()
    server.answer = Refused(trouble, fields)
    answer = send(browser, f"{here}/account", CONTACT | {"first_name": "Aurore"})
    page = soup(answer)
    assert (answer.status_code, bool(page.select_one("#trouble"))) == (status, True)
    # What was typed is there still; a namesake is offered where it may be one, and only there.
    assert page.select_one("#f-email")["value"] == "a@courriel.example"
    assert bool(page.select("[name=another]")) is (trouble is Trouble.NAMES)
    assert wrong_fields(answer) == set(fields)
    assert account_of(filled) is None
    assert browser.page(here).select_one("main")["data-consent"] == "given"
    # Later it is made.
    server.answer = Account("sub-new", "asorbier", "account-1")
    assert send(browser, f"{here}/account", CONTACT).status_code == 200
    assert account_of(filled) == "sub-new"


@pytest.mark.parametrize(("trouble", "same"), [(Trouble.AWAY, True), (Trouble.TOO_MANY, False)])
def test_only_where_no_answer_came_it_is_asked_as_the_same(filled, server, desk, trouble, same):
    browser, here = desk

    def shown(page) -> str:
        return page.select_one("#make-account [name=once]")["value"]

    first, other = (shown(browser.page(f"{here}/account")) for _ in range(2))
    assert first
    assert first != other
    server.answer = Refused(trouble)
    again = shown(soup(send(browser, f"{here}/account", CONTACT | {"once": first})))
    assert (again == first) is same
    send(browser, f"{here}/account", CONTACT)
    assert server.keys[0] == first
    assert server.keys[1] not in {"", first}


def test_an_account_of_another_patient_is_not_tied_to_this_one(filled, server, desk):
    browser, here = desk
    server.answer = Account("sub-patient", "gebeaupre", "account-2", known=True)
    answer = send(browser, f"{here}/account", {"way": "tie", "identifier": "gebeaupre"})
    assert (answer.status_code, bool(soup(answer).select_one("#trouble"))) == (409, True)
    assert account_of(filled) is None


def test_without_a_consent_nobody_is_told_of(filled, server):
    browser = filled.inside("secretary")
    send(browser, f"{HERE}/desk/new", NEW)
    here = f"{HERE}/files/{file_of(filled, 'N-100')}"
    assert send(browser, f"{here}/account", CONTACT).status_code == 403
    assert not browser.page(f"{here}/account").select("#make-account")
    assert server.asked == []
    assert deeds(filled, "file.account") == [("file.account", "consent")]


def test_where_desks_make_no_accounts_the_page_says_so(filled):
    browser = filled.inside("secretary")
    here = f"{HERE}/files/{file_of(filled, '2026-003102')}"
    assert not browser.page(here).select(f"a[href='{here}/account']")
    assert send(browser, f"{here}/account", CONTACT).status_code == 403


def test_a_tie_to_somebody_elses_account_is_taken_back(filled, server, desk):
    """By who administers the establishment, after a fresh login; told in the patient's history."""
    browser, here = desk
    assert send(browser, f"{here}/account", CONTACT).status_code == 200
    assert not browser.page(here).select("#untie")
    for told in (browser.get(f"{here}/untie"), send(browser, f"{here}/untie")):
        assert (told.status_code, soup(told).select_one("#error")["data-error"]) == (
            403, "not_yours",
        )  # fmt: skip
    manager = filled.inside("manager")
    assert manager.page(manager.page(here).select_one("#untie")["href"]).select_one("#take-back")
    filled.time.pass_by(LATER)
    assert "max_age" in manager.get(f"{here}/untie").headers["Location"]
    assert send(manager, f"{here}/untie").status_code == 403
    assert account_of(filled) == "sub-new"
    manager = filled.inside("manager")
    assert send(manager, f"{here}/untie").headers["Location"].endswith("?done=untied")
    assert account_of(filled) is None
    assert not manager.page(f"{here}/untie").select("#take-back")
    assert send(manager, f"{here}/untie").headers["Location"].endswith("?done=unchanged")
    with filled.rooms.database.read() as tx:
        rows = tx.exec_driver_sql(
            "SELECT outcome, shown FROM trace WHERE action = 'file.untie' AND outcome = 'allowed'"
        ).all()
    assert [tuple(one) for one in rows] == [("allowed", 1)] * 2


@pytest.mark.parametrize("way", ["make", "tie"])
def test_who_has_an_account_is_written_to(filled, server, desk, way, tmp_path):
    """From the desk's form to the mail that leaves."""
    browser, here = desk
    field = {"make": "email", "tie": "notices"}[way]
    form = {"way": way, "identifier": "asorbier", field: "aurore@courriel"}
    assert wrong_fields(send(browser, f"{here}/account", form)) == {field}
    assert server.asked == []
    assert send(browser, f"{here}/account", form | {field: ADDRESS}).status_code == 200
    rooms, patient = filled.rooms, patient_of(filled, file_of(filled, "N-100")).id
    with rooms.database.write() as tx:
        rooms.access.outbox.put(tx, To.PATIENT, patient, What.EMERGENCY, {"who": "Dr X"})
    authority = Authority(tmp_path)
    with mail_server(authority) as running:
        file = tmp_path / "password"
        file.write_text(PASSWORD)
        mail = Mail(
            host="127.0.0.1", port=running.port, sender="ne-pas-repondre@imagerie.example",
            link="https://imagerie.example/", user=USER, password_file=file,
            ca_file=authority.path,
        )  # fmt: skip
        sending = open_sending(mail, "Imagerie", rooms.database, rooms.keys, rooms.now)
        assert sending.send_due() >= 1
        assert [ADDRESS] in [one.rcpt_tos for one in running.envelopes]
    # Whoever the account is not any more is written to no longer.
    with rooms.database.write() as tx:
        rooms.access.patients.untie(tx, patient)
        assert rooms.access.patients.email_of(tx, patient) == ""
