# SPDX-License-Identifier: Apache-2.0
"""« My data »: a copy in which a person finds everything that the pages show."""

import json
from typing import Any

import pytest

from idp.accounts import particulars
from idp.accounts.particulars import Particulars
from idp.credentials.models import CardRow
from idp.db import table_of
from idp.login.freshness import FRESH_FOR
from idp.registration.decisions import Decisions, Stale
from tests.administration.requests_kit import ask, someone
from tests.functional.account_kit import agree, enter, token_of, words
from tests.world import Browser, World

HERE = "/account/data"
# What the pages say in words where nothing is known; the copy says null, false, or nothing.
NOTHING = {"None", "Not given", "Not used here yet", "Not verified yet", "None: it is optional"}


def exported(browser: Browser) -> dict[str, Any]:
    browser.get(HERE)
    browser.submit(HERE)
    assert browser.last.headers["Content-Type"] == "application/json; charset=utf-8"
    found: dict[str, Any] = json.loads(browser.last.get_data(as_text=True))
    return found


def texts(value: Any) -> set[str]:
    """Every text in a document, at any depth; lists also as the pages join them."""
    if isinstance(value, dict):
        return set().union(*(texts(one) for one in value.values())) if value else set()
    if isinstance(value, list):
        joined = {", ".join(value)} if all(isinstance(one, str) for one in value) else set()
        return joined.union(*(texts(one) for one in value))
    return {value} if isinstance(value, str) else set()


def shown(browser: Browser, page: str) -> set[str]:
    """Every fact of a page: names of entries, what stands under a label, and moments as data."""
    found = set()
    while page:
        browser.get(page)
        assert browser.last.status_code in {200, 403}, page
        main = browser.page.main
        for part in main.select(".entry-name, dd"):
            moment = part.find("time")
            found.add(str(moment["datetime"]) if moment else words(part))
        found |= {str(one["datetime"]) for one in main.select("time")}
        older = main.find("a", string="Further back")
        page = str(older["href"]) if older else ""
    return found - NOTHING


def live_a_little(world: World) -> Browser:
    """Somebody who has done something on every page."""
    claire = enter(world)
    agree(world, claire, scope="openid profile email phone")
    world.client("dcc").tokens(claire)
    phone = world.browser("198.51.100.77", **{"User-Agent": "Mozilla/5.0 (iPhone) Safari/605"})
    world.client("plain").tokens(phone)
    thief = world.browser("203.0.113.66")
    thief.get("/login")
    for _try in range(22):
        thief.log_in(password="wrong")
    now = world.clock.now()
    card = {
        "serial": "8025000001",
        "account_id": world.cast["medecin"].id,
        "kind": "cps",
        "valid_until": now + 86_400,
        "revoked_at": now,
        "first_used_at": now - 86_400,
        "created_at": now,
    }
    with world.core.database.write() as tx:
        tx.execute(table_of(CardRow).insert(), card)
    return claire


def pages_of(world: World) -> list[str]:
    """Every page of the account that shows facts: whatever is added tomorrow is walked too."""
    rules = (rule.rule for rule in world.provider.web.url_map.iter_rules() if "GET" in rule.methods)
    return sorted(one for one in rules if one.startswith("/account") and "<" not in one)


def test_everything_that_the_pages_show_is_in_the_copy(quick_world: World):
    claire = live_a_little(quick_world)
    found = {page: shown(claire, page) for page in pages_of(quick_world)}
    assert len(found["/account/history"]) > 10
    assert {"Claire Durand", "8025000001"} <= set().union(*found.values())
    copy = texts(exported(claire))
    for page, facts in found.items():
        assert facts <= copy, (page, facts - copy)


def test_the_copy_has_its_documented_shape(quick_world: World):
    copy = exported(live_a_little(quick_world))
    assert (copy["format"], copy["version"]) == ("sceau-account-data", 1)
    assert copy["server"] == quick_world.issuer
    assert copy["made_at"] == "2026-09-21T14:13:20Z"
    assert {one["key"]: one["value"] for one in copy["profile"]}["national_id"] == "810101234567"
    assert copy["addresses"]["email"] == "claire.durand@chu.example"
    assert copy["ways_of_logging_in"]["password"]["since"] == "2026-09-21T14:13:20Z"
    assert len(copy["browsers"]) == len(copy["sessions"]) == 2
    assert copy["history_is_whole"] is True
    assert {one["about"] for one in copy["messages"]} == {"new-device"}
    assert copy["messages"][0]["to"] == "c•••@chu.example"


def test_what_was_asked_for_at_registration_is_in_it(quick_world: World):
    core, claire = quick_world.core, quick_world.cast["medecin"].id
    with core.database.write() as tx:
        particulars.put(tx, claire, Particulars(street="3 rue Haute", profession_code="10"))
    asked, other = ask(core), ask(core, **someone(7))
    with core.database.write() as tx:
        approved = Decisions(core.clock, core.requests).approve(
            tx, asked, claire, "somebody", attached=True
        )
    assert not isinstance(approved, Stale)
    text = json.dumps(copy := exported(enter(quick_world)))
    assert copy["particulars"]["street"] == "3 rue Haute"
    assert copy["particulars"]["profession_code"] == "10"
    [request] = copy["requests"]
    assert request["details"]["email"] == asked.content.details.email
    assert request["state"] == "approved"
    # Neither somebody else's, nor who decided.
    assert other.content.details.email not in text
    assert "somebody" not in text


def test_no_secret_and_nobody_else_is_in_it(quick_world: World):
    claire = live_a_little(quick_world)
    enter(quick_world, "patient", "203.0.113.9")
    secrets = [claire.cookie(one) for one in ("session", "device", "browser")]
    text = json.dumps(exported(claire))
    assert all(one and one not in text for one in secrets)
    for hidden in ("argon2", "cheap:", "hash", "secret", "203.0.113.9", "Gaëtan"):
        assert hidden not in text


def test_it_is_audited_and_kept_nowhere(quick_world: World):
    claire = enter(quick_world)
    exported(claire)
    assert claire.last.headers["Cache-Control"] == "no-store"
    assert claire.last.headers["Content-Disposition"].startswith("attachment;")
    [event] = quick_world.events("account.exported")
    assert event.account == quick_world.cast["medecin"].id


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_se_006_it_is_never_made_for_an_old_login(quick_world: World, method: str):
    claire = enter(quick_world)
    claire.get(HERE)
    csrf = token_of(claire)
    quick_world.clock.pass_by(FRESH_FOR + 1)
    claire.get(HERE) if method == "GET" else claire.post(HERE, {"csrf": csrf})
    assert claire.form("/password")
    assert not quick_world.events("account.exported")
    claire.log_in()
    assert claire.last.request.path == HERE
    assert exported(claire)["version"] == 1
