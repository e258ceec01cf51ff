# SPDX-License-Identifier: Apache-2.0
"""Applications that act while a person is away, as they see them: at the consent, and later."""

from datetime import UTC, datetime

from tests.protocol.kit import settled
from tests.protocol.oidc.away import DAY, SCOPE, agreed, gone, is_dead, lasting, refreshed
from tests.world import Browser, World

HERE = "/account/applications"


def listed(browser: Browser) -> list[list[str]]:
    """What the page tells: since when, until when, and if it is not used."""
    browser.get(HERE)
    entries = browser.page.select("#lasting .entry")
    return [[one["datetime"] for one in entry.select("time")] for entry in entries]


def moment(at: int) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def test_the_consent_page_says_until_when(world: World) -> None:
    client = lasting(world, oidc={"refresh": "lasting", "refresh_life": 10 * DAY})
    claire = settled(world)
    client.ask(claire, scope=SCOPE)
    said = claire.page.find(id="lasting").get_text(" ", strip=True)
    last = datetime.fromtimestamp(world.clock.now() + 10 * DAY, UTC)
    assert str(last.day) in said
    assert str(last.year) in said
    assert "offline_access" not in claire.page.get_text()


def test_the_account_lists_it_and_ends_it(world: World) -> None:
    client, claire = lasting(world), settled(world)
    tokens = agreed(client, claire)
    now = world.clock.now()
    told = [moment(now), moment(now + 90 * DAY), moment(now + 30 * DAY)]
    assert listed(claire) == [told]
    world.clock.pass_by(600)
    gone(world, claire)
    assert refreshed(client, tokens["refresh_token"])
    claire = settled(world)
    # Its use puts the nearer end off, and the other one never.
    assert listed(claire) == [[*told[:2], moment(now + 600 + 30 * DAY)]]
    claire.submit("/lasting/")
    assert listed(claire) == []
    assert is_dead(client, tokens)
    kinds = [event.kind for event in world.events() if event.kind.startswith("lasting.")]
    assert kinds == ["lasting.given", "lasting.ended"]


def test_the_history_tells_it(world: World) -> None:
    client, claire = lasting(world), settled(world)
    agreed(client, claire)
    claire.get(f"/account/lasting/{client.key}/end")
    claire.submit("/end")
    copy = claire.request("GET", "/account/history").get_data(as_text=True)
    assert copy.count(client.key.upper()) >= 2


def test_nobody_ends_what_is_not_theirs(world: World) -> None:
    client, claire = lasting(world), settled(world)
    tokens = agreed(client, claire)
    other = settled(world, "infirmiere")
    other.get(f"/account/lasting/{client.key}/end")
    assert other.page.select_one("form[action$='/end']") is None
    csrf = other.page.select_one("input[name='csrf']")["value"]
    other.post(f"/account/lasting/{client.key}/end", {"csrf": csrf})
    assert not is_dead(client, tokens)


def test_who_has_none_sees_nothing_of_it(world: World) -> None:
    assert listed(settled(world)) == []


def test_two_devices_of_one_application_are_one_entry(world: World) -> None:
    client, claire = lasting(world), settled(world)
    first, second = agreed(client, claire), agreed(client, claire)
    assert len(listed(claire)) == 1
    claire.submit("/lasting/")
    assert is_dead(client, first)
    assert is_dead(client, second)
