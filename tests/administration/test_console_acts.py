# SPDX-License-Identifier: Apache-2.0
"""What is done to an account from its sheet: state, sessions, means, roles; « view as »."""

import pytest

from idp.accounts import service as accounts
from idp.administration.authority import Held
from idp.administration.rights import Role
from idp.login.request import LoginRequest
from tests.administration.console_kit import csrf, menu, news, send, texts
from tests.administration.kit import CHU, CLINIC, DESK, Opened
from tests.world import Browser

PATH = "/admin/accounts"


def sheet(office: Opened, who: str) -> str:
    """The address of somebody's sheet."""
    return f"{PATH}/{office[who].id}"


def state(office: Opened, who: str) -> str:
    """Whether somebody's account is open."""
    with office.world.core.database.read() as tx:
        found = accounts.load(tx, office[who].id)
    assert found is not None
    return found.state.value


def logged_in(office: Opened, who: str = "medecin") -> Browser:
    """Somebody of the cast, logged in by password."""
    browser = office.world.browser("192.0.2.99")
    browser.get("/login")
    browser.log_in(who)
    return browser


def test_an_account_is_disabled_with_a_reason_and_opened_again(office: Opened) -> None:
    person, browser = logged_in(office), office.enter("chu")
    browser.get(sheet(office, "medecin") + "/state?to=disabled")
    assert send(browser, "/state") == 422
    assert browser.page.select_one("#reason-error") is not None
    assert state(office, "medecin") == "active"
    assert send(browser, "/state", reason="Départ <b>à la retraite") == 200
    assert state(office, "medecin") == "disabled"
    person.get("/account")
    assert person.last.request.path.startswith("/login")
    browser.get(sheet(office, "medecin") + "/history")
    assert "Départ <b>à la retraite" in " ".join(texts(browser, ".row-about"))
    browser.get(sheet(office, "medecin") + "/state?to=active")
    assert send(browser, "/state", reason="Retour") == 200
    assert state(office, "medecin") == "active"


def test_nobody_decides_about_themselves(sqlite_office: Opened) -> None:
    browser = sqlite_office.enter("regionale")
    browser.get(sheet(sqlite_office, "regionale"))
    assert not browser.page.select("main a[href*='/state']")
    browser.get(sheet(sqlite_office, "regionale") + "/state?to=disabled")
    answer = browser.post(
        sheet(sqlite_office, "regionale") + "/state",
        {"csrf": csrf(browser), "to": "disabled", "reason": "x"},
    )
    assert answer.status_code == 403
    assert state(sqlite_office, "regionale") == "active"


@pytest.mark.parametrize(
    ("who", "shown", "hidden"),
    [
        ("assistance", {"/reset"}, {"/edit", "/state?to=disabled", "/sessions"}),
        ("auditrice", set(), {"/edit", "/reset", "/state?to=disabled", "/sessions"}),
        ("chu", {"/edit", "/reset", "/state?to=disabled"}, {"/roles"}),
    ],
)
def test_the_sheet_offers_what_a_role_may_do(
    sqlite_office: Opened, who: str, shown: set[str], hidden: set[str]
) -> None:
    browser = sqlite_office.enter(who)
    here = sheet(sqlite_office, "medecin")
    assert browser.get(here).status_code == 200
    offered = {str(one["href"]).removeprefix(here) for one in browser.page.select(".action-bar a")}
    assert shown <= offered
    assert not hidden & offered
    for ending in hidden:
        assert browser.get(here + ending).status_code == 403, ending


def test_cr_045_a_way_to_a_new_password_is_sent_and_never_shown(sqlite_office: Opened) -> None:
    browser = sqlite_office.enter("assistance")
    browser.get(sheet(sqlite_office, "medecin") + "/reset")
    assert send(browser, "/reset") == 200
    assert "done=" in str(browser.last.request.url)
    page = browser.last.get_data(as_text=True)
    assert "/password/new" not in page
    [event] = sqlite_office.world.events("account.reset")
    assert '"by"' in str(event.detail)


def test_wrong_tries_are_forgotten(sqlite_office: Opened) -> None:
    visitor = sqlite_office.world.browser("192.0.2.98")
    visitor.get("/login")
    for _ in range(3):
        visitor.log_in(password="wrong")
    browser = sqlite_office.enter("assistance")
    browser.get(sheet(sqlite_office, "medecin"))
    assert send(browser, "/unlock") == 200
    assert not browser.page.select("main form[action$='/unlock']")


def test_sessions_are_ended_one_or_all(sqlite_office: Opened) -> None:
    person, browser = logged_in(sqlite_office), sqlite_office.enter("chu")
    browser.get(sheet(sqlite_office, "medecin"))
    [link] = [str(one["href"]) for one in browser.page.select("main a[href*='?session=']")]
    browser.get(link)
    assert send(browser, "/sessions") == 200
    person.get("/account")
    assert person.last.request.path.startswith("/login")
    assert (
        browser.get(sheet(sqlite_office, "medecin") + "/sessions?session=none").status_code == 404
    )
    browser.get(sheet(sqlite_office, "medecin") + "/sessions")
    assert send(browser, "/sessions") == 200


def test_a_way_of_logging_in_is_taken_away(sqlite_office: Opened) -> None:
    world = sqlite_office.world
    with world.core.database.write() as tx:
        world.core.otp.enable(tx, sqlite_office["patient"].id)
    browser = sqlite_office.enter("chu")
    browser.get(sheet(sqlite_office, "patient"))
    links = [str(one["href"]) for one in browser.page.select("main a[href*='/means?']")]
    assert links
    browser.get(links[0])
    assert send(browser, "/means") == 200
    assert not browser.page.select("main a[href*='/means?kind=otp']")
    assert (
        browser.get(sheet(sqlite_office, "patient") + "/means?kind=password&key=").status_code
        == 404
    )


def test_a_role_is_given_and_taken_by_who_may(sqlite_office: Opened) -> None:
    browser = sqlite_office.enter("regionale")
    browser.get(sheet(sqlite_office, "medecin") + "/roles")
    offered = [str(one["value"]) for one in browser.page.select("[name=role]")]
    assert "super-administrator" not in offered
    assert send(browser, "/roles", role="establishment-administrator") == 409
    status = send(browser, "/roles", role="establishment-administrator", establishment=CHU)
    assert status == 200
    assert news(browser)
    their = sqlite_office.enter("medecin")
    their.get("/admin")
    assert "/admin/accounts" in menu(their)
    [link] = [str(one["href"]) for one in browser.page.select("main a[href*='/roles/take']")]
    browser.get(link)
    assert send(browser, "/take") == 200
    assert their.get("/admin").status_code == 403


def test_wb_016_a_role_above_ones_own_is_not_given(sqlite_office: Opened) -> None:
    browser = sqlite_office.enter("regionale")
    browser.get(sheet(sqlite_office, "medecin") + "/roles")
    assert send(browser, "/roles", role="super-administrator") == 403
    browser.get(sheet(sqlite_office, "regionale") + "/roles")
    assert not browser.page.select("[name=role]")


def test_se_006_a_role_is_given_by_who_has_just_proved_themselves(sqlite_office: Opened) -> None:
    browser = sqlite_office.enter("regionale")
    browser.get(sheet(sqlite_office, "medecin") + "/roles")
    token = csrf(browser)
    sqlite_office.world.clock.pass_by(1200)
    answer = browser.post(
        sheet(sqlite_office, "medecin") + "/roles", {"csrf": token, "role": "help-desk"}
    )
    assert answer.request.path.startswith("/login/")
    assert sqlite_office.world.events("role.given")[-1].account != sqlite_office["medecin"].id


def test_view_as_shows_what_they_see_and_opens_nothing(sqlite_office: Opened) -> None:
    browser = sqlite_office.enter("chu")
    before = len(sqlite_office.world.events("login.proved"))
    assert browser.get(sheet(sqlite_office, "medecin") + "/as").status_code == 200
    assert texts(browser, ".tile-name")
    [viewed] = sqlite_office.world.events("account.viewed")
    assert viewed.account == sqlite_office["medecin"].id
    assert sqlite_office["chu"].id in str(viewed.detail)
    assert texts(browser, ".menu-shown-title")
    links = [str(one["href"]) for one in browser.page.select("main a")]
    assert all(one.startswith("/admin") for one in links)
    assert not browser.page.select("main form")
    assert len(sqlite_office.world.events("login.proved")) == before
    browser.get("/account")
    assert "Paul Aubry" in browser.page.get_text()


def test_two_must_agree_where_four_eyes_are_on(sqlite_office: Opened) -> None:
    core = sqlite_office.world.core
    proposals = sqlite_office.world.provider.services.office.proposals
    object.__setattr__(proposals._rules, "four_eyes", True)
    first, second = sqlite_office.enter("regionale"), sqlite_office.enter("administrateur")
    first.get(sheet(sqlite_office, "medecin") + "/roles")
    assert send(first, "/roles", role="help-desk") == 200
    assert first.last.request.path == "/admin/proposals"
    assert not first.page.select("form[action$='/agree']")
    second.get("/admin/proposals")
    assert send(second, "/agree") == 200
    with core.database.read() as tx:
        authorities = sqlite_office.world.provider.services.office.authorities
        held = authorities.held_by(tx, sqlite_office["medecin"].id)
    assert held == (Held(Role.HELP_DESK),)
    second.get("/admin/proposals?show=decided")
    assert len(texts(second, "tbody tr")) == 1


def test_the_way_back_to_the_console_holds_no_line_of_a_header(sqlite_office: Opened) -> None:
    evil = "%0d%0aX-Evil:%201"
    clerk = sqlite_office.enter("regionale")
    sqlite_office.world.clock.pass_by(1200)
    core = sqlite_office.world.core
    # By somebody who is asked to prove themselves once more, and by somebody who is not there yet.
    for browser in (clerk, sqlite_office.world.browser()):
        browser.get(f"{PATH}/{sqlite_office['medecin'].id}/merge?with={evil}")
        journey = browser.last.request.path.rpartition("/")[2]
        with core.database.read() as tx:
            wished = core.journeys.find(tx, journey, browser.cookie("browser"))
        assert isinstance(wished, LoginRequest)
        assert "X-Evil" in str(wished.payload["page"])
        assert str(wished.payload["page"]).isprintable()


def test_wb_015_who_belongs_elsewhere_too_is_seen_and_not_changed(sqlite_office: Opened) -> None:
    world, here = sqlite_office.world, sheet(sqlite_office, "medecin")
    with world.core.database.write() as tx:
        world.core.establishments.join(tx, sqlite_office["medecin"].id, CLINIC, DESK)
    browser = sqlite_office.enter("chu")
    assert browser.get(here).status_code == 200
    assert "Clinique des Ormes" not in browser.page.get_text()
    assert not browser.page.select(".action-bar a")
    for ending in ("/edit", "/reset", "/state?to=disabled", "/sessions"):
        assert browser.get(here + ending).status_code == 403, ending
