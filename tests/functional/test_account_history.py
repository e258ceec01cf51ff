# SPDX-License-Identifier: Apache-2.0
"""« History »: logins and what else happened, refused ones too, and nothing that helps to guess."""

import pytest

from idp.audit.history import PAGE as STATEMENT
from idp.audit.record import Event
from idp.web.account_history import PAGE
from tests.functional.account_kit import enter, is_in, words
from tests.world import Browser, World

HERE = "/account/history"
WRONG = "Une tout autre phrase 1"


def past(browser: Browser) -> list[list[str]]:
    """What is told: the sentence, its facts, its moment."""
    return [
        [words(one.select_one(".entry-name")), *(words(dd) for dd in one.select("dd"))]
        for one in browser.page.select(".past .entry")
    ]


def test_logins_and_refused_ones_are_told_newest_first(quick_world: World):
    quick_world.clock.pass_by(60)
    thief = quick_world.browser("203.0.113.66", **{"User-Agent": "Mozilla/5.0 (Windows) Edg/1"})
    thief.get("/login")
    thief.log_in(password=WRONG)
    quick_world.clock.pass_by(60)
    claire = enter(quick_world)
    quick_world.client("strong").ask(claire)
    enter(quick_world, "patient", "203.0.113.7")
    claire.get(HERE)
    told = past(claire)
    means = "Identifier and password"
    assert told[0] == ["Logged in", means, "Firefox on Linux", "192.0.2.10"]
    assert told[1] == ["A login that did not succeed", means, "Edge on Windows", "203.0.113.66"]
    assert "203.0.113.7" not in claire.page.text
    stamps = [one["datetime"] for one in claire.page.select(".past time")]
    assert stamps == sorted(stamps, reverse=True)
    assert stamps[0] == "2026-09-21T14:15:20Z"


def test_why_a_login_was_refused_is_never_told(quick_world: World):
    """Unknown, wrong, blocked, exhausted, right but paused: one sentence for all of them."""
    claire = enter(quick_world)
    account = quick_world.cast["medecin"].id
    whys = ("wrong", "blocked", "exhausted", "address_blocked", "other_person", "account_closed")
    with quick_world.core.database.write() as tx:
        for why in whys:
            event = Event("login.failed", account=account, means="password", detail={"why": why})
            quick_world.core.audit.record(tx, event)
    claire.get(HERE)
    refused = {tuple(one) for one in past(claire) if one[0] != "Logged in"}
    assert refused >= {("A login that did not succeed", "Identifier and password")}
    assert len([one for one in past(claire) if "did not succeed" in one[0]]) == len(whys)
    for why in ("blocked", "exhausted", "wrong"):
        assert why not in claire.page.main.text


def test_twenty_a_page_and_none_twice_nor_left_out(quick_world: World):
    claire = enter(quick_world)
    account = quick_world.cast["medecin"].id
    quick_world.clock.pass_by(60)
    with quick_world.core.database.write() as tx:
        # All in one second, and some of other kinds and people between.
        for number in range(2 * PAGE + 5):
            for owner, kind in ((account, "login.proved"), (account, "token.given"), ("x", "y")):
                event = Event(kind, account=owner, means=f"m{number}")
                quick_world.core.audit.record(tx, event)
    seen = []
    claire.get(HERE)
    for size in (PAGE, PAGE, 7):
        page = past(claire)
        assert len(page) == size
        seen += [one[1] for one in page if len(one) > 1 and one[1].startswith("m")]
        link = claire.page.find("a", string="Further back")
        if link is None:
            break
        claire.get(link["href"])
    assert seen == [f"m{number}" for number in reversed(range(2 * PAGE + 5))]
    claire.get(claire.page.find("a", string="Newest")["href"])
    assert len(past(claire)) == PAGE


@pytest.mark.parametrize(
    "cursor", ["x", "1", "-", "1-", "1-2-3", "9" * 40 + "-1", "١-١", "%00", "1-1;DROP", "-1-1"]
)
def test_an_address_of_nonsense_shows_the_newest(quick: World, cursor: str):
    quick.clock.pass_by(60)
    claire = enter(quick)
    claire.get(f"{HERE}?before={cursor}")
    assert claire.last.status_code == 200
    assert past(claire)[0][0] == "Logged in"


def test_before_everything_there_is_nothing_and_a_way_back(quick: World):
    claire = enter(quick)
    claire.get(f"{HERE}?before=1-1")
    assert "Nothing further back" in claire.page.main.text
    assert claire.page.find("a", string="Newest")
    assert is_in(claire)


def test_the_page_reads_along_an_index(quick_world: World):
    """However large the audit has grown, one account's page touches only its own rows."""
    known = {"account_": "a", "kinds": ["x", "y"], "before_at": 1, "before_id": 1, "most": PAGE}
    with quick_world.core.database.read() as tx:
        state = STATEMENT.compile(dialect=tx.dialect).construct_expanded_state(known)
        if tx.dialect.name == "postgresql":
            # So few rows would be read from end to end.
            tx.exec_driver_sql("SET enable_seqscan = off")
            plan = tx.exec_driver_sql(f"EXPLAIN {state.statement}", state.parameters).all()
        else:
            values = tuple(state.positional_parameters)
            plan = tx.exec_driver_sql(f"EXPLAIN QUERY PLAN {state.statement}", values).all()
    assert "ix_audit_events_account_at" in repr(plan)
