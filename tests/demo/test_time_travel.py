# SPDX-License-Identifier: Apache-2.0
"""Moving the demo's clock: keys and sessions follow, and the way back undoes everything."""

import json
import sqlite3
from contextlib import closing

import pytest

from idp.demo.cast_cards import CARDS
from idp.demo.folder import Folder
from idp.demo.pki_revocation import DAY
from idp.demo.time_travel import FARTHEST, STEPS, returned
from idp.demo.wallet import Standing, Wallet
from tests.demo.desk_world import put, state
from tests.functional.test_portal import enter
from tests.world import START, Browser, World


def move(browser: Browser, step: str) -> None:
    browser.get("/desk")
    url, fields = browser.form("/desk/clock")
    browser.post(url, fields | {"step": step})


def kids(browser: Browser) -> set[str]:
    answer = browser.get("/oidc/jwks")
    return {one["kid"] for one in json.loads(answer.data)["keys"]}


def test_a_step_moves_the_clock_and_ends_sessions(demo_world: World, demo_folder: Folder):
    browser = enter(demo_world)
    move(browser, "day")
    assert state(browser)["ahead"] == STEPS["day"]
    browser.get("/account")
    assert browser.form("/password")
    move(browser, "month")
    assert state(browser)["ahead"] == STEPS["day"] + STEPS["month"]


def test_keys_turn_at_once_and_there_is_always_one_that_signs(demo_world: World):
    browser = demo_world.browser()
    first = kids(browser)
    before = first
    for _year in range(6):
        move(browser, "four-months")
        assert browser.get("/health/ready").status_code == 200
        now = kids(browser)
        # Who looked a while ago knows the key that signs now.
        assert before & now
        before = now
        # A patient's password does not turn.
        tokens = demo_world.client("plain").tokens(demo_world.browser(), "patient")
        assert tokens["id_token"]
    assert not first & before


def test_going_back_waits_for_the_server_to_end(
    demo_world: World, demo_folder: Folder, ended: list[str]
):
    browser = demo_world.browser()
    move(browser, "return")
    assert ended == []
    move(browser, "day")
    move(browser, "return")
    assert ended == ["ended"]
    assert "returning" in browser.last.get_data(as_text=True)
    # Only the runner moves it back, when nobody has the database open.
    assert state(browser)["ahead"] == STEPS["day"]


def test_the_way_back_undoes_what_was_done(demo_world: World, demo_folder: Folder):
    browser = demo_world.browser()
    put(demo_folder, "1")
    move(browser, "four-months")
    enter(demo_world)
    put(demo_folder, "2")
    move(browser, "day")
    move(browser, "return")
    demo_world.provider.close()
    assert returned(demo_folder)
    assert not demo_folder.clock.exists()
    assert not demo_folder.before.exists()
    assert [file.name for file in demo_folder.desk.iterdir()] == ["1.json"]
    with closing(sqlite3.connect(demo_folder.database)) as database:
        assert database.execute("SELECT count(*) FROM sessions").fetchone() == (0,)
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    assert not returned(demo_folder)


def test_a_way_back_cut_short_is_gone_again(demo_world: World, demo_folder: Folder, monkeypatch):
    browser = demo_world.browser()
    move(browser, "day")
    move(browser, "return")
    demo_world.provider.close()
    with monkeypatch.context() as patched:
        patched.setattr("idp.demo.time_travel.shutil.copytree", broken)
        with pytest.raises(OSError, match="full"):
            returned(demo_folder)
    assert demo_folder.clock.exists()
    assert returned(demo_folder)
    assert not demo_folder.clock.exists()


def broken(*_arguments: object, **_options: object) -> None:
    raise OSError("the disk is full")


def test_nobody_goes_too_far(demo_world: World, demo_folder: Folder):
    demo_folder.clock.write_text(str(FARTHEST - 10))
    browser = demo_world.browser()
    move(browser, "day")
    move(browser, "yesterday")
    assert state(browser)["ahead"] == FARTHEST - 10


def test_cards_come_back_as_they_were(demo_world: World, demo_folder: Folder, wallet: Wallet):
    browser = demo_world.browser()
    before = wallet.reader.certificate("medecin")
    wallet.reader.count("infirmiere", 1)
    move(browser, "day")
    now = START + DAY
    for name in ("secretaire", "medecin"):
        wallet.revoke(name, now)
    wallet.renew("medecin", now)
    wallet.reader.count("infirmiere", 3)
    move(browser, "return")
    demo_world.provider.close()
    assert returned(demo_folder)
    again = Wallet(demo_folder)
    assert again.reader.certificate("medecin") == before
    assert again.reader.tries("infirmiere") == 1
    for name in ("secretaire", "medecin"):
        assert again.held(name, START).standing is Standing.VALID
    # As before, nothing in the folder is left over or open to others.
    files = [one for one in demo_folder.reader.rglob("*") if one.is_file()]
    assert len(files) == 2 * len(CARDS)
    assert all(one.stat().st_mode & 0o077 == 0 for one in files)
