# SPDX-License-Identifier: Apache-2.0
"""The console's pages on establishments, communities, announcements and roles."""

import pytest

from idp.accounts import establishments
from idp.accounts import service as accounts
from idp.administration.authority import Denied
from tests.administration.console_kit import csrf, menu, news, send, texts
from tests.administration.kit import CHU, CLINIC, Opened

NEW = {"key": "370000499", "name": "Clinique <b>du Lac</b>", "town": "Amboise"}


def test_an_establishment_is_added_corrected_closed_and_opened(office: Opened) -> None:
    browser = office.enter("regionale")
    browser.get("/admin/establishments/new")
    assert send(browser, "/new", **NEW) == 200
    assert browser.last.request.path == f"/admin/establishments/{NEW['key']}"
    assert news(browser)
    assert browser.page.select_one("h1 b") is None  # WB-007
    browser.get(f"/admin/establishments/{NEW['key']}/edit")
    assert send(browser, "/edit", town="Blois", support_phone="02 38 00 00 00") == 200
    browser.get(f"/admin/establishments/{NEW['key']}/standing")
    assert send(browser, "/standing") == 200
    with office.world.core.database.read() as tx:
        one = establishments.load(tx, NEW["key"])
    assert one is not None
    assert (one.town, one.state) == ("Blois", "closed")
    browser.get(f"/admin/establishments/{NEW['key']}/standing")
    send(browser, "/standing")
    assert [one.detail.count('"active"') for one in office.world.events("establishment.changed")][
        -1
    ] == 1


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("key", "12"),
        ("key", CHU),
        ("name", ""),
        ("support_email", "nowhere"),
        ("support_phone", "12"),
        ("town", "x" * 200),
    ],
)
def test_an_establishment_that_cannot_be_kept(
    sqlite_office: Opened, field: str, value: str
) -> None:
    browser = sqlite_office.enter("regionale")
    browser.get("/admin/establishments/new")
    assert send(browser, "/new", **(NEW | {field: value})) == 422
    assert browser.page.select_one(f"#{field}-error") is not None
    name = browser.page.select_one("#name")
    assert name is not None
    assert name["value"] == (NEW | {field: value})["name"]


def test_a_stale_form_of_an_establishment_loses_nothing(office: Opened) -> None:
    first, second = office.enter("regionale"), office.enter("administrateur")
    for browser in (first, second):
        browser.get(f"/admin/establishments/{CHU}/edit")
    assert send(first, "/edit", town="Chambray-lès-Tours") == 200
    assert send(second, "/edit", name="CHRU de Tours") == 409
    assert "Chambray-lès-Tours" in " ".join(texts(second, ".stale-changes"))
    assert second.page.select_one("#name")["value"] == "CHRU de Tours"
    # Knowing what changed, whoever sends it again means it.
    assert send(second, "/edit") == 200
    with office.world.core.database.read() as tx:
        assert establishments.load(tx, CHU).name == "CHRU de Tours"


def test_wb_015_an_establishment_administrator_sees_their_own_alone(
    sqlite_office: Opened,
) -> None:
    browser = sqlite_office.enter("chu")
    browser.get("/admin/establishments")
    assert texts(browser, ".row-link") == ["CHU de Tours"]
    assert browser.get(f"/admin/establishments/{CHU}").status_code == 200
    assert browser.get(f"/admin/establishments/{CLINIC}").status_code == 404
    assert browser.get(f"/admin/establishments/{CHU}/edit").status_code == 403
    token = csrf(browser)
    answer = browser.post(f"/admin/establishments/{CHU}/edit", {"csrf": token, "name": "x"})
    assert answer.status_code == 403


def test_the_menu_shows_what_one_may_open(sqlite_office: Opened) -> None:
    browser = sqlite_office.enter("chu")
    browser.get("/admin")
    assert "/admin/establishments" in menu(browser)
    assert not {"/admin/roles", "/admin/announcements"} & set(menu(browser))
    browser = sqlite_office.enter("auditrice")
    browser.get("/admin/roles")
    assert "/admin/roles" in menu(browser)
    assert "/admin/announcements" not in menu(browser)
    current = browser.page.select("#console-menu [aria-current=page]")
    assert [one["href"] for one in current] == ["/admin/roles"]


def test_a_community_is_added_renamed_and_given_up(sqlite_office: Opened) -> None:
    browser = sqlite_office.enter("regionale")
    browser.get("/admin/communities/new")
    assert send(browser, "/new", key="imagerie", name="Imagerie <i>médicale</i>") == 200
    assert "Imagerie <i>médicale</i>" in texts(browser, ".row-link")
    other = sqlite_office.enter("administrateur")
    other.get("/admin/communities/imagerie")
    browser.get("/admin/communities/imagerie")
    assert send(browser, "/imagerie", name="Imagerie") == 200
    assert send(other, "/imagerie", name="Radiologie") == 409
    assert send(other, "/imagerie", name="Radiologie") == 200
    browser.get("/admin/communities/imagerie/remove")
    assert send(browser, "/remove") == 200
    with sqlite_office.world.core.database.read() as tx:
        assert "imagerie" not in accounts.community_names(tx)
    assert sqlite_office.world.events("community.removed")


def test_a_community_with_members_or_applications_stays(sqlite_office: Opened) -> None:
    browser = sqlite_office.enter("regionale")
    with sqlite_office.world.core.database.read() as tx:
        key = min(sqlite_office["medecin"].communities)
    browser.get(f"/admin/communities/{key}/remove")
    assert send(browser, "/remove") == 409
    with sqlite_office.world.core.database.read() as tx:
        assert key in accounts.community_names(tx)


def test_nobody_without_the_right_changes_communities(sqlite_office: Opened) -> None:
    browser = sqlite_office.enter("chu")
    assert browser.get("/admin/communities").status_code == 200
    assert browser.get("/admin/communities/new").status_code == 403
    with sqlite_office.world.core.database.write() as tx:
        networks = sqlite_office.world.provider.services.office.networks
        authority = sqlite_office.authority("chu")
        assert networks.add(tx, authority, "x", "X") is Denied.NOT_ALLOWED
        assert networks.remove(tx, authority, "onco") is Denied.NOT_ALLOWED


def test_an_announcement_is_made_and_ended(sqlite_office: Opened) -> None:
    browser = sqlite_office.enter("regionale")
    browser.get("/admin/announcements/new")
    assert send(browser, "/new", french="Arrêt <b>dimanche</b>.", english="Down on Sunday.") == 200
    anybody = sqlite_office.world.browser()
    anybody.get("/")
    assert "Arrêt <b>dimanche</b>." in anybody.page.get_text()  # WB-007
    browser.get("/admin/announcements")
    assert send(browser, "/end") == 200
    assert "dimanche" not in sqlite_office.world.browser().get("/").get_data(as_text=True)


def test_an_announcement_in_one_language_or_over_before_it_begins(sqlite_office: Opened) -> None:
    browser = sqlite_office.enter("regionale")
    browser.get("/admin/announcements/new")
    assert send(browser, "/new", french="Arrêt.", ends_at="2001-01-01T10:00") == 422
    wrong = browser.page.select("[aria-invalid=true]")
    assert {one["id"] for one in wrong} == {"english", "ends_at"}
    assert send(browser, "/new", english="Down.", ends_at="tomorrow") == 422


def test_who_holds_which_role(sqlite_office: Opened) -> None:
    browser = sqlite_office.enter("auditrice")
    browser.get("/admin/roles")
    assert len(texts(browser, "tbody tr")) == 6
    browser.get("/admin/roles?role=auditor")
    assert texts(browser, ".row-link") == ["Jade Leroy"]
    assert sqlite_office.enter("chu").get("/admin/roles").status_code == 403
