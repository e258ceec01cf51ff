# SPDX-License-Identifier: Apache-2.0
"""Files that say who is found in the Annuaire: carried out, and taken back."""

from idp.accounts import particulars
from idp.accounts.particulars import Visibility
from idp.accounts.values import Account
from idp.administration.people.search import Query
from tests.administration.kit import Opened
from tests.administration.patient_kit import services
from tests.administration.test_imports import (
    HEAD,
    brought,
    carried,
    do,
    lines,
    sheet,
    somebody,
    tried,
)


def seen(office: Opened, account: Account) -> Visibility:
    with office.world.core.database.read() as tx:
        return particulars.load(tx, account.id).visibility


def test_a_file_says_who_is_found_and_it_can_be_taken_back(office: Opened) -> None:
    head, row = f"{HEAD};Confidentialité", "Roy;Ana;;ana@chu.example;;Médecin;;"
    run = brought(office, f"{head}\n{row}Public\n")
    assert tried(office, run).counts == {"create": 1}
    carried(office, run)
    ana = somebody(office, "ana@chu.example")
    assert ana is not None
    assert seen(office, ana) is Visibility.PUBLIC
    # A file that does not say changes nothing; one that does, does.
    again = tried(office, brought(office, f"{head}\n{row}\n"))
    assert again.counts == {"unchanged": 1}
    hides = tried(office, brought(office, f"{head}\n{row}Caché\n"))
    assert hides.counts == {"change": 1}
    carried(office, hides.id)
    assert seen(office, ana) is Visibility.HIDDEN
    do(office, "undo", hides.id)
    services(office).import_work.go_on()
    assert seen(office, ana) is Visibility.PUBLIC
    wrong = tried(office, brought(office, f"{head}\n{row}tous\n"))
    assert [one.why for one in lines(office, wrong.id)] == ["visibility:choice"]


def test_a_file_says_the_title_and_what_it_does_not_say_stays(office: Opened) -> None:
    head, row = f"{HEAD};title", "Roy;Ana;;ana@chu.example;;Médecin;;"
    carried(office, tried(office, brought(office, f"{head}\n{row}Docteur\n")).id)
    ana = somebody(office, "ana@chu.example")
    assert ana is not None

    def title() -> str:
        with office.world.core.database.read() as tx:
            return particulars.load(tx, ana.id).title

    assert title() == "DR"
    for said in ("", "DR", "dr."):
        again = tried(office, brought(office, f"{head}\n{row}{said}\n"))
        assert again.counts == {"unchanged": 1}, said
    carried(office, tried(office, brought(office, f"{head}\n{row}PR\n")).id)
    assert title() == "PR"
    wrong = tried(office, brought(office, f"{head}\n{row}Mme\n"))
    assert [one.why for one in lines(office, wrong.id)] == ["title:choice"]
    rows = services(office).account_export.rows(office.authority("chu"), Query(text="ana"))
    assert [(one[0], one[-1]) for one in rows] == [(ana.person.identifier, "PR")]


def test_an_import_taken_back_leaves_nobody_in_the_annuaire(sqlite_office: Opened) -> None:
    text = f"{HEAD};visibility\nRoy;Ana;;ana@chu.example;;Médecin;;public\n"
    run = brought(sqlite_office, text)
    tried(sqlite_office, run)
    carried(sqlite_office, run)
    do(sqlite_office, "undo", run)
    services(sqlite_office).import_work.go_on()
    assert sheet(sqlite_office, run).counts == {"create": 1, "undone": 1}
    assert somebody(sqlite_office, "ana@chu.example") is None
