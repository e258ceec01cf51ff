# SPDX-License-Identifier: Apache-2.0
"""SE-006 on every page there is: what changes an account wants a proof that is fresh."""

from collections.abc import Iterator

import pytest
from sqlalchemy import insert, text
from werkzeug.test import TestResponse

from idp.db import table_of
from idp.grants.models import GrantRow
from idp.login.freshness import FRESH_FOR
from idp.login.request import read
from tests.administration.scene_parts import let_in
from tests.functional.account_kit import agree, enter, token_of
from tests.functional.conftest import make_quick
from tests.security.prosante_visits import SET_UP
from tests.world import Browser, World, open_world

# What anybody at an open session may do, and why it is no loss to its owner.
HARMLESS = {
    "/account/applications/<application>/activity": "the next login asks for it once more",
    "/account/profile": "the language of the pages",
    "/account/passkeys/<passkey>/name": "a name that only its owner reads",
    "/account/password/rules": "what a new password lacks: it is neither kept nor compared",
    "/account/requests/<name>/agree": "it leads to a login of its own, which asks for that",
    "/account/requests/<name>/refuse": "an application stays outside",
    "/account/recovery-codes/noted": "that codes were written down",
}
# What each form asks of somebody who has a second factor.
ASKED = {
    "/account/authenticator/new": 2,
    "/account/authenticator/remove": 2,
    # It opens nothing to whoever has a second factor; the page that it leads to asks for that.
    "/account/confirm": 1,
    "/account/consents/<application>/withdraw": 1,
    "/account/lasting/<application>/end": 1,
    "/account/contact/<word>": 2,
    "/account/contact/<word>/code": 2,
    "/account/contact/otp": 2,
    "/account/contact/phone/remove": 2,
    "/account/data": 2,
    "/account/directory": 2,
    # SPEC §3: a card in a reader or a calculette, and nothing less.
    "/account/identity": 3,
    "/account/passkeys/<passkey>/remove": 2,
    "/account/passkeys/new": 2,
    "/account/password": 2,
    "/account/providers/<alias>/unlink": 2,
    "/account/providers/new": 2,
    # A number decides who comes into an account.
    "/account/prosante/link": 2,
    "/account/recovery-codes/renew": 2,
    "/account/sessions/<session>/end": 1,
    "/account/sessions/others": 1,
    "/account/withdraw": 2,
}
# Who may send them, where that is not the doctor.
SENT_BY = {"/account/withdraw": "patient"}


@pytest.fixture
def quick(sqlite_url: str) -> Iterator[World]:
    opened = open_world(sqlite_url, **SET_UP)
    yield make_quick(opened)
    opened.close()


def changing(world: World) -> list[str]:
    """The addresses of the account that take a form."""
    rules = world.provider.web.url_map.iter_rules()
    found = {one.rule for one in rules if "POST" in (one.methods or ())}
    return sorted(one for one in found if one.startswith("/account"))


def fill(world: World, rule: str) -> list[str]:
    """The address with somebody's own things in it."""
    of = "WHERE account_id = :claire"
    known = {"claire": world.cast["medecin"].id}
    with world.core.database.read() as tx:
        owned = {
            "<session>": tx.execute(
                text(f"SELECT id FROM sessions {of} AND address = 'there'"), known
            ),
            "<passkey>": tx.execute(text(f"SELECT id FROM passkeys {of}"), known),
        }
        names = {name: [str(row[0]) for row in rows.all()] for name, rows in owned.items()}
    names |= {"<application>": ["outside"], "<word>": ["email", "phone"], "<alias>": ["chu"]}
    paths = [rule]
    for name, values in names.items():
        if name in rule:
            paths = [one.replace(name, value) for one in paths for value in values]
    return paths


def own(world: World, who: str = "medecin") -> Browser:
    """Somebody with one of everything that can be changed, and a second factor."""
    browser = enter(world, who)
    agree(world, browser, who)
    enter(world, who, address="198.51.100.77")
    with world.core.database.write() as tx:
        tx.execute(insert(table_of(GrantRow)), let_in(world.cast[who].id, f"of {who}"))
        tx.execute(text("UPDATE sessions SET address = 'there' WHERE address = '198.51.100.77'"))
        tx.execute(
            text(
                "INSERT INTO passkeys (id, account_id, credential, public_key, counter, name,"
                " transports, model, backed_up, created_at)"
                " VALUES (:key, :account, :key, 'p', 0, 'Key', '', '', 0, 1)"
            ),
            {"account": world.cast[who].id, "key": f"key of {who}"},
        )
    return browser


def asked(world: World, answer: TestResponse) -> int | None:
    """The level of the login that an answer leads to; None where it leads to none."""
    to = answer.headers.get("Location", "")
    if not to.startswith("/login/"):
        return None
    with world.core.database.read() as tx:
        known = {"id": to.removeprefix("/login/")}
        found = tx.execute(text("SELECT request FROM journeys WHERE id = :id"), known).scalar_one()
    return read(found).level


def test_se_006_every_form_of_the_account_wants_a_fresh_proof_of_its_level(quick: World):
    """Crawls the map of addresses: a page added tomorrow is held to it."""
    browsers = {who: own(quick, who) for who in ("medecin", "patient")}
    tokens = {}
    for who, browser in browsers.items():
        browser.get("/account/profile")
        tokens[who] = token_of(browser)
    quick.clock.pass_by(FRESH_FOR + 1)
    assert {*ASKED, *HARMLESS} == set(changing(quick))
    wrong = []
    for rule, level in ASKED.items():
        who = SENT_BY.get(rule, "medecin")
        paths = fill(quick, rule)
        assert paths, rule
        for path in paths:
            answer = browsers[who].request("POST", path, data={"csrf": tokens[who]})
            if asked(quick, answer) != level:
                wrong.append((path, answer.status_code, answer.headers.get("Location")))
    assert wrong == []


def test_se_006_an_identity_is_not_changed_without_a_card(quick: World):
    claire = own(quick)
    claire.get("/account/profile")
    typed = {"csrf": token_of(claire), "last_name": "Autre", "speciality": "Autre"}
    answer = claire.request("POST", "/account/identity", data=typed)
    assert asked(quick, answer) == 3
    assert quick.events("account.changed") == []


def test_se_006_a_proof_of_before_the_clock_was_set_back_is_not_fresh(quick: World):
    claire = enter(quick)
    claire.get("/account/data")
    csrf = token_of(claire)
    # Less than what would end the session itself, and still from the future.
    quick.clock.pass_by(-110)
    assert claire.request("POST", "/account/data", data={"csrf": csrf}).status_code == 200
    quick.clock.pass_by(-20)
    assert claire.request("POST", "/account/data", data={"csrf": csrf}).status_code == 303
