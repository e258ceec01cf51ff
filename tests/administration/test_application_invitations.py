# SPDX-License-Identifier: Apache-2.0
"""Invitations of applications in the console and by command: made, shown once, withdrawn."""

import json

import pytest

from idp.applications.invitations import Invitations
from tests.administration.command_kit import commands_of
from tests.administration.kit import Opened

PATH = "/admin/applications/invitations"
TICKED = {
    "means": "password",
    "level": "1",
    "populations": "professional",
    "scopes": "openid",
    "methods": "private_key_jwt",
    "grants": "authorization_code",
    "approved": "yes",
}
TYPED = {"label": "Agenda", "places": "2", "days": "3"}


def invitations_of(office: Opened) -> Invitations:
    core = office.world.core
    return Invitations(core.clock, core.entropy, core.lookup)


def test_an_invitation_from_its_making_to_its_end(office: Opened) -> None:
    browser, core = office.enter("regionale"), office.world.core
    browser.get(PATH)
    # Nothing is registered by itself here, and the page says so.
    assert browser.page.select_one(".notice")
    assert not browser.page.select("tbody th")
    browser.get(f"{PATH}/new")
    shown = browser.submit(f"{PATH}/new", **TYPED, **TICKED)
    assert shown.status_code == 200, shown.text
    token = browser.page.select_one(".secret-once").text
    assert shown.headers["Cache-Control"] == "no-store"
    with core.database.read() as tx:
        found = invitations_of(office).find(tx, token)
    assert found is not None
    assert (found.label, found.places, found.most) == ("Agenda", 2, 2)
    assert found.expires_at == core.clock.now() + 3 * 86_400
    assert found.terms.approved
    assert found.terms.policy["consent"] is True
    browser.get(PATH)
    assert token not in browser.page.text
    link = browser.page.select_one("tbody a")["href"]
    browser.get(link)
    browser.submit(f"{PATH}/withdraw")
    assert not browser.page.select("tbody a")
    with core.database.read() as tx:
        assert invitations_of(office).find(tx, token) is None
    kinds = [one.kind for one in office.world.events() if one.kind.startswith("invitation.")]
    assert kinds == ["invitation.made", "invitation.withdrawn"]


LET_OFF = ("excused", "old_signatures", "public")


@pytest.mark.parametrize("name", LET_OFF)
def test_what_is_let_off_is_what_was_ticked(sqlite_office: Opened, name: str) -> None:
    browser = sqlite_office.enter("regionale")
    browser.get(f"{PATH}/new")
    csrf = browser.form(f"{PATH}/new")[1]["csrf"]
    browser.post(f"{PATH}/new", {"csrf": csrf} | TYPED | TICKED | {name: "yes"})
    with sqlite_office.world.core.database.read() as tx:
        made = invitations_of(sqlite_office).every(tx)
    assert [[one for one in LET_OFF if getattr(it.terms, one)] for it in made] == [[name]]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"label": ""}, "label"),
        ({"label": "x" * 129}, "label"),
        ({"places": "0"}, "places"),
        ({"places": "many"}, "places"),
        ({"days": "367"}, "days"),
        ({"means": "magic"}, "means"),
        ({"methods": "none of ours"}, "methods"),
        ({"grants": "password"}, "grants"),
        ({"level": "4"}, "level"),
    ],
    ids=str,
)
def test_what_can_not_be_is_told_at_its_field(
    sqlite_office: Opened, changes: dict[str, str], field: str
) -> None:
    browser = sqlite_office.enter("regionale")
    browser.get(f"{PATH}/new")
    answer = browser.submit(f"{PATH}/new", **TYPED | TICKED | changes)
    assert answer.status_code == 422
    assert browser.page.select_one(f"#{field}-error")
    with sqlite_office.world.core.database.read() as tx:
        assert invitations_of(sqlite_office).every(tx) == []


def test_wb_016_no_invitation_opens_the_administration(sqlite_office: Opened) -> None:
    browser = sqlite_office.enter("regionale")
    browser.get(f"{PATH}/new")
    browser.submit(f"{PATH}/new", **TYPED | TICKED | {"scopes": "sceau.accounts.read"})
    with sqlite_office.world.core.database.read() as tx:
        (made,) = invitations_of(sqlite_office).every(tx)
    assert made.terms.scopes == ()


@pytest.mark.parametrize("who", ["chu", "assistance", "auditrice"])
def test_wb_014_invitations_are_for_the_region(sqlite_office: Opened, who: str) -> None:
    browser = sqlite_office.enter(who)
    for page in ("", "/new", "/withdraw?one=x"):
        assert browser.get(PATH + page).status_code == 403


def test_by_command(
    sqlite_office: Opened, sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert sqlite_office
    run = commands_of("applications", sqlite_url, monkeypatch)
    made = run("invite", "Agenda", "--places", "2", "--old-signatures", "--json")
    found = json.loads(made)
    assert (found["label"], found["most"], len(found["token"]) > 40) == ("Agenda", 2, True)
    assert found["terms"]["old_signatures"] is True
    listed = json.loads(run("invitations", "--json"))
    assert [one["id"] for one in listed] == [found["id"]]
    assert found["token"] not in json.dumps(listed)
    assert "Agenda" in run("invitations")
    run("withdraw-invitation", found["id"])
    assert "withdrawn" in run("invitations")
