# SPDX-License-Identifier: Apache-2.0
"""From the card's address to the journey: one browser, once; and nobody's secrets on the way."""

import io
import json
import shutil
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from sqlalchemy import text
from werkzeug.test import Client

from idp.config.sections import LogSettings
from idp.credentials.card_handovers import Filled, NoCertificate
from idp.http.front import StartResponse
from idp.http.wire import Environ
from idp.logs import configure
from idp.web.card_door import without_cookies
from tests.card_kit import (
    CARD_ADDRESS,
    PROXY_SECRET,
    CardDouble,
    CardWorld,
    card_of,
    leave,
    offer_card,
    open_cards,
)
from tests.world import Browser


@pytest.fixture
def cards(database_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[CardWorld]:
    """Both addresses, on each database."""
    offer_card(monkeypatch)
    opened = open_cards(database_url)
    opened.believe(card_of())
    yield opened
    opened.door.close()
    opened.world.provider.close()


@pytest.fixture(scope="module")
def one(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[CardWorld]:
    """The same on SQLite alone, once for all tests of what no database can change."""
    file = tmp_path_factory.mktemp("handover") / "sceau.sqlite3"
    shutil.copyfile(sqlite_template, file)
    file.chmod(0o600)
    with pytest.MonkeyPatch.context() as patch:
        offer_card(patch)
        opened = open_cards(f"sqlite:///{file}")
        yield opened
        opened.door.close()
        opened.world.provider.close()


def test_xc_026_a_victim_lured_to_the_card_of_somebody_elses_journey_gives_them_nothing(cards):
    attacker, victim = cards.world.browser("203.0.113.6"), cards.world.browser()
    address = cards.leave(attacker)
    # The victim's own card, shown in the victim's own browser.
    back = cards.show(address, card_of())
    victim.get(back)
    assert victim.problem == "journey-other-browser"
    # Even where the attacker learns the way back, by whatever means, afterwards,
    attacker.get(back)
    assert attacker.form("/card")
    # or tries to have the card read once more.
    assert cards.request(address, card_of()).status_code == 410
    assert CardDouble.seen == []
    assert not cards.world.events("login.proved")


def test_xc_026_a_way_back_of_ones_own_leads_nobody_else_into_ones_account(cards):
    """Login forgery: the attacker's card must not log the victim in as the attacker."""
    attacker, victim = cards.world.browser("203.0.113.6"), cards.world.browser()
    back = cards.show(cards.leave(attacker), card_of())
    mine = journey_of(cards, victim)
    leave(victim)
    value = urlsplit(back).path.rpartition("/")[2]
    victim.get(f"{mine}/card/{value}")
    assert victim.form("/card")
    assert CardDouble.seen == []


def test_xc_026_a_way_back_belongs_to_its_journey(cards):
    browser = cards.world.browser()
    back = cards.show(cards.leave(browser), card_of())
    other = journey_of(cards, browser)
    browser.get(f"{other}/card/{urlsplit(back).path.rpartition('/')[2]}")
    assert CardDouble.seen == []


def test_xc_026_cookies_are_neither_read_nor_set_at_the_card(one):
    browser = one.world.browser(**{"Accept-Language": "en"})
    one.world.client("plain").ask(browser)
    browser.log_in()
    cookies = "; ".join(
        f"__Host-sceau_{name}={browser.cookie(name)}"
        for name in ("session", "browser", "device", "lang")
    )
    address = one.leave(browser)
    for url in (address, f"{CARD_ADDRESS}/nothing", f"{CARD_ADDRESS}/static/css/sceau.css"):
        answer = one.request(url, headers={"Cookie": cookies + "; __Host-sceau_lang=fr"})
        assert "Set-Cookie" not in answer.headers
        page = answer.get_data(as_text=True)
        assert "Durand" not in page
        assert "sceau_" not in page
        assert 'lang="fr"' not in page
    answer = one.request(address, card_of(), headers={"Cookie": cookies})
    assert answer.status_code == 303
    assert "Set-Cookie" not in answer.headers


def test_xc_026_no_cookie_gets_as_far_as_any_view_of_the_card():
    seen: list[bool] = []

    def app(environ: Environ, start: StartResponse) -> list[bytes]:
        seen.append("HTTP_COOKIE" in environ)
        start("200 OK", [])
        return []

    Client(without_cookies(app), use_cookies=False).get("/", headers={"Cookie": "a=b"})
    assert seen == [False]


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/login",
        "/account",
        "/logout",
        "/language",
        "/oidc/token",
        "/oidc/authorize",
        "/.well-known/openid-configuration",
        "/toolbox",
        "/card",
        "/card/",
        "/card/presence/x",
        "/health",
        "//card/x",
    ],
)
def test_xc_026_nothing_else_is_served_at_the_card(one, path):
    for method in ("GET", "POST", "HEAD"):
        answer = one.request(CARD_ADDRESS + path, card_of(), method=method)
        assert answer.status_code == 404, (method, path)
    one.request(CARD_ADDRESS + path)
    assert one.problem == "not-found"
    assert "form-action 'self'" in one.last.headers["Content-Security-Policy"]


def test_xc_026_only_a_visit_reads_a_card(one):
    address = one.leave(one.world.browser())
    for method in ("HEAD", "POST", "PUT", "DELETE", "OPTIONS"):
        assert one.request(address, card_of(), method=method).status_code in {200, 405}
    assert one.request(address).status_code == 400
    assert one.problem == "card-missing"


def test_health_is_served_at_the_card(one):
    for name in ("live", "ready"):
        assert one.request(f"{CARD_ADDRESS}/health/{name}").get_json() == {"status": name}
    answer = one.request(f"{CARD_ADDRESS}/static/css/sceau.css?v=1")
    assert answer.get_data().startswith(b"/*")
    assert "immutable" in one.last.headers["Cache-Control"]


def test_xc_027_neither_certificate_nor_handle_is_written_anywhere(cards):
    stream = io.StringIO()
    configure(LogSettings(level="info", format="json"), stream)
    paper, browser = card_of(), cards.world.browser()
    address = cards.leave(browser)
    handle = urlsplit(address).path.rpartition("/")[2]
    back = cards.show(address, paper)
    value = urlsplit(back).path.rpartition("/")[2]
    kept = stored(cards, "card_handovers")
    assert kept[0]["certificate"]
    answer = browser.get(back)
    # What a page and an address show of the person is what the application may know.
    assert len(cards.world.client("carded").answered(answer)["code"]) < 100
    # A broken database, at each of the two.
    for one in (cards.door.core, cards.world.core):
        one.handovers._ring = None
    broken = cards.leave(cards.world.browser())
    cards.request(broken, paper)
    assert cards.last.status_code == 500
    assert cards.problem == "server-error"
    everything = {
        "log": stream.getvalue(),
        "handovers, underway": json.dumps(kept, default=repr),
        "handovers": json.dumps(stored(cards, "card_handovers"), default=repr),
        "audit": json.dumps(stored(cards, "audit_events"), default=repr),
    }
    assert "server-error" not in everything["log"]
    assert '"fault"' in everything["log"]
    secrets = {
        "certificate": paper.header[1:-1][:60],
        "escaped": repr(paper.der)[2:60],
        "name": "CARD OF",
        "handle": handle,
        "handle of a fault": urlsplit(broken).path.rpartition("/")[2],
        "value": value,
        "proxy": PROXY_SECRET,
    }
    found = [
        (place, name)
        for place, content in everything.items()
        for name, secret in secrets.items()
        if secret in content
    ]
    assert found == []
    # Once it has been used it is not kept, sealed or not.
    used = [row for row in stored(cards, "card_handovers") if row["used_at"]]
    assert used
    assert all(row["certificate"] is None for row in used)


def journey_of(cards: CardWorld, browser: Browser) -> str:
    """The path of a journey that has just begun in this browser."""
    cards.world.client("carded").ask(browser)
    return browser.form("/card")[0].removesuffix("/card")


def stored(cards: CardWorld, table: str) -> list[dict[str, object]]:
    """Everything in a table."""
    with cards.world.core.database.read() as tx:
        return [dict(row._mapping) for row in tx.execute(text(f"SELECT * FROM {table}")).all()]


def test_old_handovers_are_forgotten(cards):
    cards.leave(cards.world.browser())
    cards.world.clock.pass_by(301 + 3600)
    with cards.world.core.database.write() as tx:
        cards.world.core.handovers.forget_old(tx, cards.world.clock.now() - 3600)
    assert stored(cards, "card_handovers") == []


def at_once(do: Callable[[], Any], times: int = 12) -> list[Any]:
    """What becomes of the same thing, done by many at the same moment."""
    barrier = threading.Barrier(times)

    def one(_number: int) -> Any:
        barrier.wait(30)
        return do()

    with ThreadPoolExecutor(times) as pool:
        return list(pool.map(one, range(times)))


def test_xc_026_of_many_at_the_same_moment_one_is_kept_and_one_comes_back(cards):
    core, browser = cards.world.core, "b" * 43
    with core.database.write() as tx:
        handle = core.handovers.begin(tx, "journey", browser)

    def fill() -> Filled | None:
        with core.database.write() as tx:
            return core.handovers.fill(tx, handle, card_of().der)

    (filled,) = [one for one in at_once(fill) if one is not None]

    def take() -> bytes | NoCertificate:
        with core.database.write() as tx:
            return core.handovers.take(tx, filled.value, "journey", browser)

    taken = at_once(take)
    assert taken.count(card_of().der) == 1
    assert taken.count(NoCertificate.UNKNOWN) == len(taken) - 1
