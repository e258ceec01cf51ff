# SPDX-License-Identifier: Apache-2.0
"""ASVS 7.4.3: who gives up or replaces what they log in with may end what goes on elsewhere."""

import pytest

from connectors.base import Level
from connectors.ports import NewPasskey
from idp.credentials import devices
from idp.origin import Origin
from tests.codes import bring_codes, give_addresses
from tests.functional.account_kit import ENGLISH, alive, is_in, told
from tests.functional.totp_kit import NEW as NEW_APP
from tests.functional.totp_kit import Telephone, read_seed
from tests.protocol.kit import seed_session
from tests.world import Browser, World

HERE = Origin("192.0.2.10", "", "")
APP, CODES = "/account/authenticator", "/account/contact/otp"
ENDED = "Your other sessions have ended."
WAYS = ["app", "another app", "passkey", "codes"]


def enter(world: World) -> Browser:
    """Claire, who has just given two factors, with every means there is."""
    core, claire = world.core, world.cast["medecin"].id
    bring_codes(world)
    key = NewPasskey(b"challenge" * 4, b"credential" * 4, b"public key", 0, (), "", backed_up=False)
    with core.database.write() as tx:
        core.authenticators.put(tx, claire, core.authenticators.new_seed(), "App", 0, HERE)
        core.passkeys.add(tx, claire, key, "Bureau", HERE)
    browser = world.browser(**ENGLISH)
    seed_session(world, browser, level=Level.TWO_FACTORS, means="totp")
    return browser


def open_page(browser: Browser, way: str) -> None:
    """The page where it is given up or replaced."""
    if way == "passkey":
        browser.get("/account/passkeys")
        browser.get(str(browser.page.select_one("a[href$='/remove']")["href"]))
    else:
        browser.get({"app": f"{APP}/remove", "another app": NEW_APP, "codes": CODES}[way])


def give_up(browser: Browser, way: str, others: str) -> None:
    values = {"others": others} if browser.page.select("input[name=others]") else {}
    if way == "another app":
        values |= {"code": Telephone(browser.world, read_seed(browser)).shows(), "name": "Autre"}
    elif way == "codes":
        values["answer"] = "off"
    url, fields = browser.form("/account/")
    browser.post(url, fields | values)
    assert told(browser)


@pytest.mark.parametrize("way", WAYS)
def test_what_goes_on_elsewhere_ends_where_it_is_wished(quick_world: World, way: str):
    core, claire = quick_world.core, quick_world.cast["medecin"].id
    browser, elsewhere = enter(quick_world), quick_world.browser("198.51.100.9")
    client = quick_world.client("plain")
    tokens = client.tokens(elsewhere)
    assert alive(client, tokens) >= {"userinfo", "introspection"}
    device = core.lookup.hash(elsewhere.cookie("device"))
    open_page(browser, way)
    # Offered, and ticked beforehand: whoever has lost a telephone need not think of it.
    assert browser.page.select_one("input[name=others]").has_attr("checked")
    give_up(browser, way, "yes")
    assert told(browser).endswith(ENDED)
    assert is_in(browser)
    assert not is_in(elsewhere)
    assert alive(client, tokens) == set()
    with core.database.read() as tx:
        # CR-038: it is no longer counted as a browser of hers.
        assert not devices.is_known(tx, claire, device)
    (event,) = quick_world.events("session.ended")
    assert '"why":"means-' in event.detail
    browser.get("/account/history")
    assert "a means to log in was removed or replaced" in browser.page.get_text()


@pytest.mark.parametrize("way", WAYS)
def test_it_goes_on_where_the_box_is_emptied(quick: World, way: str):
    browser, elsewhere = enter(quick), quick.browser("198.51.100.9")
    client = quick.client("plain")
    tokens = client.tokens(elsewhere)
    open_page(browser, way)
    give_up(browser, way, "")
    assert ENDED not in told(browser)
    assert is_in(elsewhere)
    assert "userinfo" in alive(client, tokens)


@pytest.mark.parametrize("way", WAYS)
def test_nothing_is_offered_where_there_is_nothing_to_end(quick: World, way: str):
    browser = enter(quick)
    open_page(browser, way)
    assert not browser.page.select("input[name=others]")
    give_up(browser, way, "yes")
    assert ENDED not in told(browser)


def test_a_first_app_replaces_nothing(quick: World):
    browser, elsewhere = quick.browser(), quick.browser()
    for one in (browser, elsewhere):
        seed_session(quick, one)
    browser.get(NEW_APP)
    assert not browser.page.select("input[name=others]")
    url, fields = browser.form(NEW_APP)
    code = Telephone(quick, read_seed(browser)).shows()
    browser.post(url, fields | {"code": code, "others": "yes"})
    assert is_in(elsewhere)


def test_codes_as_the_last_strong_means_are_not_switched_off_by_mistake(quick_world: World):
    # Of a professional there is the card as well.
    give_addresses(quick_world, "administrateur", email="odile@region.example")
    with quick_world.core.database.write() as tx:
        quick_world.core.otp.enable(tx, quick_world.cast["administrateur"].id)
    browser = quick_world.browser()
    seed_session(quick_world, browser, "administrateur", Level.TWO_FACTORS, "otp")
    browser.get(CODES)
    assert browser.page.find(id="sure")
    browser.submit(CODES, answer="off", sure="")
    assert browser.page.select_one("#sure-error")
    assert not quick_world.events("otp.disabled")
    browser.submit(CODES, answer="off", sure="yes")
    assert quick_world.events("otp.disabled")


def test_with_another_strong_means_no_word_is_needed(quick: World):
    browser = enter(quick)
    browser.get(CODES)
    assert not browser.page.find(id="sure")
    browser.submit(CODES, answer="off")
    assert quick.events("otp.disabled")


def test_a_form_sent_twice_ends_nothing_the_second_time(quick: World):
    browser = enter(quick)
    elsewhere = quick.browser("198.51.100.9")
    seed_session(quick, elsewhere)
    browser.get(CODES)
    url, fields = browser.form(CODES)
    browser.post(url, fields | {"answer": "off"})
    assert not is_in(elsewhere)
    seed_session(quick, elsewhere)
    browser.post(url, fields | {"answer": "off"})
    assert is_in(elsewhere)
