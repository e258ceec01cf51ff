# SPDX-License-Identifier: Apache-2.0
"""The virtual desk: there in a demo, and nowhere else."""

import hashlib
from pathlib import Path

import pyotp
import pytest

from idp.demo.desk import NotADemo, mount_desk
from idp.demo.folder import Folder
from idp.demo.mailbox import Message
from tests.demo.desk_world import LOCAL, StandingMoved, paste, put, state
from tests.functional.test_portal import enter
from tests.world import START, World, open_world

SEED = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
DAY = 86_400
DESK = ("/desk", "/desk/messages", "/desk/clock", "/desk/authenticator", "/desk/x")


@pytest.mark.parametrize("enabled", ["false", "true"])
def test_what_sceau_run_serves_has_no_desk(sqlite_url: str, enabled: str):
    world = open_world(sqlite_url, DEMO_ENABLED=enabled, **LOCAL)
    world.issuer = LOCAL["SERVER_ISSUER"]
    browser = world.browser()
    for path in DESK:
        for method in ("GET", "POST", "HEAD"):
            assert browser.request(method, path).status_code == 404
    assert not [one for one in world.provider.web.url_map.iter_rules() if "desk" in one.rule]
    world.provider.close()


def test_the_desk_refuses_a_provider_that_is_no_demo(sqlite_url: str, tmp_path: Path):
    clock = StandingMoved(tmp_path / "clock")
    for changes in ({}, {"DEMO_ENABLED": "true"}):
        world = open_world(sqlite_url, clock, **changes, **LOCAL)
        with pytest.raises(NotADemo):
            mount_desk(world.provider)
        assert world.browser().request("GET", "/desk").status_code in {400, 404}
        world.provider.close()


def test_messages_are_shown_the_newest_first(demo_world: World, demo_folder: Folder):
    put(demo_folder, "1", subject="premier", at=START - 10)
    put(demo_folder, "2", subject="<b>second</b>", text="Ouvrez http://localhost:8000/x?a=b.")
    put(demo_folder, "3", channel="sms", to="+33639980001", text="Votre code est 482913.")
    browser = demo_world.browser()
    browser.get("/desk")
    page = browser.page
    assert [one.text for one in page.select(".letter-subject")] == ["<b>second</b>", "premier"]
    link = page.select_one(".letter .message-text a")
    assert (link["href"], link["target"]) == ("http://localhost:8000/x?a=b", "sceau")
    assert page.select_one(".bubble [data-copyable]")["data-copyable"] == "482913"
    told = state(browser)["messages"]
    assert [one["id"] for one in told] == ["3", "2", "1"]
    assert told[1]["links"] == ["http://localhost:8000/x?a=b"]


def test_what_is_no_message_is_passed_over(demo_world: World, demo_folder: Folder):
    put(demo_folder, "1", channel="logout")
    put(demo_folder, "2", text=None, at="soon", extra=1)
    for name, content in (("3", "{"), ("4", "[]"), ("5", "\xff"), ("6", "7")):
        (demo_folder.desk / f"{name}.json").write_text(content, "latin-1")
    (demo_folder.desk / "7.json").mkdir()
    assert [one["id"] for one in state(demo_world.browser())["messages"]] == ["2"]
    browser = demo_world.browser()
    assert browser.get("/desk").status_code == 200
    put(demo_folder, "8", text="x" * 300_000)
    assert len(state(browser)["messages"]) == 1


def test_messages_go_and_the_authenticator_stays(demo_world: World, demo_folder: Folder):
    put(demo_folder, "1")
    browser = demo_world.browser()
    paste(browser, SEED)
    browser.get("/desk")
    browser.submit("/desk/messages/empty")
    told = state(browser)
    assert (told["messages"], len(told["authenticator"])) == ([], 1)


@pytest.mark.parametrize(
    ("pasted", "issuer", "name"),
    [
        (SEED, "", ""),
        ("jbsw y3dp ehpk 3pxp JBSWY3DP-EHPK3PXP", "", ""),
        (f"otpauth://totp/Sceau:cdurand?secret={SEED}&issuer=Sceau", "Sceau", "cdurand"),
        (f"otpauth://totp/Sceau%20R%C3%A9gion:a%40b?secret={SEED}", "Sceau Région", "a@b"),
        (f"OTPAUTH://TOTP/cdurand?issuer=S&secret={SEED.lower()}", "S", "cdurand"),
    ],
)
def test_the_authenticator_shows_the_code_of_the_demos_time(
    demo_world: World, demo_folder: Folder, pasted, issuer, name
):
    browser = demo_world.browser()
    for ahead in (0, 45, DAY):
        demo_folder.clock.write_text(str(ahead))
        paste(browser, pasted)
        # Shown twice, it is one account.
        [one] = state(browser)["authenticator"]
        assert one["code"] == pyotp.TOTP(SEED).at(START + ahead)
        assert one["left"] == 30 - (START + ahead) % 30
        assert (one["issuer"], one["name"]) == (issuer, name)
    browser.get("/desk")
    browser.submit("/remove")
    assert state(browser)["authenticator"] == []


def test_other_digits_periods_and_hashes_are_understood(demo_world: World):
    browser = demo_world.browser()
    more = "&digits=8&period=60&algorithm=SHA256"
    paste(browser, f"otpauth://totp/x?secret={SEED}{more}")
    expected = pyotp.TOTP(SEED, digits=8, digest=hashlib.sha256, interval=60).at(START)
    assert state(browser)["authenticator"][0]["code"] == expected


def test_the_camera_sees_the_code_that_the_account_shows(demo_world: World):
    hand, claire = demo_world.browser(), enter(demo_world)
    hand.get("/desk")
    hand.submit("/scan")
    assert hand.page.select_one(".handset .notice-warning")
    claire.get("/account/authenticator/new")
    if claire.page.select_one("form[action$='/password']"):
        claire.log_in()
    seed = claire.page.select_one("#seed").text.replace(" ", "")
    hand.get("/desk")
    hand.submit("/scan")
    [one] = state(hand)["authenticator"]
    assert (one["code"], one["name"]) == (pyotp.TOTP(seed).at(START), "cdurand")
    claire.submit("/authenticator/new", code=one["code"])
    assert demo_world.events("means.added")
    # Confirmed, it is on no screen any more.
    hand.get("/desk")
    hand.submit("/scan")
    assert hand.page.select_one(".handset .notice-warning")


@pytest.mark.parametrize(
    "pasted",
    [
        "",
        "not a secret",
        "A" * 15,
        "0189" * 8,
        "A" * 5000,
        f"otpauth://hotp/x?secret={SEED}&counter=0",
        "otpauth://totp/x",
        f"otpauth://totp/x?secret={SEED}&digits=99",
        f"otpauth://totp/x?secret={SEED}&digits=six",
        f"otpauth://totp/x?secret={SEED}&period=0",
        f"otpauth://totp/x?secret={SEED}&algorithm=MD5",
        "otpauth://[",
        "<script>",
    ],
)
def test_what_is_no_secret_is_told_and_not_kept(demo_world: World, pasted):
    browser = demo_world.browser()
    paste(browser, pasted)
    assert browser.last.status_code == 200
    if pasted:
        assert browser.page.select_one("#pasted[aria-invalid]")
    assert state(browser)["authenticator"] == []


def test_nothing_is_done_without_a_form_of_the_desk(demo_world: World, demo_folder: Folder):
    browser = demo_world.browser()
    browser.get("/desk")
    for path in ("/desk/clock", "/desk/authenticator", "/desk/messages/empty"):
        assert browser.request("POST", path, data={"step": "day"}).status_code == 403
    assert not demo_folder.clock.exists()


def test_the_pieces_of_a_message():
    text = "Code 123456, pas 1234567 ni +33123456 ; voir https://a.example/2/123456?x=1. @a #123456"
    parts = Message("1", "email", "", "", text, 0).parts()
    assert "".join(words for _kind, words in parts) == text
    assert [one for one in parts if one[0] != "plain"] == [
        ("code", "123456"),
        ("link", "https://a.example/2/123456?x=1"),
    ]
    text = "mot de passe Kmp7-Xhd2-Qwr9-Tfb4, pas Abc4-Def nor x-Kmp7-Xhd2-Qwr9"
    parts = Message("1", "sms", "", "", text, 0).parts()
    assert [one for one in parts if one[0] != "plain"] == [("code", "Kmp7-Xhd2-Qwr9-Tfb4")]
