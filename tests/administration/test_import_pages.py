# SPDX-License-Identifier: Apache-2.0
"""Imports through the console: a file is brought, its columns checked, carried out, taken back."""

import csv
import io
from typing import Any

from idp.accounts.values import Account, Person, Population
from idp.administration.csv_out import BYTE_ORDER_MARK
from idp.administration.people.edit import New
from tests.administration.kit import CHU, Opened
from tests.administration.patient_kit import enter, services
from tests.administration.test_imports import HEAD, PEOPLE, somebody
from tests.functional.account_kit import token_of
from tests.world import Browser

HERE = "/admin/imports"


def bring(browser: Browser, text: str | bytes, name: str = "people.csv", **fields: str) -> Any:
    browser.get(HERE)
    _url, kept = browser.form(HERE)
    raw = text.encode() if isinstance(text, str) else text
    data = {"csrf": kept["csrf"], "kind": "accounts:professional", **fields}
    return browser.post(
        HERE, data | {"file": (io.BytesIO(raw), name)}, content_type="multipart/form-data"
    )


def chosen(browser: Browser) -> dict[str, str]:
    """The columns as the page has guessed them."""
    return {
        one["name"]: (one.find("option", selected=True) or one.option)["value"]
        for one in browser.page.find_all("select")
    }


def table_of(response: Any) -> list[list[str]]:
    text = response.get_data(as_text=True)
    assert text.startswith(BYTE_ORDER_MARK)
    return list(csv.reader(io.StringIO(text[1:], newline=""), delimiter=";"))


def test_a_file_from_the_desk_to_its_end(sqlite_office: Opened) -> None:
    clerk = enter(sqlite_office, "regionale")
    bring(clerk, PEOPLE + "Roy;Ana;;nowhere;;;\n", name="../../été <b>.csv", establishment=CHU)
    assert chosen(clerk) == {
        f"column-{place}": name
        for place, name in enumerate(
            ("last_name", "first_name", "national_id", "email", "phone", "profession", "birth_date")
        )
    }
    assert "Lœuvre" in clerk.page.main.text
    clerk.submit("/map", **chosen(clerk))
    assert "Ready to be carried out" in clerk.page.main.text
    assert "E-mail address: can't be kept as it is" in clerk.page.main.text
    assert somebody(sqlite_office, "zoe@chu.example") is None
    clerk.submit("/start")
    assert "Carried out" in clerk.page.main.text
    assert somebody(sqlite_office, "zoe@chu.example")
    clerk.submit("/report")
    rows = table_of(clerk.last)
    assert rows[1:] == [
        ["2", "To create", "Created", ""],
        ["3", "To create", "Created", ""],
        ["4", "Faults", "", "E-mail address: can't be kept as it is"],
    ]
    clerk.get(HERE)
    clerk.get(clerk.page.find("a", class_="row-link")["href"] + "/undo")
    url, fields = clerk.form("/undo")
    clerk.post(url, {"csrf": fields["csrf"]})
    assert clerk.last.status_code == 422
    clerk.submit("/undo", sure="yes")
    assert "Taken back" in clerk.page.main.text
    assert somebody(sqlite_office, "zoe@chu.example") is None


def test_wb_019_a_large_file_is_taken_from_those_it_is_meant_for(sqlite_office: Opened) -> None:
    large = HEAD + "\n" + "Roy;Ana;;ana@chu.example;;;\n" * 6000
    assert len(large) > sqlite_office.world.core.settings.server.max_body
    clerk = enter(sqlite_office, "chu")
    bring(clerk, large)
    assert clerk.last.status_code == 200
    assert "6000" in clerk.page.main.text
    # Anybody else is stopped at the size of a form, whatever token they bring.
    auditor, stranger = enter(sqlite_office, "auditrice"), sqlite_office.world.browser()
    stranger.get("/login")
    auditor.get("/admin")
    for other in (auditor, stranger):
        other.post(
            HERE,
            {"csrf": token_of(other), "file": (io.BytesIO(large.encode()), "x.csv")},
            content_type="multipart/form-data",
        )
        assert other.last.status_code == 413


def test_what_is_no_table_is_said_so(sqlite_office: Opened) -> None:
    clerk = enter(sqlite_office, "regionale")
    bring(clerk, b"PK\x03\x04 a workbook", establishment=CHU)
    assert clerk.last.status_code == 422
    assert "save the sheet as CSV" in clerk.page.main.text
    bring(clerk, 'Nom;Prenom\n"Roy;Ana\n')
    assert "From line 2 on" in clerk.page.main.text
    bring(clerk, PEOPLE, kind="accounts:super")
    assert clerk.last.status_code == 422
    # Patients give their consent to an establishment.
    bring(clerk, PEOPLE, kind="patients:")
    assert "Choose the establishment" in clerk.page.main.text


def test_wb_018_accounts_are_taken_away_within_the_perimeter(office: Opened) -> None:
    core = office.world.core
    evil = Person(Population.PROFESSIONAL, "evil", "@SUM(A1)", "=1+1", email="+x@chu.example")
    with core.database.write() as tx:
        made = services(office).people.create(
            tx, office.authority("regionale"), New(evil, establishments=(CHU,))
        )
    assert isinstance(made, Account)
    clerk = enter(office, "chu")
    clerk.get(HERE)
    token = token_of(clerk)
    clerk.post("/admin/accounts/export", {"csrf": token})
    header, *rows = table_of(clerk.last)
    assert header[0] == "identifier"
    assert sorted(row[0] for row in rows) == ["cdurand", "evil", "gebeaupre"]
    (row,) = (one for one in rows if one[0] == "evil")
    assert row[1:3] == ["'=1+1", "'@SUM(A1)"]
    assert row[5] == "'+x@chu.example"
    clerk.post("/admin/accounts/export", {"csrf": token, "population": "patient"})
    assert [row[0] for row in table_of(clerk.last)[1:]] == ["gebeaupre"]
    assert len(office.world.events("accounts.exported")) == 2
    for who in ("assistance", "auditrice"):
        other = enter(office, who)
        other.get("/admin")
        other.post("/admin/accounts/export", {"csrf": token_of(other)})
        assert other.last.status_code == 403
