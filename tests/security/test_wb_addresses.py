# SPDX-License-Identifier: Apache-2.0
"""Where a request comes from: only proxies of ours are believed, and a /64 is one address."""

from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st

from idp.credentials.throttle import address_key
from idp.http.proxies import MOST_HOPS, Proxies
from tests.security.crawl import begin, csrf, raw
from tests.world import open_world

OURS = tuple(map(ip_network, ("10.1.0.0/16", "2001:db8:1::/48")))
PROXY, OTHER_PROXY, CLIENT, LIAR = "10.1.0.1", "2001:db8:1::9", "203.0.113.5", "198.51.100.66"
addresses = st.one_of(st.ip_addresses(v=4), st.ip_addresses(v=6)).map(str)
garbage = st.sampled_from(
    [
        "unknown",
        "",
        " ",
        "_hidden",
        "1.2.3.4.5",
        "for=192.0.2.1",
        "[::1",
        "::1]:9",
        "10.1.0.1;",
        "\x00",
    ]
)


def seen(peer: str, forwarded: str | None, *, trusting: bool = True) -> str:
    """The address that a request is taken to come from."""
    environ: dict[str, Any] = {"REMOTE_ADDR": peer}
    if forwarded is not None:
        environ["HTTP_X_FORWARDED_FOR"] = forwarded
    return Proxies(OURS if trusting else ()).client_address(environ)


def is_ours(address: str) -> bool:
    """Whether an address is one of our proxies'."""
    try:
        return any(ip_address(address) in network for network in OURS)
    except ValueError:
        return False


@given(st.lists(st.one_of(addresses, garbage), max_size=6))
@example(["198.51.100.66", "10.1.0.9"])
def test_wb_031_without_proxies_the_peer_it_is(hops: list[str]) -> None:
    assert seen(CLIENT, ",".join(hops), trusting=False) == CLIENT
    # Nor is a peer believed that is none of our proxies.
    assert seen(CLIENT, ",".join(hops)) == CLIENT


@given(st.lists(st.one_of(addresses, garbage), max_size=40), addresses, st.integers(0, 3))
def test_wb_031_what_the_client_writes_changes_nothing(
    lies: list[str], client: str, proxies: int
) -> None:
    """Our proxies write the last entries; whatever stands to their left is the client's own."""
    if is_ours(client):
        return
    written = [*lies, client, *[PROXY, OTHER_PROXY, PROXY][:proxies]]
    expected = str(IPv6Address(client).ipv4_mapped or client) if ":" in client else client
    assert seen(PROXY, ", ".join(written)) == expected
    assert seen(PROXY, ",".join(written)) == expected


@given(st.text(max_size=200))
def test_wb_031_any_text_gives_an_address_or_the_proxys(text: str) -> None:
    found = seen(PROXY, text)
    assert found == PROXY or ip_address(found)


def test_wb_031_forms_of_an_entry() -> None:
    for entry, expected in {
        "203.0.113.5": CLIENT,
        " 203.0.113.5 ": CLIENT,
        "203.0.113.5:4711": CLIENT,
        "2001:db8:2::7": "2001:db8:2::7",
        "[2001:db8:2::7]": "2001:db8:2::7",
        "[2001:db8:2::7]:4711": "2001:db8:2::7",
        "2001:0DB8:0002:0:0:0:0:7": "2001:db8:2::7",
        "::ffff:203.0.113.5": CLIENT,
        "unknown": PROXY,
        "": PROXY,
        "203.0.113.05": PROXY,
        "203.0.113.5, unknown": PROXY,
        "203.0.113.5, 10.1.0.9": CLIENT,
        "10.1.0.9": "10.1.0.9",
        "for=203.0.113.5": PROXY,
    }.items():
        assert seen(PROXY, f"{LIAR}, {entry}" if expected == CLIENT else entry) == expected, entry


def test_wb_031_a_proxy_that_shows_as_a_mapped_address_is_ours() -> None:
    """A server that listens on IPv6 sees its IPv4 proxy so, and everybody comes through it."""
    assert seen("::ffff:10.1.0.1", CLIENT) == CLIENT
    assert seen("::ffff:203.0.113.5", None) == CLIENT
    assert seen("::ffff:203.0.113.5", LIAR) == CLIENT
    assert seen("::FFFF:203.0.113.5", None) in {CLIENT, "::FFFF:203.0.113.5"}


def test_wb_031_a_thousand_hops_cost_nothing() -> None:
    many = ",".join([LIAR] * 1000 + [CLIENT])
    assert seen(PROXY, many) == CLIENT
    # A chain of our own proxies longer than any real one ends at its first.
    assert is_ours(seen(PROXY, ",".join([CLIENT, *[PROXY] * (MOST_HOPS + 5)])))


def test_wb_031_other_headers_are_not_read(sqlite_url: str) -> None:
    world = open_world(sqlite_url, SERVER_TRUSTED_PROXIES="10.1.0.0/16")
    for header in ("Forwarded", "X-Real-IP", "Client-IP", "True-Client-IP", "CF-Connecting-IP"):
        browser = world.browser(PROXY, **{header: f"for={LIAR}", "X-Forwarded-For": CLIENT})
        begin(browser, "plain")
        browser.log_in(password="wrong")
        assert world.events("login.failed")[-1].address == CLIENT, header
    for header, value in (
        ("X-Forwarded-Host", "evil.example"),
        ("X-Forwarded-Proto", "http"),
        ("X-Forwarded-Prefix", "/evil"),
        ("X-Original-URL", "/account"),
        ("X-Rewrite-URL", "/account"),
        ("Forwarded", "host=evil.example;proto=http"),
    ):
        for path in ("/", "/oidc/authorize", "/login", "/.well-known/openid-configuration"):
            plain, headed = raw(world, "GET", path), raw(world, "GET", path, {header: value})
            assert headed.status_code == plain.status_code, header
            assert "evil" not in headed.get_data(as_text=True)
            assert headed.headers.get("Location", "/").startswith("/"), header
    world.provider.close()


def test_wb_031_limits_and_audit_go_by_the_address_found(sqlite_url: str) -> None:
    """A guesser who changes X-Forwarded-For at each try stays one guesser."""
    world = open_world(sqlite_url, SERVER_TRUSTED_PROXIES="10.1.0.0/16", THROTTLE_ADDRESS_FREE="4")
    statuses = []
    for number in range(7):
        forwarded = f"198.51.100.{number}, {CLIENT}"
        browser = world.browser(PROXY, **{"X-Forwarded-For": forwarded})
        begin(browser, "plain")
        answer = browser.submit("/password", identifier=f"n{number}", password="x")
        statuses.append(answer.status_code)
    assert statuses[-1] == 429
    assert {row.address for row in world.events("login.failed")} == {CLIENT}
    other = world.browser(PROXY, **{"X-Forwarded-For": f"{CLIENT}, 203.0.113.9"})
    begin(other, "plain")
    assert other.submit("/password", identifier="n", password="x").status_code == 200
    world.provider.close()


@given(st.ip_addresses(v=6), st.integers(0, 2**64 - 1))
def test_wb_032_a_subscriber_of_ipv6_is_one(address: IPv6Address, host: int) -> None:
    """A /64 is what one subscriber is given: its 2⁶⁴ addresses are one counter."""
    neighbour = IPv6Address(int(address) >> 64 << 64 | host)
    if address.ipv4_mapped or neighbour.ipv4_mapped:
        return
    assert address_key(str(address)) == address_key(str(neighbour))
    assert address_key(str(address)) == address_key(address.exploded.upper())


@given(st.ip_addresses(v=6), st.ip_addresses(v=6))
def test_wb_032_two_subscribers_are_two(one: IPv6Address, other: IPv6Address) -> None:
    if int(one) >> 64 != int(other) >> 64:
        assert address_key(str(one)) != address_key(str(other))


@given(st.ip_addresses(v=4))
def test_wb_032_an_ipv4_address_is_one_however_it_is_written(address: IPv4Address) -> None:
    assert address_key(str(address)) == address_key(f"::ffff:{address}")
    assert address_key(str(address)) == address_key(f"::FFFF:{address}")


def test_wb_032_a_guesser_with_a_prefix_of_his_own_is_slowed(sqlite_url: str) -> None:
    world = open_world(sqlite_url, THROTTLE_ADDRESS_FREE="4")
    statuses = []
    for number in range(7):
        browser = world.browser(f"2001:db8:7:7:{number:x}::{number:x}")
        begin(browser, "plain")
        answer = browser.submit("/password", identifier=f"n{number}", password="x")
        statuses.append(answer.status_code)
    assert statuses[-1] == 429
    other = world.browser("2001:db8:7:8::1")
    begin(other, "plain")
    assert other.submit("/password", identifier="n", password="x").status_code == 200
    world.provider.close()


def test_wb_032_no_spelling_of_an_address_evades_a_limit(sqlite_url: str) -> None:
    """Case, doubled slashes, encodings and dots lead nowhere; the method is one."""
    world = open_world(sqlite_url, THROTTLE_ADDRESS_FREE="2", THROTTLE_STRANGER_FREE="2")
    browser = world.browser("192.0.2.77")
    journey = begin(browser, "plain")
    fields = browser.form("/password")[1] | {"identifier": "x", "password": "x"}
    for _ in range(3):
        browser.request("POST", f"{journey}/password", data=fields)
    assert browser.request("POST", f"{journey}/password", data=fields).status_code == 429
    before = len(world.events("login.failed"))
    fields["csrf"] = csrf(browser)
    for path in (
        journey.replace("/login", "/LOGIN") + "/password",
        f"/{journey}/password",
        f"{journey}//password",
        f"{journey}/./password",
        f"{journey}/password/",
        f"{journey}/%70assword",
        f"{journey}/PASSWORD",
        f"{journey}/password%00",
        f"{journey}/password;x",
    ):
        environ = {"PATH_INFO": path.replace("%70", "p").replace("%00", "\x00")}
        answer = browser.request("POST", path, data=fields, environ_overrides=environ)
        assert answer.status_code in {303, 404, 405, 429}, path
        assert answer.headers.get("Location", journey) == journey, path
    counted = len(world.events("login.failed")) - before
    # %70 is p, and slashes at the very front are one: the same page, and the same limit.
    assert counted == 2
    world.provider.close()
