# SPDX-License-Identifier: Apache-2.0
"""SE-006 on every page there is: what changes an account wants a proof that is fresh."""

import pytest
from sqlalchemy import text

from idp.login.freshness import FRESH_FOR
from tests.functional.account_kit import agree, enter, token_of
from tests.functional.conftest import make_quick
from tests.world import Browser, World

# What anybody at an open session may do, and why it is no loss to its owner.
HARMLESS = {
    "/account/profile": "the language of the pages",
    "/account/passkeys/<passkey>/name": "a name that only its owner reads",
    "/account/password/rules": "what a new password lacks: it is neither kept nor compared",
    "/account/recovery-codes/noted": "that codes were written down",
    "/account/withdraw": "closed to professionals; a patient's is in test_account_withdrawal.py",
    "/account/identity": "closed here to everybody: it wants a card",
}


@pytest.fixture
def quick(sqlite_world: World) -> World:
    return make_quick(sqlite_world)


def changing(world: World) -> list[str]:
    """The addresses of the account that take a form."""
    rules = world.provider.web.url_map.iter_rules()
    found = {one.rule for one in rules if "POST" in (one.methods or ())}
    return sorted(one for one in found if one.startswith("/account"))


def fill(world: World, rule: str) -> list[str]:
    """The address with somebody's own things in it."""
    with world.core.database.read() as tx:
        owned = {
            "<session>": tx.execute(text("SELECT id FROM sessions WHERE address = 'there'")),
            "<passkey>": tx.execute(text("SELECT id FROM passkeys")),
        }
        names = {name: [str(row[0]) for row in rows.all()] for name, rows in owned.items()}
    names |= {"<application>": ["outside"], "<word>": ["email", "phone"]}
    paths = [rule]
    for name, values in names.items():
        if name in rule:
            paths = [one.replace(name, value) for one in paths for value in values]
    return paths


def own(world: World) -> Browser:
    """Somebody with one of everything that can be changed."""
    claire = enter(world)
    agree(world, claire)
    enter(world, address="198.51.100.77")
    account = world.cast["medecin"].id
    with world.core.database.write() as tx:
        tx.execute(text("UPDATE sessions SET address = 'there' WHERE address = '198.51.100.77'"))
        tx.execute(
            text(
                "INSERT INTO passkeys (id, account_id, credential, public_key, counter, name,"
                " transports, model, backed_up, created_at)"
                " VALUES ('key', :account, 'c', 'p', 0, 'Key', '', '', 0, 1)"
            ),
            {"account": account},
        )
    return claire


def test_se_006_every_form_of_the_account_wants_a_fresh_proof(quick: World):
    """Crawls the map of addresses: a page added tomorrow is held to it."""
    claire = own(quick)
    claire.get("/account/profile")
    csrf = token_of(claire)
    quick.clock.pass_by(FRESH_FOR + 1)
    found = changing(quick)
    assert set(HARMLESS) <= set(found)
    let_in = []
    for rule in found:
        if rule in HARMLESS:
            continue
        paths = fill(quick, rule)
        assert paths, rule
        for path in paths:
            answer = claire.request("POST", path, data={"csrf": csrf})
            if not answer.headers.get("Location", "").startswith("/login/"):
                let_in.append((path, answer.status_code, answer.headers.get("Location")))
    assert let_in == []


def test_se_006_a_proof_of_before_the_clock_was_set_back_is_not_fresh(quick: World):
    claire = enter(quick)
    claire.get("/account/profile")
    csrf = token_of(claire)
    # Less than what would end the session itself, and still from the future.
    quick.clock.pass_by(-110)
    assert claire.request("POST", "/account/data", data={"csrf": csrf}).status_code == 200
    quick.clock.pass_by(-20)
    assert claire.request("POST", "/account/data", data={"csrf": csrf}).status_code == 303
