# SPDX-License-Identifier: Apache-2.0
"""CR-009: a new factor wants more than the password, whatever became of those before."""

from collections.abc import Iterator

import pytest
from sqlalchemy import text

from connectors.base import Level
from idp.credentials import cards
from tests.codes import give_addresses, give_card, last_code, messages, open_post_office
from tests.functional.conftest import make_quick
from tests.world import Browser, World

SENSITIVE = (
    "/account/authenticator/new",
    "/account/passkeys/new",
    "/account/contact/email",
    "/account/contact/phone",
    "/account/contact/otp",
    "/account/password",
    "/account/data",
)


@pytest.fixture
def office(database_url: str) -> Iterator[World]:
    world = make_quick(open_post_office(database_url))
    yield world
    world.provider.close()


def thief(world: World, who: str = "medecin") -> Browser:
    """Whoever has somebody's password, and nothing else."""
    browser = world.browser("198.51.100.66")
    browser.get("/login?means=password")
    browser.log_in(who)
    return browser


def revoke(world: World) -> None:
    with world.core.database.read() as tx:
        held = cards.of_account(tx, world.cast["medecin"].id)
    with world.core.database.write() as tx:
        for one in held:
            assert world.core.cards.revoke(tx, one.serial)


def run_out(world: World) -> None:
    with world.core.database.write() as tx:
        tx.execute(text("UPDATE cards SET valid_until = :now"), {"now": world.clock.now()})


def lose_addresses(world: World) -> None:
    give_addresses(world, "medecin")


@pytest.mark.parametrize("lose", [revoke, run_out, lose_addresses])
def test_cr_009_codes_that_cannot_be_used_now_still_protect_the_account(office: World, lose):
    lose(office)
    browser = thief(office)
    for page in SENSITIVE:
        browser.get(page)
        assert browser.problem == "means-blocked", page
        assert browser.last.status_code == 403
        # What is missing, and where to turn.
        assert browser.page.select_one("p.lead").get_text().count(".") > 1
    assert messages(office) == []


def test_cr_009_the_form_of_such_a_page_is_no_way_around(office: World):
    browser = thief(office)
    browser.get("/account/profile")
    csrf = str(browser.page.find("input", attrs={"name": "csrf"})["value"])
    revoke(office)
    for page in SENSITIVE:
        browser.post(page, {"csrf": csrf})
        assert browser.problem == "means-blocked", page


def test_cr_009_a_card_that_was_used_protects_where_cards_are_read(office: World, monkeypatch):
    """Whatever else is set up, and whatever the card is worth by now."""
    give_card(office, "infirmiere")
    attempts = office.provider.services.attempts
    asked = attempts.lacks
    monkeypatch.setattr(attempts, "levels", {**attempts.levels, "cps": Level.CARD})
    monkeypatch.setattr(
        attempts,
        "lacks",
        lambda kind, account: "card-revoked" if kind == "cps" else asked(kind, account),
    )
    browser = thief(office, "infirmiere")
    browser.get(SENSITIVE[0])
    assert browser.problem == "means-blocked"


def test_whoever_has_another_factor_left_uses_that(office: World):
    """A passkey or app beside the codes: the page asks for it as ever."""
    browser = thief(office)
    browser.get(SENSITIVE[0])
    browser.submit("/otp", channel="email")
    browser.submit("/otp", code=last_code(office))
    assert browser.last.request.path == SENSITIVE[0]
    revoke(office)
    # Proved a moment ago, at level 2: that counts, whatever happened to the card since.
    browser.get(SENSITIVE[0])
    assert browser.last.request.path == SENSITIVE[0]
    assert not browser.problem
