# SPDX-License-Identifier: Apache-2.0
"""A patient's account in the console: the consents it stands on, and their letter."""

from idp.accounts.values import Account
from idp.administration.patients.enrolment import Enrolled, Shown
from tests.administration.console_kit import form_to, texts
from tests.administration.kit import CLINIC, Opened
from tests.administration.patient_kit import enrolled, enter, services

CONSENTS = "tr:has(> :-soup-contains('CHU')), tr:has(> :-soup-contains('Clinique'))"


def also_at_the_clinic(office: Opened, zoe: Account) -> None:
    shown = Shown(zoe.person.identifier, zoe.person.birth_date)
    with office.world.core.database.write() as tx:
        desk = office.authority("clinique")
        made = services(office).patients.collect(tx, desk, CLINIC, shown)
    assert isinstance(made, Enrolled), made


def test_wb_015_consents_are_shown_as_far_as_one_sees(sqlite_office: Opened) -> None:
    zoe = enrolled(sqlite_office)
    also_at_the_clinic(sqlite_office, zoe)
    for who, seen in (("chu", 1), ("clinique", 1), ("regionale", 2), ("auditrice", 2)):
        browser = enter(sqlite_office, who)
        assert browser.get(f"/admin/accounts/{zoe.id}").status_code == 200
        assert len(texts(browser, CONSENTS)) == seen, who
    nurse = enter(sqlite_office, "regionale")
    nurse.get(f"/admin/accounts/{sqlite_office['infirmiere'].id}")
    assert not any("Consent" in one for one in texts(nurse, "h2"))


def test_the_letter_is_printed_from_the_account_and_a_way_leads_back(sqlite_office: Opened) -> None:
    zoe = enrolled(sqlite_office)
    here, desk = f"/admin/accounts/{zoe.id}", f"/admin/patients/{zoe.id}"
    clerk = enter(sqlite_office, "chu")
    clerk.get(here)
    assert form_to(clerk, "/letter").text.strip() == "Print the letter"
    clerk.submit("/letter")
    assert clerk.last.content_type == "application/pdf"
    clerk.get(here)
    assert form_to(clerk, "/letter").text.strip() == "Reprint the letter"
    clerk.get(str(clerk.page.select_one(f"main a[href='{desk}']")["href"]))
    assert clerk.page.select_one(f"main a[href='{here}']")


def test_who_has_no_part_in_letters_is_offered_none(sqlite_office: Opened) -> None:
    zoe = enrolled(sqlite_office)
    also_at_the_clinic(sqlite_office, zoe)
    # The whole account is opened by a letter: a house that shares it prints none.
    for who, at_the_desk in (("chu", True), ("assistance", False), ("auditrice", False)):
        browser = enter(sqlite_office, who)
        browser.get(f"/admin/accounts/{zoe.id}")
        assert not browser.page.select("main form[action$='/letter']"), who
        assert bool(browser.page.select("main a[href^='/admin/patients/']")) is at_the_desk, who
