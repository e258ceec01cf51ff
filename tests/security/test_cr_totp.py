# SPDX-License-Identifier: Apache-2.0
"""The second factor under attack: guessing, replay, races, ways around it, what is stored."""

import logging

import pytest
from sqlalchemy import inspect, text

from idp.credentials import totp
from idp.credentials.pending import DRIFT, LIFE
from tests.cast import PASSWORD, PEOPLE
from tests.functional.conftest import make_quick
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
    opened,
    read_seed,
    set_up,
    shown_codes,
)
from tests.world import START, Browser, World

HOME = "/account/authenticator"
ENGLISH = {"Accept-Language": "en"}


@pytest.fixture
def both(world: World, monkeypatch: pytest.MonkeyPatch) -> World:
    """Both databases."""
    return bring_asking(make_quick(world), monkeypatch)


@pytest.fixture
def one(sqlite_world: World, monkeypatch: pytest.MonkeyPatch) -> World:
    """SQLite alone."""
    return bring_asking(make_quick(sqlite_world), monkeypatch)


def wrong(telephone: Telephone) -> str:
    """Six digits that the app does not show now, nor about now."""
    near = {telephone.shows(ahead) for ahead in range(-3, 4)}
    return next(code for code in ("111111", "222222", "333333") if code not in near)


def at_the_code(world: World, **where: str) -> Browser:
    """A fresh browser in which the right password was given, at the field for the code."""
    browser = world.browser(**where)
    ask(browser)
    assert browser.page.find(id="code")
    return browser


def test_cr_002_guesses_are_counted_across_browsers_journeys_sessions_and_addresses(one: World):
    """The guesser has the password: as many browsers as they like are no as many counters."""
    telephone, _codes = set_up(log_in(one))
    for number in range(25):
        browser = at_the_code(one, address=f"203.0.113.{number}")
        assert not enters(browser, wrong(telephone))
        one.clock.pass_by(30)
    one.clock.pass_by(3600)
    browser = at_the_code(one, address="203.0.113.200")
    # 25 a day and not one more: the right one is not even judged.
    assert not enters(browser, telephone.shows())
    assert list(opened(one, 2)) == []
    one.clock.pass_by(86_400)
    assert enters(at_the_code(one), telephone.shows())


def test_cr_002_no_new_start_for_a_new_login_in_the_same_browser(one: World):
    telephone, _codes = set_up(log_in(one))
    browser = at_the_code(one, **ENGLISH)
    for _try in range(5):
        assert not enters(browser, wrong(telephone))
        leave(browser)
        ask(browser)
    assert not enters(browser, telephone.shows())
    assert "paused until" in error(browser)


def test_cr_002_the_owner_s_browser_is_not_locked_by_a_guesser_elsewhere(one: World):
    """CR-012: where both factors were proved before, tries are counted apart."""
    owner = log_in(one)
    telephone, _codes = set_up(owner)
    ask(owner)
    assert enters(owner, telephone.shows())
    leave(owner)
    thief = at_the_code(one, address="203.0.113.9")
    for _try in range(6):
        enters(thief, wrong(telephone))
    one.clock.pass_by(30)
    ask(owner)
    assert enters(owner, telephone.shows())


def test_cr_002_a_browser_known_by_the_password_alone_is_no_known_one(one: World):
    owner = log_in(one)
    telephone, _codes = set_up(owner)
    for _login in range(3):
        leave(owner)
        ask(owner)
    thief = at_the_code(one, address="203.0.113.9")
    for _try in range(6):
        enters(thief, wrong(telephone))
    assert not enters(owner, telephone.shows())


def test_cr_004_a_code_is_good_for_one_login(one: World):
    browser = log_in(one)
    telephone, _codes = set_up(browser)
    ask(browser)
    code = telephone.shows()
    assert enters(browser, code)
    for again in (code, f" {code} ", f"{code[:3]} {code[3:]}"):
        assert not enters(at_the_code(one), again)
    one.clock.pass_by(30)
    # Within the window still, and used up all the same.
    assert not enters(at_the_code(one), code)
    assert enters(at_the_code(one), telephone.shows())


def test_cr_004_the_code_that_confirmed_the_app_is_used_up(one: World):
    browser = log_in(one)
    browser.get(NEW)
    telephone = Telephone(one, read_seed(browser))
    code = telephone.shows()
    browser.submit(NEW, code=code)
    assert shown_codes(browser)
    assert not enters(at_the_code(one), code)


def test_cr_008_a_code_of_the_step_before_the_last_is_refused(one: World):
    browser = log_in(one)
    telephone, _codes = set_up(browser)
    older = telephone.shows(-1)
    one.clock.pass_by(30)
    newest = telephone.shows(1)
    assert enters(at_the_code(one), newest)
    assert not enters(at_the_code(one), older)
    assert not enters(at_the_code(one), telephone.shows())


@pytest.mark.parametrize("back", [30, 7200, 365 * 86_400])
def test_cr_008_rl_009_a_clock_set_back_brings_no_code_back(one: World, back: int):
    telephone, _codes = set_up(log_in(one))
    seen = telephone.shows()
    assert enters(at_the_code(one), seen)
    with one.core.database.read() as tx:
        claire = {"account": one.cast["medecin"].id}
        step = tx.execute(totp.LOAD, claire).one().last_step
    one.clock.pass_by(-back)
    browser = at_the_code(one)
    assert not enters(browser, telephone.shows())
    assert not enters(browser, seen)
    with one.core.database.read() as tx:
        assert tx.execute(totp.LOAD, claire).one().last_step == step


def test_rl_009_a_seed_that_ended_does_not_come_back_with_the_clock(one: World):
    browser = log_in(one)
    browser.get(NEW)
    seed = read_seed(browser)
    one.clock.pass_by(LIFE - 1)
    core = one.core
    [session] = opened(one, 1)
    claire = one.cast["medecin"].id

    def kept() -> str | None:
        with core.database.read() as tx:
            return core.pending.find(tx, "totp", session, claire)

    assert kept() == seed
    one.clock.pass_by(1)
    assert kept() is None
    one.clock.at = START - DRIFT
    assert kept() == seed
    one.clock.at = START - DRIFT - 1
    assert kept() is None


def post(browser: Browser, path: str, **fields: str) -> None:
    """A form sent straight to an address, with the token of this browser."""
    csrf = browser.world.core.forms.token(browser.cookie("browser"))
    browser.post(path, {"csrf": csrf, **fields})


def test_cr_009_whoever_has_only_the_password_cannot_set_up_another_app(one: World):
    set_up(log_in(one))
    thief = log_in(one, address="203.0.113.9")
    for path in (NEW, f"{HOME}/remove", CODES, f"{CODES}/file"):
        thief.get(path)
        assert thief.page.find(id="code"), path
        assert not thief.page.find(id="seed")
    for path in (NEW, f"{HOME}/remove", f"{CODES}/renew"):
        post(thief, path, code="000000", sure="yes")
        assert thief.page.find(id="code"), path
    assert len(one.events("means.added")) == 1
    assert not one.events("means.removed")
    assert len(one.events("recovery.renewed")) == 1


def test_cr_009_an_app_begun_before_another_means_was_there_is_not_confirmed_after(one: World):
    """The guesser's page stood open when the owner set theirs up."""
    thief = log_in(one, address="203.0.113.9")
    thief.get(NEW)
    stolen = Telephone(one, read_seed(thief))
    url, fields = thief.form(NEW)
    set_up(log_in(one))
    thief.post(url, fields | {"code": stolen.shows()})
    assert thief.page.find(id="code")
    assert len(one.events("means.added")) == 1


def test_cr_009_a_seed_that_another_session_saw_is_not_offered(one: World):
    """Else a thief who has the password would know what the owner then confirms."""
    thief = log_in(one, address="203.0.113.9")
    thief.get(NEW)
    owner = log_in(one)
    owner.get(NEW)
    assert read_seed(owner) != read_seed(thief)


def test_cr_009_a_first_app_needs_a_fresh_password(one: World):
    browser = log_in(one)
    browser.get(NEW)
    code = Telephone(one, read_seed(browser)).shows(10)
    url, fields = browser.form(NEW)
    one.clock.pass_by(301)
    for answer in (browser.get(NEW), browser.post(url, fields | {"code": code})):
        assert answer.status_code == 200
        assert browser.page.find(id="password")
    assert not one.events("means.added")


def test_cr_009_the_form_of_the_code_does_nothing_without_the_password(one: World):
    telephone, codes = set_up(log_in(one))
    browser = one.browser()
    one.client("strongly").ask(browser)
    journey = browser.form("/password")[0].partition("/password")[0]
    for fields in ({"code": telephone.shows()}, {"paper": codes[0]}, {"way": "paper"}):
        post(browser, f"{journey}/totp", identifier=PEOPLE["medecin"].identifier, **fields)
        assert browser.page.find(id="password")
    assert browser.cookie("session") == ""
    assert not one.events("recovery.used")
    assert enters(at_the_code(one), telephone.shows())


def test_cr_009_one_person_s_code_is_nobody_else_s(one: World):
    telephone, codes = set_up(log_in(one))
    set_up(log_in(one, "infirmiere"))
    nurse = one.browser()
    one.client("strongly").ask(nurse)
    nurse.log_in("infirmiere")
    assert not enters(nurse, telephone.shows())
    assert not enters(nurse, codes[0], "paper")
    assert not one.events("recovery.used")


def everything_stored(world: World) -> str:
    """All that is in the database, as text."""
    with world.core.database.read() as tx:
        names = inspect(tx).get_table_names()
        rows = [tuple(row) for name in names for row in tx.execute(text(f'SELECT * FROM "{name}"'))]
    return repr(rows)


def test_cr_010_neither_seed_nor_codes_are_in_the_database_or_the_log(
    both: World, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
):
    caplog.set_level(logging.DEBUG)
    browser = log_in(both)
    browser.get(NEW)
    telephone = Telephone(both, read_seed(browser))
    pending = everything_stored(both)
    browser.submit(NEW, code=telephone.shows())
    codes = shown_codes(browser)
    shown = everything_stored(both)
    both.clock.pass_by(30)
    ask(browser)
    assert not enters(browser, "123123")
    assert not enters(browser, "ACDEF-HJKMN-PRTWX", "paper")
    assert enters(browser, codes[0], "paper")
    told = pending + shown + everything_stored(both)
    told += caplog.text + "".join(capsys.readouterr())
    secrets = [telephone.seed, *codes, "123123", "ACDEF-HJKMN", "ACDEFHJKMN"]
    for secret in secrets + [code.replace("-", "") for code in codes]:
        assert secret not in told


def test_cr_010_a_seed_moved_to_another_account_does_not_open(one: World):
    """Whoever may only write to the database gains no factor."""
    mine, _codes = set_up(log_in(one, "infirmiere"))
    set_up(log_in(one))
    with one.core.database.write() as tx:
        found = text("SELECT secret FROM totp WHERE account_id = :account")
        secret = tx.execute(found, {"account": one.cast["infirmiere"].id}).scalar_one()
        change = text("UPDATE totp SET secret = :secret WHERE account_id = :account")
        tx.execute(change, {"secret": secret, "account": one.cast["medecin"].id})
    browser = at_the_code(one)
    browser.submit("/totp", code=mine.shows())
    assert browser.problem == "server-error"
    assert list(opened(one, 2)) == []


def test_cr_015_a_password_between_guesses_resets_only_the_password(one: World):
    telephone, _codes = set_up(log_in(one))
    browser = one.browser(**ENGLISH)
    for _try in range(5):
        ask(browser)
        assert not enters(browser, wrong(telephone))
        # A whole new login with the password alone.
        leave(browser)
        one.client("plain").ask(browser)
        assert browser.log_in().status_code == 303
        leave(browser)
    ask(browser)
    assert not enters(browser, telephone.shows())
    assert "paused until" in error(browser)


def test_cr_015_wrong_codes_do_not_count_against_the_password(one: World):
    telephone, _codes = set_up(log_in(one))
    browser = at_the_code(one)
    for _try in range(8):
        enters(browser, wrong(telephone))
    leave(browser)
    one.client("plain").ask(browser)
    identifier = PEOPLE["medecin"].identifier
    response = browser.submit("/password", identifier=identifier, password=PASSWORD)
    assert response.status_code == 303


def test_cr_050_setting_up_renewing_and_removing_are_told_in_the_same_transaction(
    one: World, monkeypatch: pytest.MonkeyPatch
):
    browser = log_in(one)
    browser.get(NEW)
    telephone = Telephone(one, read_seed(browser))
    with monkeypatch.context() as patch:
        patch.setattr(type(one.core.outbox), "put", lambda *_: 1 // 0)
        browser.submit(NEW, code=telephone.shows())
        assert browser.problem == "server-error"
    with one.core.database.read() as tx:
        assert totp.find(tx, one.cast["medecin"].id) is None
    assert not one.events("means.added")
    browser.get(NEW)
    assert read_seed(browser) == telephone.seed
    browser.submit(NEW, code=telephone.shows())
    assert shown_codes(browser)
    assert messages(one, "means-added") == ["c•••@chu.example"]
