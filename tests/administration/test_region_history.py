# SPDX-License-Identifier: Apache-2.0
"""What is changed of establishments, communities and password rules is told and taken back."""

from dataclasses import replace
from typing import Any

import pytest

from idp.accounts import establishments
from idp.accounts import service as accounts
from idp.accounts.establishments import Establishment, Standing
from idp.accounts.values import Population
from idp.administration import documents
from idp.administration.authority import Authority, Denied
from idp.administration.office import Office
from idp.administration.outcomes import Unfit
from idp.administration.region.houses import StaleHouse
from idp.administration.region.networks import UnfitNetwork
from idp.administration.rules.passwords import Rules
from idp.administration.versions import version_of
from idp.db import Tx
from tests.administration.console_kit import news, send, texts
from tests.administration.kit import CHU, CLINIC, HOUSES, Opened

NETWORK = "onco-centre"
ENGLISH = {"Accept-Language": "en"}


def move(desk: Office, tx: Tx, authority: Authority, town: str) -> str:
    """Correct the town of the CHU; the change."""
    known = establishments.load(tx, CHU)
    assert known is not None
    done = desk.houses.edit(tx, authority, version_of(known), replace(known, town=town))
    assert isinstance(done, Establishment)
    return newest(desk.houses.history(tx, authority, CHU))


def newest(found: Any) -> str:
    assert not isinstance(found, Denied)
    return str(found[0].id)


def test_an_establishment_is_put_back(office: Opened) -> None:
    desk, who = office.world.provider.services.office, office.authority("regionale")
    with office.world.core.database.write() as tx:
        change = move(desk, tx, who, "Blois")
        desk.houses.set_standing(tx, who, CHU, Standing.CLOSED)
        closed = newest(desk.houses.history(tx, who, CHU))
        # One after the other, in any order: they touch different fields.
        assert desk.houses.undo(tx, who, CHU, change) == replace(HOUSES[CHU], state=Standing.CLOSED)
        assert desk.houses.undo(tx, who, CHU, closed) == HOUSES[CHU]
        assert establishments.load(tx, CHU) == HOUSES[CHU]
        assert isinstance(desk.houses.undo(tx, who, CHU, change), StaleHouse)
        found = desk.houses.history(tx, who, CHU)
        assert not isinstance(found, Denied)
        # What is taken back is a change, too.
        assert [one.undone for one in found] == [False, False, True, True]
        assert {one.by for one in found} == {who.actor}
    assert len(office.world.events("establishment.changed")) == len(HOUSES) + 4


def test_what_changed_since_is_not_overwritten(office: Opened) -> None:
    desk, who = office.world.provider.services.office, office.authority("regionale")
    with office.world.core.database.write() as tx:
        change = move(desk, tx, who, "Blois")
        move(desk, tx, who, "Vierzon")
        stale = desk.houses.undo(tx, who, CHU, change)
        assert isinstance(stale, StaleHouse)
        assert stale.now.town == "Vierzon"
        # A change of another one is none of this one.
        assert desk.houses.undo(tx, who, CLINIC, change) is Denied.NOT_FOUND


def test_a_community_is_put_back(office: Opened) -> None:
    desk, who = office.world.provider.services.office, office.authority("regionale")
    networks = desk.networks
    with office.world.core.database.write() as tx:
        name = accounts.community_names(tx)[NETWORK]
        networks.rename(tx, who, NETWORK, name, "Onco")
        renamed = newest(networks.history(tx, who, NETWORK))
        networks.open_to_houses(tx, who, NETWORK, opened=False)
        shut = newest(networks.history(tx, who, NETWORK))
        assert networks.undo(tx, who, NETWORK, shut) == NETWORK
        assert NETWORK in accounts.open_communities(tx)
        assert networks.undo(tx, who, NETWORK, renamed) == NETWORK
        assert accounts.community_names(tx)[NETWORK] == name
        assert networks.undo(tx, who, NETWORK, renamed) == UnfitNetwork("stale")


def test_password_rules_are_put_back(office: Opened) -> None:
    desk, who = office.world.provider.services.office, office.authority("regionale")
    rules, staff = desk.passwords, Population.STAFF
    with office.world.core.database.write() as tx:
        shipped = rules.one(tx, who, staff)
        assert isinstance(shipped, Rules)
        rules.set(tx, who, staff, {"length": 20})
        first = newest(rules.history(tx, who, staff))
        rules.set(tx, who, staff, {"length": 24, "history": 3})
        second = newest(rules.history(tx, who, staff))
        assert rules.undo(tx, who, staff, first) == Unfit("stale")
        back = rules.undo(tx, who, staff, second)
        assert isinstance(back, Rules)
        assert (back.policy.length, back.policy.history) == (20, shipped.policy.history)
        again = rules.undo(tx, who, staff, first)
        assert isinstance(again, Rules)
        assert (again.policy, again.own) == (shipped.policy, False)


@pytest.mark.parametrize("who", ["chu", "auditrice"])
def test_wb_014_who_sees_does_not_undo(sqlite_office: Opened, who: str) -> None:
    desk = sqlite_office.world.provider.services.office
    with sqlite_office.world.core.database.write() as tx:
        change = move(desk, tx, sqlite_office.authority("regionale"), "Blois")
    browser = sqlite_office.enter(who)
    here = f"/admin/establishments/{CHU}/history"
    assert browser.get(here, headers=ENGLISH).status_code == 200
    assert "Blois" in " ".join(texts(browser, "ins"))
    assert not browser.page.select("form[action$='/undo']")
    assert browser.post(f"{here}/{change}/undo", {"csrf": "x"}).status_code in {400, 403}
    assert (browser.get(f"/admin/establishments/{CLINIC}/history").status_code == 404) is (
        who == "chu"
    )


@pytest.mark.parametrize(
    ("page", "form", "typed"),
    [
        (f"/admin/establishments/{CHU}", "/edit", {"town": "Blois"}),
        (f"/admin/communities/{NETWORK}", f"/{NETWORK}", {"name": "Onco"}),
        ("/admin/policies/staff", "/staff", {"length": "20"}),
    ],
    ids=["establishment", "community", "policy"],
)
def test_it_is_told_and_undone_on_its_page(
    sqlite_office: Opened, page: str, form: str, typed: dict[str, str]
) -> None:
    browser = sqlite_office.enter("regionale")
    browser.get(page + ("/edit" if form == "/edit" else ""))
    assert send(browser, form, **typed) == 200
    browser.get(f"{page}/history", headers=ENGLISH)
    assert next(iter(typed.values())) in " ".join(texts(browser, "ins"))
    undo = browser.page.select_one("form[action$='/undo']")
    assert undo is not None
    assert send(browser, "/undo") == 200
    assert news(browser)
    # It is undone once.
    assert browser.page.select_one(".pill-quiet")
    assert browser.get(f"{page.rpartition('/')[0]}/nothing/history").status_code == 404


def test_cr_053_changes_are_sealed_and_sealed_anew(sqlite_office: Opened) -> None:
    core, desk = sqlite_office.world.core, sqlite_office.world.provider.services.office
    with core.database.write() as tx:
        move(desk, tx, sqlite_office.authority("regionale"), "Blois")
        [row] = tx.exec_driver_sql("SELECT document FROM region_changes").all()
        assert "Blois" not in row.document
    assert "region_changes" in {one.name for one in documents.TABLES}
