# SPDX-License-Identifier: Apache-2.0
"""A patient's letter: printed at the desk, logged in with, reprinted, handed over."""

import re
from dataclasses import replace
from typing import Any

import pypdfium2
import pytest
from werkzeug.test import TestResponse

from idp.accounts.values import State
from idp.administration.authority import Denied
from idp.administration.patients.enrolment import Shown
from idp.administration.patients.letters import MOST, NotPrinted
from idp.login.freshness import FRESH_FOR
from tests.administration.kit import CLINIC, Opened
from tests.administration.patient_kit import FORM, ZOE, enrolled, enter, now_of, services
from tests.world import Browser

DAY = 86_400
PASSWORD = re.compile(r"[A-Z][a-z]{2}[2-9](?:-[A-Z][a-z]{2}[2-9]){3,}")
OWN = "Phrase neuve pour Zoé 7"


def words_of(response: TestResponse) -> list[str]:
    """The text of each page."""
    assert response.status_code == 200, response.status_code
    assert response.content_type == "application/pdf"
    assert response.headers["Cache-Control"] == "no-store"
    document = pypdfium2.PdfDocument(response.get_data())
    try:
        return [_text(page) for page in document]
    finally:
        document.close()


def _text(page: Any) -> str:
    text = page.get_textpage()
    try:
        return str(text.get_text_range())
    finally:
        text.close()
        page.close()


def print_letter(clerk: Browser, account: str) -> str:
    clerk.get(f"/admin/patients/{account}")
    clerk.submit("/letter")
    (text,) = words_of(clerk.last)
    found = PASSWORD.search(text)
    assert found
    return found[0]


def log_in(office: Opened, identifier: str, password: str) -> Browser:
    browser = office.world.browser("198.51.100.90")
    browser.get("/login")
    browser.submit("/password", identifier=identifier, password=password)
    return browser


def test_from_the_desk_to_the_first_login(office: Opened) -> None:
    clerk = enter(office, "chu")
    clerk.get("/admin/patients/new")
    clerk.submit("/patients/new", **FORM)
    assert "The account is open" in clerk.page.main.text
    account = clerk.last.request.path.rpartition("/")[2]
    zoe = now_of(office, account)
    clerk.submit("/letter")
    (text,) = words_of(clerk.last)
    for one in ("Lœwenstein-d’Œuvre", "Zoé", "Ÿvetot", "29 février 1984", "zloewensteindoeuvre"):
        assert one in text
    assert "CHU de Tours" in text
    assert "https://sceau.example/" in text
    password = PASSWORD.search(text)
    assert password
    browser = log_in(office, zoe.person.identifier, password[0])
    # CR-049: what came on paper opens nothing before it is replaced.
    assert not browser.cookie("session")
    browser.submit("/renew", password=OWN, again=OWN)
    assert browser.cookie("session")
    (printed,) = office.world.events("letter.printed")
    assert printed.account == account
    assert password[0] not in printed.detail


def test_a_reprint_ends_the_password_before_and_its_sessions(office: Opened) -> None:
    zoe = enrolled(office)
    clerk = enter(office, "chu")
    first = print_letter(clerk, zoe.id)
    second = print_letter(clerk, zoe.id)
    assert first != second
    name = zoe.person.identifier
    assert not re.search("autocomplete=.new-password", str(log_in(office, name, first).page))
    assert re.search("autocomplete=.new-password", str(log_in(office, name, second).page))
    clerk.get(f"/admin/patients/{zoe.id}")
    assert "Reprint the letter" in clerk.page.main.text
    assert len(office.world.events("letter.printed")) == 2


def test_cr_049_a_letter_left_lying_is_worth_nothing(sqlite_office: Opened) -> None:
    zoe = enrolled(sqlite_office)
    password = print_letter(enter(sqlite_office, "chu"), zoe.id)
    sqlite_office.world.clock.pass_by(sqlite_office.world.core.settings.policies.temporary_life + 1)
    browser = log_in(sqlite_office, zoe.person.identifier, password)
    assert not re.search("autocomplete=.new-password", str(browser.page))


def test_se_006_a_page_that_stood_open_prints_nothing(sqlite_office: Opened) -> None:
    zoe = enrolled(sqlite_office)
    clerk = enter(sqlite_office, "chu")
    clerk.get(f"/admin/patients/{zoe.id}")
    url, fields = clerk.form("/letter")
    sqlite_office.world.clock.pass_by(FRESH_FOR + 1)
    clerk.post(url, fields)
    assert clerk.last.content_type != "application/pdf"
    assert not sqlite_office.world.events("letter.printed")


def test_letters_of_many_are_one_file(sqlite_office: Opened) -> None:
    people = [
        enrolled(
            sqlite_office,
            new=replace(ZOE, ins="", email="", birth_date=f"0{day}/02/1984", first_name=name),
        )
        for day, name in ((1, "Ana"), (2, "Bea"), (3, "Cléo"))
    ]
    clerk = enter(sqlite_office, "chu")
    clerk.get("/admin/patients?state=to-print")
    url, fields = clerk.form("/letters")
    clerk.post(url, {"csrf": fields["csrf"], "pick": [one.id for one in people]})
    texts = words_of(clerk.last)
    assert [name in text for name, text in zip(("Ana", "Bea", "Cléo"), texts, strict=True)] == [
        True
    ] * 3
    assert len({PASSWORD.search(one)[0] for one in texts}) == 3  # type: ignore[index]
    clerk.get("/admin/patients?state=to-print")
    assert not clerk.page.find_all("a", class_="row-link")
    clerk.get("/admin/patients?state=to-hand")
    assert len(clerk.page.find_all("a", class_="row-link")) == 3


def test_the_hand_over_is_noted_once(sqlite_office: Opened) -> None:
    zoe = enrolled(sqlite_office)
    clerk = enter(sqlite_office, "chu")
    print_letter(clerk, zoe.id)
    clerk.get(f"/admin/patients/{zoe.id}")
    url, fields = clerk.form("/handed")
    clerk.post(url, fields | {"day": "2100-01-01"})
    assert clerk.last.status_code == 422
    clerk.post(url, fields)
    assert "The hand-over is noted" in clerk.page.main.text
    clerk.post(url, fields)
    (event,) = sqlite_office.world.events("letter.handed")
    assert event.account == zoe.id


def prepared(office: Opened, who: str, *accounts: str) -> Any:
    with office.world.core.database.read() as tx:
        return services(office).letters.prepare(tx, office.authority(who), accounts)


@pytest.mark.parametrize(
    ("who", "answer"),
    [
        ("administrateur", None),
        ("regionale", None),
        ("chu", None),
        ("clinique", Denied.NOT_FOUND),
        ("assistance", Denied.NOT_ALLOWED),
        ("auditrice", Denied.NOT_ALLOWED),
    ],
)
def test_wb_015_whose_letters_who_prints(
    sqlite_office: Opened, who: str, answer: Denied | None
) -> None:
    zoe = enrolled(sqlite_office)
    found = prepared(sqlite_office, who, zoe.id)
    assert found == (answer or [zoe])


def test_wb_016_one_of_two_establishments_prints_no_password_for_both(office: Opened) -> None:
    zoe = enrolled(office)
    with office.world.core.database.write() as tx:
        shown = Shown(zoe.person.identifier, "29/02/1984")
        services(office).patients.collect(tx, office.authority("clinique"), CLINIC, shown)
    assert prepared(office, "clinique", zoe.id) is Denied.NOT_ALLOWED
    assert prepared(office, "chu", zoe.id) is Denied.NOT_ALLOWED
    assert prepared(office, "regionale", zoe.id) == [zoe]
    # Nor a professional's, by way of a letter.
    assert prepared(office, "regionale", office["medecin"].id) is Denied.NOT_FOUND


def test_no_letter_without_an_open_account_nor_too_many_at_once(sqlite_office: Opened) -> None:
    zoe = enrolled(sqlite_office)
    core = sqlite_office.world.core
    assert prepared(sqlite_office, "chu", *map(str, range(MOST + 1))) is NotPrinted.TOO_MANY
    with core.database.write() as tx:
        core.accounts.set_state(tx, zoe.id, State.DISABLED)
    assert prepared(sqlite_office, "chu", zoe.id) is NotPrinted.CLOSED
    # One that may not be printed, and none is.
    assert prepared(sqlite_office, "chu", "nobody", zoe.id) is Denied.NOT_FOUND


def test_no_password_is_in_force_without_its_letter(
    office: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    core = office.world.core
    ana = enrolled(office, new=replace(ZOE, ins="", email="", first_name="Ana"))
    bea = enrolled(office, new=replace(ZOE, ins="", email="", first_name="Bea"))
    clerk = enter(office, "chu")
    password = print_letter(clerk, ana.id)
    printed = len(office.world.events("letter.printed"))
    inner, hashed = type(core.passwords).hashed, []

    def closing(passwords: Any, password: str) -> str:
        """Somebody else closes one of the two accounts, while the passwords are hashed."""
        if not hashed:
            with core.database.write() as tx:
                core.accounts.set_state(tx, max(ana.id, bea.id), State.DISABLED)
        hashed.append(password)
        return inner(passwords, password)

    clerk.get("/admin/patients")
    url, fields = clerk.form("/letters")
    monkeypatch.setattr(type(core.passwords), "hashed", closing)
    clerk.post(url, {"csrf": fields["csrf"], "pick": [ana.id, bea.id]})
    assert len(hashed) == 2
    assert "No letter: the account is disabled" in clerk.page.main.text
    # Nor was the other one's replaced.
    assert len(office.world.events("letter.printed")) == printed
    with core.database.write() as tx:
        core.accounts.set_state(tx, ana.id, State.ACTIVE)
    browser = log_in(office, ana.person.identifier, password)
    assert browser.form("/renew")
