# SPDX-License-Identifier: Apache-2.0
"""Wrong tries: one page for everybody, counted, told only to who has it right."""

import re

from tests.cast import PASSWORD, PEOPLE
from tests.world import Browser, World


def ask(world: World, key: str = "plain", **where: str) -> Browser:
    """A browser before the form."""
    browser = world.browser(**where)
    world.client(key).ask(browser)
    return browser


def attempt(browser: Browser, identifier: str, password: str) -> None:
    browser.submit("/password", identifier=identifier, password=password)


def neutral(browser: Browser, identifier: str) -> str:
    """The page without what differs from one journey to the next."""
    page = browser.last.get_data(as_text=True)
    page = page.replace(f'value="{identifier}"', 'value="typed"')
    page = re.sub(r'name="csrf" value="[0-9a-f]+"', "", page)
    return re.sub(r"(/login/|\?from=)[\w-]{22}", r"\1journey", page)


def headers(browser: Browser) -> list[tuple[str, str]]:
    return [(name, value) for name, value in browser.last.headers if name != "Content-Length"]


def test_cr_030_known_and_unknown_names_give_the_same_page(world):
    pages = {}
    for identifier in ("cdurand", "nobody-at-all", "lpetit", "odile@region.example", "x" * 300):
        browser = ask(world)
        attempt(browser, identifier, "wrong")
        assert browser.last.status_code == 200
        assert browser.page.find(id="form-error")
        pages[identifier] = (neutral(browser, identifier[:256]), headers(browser))
    assert len(pages) == 5
    first = pages.pop("cdurand")
    for identifier, page in pages.items():
        assert page == first, identifier


def test_cr_030_an_account_without_password_looks_like_any(quick: World):
    with quick.core.database.write() as tx:
        tx.exec_driver_sql("DELETE FROM passwords")
    browser = ask(quick)
    attempt(browser, "cdurand", PASSWORD)
    other = ask(quick)
    attempt(other, "nobody", PASSWORD)
    assert neutral(browser, "cdurand") == neutral(other, "nobody")


def test_cr_030_a_lock_is_not_told_to_who_has_it_wrong(quick: World):
    pages = []
    for identifier, address in (("cdurand", "203.0.113.8"), ("nobody", "203.0.113.9")):
        browser = ask(quick, address=address)
        for _ in range(28):
            attempt(browser, identifier, "wrong")
            assert browser.last.status_code == 200
            pages.append(neutral(browser, identifier))
    assert len(set(pages)) == 1


def test_cr_031_every_try_costs_one_check_whoever_it_names(quick: World):
    """Known, unknown, closed, locked and exhausted: the same work, so the same time."""
    hashing = quick.core.passwords._hashing
    for last, identifier in enumerate(("cdurand", "nobody", "lpetit")):
        browser = ask(quick, address=f"203.0.113.{last}")
        for number in range(28):
            before = hashing.asked
            attempt(browser, identifier, "wrong")
            assert hashing.asked == before + 1, (identifier, number)


def test_the_delay_is_told_only_after_a_right_password(quick_world):
    world = quick_world
    thief, owner = ask(world, address="203.0.113.9"), ask(world)
    for _ in range(6):
        attempt(thief, "cdurand", "wrong")
        assert thief.last.status_code == 200
    owner.log_in()
    assert owner.last.status_code == 429
    assert owner.last.headers["Retry-After"] == "60"
    notice = owner.page.find(id="form-error")
    assert notice is not None
    assert re.search(r"\d\d:\d\d", notice.text)
    assert owner.cookie("session") == ""
    world.clock.pass_by(60)
    assert owner.log_in().status_code == 303


def test_a_right_password_during_the_delay_is_no_failure(quick: World):
    thief, owner = ask(quick, address="203.0.113.9"), ask(quick)
    for _ in range(5):
        attempt(thief, "cdurand", "wrong")
    for _ in range(30):
        owner.log_in()
        assert owner.last.status_code == 429
    quick.clock.pass_by(60)
    assert owner.log_in().status_code == 303


def test_cr_011_every_spelling_of_a_name_has_one_counter(quick: World):
    spellings = ["cdurand", "CDURAND", " cdurand", "ｃdurand", "claire.durand@CHU.example"]
    for spelling in spellings:
        attempt(ask(quick, address="203.0.113.9"), spelling, "wrong")
    owner = ask(quick)
    owner.log_in()
    assert owner.last.status_code == 429


def test_cr_011_the_counter_outlives_journeys_browsers_and_addresses(quick: World):
    for number in range(5):
        attempt(ask(quick, address=f"203.0.113.{number}"), "cdurand", "wrong")
    owner = ask(quick)
    owner.log_in()
    assert owner.last.status_code == 429


def test_cr_012_the_owner_enters_from_a_known_browser_whatever_others_do(quick_world):
    world = quick_world
    owner = ask(world)
    owner.log_in()
    owner.get("/logout")
    owner.submit("/logout")
    for day in range(5):
        thief = ask(world, address=f"203.0.113.{day}")
        for _ in range(26):
            attempt(thief, "cdurand", "wrong")
        world.clock.pass_by(86_400)
    world.client("plain").ask(owner)
    assert owner.log_in().status_code == 303
    # From elsewhere nobody gets in any more, and nobody learns why.
    stranger = ask(world)
    stranger.log_in()
    assert stranger.last.status_code == 200
    assert stranger.page.find(id="form-error")


def test_cr_012_a_busy_address_does_not_lock_out_a_known_browser(quick: World):
    owner = ask(quick)
    owner.log_in()
    owner.get("/logout")
    owner.submit("/logout")
    for number in range(52):
        attempt(ask(quick), f"nobody-{number}", "wrong")
    colleague = ask(quick)
    colleague.log_in("infirmiere")
    assert colleague.last.status_code == 429
    quick.client("plain").ask(owner)
    assert owner.log_in().status_code == 303


def test_cr_012_a_known_browser_has_its_own_counter(quick: World):
    owner = ask(quick)
    owner.log_in()
    owner.get("/logout")
    owner.submit("/logout")
    quick.client("plain").ask(owner)
    for _ in range(5):
        attempt(owner, "cdurand", "wrong")
    owner.log_in()
    assert owner.last.status_code == 429
    elsewhere = ask(quick)
    assert elsewhere.log_in().status_code == 303


def test_cr_012_a_browser_that_knows_one_account_is_a_stranger_to_another(quick: World):
    browser = ask(quick)
    browser.log_in("infirmiere")
    browser.get("/logout")
    browser.submit("/logout")
    quick.client("plain").ask(browser)
    for _ in range(5):
        attempt(browser, "cdurand", "wrong")
    elsewhere = ask(quick)
    elsewhere.log_in()
    assert elsewhere.last.status_code == 429


def test_cr_013_one_address_that_tries_many_names_has_to_wait(quick: World):
    browser = ask(quick, address="203.0.113.9")
    for number in range(50):
        attempt(browser, f"name-{number}", "Printemps2026!")
        assert browser.last.status_code == 200
    attempt(browser, "name-50", "Printemps2026!")
    assert browser.last.status_code == 429
    assert browser.last.headers["Retry-After"] == "60"
    elsewhere = ask(quick)
    assert elsewhere.log_in().status_code == 303


def test_wb_032_an_ipv6_network_is_one_address(quick: World):
    for number in range(51):
        browser = ask(quick, address=f"2001:db8:0:1::{number:x}")
        attempt(browser, f"name-{number}", "Printemps2026!")
    assert browser.last.status_code == 429


def test_cr_015_an_own_login_between_guesses_resets_nothing_else(quick: World):
    for _ in range(6):
        thief = ask(quick, address="203.0.113.9")
        attempt(thief, "cdurand", "wrong")
        thief.log_in("infirmiere")
        assert thief.cookie("session")
    owner = ask(quick)
    owner.log_in()
    assert owner.last.status_code == 429


def test_cr_015_own_logins_do_not_free_an_address(quick: World):
    for number in range(60):
        thief = ask(quick, address="203.0.113.9")
        if number % 6 == 5:
            thief.log_in("infirmiere")
            assert thief.cookie("session")
        attempt_as_new = ask(quick, address="203.0.113.9")
        attempt(attempt_as_new, f"name-{number}", "Printemps2026!")
        if attempt_as_new.last.status_code == 429:
            assert number == 50
            return
    raise AssertionError("the address never had to wait")


def test_a_renewed_password_opens_a_means_that_guessing_closed(quick: World):
    thief = ask(quick, address="203.0.113.9")
    for _ in range(26):
        attempt(thief, "cdurand", "wrong")
    owner = ask(quick)
    owner.log_in()
    assert owner.last.status_code == 200
    core, claire = quick.core, quick.cast["medecin"].id
    with core.database.write() as tx:
        core.passwords.put(tx, claire, core.passwords.hashed("Un tout autre mot de passe"))
    attempt(owner, "cdurand", "Un tout autre mot de passe")
    assert owner.last.status_code == 303


def test_every_failure_is_in_the_audit_without_what_was_typed(quick: World):
    browser = ask(quick)
    attempt(browser, "cdurand", "typed-secret-1")
    attempt(browser, "a name nobody has", "typed-secret-2")
    attempt(browser, "cdurand", "")
    told = quick.events("login.failed")
    assert [(row.account, row.outcome) for row in told] == [
        (quick.cast["medecin"].id, "refused"),
        (None, "refused"),
        (quick.cast["medecin"].id, "refused"),
    ]
    everything = repr([tuple(row) for row in told])
    for secret in ("typed-secret", "a name nobody has"):
        assert secret not in everything
    assert PEOPLE["medecin"].identifier not in everything


def test_what_was_typed_as_identifier_stays_and_is_escaped(quick: World):
    browser = ask(quick)
    attempt(browser, '"><script>alert(1)</script>', "wrong")
    assert browser.page.find(id="identifier")["value"] == '"><script>alert(1)</script>'
    assert "<script>alert(1)" not in browser.last.get_data(as_text=True)
    assert not browser.page.find(id="password").get("value")
