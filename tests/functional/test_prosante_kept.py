# SPDX-License-Identifier: Apache-2.0
"""What Pro Santé Connect tells of somebody is taken over at each login; nothing else is lost."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event, update

from idp.accounts import activities, sources
from idp.accounts import service as accounts
from idp.accounts.activities import Activity
from idp.accounts.models import AccountRow
from idp.accounts.sources import AsTold, Sources
from idp.accounts.values import Account
from idp.administration.people.merging_moves import move_all
from idp.db import table_of
from idp.demo.sandbox.people import Place, Professional
from idp.origin import Origin
from tests import cast
from tests.activities import BOTH, practises
from tests.directory.kit import NUMBERS, bring, extract, somebody
from tests.prosante import (
    APPLICATIONS,
    CABINET,
    HOSPITAL,
    NEWCOMER,
    Sandbox,
    known,
    leave_for,
    register,
    running_sandbox,
)
from tests.protocol.kit import register as register_application
from tests.races import at_once
from tests.world import StandingClock, World, open_world

DOCTOR = known("medecin", places=(HOSPITAL, CABINET))
ORIGIN = Origin("192.0.2.10", "", "x" * 12)


@pytest.fixture
def clock() -> StandingClock:
    return StandingClock()


@pytest.fixture
def there(clock: StandingClock) -> Iterator[Sandbox]:
    with running_sandbox(clock, DOCTOR, NEWCOMER) as sandbox:
        yield sandbox


@pytest.fixture
def here(
    there: Sandbox, clock: StandingClock, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> Iterator[World]:
    for key, document in APPLICATIONS.items():
        monkeypatch.setitem(cast.APPLICATIONS, key, document)
    opened = open_world(database_url, clock, **there.changes())
    register(opened.core)
    yield opened
    opened.close()


def log_in(here: World, there: Sandbox, person: Professional = DOCTOR, key: str = "broker") -> None:
    there.knows(person)
    browser = here.browser()
    here.client(key).ask(browser)
    answer = browser.get(there.log_in(leave_for(browser), person))
    assert "code" in here.client(key).answered(answer)


def practised(here: World, who: str = "medecin") -> list[tuple[str, str]]:
    with here.core.database.read() as tx:
        found = here.core.activities.sourced(tx, here.cast[who].id)
    return [(one.activity.structure, one.source) for one in found]


def account_of(here: World, number: str = "") -> Account:
    with here.core.database.read() as tx:
        found = accounts.by_national_id(tx, number) if number else here.cast["medecin"].id
        account = accounts.load(tx, found or "")
    assert account is not None
    return account


def told(here: World) -> list[Mapping[str, Any]]:
    return [json.loads(one.detail) for one in here.events("account.told")]


def correct(here: World, **values: str) -> None:
    """As an administrator does."""
    table = table_of(AccountRow)
    with here.core.database.write() as tx:
        tx.execute(update(table).where(table.c.id == here.cast["medecin"].id).values(**values))


def test_all_that_is_practised_is_taken_over_and_follows(here: World, there: Sandbox) -> None:
    log_in(here, there)
    assert practised(here) == [("HOPITAL GENERIQUE", "psc"), ("CABINET M DOC0024566", "psc")]
    [first] = told(here)
    assert first["source"] == "psc"
    assert "activities" in first["what"].split(",")
    # Left since: what is told no more goes.
    log_in(here, there, replace(DOCTOR, places=(CABINET,)))
    assert practised(here) == [("CABINET M DOC0024566", "psc")]
    log_in(here, there, replace(DOCTOR, places=()))
    assert practised(here) == []
    assert len(told(here)) == 3


def test_labels_are_those_of_the_nomenclatures(here: World, there: Sandbox) -> None:
    log_in(here, there)
    with here.core.database.read() as tx:
        [one, _other] = here.core.activities.of(tx, here.cast["medecin"].id)
    assert (one.profession, one.speciality_code, one.structure_id) == (
        "Médecin",
        "SM26",
        "10B0139374",
    )
    assert one.speciality


def test_what_nobody_could_be_told_is_left_out(here: World, there: Sandbox) -> None:
    nowhere = Place("NULLE PART", "L", "SA07")
    endless = Place("SANS FIN", "L", "SA07", number="4" * 200)
    log_in(here, there, replace(DOCTOR, places=(nowhere, endless, CABINET)))
    assert practised(here) == [("CABINET M DOC0024566", "psc")]
    log_in(here, there, replace(DOCTOR, profession="999"))
    assert practised(here) == []


def test_what_an_administrator_wrote_stays_and_counts_first(here: World, there: Sandbox) -> None:
    practises(here, *BOTH)
    same = replace(BOTH[1], structure="ECRIT ICI", structure_number="499700245667008")
    practises(here, BOTH[0], same)
    log_in(here, there)
    assert practised(here) == [
        ("CHU DE TOURS", "here"),
        ("ECRIT ICI", "here"),
        ("HOPITAL GENERIQUE", "psc"),
    ]
    log_in(here, there, replace(DOCTOR, places=()))
    assert practised(here) == [("CHU DE TOURS", "here"), ("ECRIT ICI", "here")]
    with here.core.database.read() as tx:
        assert activities.written(tx, here.cast["medecin"].id) == (BOTH[0], same)


def test_the_same_place_in_the_register_counts_once(
    here: World, there: Sandbox, tmp_path: Path
) -> None:
    """There by its FINESS number alone, here by the number that the register of before gave it."""
    line = {"profession": "10", "skill": "SM26", "sector": "SA01", "mode": "S"}
    there_too = somebody(site="HG, AU REGISTRE", finess="0B0139374", house_id="", **line)
    bring(here, extract(tmp_path, [there_too]))
    correct(here, national_id="8" + NUMBERS[0])
    log_in(here, there, replace(DOCTOR, national_id="8" + NUMBERS[0]))
    assert practised(here) == [("HG, AU REGISTRE", "register"), ("CABINET M DOC0024566", "psc")]


def test_what_was_chosen_stays_chosen_while_it_exists(here: World, there: Sandbox) -> None:
    client = register_application(
        here, "asks", policy={"activity": "chosen", "means": ["psc"], "level": 3}
    )

    def arrive(person: Professional) -> Any:
        there.knows(person)
        browser = here.browser()
        client.ask(browser)
        browser.get(there.log_in(leave_for(browser), person))
        return browser

    browser = arrive(DOCTOR)
    buttons = browser.page.select("#activities button")
    assert len(buttons) == 2
    browser.submit("/activity", activity=str(buttons[1]["value"]))
    assert "code" in client.answered(browser.last)
    # Another one comes and it is told otherwise: the choice is what it was.
    renamed = replace(CABINET, name="CABINET DES LILAS")
    third = Place("CLINIQUE", "S", "SA02", "0B0139382", "10B0139382")
    browser = arrive(replace(DOCTOR, places=(third, HOSPITAL, renamed)))
    assert "code" in client.answered(browser.last)
    browser = arrive(replace(DOCTOR, places=(third, HOSPITAL)))
    assert len(browser.page.select("#activities button")) == 2


def test_nothing_new_writes_nothing(here: World, there: Sandbox) -> None:
    log_in(here, there)
    before = account_of(here)
    written: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        written.append(statement)

    engine = here.core.database.engine
    event.listen(engine, "before_cursor_execute", note)
    log_in(here, there)
    event.remove(engine, "before_cursor_execute", note)
    assert any("account_sources" in one for one in written)
    assert not [one for one in written if "account_sources" in one and "SELECT" not in one]
    assert len(told(here)) == 1
    assert account_of(here).updated_at == before.updated_at


def test_what_is_empty_is_filled_in(here: World, there: Sandbox) -> None:
    correct(here, profession="")
    log_in(here, there)
    assert account_of(here).person.profession == "Médecin"
    assert "profession" in told(here)[0]["what"].split(",")


def test_an_account_follows_its_source_until_somebody_else_has_written(
    here: World, there: Sandbox
) -> None:
    log_in(here, there, NEWCOMER, "brokered")
    assert account_of(here, NEWCOMER.national_id).person.last_name == "Doc0024566"
    married = replace(NEWCOMER, last_name="MARTIN")
    log_in(here, there, married, "brokered")
    assert account_of(here, NEWCOMER.national_id).person.last_name == "Martin"
    with here.core.database.write() as tx:
        table = table_of(AccountRow)
        tx.execute(
            update(table)
            .where(table.c.national_id == NEWCOMER.national_id)
            .values(last_name="Martin-Petit", profession="")
        )
    log_in(here, there, replace(NEWCOMER, last_name="DURAND"), "brokered")
    person = account_of(here, NEWCOMER.national_id).person
    assert (person.last_name, person.profession) == ("Martin-Petit", "")
    # And never silently: the audit says what was told and not taken over.
    assert set(told(here)[-1]["kept"].split(",")) == {"last_name", "profession"}


def test_what_an_administrator_had_written_before_stays(here: World, there: Sandbox) -> None:
    before = account_of(here).person
    log_in(here, there, replace(DOCTOR, first_name="AUTRE", last_name="NOM"))
    after = account_of(here).person
    assert (after.first_name, after.last_name) == (before.first_name, before.last_name)
    assert {"first_name", "last_name"} <= set(told(here)[0]["kept"].split(","))


def test_who_is_no_professional_practises_nothing(here: World, there: Sandbox) -> None:
    correct(here, population="staff")
    with here.core.database.write() as tx:
        known_by = Sources(here.clock, here.core.audit)
        took = known_by.take(tx, here.cast["medecin"].id, "psc", AsTold("A", "B"), ORIGIN)
    assert took is False
    assert not told(here)


def test_rl_005_of_two_logins_at_once_one_set_stands(here: World) -> None:
    account = here.cast["medecin"].id
    desk = Sources(here.clock, here.core.audit)
    sets = [BOTH, BOTH[:1], (), BOTH[1:]]

    def take(wanted: tuple[Activity, ...]) -> bool:
        with here.core.database.write() as tx:
            # Every login notes something of the account, too, before it comes to this.
            here.core.accounts.join(tx, account, "fr.sceau.test", ORIGIN)
            return desk.take(tx, account, "psc", AsTold(activities=wanted), ORIGIN)

    with here.core.database.write() as tx:
        accounts.name_community(tx, "fr.sceau.test", "Test")
    for _ in range(5):
        at_once(take, sets)
        with here.core.database.read() as tx:
            stands = sources.told_of(tx, account)["psc"].activities
        assert stands in sets
        changes = [one for one in told(here) if "activities" in one.get("what", "")]
        assert changes


def test_it_goes_over_when_two_accounts_become_one(here: World, there: Sandbox) -> None:
    """See `tests/administration/test_merging.py` for all the others."""
    log_in(here, there)
    with here.core.database.write() as tx:
        move_all(tx, here.cast["medecin"].id, here.cast["infirmiere"].id)
    assert len(practised(here, "infirmiere")) == 2
