# SPDX-License-Identifier: Apache-2.0
"""The authenticator app from the first scan to its end, as its owner goes about it."""

import pytest

from tests.functional.conftest import twin
from tests.functional.test_again import claims_of
from tests.functional.totp_kit import (
    CODES,
    NEW,
    Telephone,
    ask,
    bring_asking,
    enters,
    error,
    leave,
    log_in,
    messages,
    read_seed,
    set_up,
    shown_codes,
)
from tests.world import Browser, World

HOME = "/account/authenticator"
REMOVE = f"{HOME}/remove"


@pytest.fixture
def both(quick_world: World, monkeypatch: pytest.MonkeyPatch) -> World:
    """Both databases, with the applications that ask for a second factor."""
    return bring_asking(quick_world, monkeypatch)


@pytest.fixture
def one(quick: World, monkeypatch: pytest.MonkeyPatch) -> World:
    """SQLite alone."""
    return bring_asking(quick, monkeypatch)


def test_set_up_then_log_in_with_password_and_code(both: World):
    browser = log_in(both)
    telephone, codes = set_up(browser)
    assert len(set(codes)) == 10
    leave(browser)
    client = ask(browser)
    assert enters(browser, telephone.shows())
    answer = client.redeem(client.answered(browser.last)["code"])
    claims = claims_of(answer.json["id_token"])
    assert claims["acr"].endswith("2")
    assert set(claims["amr"]) == {"pwd", "otp", "mfa"}
    [added] = both.events("means.added")
    assert (added.account, added.means) == (both.cast["medecin"].id, "totp")
    assert added.address == "192.0.2.10"
    assert messages(both, "means-added") == ["c•••@chu.example"]
    assert [row.level for row in both.events("login.proved")] == [1, 1, 2]


def test_a_code_as_the_app_shows_it_is_taken(one: World):
    browser = log_in(one)
    telephone, _codes = set_up(browser)
    ask(browser)
    code = telephone.shows()
    assert enters(browser, f" {code[:3]} {code[3:]} ")


def test_a_wrong_code_says_so_and_asks_again(one: World):
    browser = log_in(one)
    telephone, _codes = set_up(browser)
    ask(browser)
    assert not enters(browser, telephone.shows(5))
    assert error(browser)
    assert browser.page.find(id="code")["aria-invalid"] == "true"
    assert not browser.page.find(id="code")["value"]
    assert enters(browser, telephone.shows())


def test_nothing_counts_before_it_is_confirmed(one: World):
    browser = log_in(one)
    browser.get(NEW)
    telephone = Telephone(one, read_seed(browser))
    browser.submit(NEW, code=telephone.shows(7), name="Mon téléphone")
    assert error(browser)
    assert browser.page.find(id="name")["value"] == "Mon téléphone"
    # It is still the same picture: the app has scanned it.
    assert read_seed(browser) == telephone.seed
    leave(browser)
    ask(browser)
    assert not browser.page.find(id="code")
    assert browser.page.select_one("main .notice-warning")
    assert not one.events("means.added")


def test_the_picture_stays_while_the_page_is_loaded_again_and_goes_with_time(one: World):
    browser = log_in(one)
    browser.get(NEW)
    seed = read_seed(browser)
    browser.get(NEW)
    assert read_seed(browser) == seed
    one.clock.pass_by(299)
    browser.get(NEW)
    assert read_seed(browser) == seed
    one.clock.pass_by(601)
    code = Telephone(one, seed).shows()
    url, fields = browser.form(NEW)
    browser.get(NEW)
    browser.log_in()
    # It stood open for too long: the old seed counts no more, and a new one is shown.
    browser.post(url, fields | {"code": code})
    assert read_seed(browser) != seed
    assert not one.events("means.added")


def test_the_page_of_the_app_says_what_there_is(one: World):
    browser = log_in(one)
    browser.get(HOME)
    assert browser.page.find("a", href=NEW)
    set_up(browser, "<b>Téléphone</b> d’Anaïs")
    browser.get(HOME)
    facts = [one.text for one in browser.page.select(".fact dd")]
    assert facts[0] == "<b>Téléphone</b> d’Anaïs"
    assert browser.page.find("a", href=REMOVE)
    assert "10" in browser.page.find("section", attrs={"aria-labelledby": "codes-title"}).text


@pytest.mark.parametrize(
    ("typed", "kept"),
    [("", "My telephone"), ("  ", "My telephone"), ("x" * 200, "x" * 64), ("a\x00b\n", "a�b")],
)
def test_a_name_is_optional_and_bounded(one: World, typed: str, kept: str):
    browser = log_in(one, **{"Accept-Language": "en"})
    set_up(browser, typed)
    browser.get(HOME)
    assert browser.page.select_one(".fact dd").text == kept


def test_another_telephone_takes_the_place_of_the_first(both: World):
    browser = log_in(both)
    old, codes = set_up(browser)
    ask(browser)
    assert enters(browser, old.shows())
    browser.get(NEW)
    new = Telephone(both, read_seed(browser))
    assert new.seed != old.seed
    browser.submit(NEW, code=new.shows(), name="Le neuf")
    assert not shown_codes(browser)
    assert browser.page.select_one(".notice-success")
    both.clock.pass_by(30)
    leave(browser)
    ask(browser)
    assert not enters(browser, old.shows())
    assert enters(browser, new.shows())
    # The codes on paper are the person's, not the telephone's.
    leave(browser)
    ask(browser)
    assert enters(browser, codes[0], "paper")
    assert messages(both, "means-added") == ["c•••@chu.example"] * 2


def proved(world: World) -> tuple[Browser, Telephone, list[str]]:
    """Claire, who has just given both factors."""
    browser = log_in(world)
    telephone, codes = set_up(browser)
    ask(browser)
    assert enters(browser, telephone.shows())
    return browser, telephone, codes


def test_removing_the_last_strong_means_says_what_closes_and_needs_a_word(both: World):
    browser, telephone, codes = proved(both)
    browser.get(REMOVE)
    assert [item.text for item in browser.page.select(".plain-list li")] == ["STRONGLY"]
    browser.submit(REMOVE, sure="")
    assert browser.page.select_one("#sure-error")
    assert not both.events("means.removed")
    browser.submit(REMOVE, sure="yes")
    assert browser.page.select_one(".notice-success")
    assert browser.page.find("a", href=NEW)
    [removed] = both.events("means.removed")
    assert (removed.account, removed.means) == (both.cast["medecin"].id, "totp")
    assert messages(both, "means-removed") == ["c•••@chu.example"]
    leave(browser)
    ask(browser)
    assert not browser.page.find(id="code")
    # Neither the code nor the paper opens anything, not even by the address of the form.
    address = browser.last.request.path.removesuffix("/password")
    csrf = browser.page.find("input", attrs={"name": "csrf"})["value"]
    both.clock.pass_by(30)
    for field, value in (("code", telephone.shows()), ("paper", codes[0])):
        response = browser.request("POST", f"{address}/totp", data={"csrf": csrf, field: value})
        assert response.status_code == 200
    assert not [row for row in both.events("login.proved") if row.level == 2][1:]


def test_with_another_strong_means_no_word_is_needed(levels: World):
    """The doubles need no setting up: everybody has them."""
    browser = levels.browser()
    client = levels.client("two")
    client.ask(browser)
    claire = levels.cast["medecin"].id
    browser.submit("/pin", account=claire, code=claire[::-1])
    set_up(browser)
    browser.get(REMOVE)
    assert not browser.page.find("input", attrs={"name": "sure"})
    assert not browser.page.select(".plain-list li")
    browser.submit(REMOVE)
    assert browser.page.select_one(".notice-success")
    assert levels.events("means.removed")


def test_a_second_tab_finds_it_gone(one: World):
    browser, _telephone, _codes = proved(one)
    browser.get(REMOVE)
    url, fields = browser.form(REMOVE)
    browser.post(url, fields | {"sure": "yes"})
    browser.post(url, fields | {"sure": "yes"})
    assert browser.last.request.path == HOME
    assert len(one.events("means.removed")) == 1
    assert len(messages(one, "means-removed")) == 1


def test_two_confirmations_of_one_seed_make_one_app(one: World):
    browser = log_in(one)
    browser.get(NEW)
    telephone = Telephone(one, read_seed(browser))
    url, fields = browser.form(NEW)
    browser.post(url, fields | {"code": telephone.shows()})
    codes = shown_codes(browser)
    browser.post(url, fields | {"code": telephone.shows()})
    assert len(one.events("means.added")) == 1
    browser.get(CODES)
    assert shown_codes(browser) == codes


def test_somebody_without_an_address_is_told_nothing_and_sets_up_all_the_same(one: World):
    with one.core.database.write() as tx:
        tx.exec_driver_sql("UPDATE accounts SET email = ''")
    set_up(log_in(one))
    assert messages(one, "means-added") == []


def test_a_stranger_is_asked_to_log_in_and_arrives(one: World):
    for path in (HOME, NEW, REMOVE, CODES):
        browser = one.browser()
        browser.get(path)
        browser.log_in()
        # Without an app there is nothing to remove and nothing to stand in for.
        assert browser.last.request.path in {path, HOME}


def test_another_browser_s_cookies_open_nothing_new(one: World):
    """A stolen session without a fresh proof shows neither seed nor codes."""
    browser, _telephone, _codes = proved(one)
    thief = twin(browser, "session")
    one.clock.pass_by(301)
    for path in (NEW, REMOVE, CODES, f"{CODES}/file"):
        thief.get(path)
        assert thief.page.find(id="password"), path
        assert not thief.page.find(id="seed")
        assert not shown_codes(thief)


def test_the_means_is_offered_beside_the_password(one: World):
    browser, telephone, _codes = proved(one)
    leave(browser)
    client = one.client("either")
    client.ask(browser)
    address = browser.form("/password")[0].partition("/password")[0]
    browser.get(f"{address}?means=totp")
    browser.log_in()
    one.clock.pass_by(30)
    browser.submit("/totp", code=telephone.shows())
    answer = client.redeem(client.answered(browser.last)["code"])
    assert claims_of(answer.json["id_token"])["acr"].endswith("2")
