# SPDX-License-Identifier: Apache-2.0
"""Cookies: their names, their attributes, and what two of one name are worth (WB-003)."""

from http.cookies import SimpleCookie

from tests.cast import PEOPLE
from tests.security.crawl import Seen, csrf, raw
from tests.world import World, open_world

# The secrets of links in letters.
LETTERS = {
    "activation",
    "reset",
    "registration-confirm",
    "registration-resume",
    "registration-follow",
}
PURPOSES = {
    "browser",
    "device",
    "house",
    "means",
    "session",
    "lang",
    "registration",
    "state",
} | LETTERS
# None: ends with the browser.
LIVES = {
    "browser": None,
    "session": None,
    "state": None,
    "device": 365 * 86_400,
    "means": 365 * 86_400,
    "house": 365 * 86_400,
    "lang": 365 * 86_400,
    "registration": None,
    **dict.fromkeys(LETTERS, 1800),
}
LOOPBACK = "http://localhost:8000"


def attributes(header: str) -> tuple[str, str, dict[str, str]]:
    """Name, value and attributes of a Set-Cookie header."""
    first, *rest = (part.strip() for part in header.split(";"))
    name, _, value = first.partition("=")
    pairs = [one.partition("=") for one in rest]
    assert len({key.lower() for key, _, _ in pairs}) == len(pairs), header
    return name, value, {key.lower(): text for key, _, text in pairs}


def test_wb_003_every_cookie_has_every_attribute(crawled: list[Seen]) -> None:
    seen = set()
    for answer in crawled:
        headers = answer.headers.get_all("Set-Cookie")
        names = [one.partition("=")[0] for one in headers]
        assert len(names) == len(set(names)), f"{answer}: {names}"
        for header in headers:
            name, value, found = attributes(header)
            assert name.startswith("__Host-sceau_"), header
            purpose = name.removeprefix("__Host-sceau_")
            seen.add(purpose)
            life = found.pop("max-age", None)
            usual = {"httponly": "", "samesite": "Lax"}
            # Read by a script of ours within other sites, and no secret.
            own = {"samesite": "None"} if purpose == "state" else usual
            assert found == {"path": "/", "secure": "", **own}, header
            if life != "0":
                expected = LIVES[purpose]
                assert life == (None if expected is None else str(expected)), header
                assert value.isascii(), header
                assert value.replace("-", "").replace("_", "").isalnum(), header
    assert seen == PURPOSES


def test_wb_003_on_loopback_the_names_are_plain_and_the_rest_the_same(sqlite_url: str) -> None:
    """`__Host-` and Secure are refused by browsers without TLS; nothing else is given up."""
    world = open_world(sqlite_url, SERVER_ISSUER=LOOPBACK)
    world.issuer = LOOPBACK
    browser = world.browser()
    world.client("plain").ask(browser)
    browser.log_in()
    headers = browser.last.headers.getlist("Set-Cookie")
    assert {one.partition("=")[0] for one in headers} == {
        "sceau_device",
        "sceau_means",
        "sceau_session",
    }
    for header in headers:
        _name, _value, found = attributes(header)
        found.pop("max-age", None)
        assert found == {"path": "/", "httponly": "", "samesite": "Lax"}, header
    world.provider.close()


def test_wb_003_a_cookie_of_the_plain_name_is_nothing_under_tls(sqlite_world: World) -> None:
    """Somebody on a neighbouring host or on http can't plant what the prefix protects."""
    browser = sqlite_world.browser()
    sqlite_world.client("plain").tokens(browser)
    secret = browser.cookie("session")
    for name, status in (("__Host-sceau_session", 200), ("sceau_session", 303)):
        answer = raw(sqlite_world, "GET", "/account", {"Cookie": f"{name}={secret}"})
        assert answer.status_code == status, name


def test_se_003_two_cookies_of_one_name_are_none(sqlite_world: World) -> None:
    browser = sqlite_world.browser()
    sqlite_world.client("plain").tokens(browser)
    name = "__Host-sceau_session"
    right, wrong = f"{name}={browser.cookie('session')}", f"{name}={'x' * 43}"
    assert raw(sqlite_world, "GET", "/account", {"Cookie": right}).status_code == 200
    for both in (f"{right}; {wrong}", f"{wrong}; {right}", f"{right}; {right}"):
        assert raw(sqlite_world, "GET", "/account", {"Cookie": both}).status_code == 303


def test_se_003_a_form_with_two_browser_cookies_is_refused(sqlite_world: World) -> None:
    browser = sqlite_world.browser()
    browser.get("/help")
    token, secret = csrf(browser), browser.cookie("browser")
    one = f"__Host-sceau_browser={secret}"
    for cookies, status in ((one, 303), (f"{one}; {one}", 403), (f"{one}; a=b; {one}x", 403)):
        answer = raw(
            sqlite_world,
            "POST",
            "/language",
            {"Cookie": cookies},
            data={"csrf": token, "locale": "en"},
        )
        assert answer.status_code == status, cookies


def test_wb_003_a_planted_value_is_never_taken_over(sqlite_world: World) -> None:
    """The secrets in cookies are ours: a session's is new at each login, a browser's is checked."""
    planted = "planted" * 6
    browser = sqlite_world.browser()
    for purpose in ("session", "browser"):
        browser.client.set_cookie(
            f"__Host-sceau_{purpose}", planted, domain="sceau.example", secure=True
        )
    sqlite_world.client("plain").ask(browser)
    browser.log_in()
    assert browser.cookie("session") not in {"", planted}


def test_wb_003_values_are_opaque_and_never_repeated(sqlite_world: World) -> None:
    values = set()
    for _ in range(3):
        browser = sqlite_world.browser()
        sqlite_world.client("plain").tokens(browser)
        for purpose in ("session", "browser", "device"):
            value = browser.cookie(purpose)
            assert len(value) >= 43, purpose
            assert PEOPLE["medecin"].identifier not in value
            values.add(value)
    assert len(values) == 9


STRANGE = [
    "",
    ";;;",
    "=",
    "=x",
    "a=b=c; ",
    "__Host-sceau_session",
    "x" * 60_000,
    "é=\xff",
    "a=\x01",
]


def test_wb_003_a_cookie_header_of_any_shape_is_read(sqlite_world: World) -> None:
    for header in STRANGE:
        answer = raw(sqlite_world, "GET", "/account", environ_overrides={"HTTP_COOKIE": header})
        assert answer.status_code == 303


def test_wb_003_set_cookie_is_understood_by_the_standard_library(crawled: list[Seen]) -> None:
    for answer in crawled:
        for header in answer.headers.get_all("Set-Cookie"):
            assert len(SimpleCookie(header)) == 1, header
