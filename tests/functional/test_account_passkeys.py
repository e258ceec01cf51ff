# SPDX-License-Identifier: Apache-2.0
"""« My passkeys »: added after a fresh proof, listed, renamed, removed; and told by e-mail."""

import json
from typing import Any

import pytest

from idp.login.freshness import FRESH_FOR
from tests.authenticator import BACKED_UP, MAY_BACK_UP, SOUND, Authenticator, to_bytes
from tests.functional.passkeys import (
    NEW,
    arrive,
    enrol,
    entered,
    journey_of,
    log_in_with,
    options,
    owner,
    visit,
)
from tests.world import Browser, World

HOME = "/account/passkeys"


def listed(browser: Browser) -> list[list[str]]:
    browser.get(HOME)
    return [
        [" ".join(part.get_text(" ", strip=True).split()) for part in one.select("h2, dd")]
        for one in browser.page.select(".entry")
    ]


def links(browser: Browser, last: str) -> list[str]:
    browser.get(HOME)
    found = browser.page.select(".entry a")
    return [str(one["href"]) for one in found if str(one["href"]).endswith(last)]


def messages(world: World, purpose: str) -> list[dict[str, Any]]:
    """What the outbox would send, opened."""
    with world.core.database.read() as tx:
        rows = tx.exec_driver_sql("SELECT * FROM messages ORDER BY created_at, id").all()
    opened = []
    for row in rows:
        if row.purpose == purpose:
            place = {"table": "messages", "row": row.id}
            content = world.core.ring.open(row.content, column="content", **place)
            to = world.core.ring.open(row.recipient, column="recipient", **place).decode()
            opened.append(json.loads(content) | {"to": to, "channel": row.channel})
    return opened


def test_a_stranger_logs_in_first_and_arrives_there(keyed: World):
    browser = keyed.browser()
    browser.get(HOME)
    browser.get(journey_of(browser) + "?means=password")
    browser.log_in()
    assert browser.last.request.path == HOME
    assert "no passkey yet" in browser.get(HOME, headers={"Accept-Language": "en"}).text


def test_a_passkey_is_added_and_shown(keyed_world: World):
    browser = entered(keyed_world)
    device = enrol(browser, "  Clé\tdu\x00 bureau ", Authenticator(counter=3))
    assert browser.last.request.url.endswith("?done=added")
    assert browser.page.select_one(".notice-success")
    [row] = listed(browser)
    assert row[0] == "Clé du bureau"
    assert row[1] == "21 septembre 2026"
    [held] = keyed_world.core.passkeys.of(keyed_world.cast["medecin"].id)
    assert held.credential == device.credential
    assert held.transports == ("hybrid", "internal")
    [added] = keyed_world.events("means.added")
    assert (added.account, added.means) == (held.subject, "passkey")


def test_without_a_name_it_gets_one_of_the_browser(keyed: World):
    browser = entered(keyed)
    enrol(browser)
    [row] = listed(browser)
    assert "Firefox" in row[0]
    assert "Linux" in row[0]


def test_use_and_synchronisation_are_shown(keyed: World):
    browser = entered(keyed)
    device = enrol(browser, "Téléphone")
    flags = SOUND | MAY_BACK_UP | BACKED_UP
    log_in_with(arrive(keyed), device, flags=flags)
    browser.get(HOME, headers={"Accept-Language": "en"})
    assert browser.page.select_one(".entry .badge")
    [row] = listed(browser)
    assert "21 septembre 2026" in row[2]


def test_the_handle_names_nobody_and_never_changes(keyed: World):
    browser = entered(keyed)
    browser.get(NEW)
    first = json.loads(options(browser, "create"))["user"]
    browser.get(NEW)
    assert json.loads(options(browser, "create"))["user"] == first
    handle = to_bytes(first["id"])
    assert len(handle) == 32
    person, account = keyed.cast["medecin"].person, keyed.cast["medecin"].id
    assert account.encode() not in handle
    assert person.identifier.encode() not in handle
    assert first["name"] == person.identifier
    assert first["displayName"] == person.display_name


def test_what_one_has_is_excluded(keyed: World):
    browser = entered(keyed)
    device = enrol(browser)
    visit(browser, NEW, device)
    [held] = json.loads(options(browser, "create"))["excludeCredentials"]
    assert to_bytes(held["id"]) == device.credential


def test_cr_009_an_answer_is_for_its_session_and_browser_and_once(keyed_world: World):
    claire = entered(keyed_world)
    claire.get(NEW)
    url, fields = claire.form(NEW)
    made = fields | {"credential": Authenticator().make(options(claire, "create"))}
    other = entered(keyed_world, "infirmiere", "192.0.2.11")
    other.get(NEW)
    _url, theirs = other.form(NEW)
    other.post(url, made | {"csrf": theirs["csrf"]})
    assert other.page.select_one(".notice-warning")
    assert listed(other) == []
    claire.post(url, made)
    assert len(listed(claire)) == 1
    # Pressed twice: the second finds its work done, and nothing is there twice.
    claire.post(url, made)
    assert claire.last.status_code == 200
    assert len(listed(claire)) == 1
    assert len(keyed_world.events("means.added")) == 1


def test_an_answer_taken_once_adds_nothing_again(keyed: World):
    """Not even once its passkey is gone."""
    claire = entered(keyed)
    claire.get(NEW)
    url, fields = claire.form(NEW)
    device = Authenticator()
    made = fields | {"credential": device.make(options(claire, "create"))}
    claire.post(url, made)
    remove(claire, device)
    claire.post(url, made)
    assert listed(claire) == []


def test_a_passkey_of_another_account_is_not_taken_over(keyed: World):
    device = owner(keyed, "infirmiere")
    claire = entered(keyed)
    enrol(claire, device=device)
    assert claire.page.select_one(".notice-warning")
    assert listed(claire) == []


@pytest.mark.parametrize(
    "changes",
    [{"origin": "https://evil.example"}, {"flags": 0x01}, {"response": {"clientDataJSON": "x"}}],
)
def test_what_cannot_be_checked_is_said_and_not_kept(keyed: World, changes: dict[str, Any]):
    claire = entered(keyed)
    claire.get(NEW)
    credential = Authenticator().make(options(claire, "create"), **changes)
    claire.submit(NEW, credential=credential, name="Ma clé")
    assert claire.page.select_one(".notice-error")
    assert claire.page.find(id="name")["value"] == "Ma clé"
    assert listed(claire) == []


@pytest.mark.parametrize("credential", ["", "x", "[" * 9000, "\x00", "{}", "é" * 9000])
def test_nonsense_is_refused_calmly(keyed: World, credential: str):
    claire = entered(keyed)
    claire.get(NEW)
    claire.submit(NEW, credential=credential)
    assert claire.last.status_code == 200
    assert claire.page.select_one(".notice-error")


def test_there_are_ten_at_most(keyed_world: World):
    claire = entered(keyed_world)
    claire.get(NEW)
    url, fields = claire.form(NEW)
    late = fields | {"credential": Authenticator().make(options(claire, "create"))}
    first = enrol(claire, "Clé 0")
    for number in range(1, 10):
        enrol(claire, f"Clé {number}", by=first)
    claire.post(url, late)
    assert len(listed(claire)) == 10
    assert claire.page.find("a", href=NEW) is None
    claire.get(NEW)
    assert claire.last.request.path == HOME


def remove(browser: Browser, device: Authenticator, **values: str) -> None:
    [address] = links(browser, "/remove")
    visit(browser, address, device)
    browser.submit("/remove", **({"sure": "yes"} | values))


def test_a_passkey_is_renamed(keyed_world: World):
    claire = entered(keyed_world)
    enrol(claire, "Ancienne")
    [address] = links(claire, "/name")
    claire.get(address)
    claire.submit("/name", name=" Nouvelle  clé " + "x" * 80)
    [row] = listed(claire)
    assert row[0].startswith("Nouvelle clé xxx")
    assert len(row[0]) <= 64
    claire.get(address)
    claire.submit("/name", name=" \t ")
    assert claire.page.select_one(".field-error")


def test_a_passkey_is_removed_by_somebody_who_is_sure(keyed_world: World):
    claire = entered(keyed_world)
    device = enrol(claire, "Bureau")
    remove(claire, device)
    assert claire.last.request.url.endswith("?done=removed")
    assert listed(claire) == []
    [removed] = keyed_world.events("means.removed")
    assert (removed.account, removed.means) == (keyed_world.cast["medecin"].id, "passkey")
    browser = arrive(keyed_world)
    log_in_with(browser, device)
    assert browser.page.select_one("#form-error")


def test_the_last_strong_means_is_not_removed_by_mistake(keyed: World):
    claire = entered(keyed)
    device = enrol(claire, "Seule")
    remove(claire, device, sure="")
    assert claire.page.select_one(".field-error")
    assert len(listed(claire)) == 1
    # The list is in the order of their coming.
    keyed.clock.pass_by(1)
    enrol(claire, "Autre")
    claire.get(links(claire, "/remove")[0])
    assert claire.page.find(id="sure") is None
    claire.submit("/remove")
    assert [row[0] for row in listed(claire)] == ["Autre"]


@pytest.mark.parametrize("what", ["name", "remove"])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_wb_010_nobody_touches_anothers(keyed: World, what: str, method: str):
    claire = entered(keyed)
    enrol(claire, "Claire")
    [address] = links(claire, f"/{what}")
    other = entered(keyed, "infirmiere", "192.0.2.11")
    other.get("/account")
    csrf = other.page.find("input", attrs={"name": "csrf"})["value"]
    data = {"csrf": csrf, "sure": "yes", "name": "Volée"} if method == "POST" else None
    assert other.request(method, address, data=data).status_code == 404
    gone = address.replace(address.split("/")[3], "nothing")
    assert other.request(method, gone, data=data).status_code == 404
    assert [row[0] for row in listed(claire)] == ["Claire"]


def test_removing_asks_for_a_fresh_proof(keyed: World):
    claire = entered(keyed)
    device = enrol(claire, "Bureau")
    [address] = links(claire, "/remove")
    keyed.clock.pass_by(FRESH_FOR + 1)
    claire.get(address)
    # By the best that the account has: the passkey itself.
    log_in_with(claire, device)
    assert claire.last.request.path == address
    keyed.clock.pass_by(FRESH_FOR + 1)
    claire.submit("/remove", sure="yes")
    assert len(keyed.core.passkeys.of(keyed.cast["medecin"].id)) == 1


@pytest.mark.parametrize("path", [HOME, NEW, f"{HOME}/nothing/name", f"{HOME}/nothing/remove"])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_stranger_is_asked_to_log_in(keyed: World, path: str, method: str):
    if (path, method) == (HOME, "POST"):
        return
    browser = keyed.browser()
    browser.get("/login")
    csrf = browser.page.find("input", attrs={"name": "csrf"})["value"]
    data = {"csrf": csrf} if method == "POST" else None
    answer = browser.request(method, path, data=data)
    assert answer.status_code == 303
    assert answer.headers["Location"].startswith("/login/")


def test_pages_speak_english_too(keyed: World):
    claire = keyed.browser(**{"Accept-Language": "en"})
    claire.get("/login?means=password")
    claire.log_in()
    device = enrol(claire, "Desk")
    claire.get(HOME)
    assert "My passkeys" in claire.page.text
    visit(claire, links(claire, "/remove")[0], device)
    assert "last strong means" in claire.page.text
    # What needs two factors, and is hers, is named.
    assert [one.get_text() for one in claire.page.select(".plain-list li")] == ["FIRM"]


@pytest.mark.parametrize(("purpose", "happens"), [("means-added", 1), ("means-removed", 2)])
def test_cr_050_its_owner_is_told(keyed_world: World, purpose: str, happens: int):
    claire = entered(keyed_world)
    device = enrol(claire, "Bureau")
    if happens == 2:
        remove(claire, device)
    [told] = messages(keyed_world, purpose)
    person = keyed_world.cast["medecin"].person
    assert (told["to"], told["channel"], told["locale"]) == (person.email, "email", "fr")
    assert told["values"] == {
        "name": person.display_name,
        "means": "passkey",
        "label": "Bureau",
        "at": "21 septembre 2026, 16:13",
    }
