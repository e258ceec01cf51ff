# SPDX-License-Identifier: Apache-2.0
"""Where an outgoing fetch leads: names, addresses, rebinding, proxies, redirects."""

import socket
import ssl

import pytest
from hypothesis import given
from hypothesis import strategies as st

from idp.outgoing import Fetched, Fetcher, Unreachable
from idp.outgoing.addresses import connect, is_public, resolve
from tests.unit.ground.fetching import PUBLIC, Dial, Resolver, guarded, plain, refused, url
from tests.unit.ground.servers import answer


@pytest.mark.parametrize(
    "address",
    [
        *("0.0.0.0", "0.1.2.3", "10.0.0.1", "100.64.0.1", "100.127.255.255", "127.0.0.1"),
        *("127.255.255.254", "169.254.169.254", "172.16.0.1", "172.31.255.255", "192.0.0.8"),
        *("192.0.2.1", "192.88.99.1", "192.168.1.1", "198.18.0.1", "198.51.100.1", "203.0.113.1"),
        *("224.0.0.1", "239.255.255.255", "240.0.0.1", "255.255.255.255", "168.63.129.16"),
        *("::", "::1", "::127.0.0.1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:8.8.8.8"),
        *("64:ff9b::7f00:1", "64:ff9b::808:808", "64:ff9b:1::1", "100::1", "2001::1"),
        *("2001:db8::1", "2002:7f00:1::", "2002:808:808::1", "3fff::1", "5f00::1", "fc00::1"),
        *("fd00::1", "fe80::1", "fe80::1%1", "fec0::1", "ff02::1", "nonsense", "", "1.2.3"),
    ],
)
def test_br_015_addresses_refused(address):
    assert not is_public(address)
    resolver, dial = Resolver([address]), Dial()
    refused(guarded(resolver, dial).fetch("GET", "https://example.fr/"), "not a public one")
    assert dial.dialled == []


@pytest.mark.parametrize(
    "address", [PUBLIC, "8.8.8.8", "172.32.0.1", "100.128.0.1", "2606:4700::1111", "2a01:e0a::1"]
)
def test_br_015_public_addresses_are_dialled_as_checked(address):
    dial = Dial()
    result = guarded(Resolver([address]), dial).fetch("GET", "https://example.fr/")
    refused(result, "Connection refused")
    assert dial.dialled == [(address, 443)]


@given(st.ip_addresses())
def test_br_015_whatever_python_calls_private_is_refused(address):
    if not address.is_global or address.is_multicast or address.is_reserved:
        assert not is_public(str(address))


def test_br_015_one_bad_address_among_good_ones_refuses_all():
    for found in ([PUBLIC, "127.0.0.1"], ["::1", PUBLIC], [PUBLIC, "2002:7f00:1::"]):
        dial = Dial()
        refused(guarded(Resolver(found), dial).fetch("GET", "https://example.fr/"), "public")
        assert dial.dialled == []


@pytest.mark.parametrize(
    "address",
    [
        *("https://127.0.0.1/", "https://[::1]/", "https://169.254.169.254/latest/meta-data"),
        *("https://[::ffff:127.0.0.1]/", "https://[fd00::1]/", "https://[64:ff9b::7f00:1]/"),
        *("https://10.0.0.1/", "https://0.0.0.0/", "https://[::]/"),
    ],
)
def test_br_015_literal_addresses_inside(address):
    resolver, dial = Resolver([PUBLIC]), Dial()
    refused(guarded(resolver, dial).fetch("GET", address), "not a public one")
    assert (resolver.asked, dial.dialled) == ([], [])


@pytest.mark.parametrize(
    "address",
    [
        *("https://2130706433/", "https://0x7f000001/", "https://0x7f.1/", "https://017700000001/"),
        *("https://0177.0.0.1/", "https://127.1/", "https://127.0.1/", "https://0/"),
        *("https://127.0.0.1./", "https://a.0x7f/", "https://127。0。0。1/", "https://①②⑦.⓪.⓪.①/"),
        *("https://localhost%00.example.fr/", "https://%6c%6fcalhost/", "https://[127.0.0.1]/"),
        *("https://[fe80::1%25eth0]/", "https://[::1/", "https://::1/", "https://exam ple.fr/"),
        *("https://example.fr\\@127.0.0.1/", "https://example.fr\t/", "https://exa\nmple.fr/"),
        *("https:///etc/passwd", "https://", "https:example.fr", "https://.example.fr/", ""),
        *(
            "https://example.fr./",
            "https://a..b/",
            "https://-a.fr/",
            "https://" + "a" * 64 + ".fr/",
        ),
        *("https://user@example.fr/", "https://user:pass@example.fr/", "https://@example.fr/"),
        *("https://example.fr@127.0.0.1/", "https://example.fr:0/", "https://example.fr:65536/"),
        *("https://example.fr:x/", "https://example.fr:22/", "https://example.fr:80/"),
        *(
            "https://example.fr:-443/",
            "http://example.fr/",
            "http://example.fr:443/",
            "//example.fr/",
        ),
        *("file:///etc/passwd", "gopher://example.fr/", "ftp://example.fr/", "unix:/run/x.sock"),
        *("data:,a", "javascript:1", "urn:ietf:params:oauth:request_uri:x", "jar:https://a.fr!/"),
        *("https://example.fr/" + "a" * 9000, "https://éxample.fr/", "https://example.fr/é"),
    ],
)
def test_br_015_addresses_that_are_not_looked_at(address):
    resolver, dial = Resolver([PUBLIC]), Dial()
    refused(guarded(resolver, dial).fetch("GET", address))
    assert (resolver.asked, dial.dialled) == ([], [])


@given(st.text(max_size=60))
def test_any_address_gets_a_value(text):
    fetcher = guarded(Resolver([]), tls=ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT))
    assert isinstance(fetcher.fetch("GET", "https://" + text), Unreachable)


def test_br_015_rebinding_one_resolution_and_that_address_is_used(serve, authority):
    """The name is public when checked, and on loopback whenever it is asked again."""
    server = serve(answer(b"ok"), authority.server("example.fr"))
    resolver, dial = Resolver([PUBLIC], ["127.0.0.1"]), Dial(server)
    fetcher = guarded(resolver, dial, tls=authority.client())
    found = fetcher.fetch("GET", "https://example.fr:8443/a")
    assert isinstance(found, Fetched)
    assert resolver.asked == [("example.fr", 8443)]
    assert dial.dialled == [(PUBLIC, 8443)]
    assert server.names == ["example.fr"]
    assert b"\r\nHost: example.fr:8443\r\n" in server.requests[0]
    refused(fetcher.fetch("GET", "https://example.fr:8443/a"), "not a public one")
    assert len(dial.dialled) == 1


def test_the_dial_itself_resolves_nothing(monkeypatch):
    def never(*_args, **_options):
        raise AssertionError("a name was resolved")

    monkeypatch.setattr(socket, "getaddrinfo", never)
    with pytest.raises(OSError, match=r"."):
        connect("127.0.0.1", 1, 1)


def test_the_system_resolver_gives_each_address_once():
    found = resolve("localhost", 443)
    assert set(found) <= {"127.0.0.1", "::1"}
    assert len(found) == len(set(found))


@pytest.mark.parametrize("other", ["127.0.0.1:1", "localhost:{}", "127.0.0.2:{}", "[::1]:{}"])
def test_wb_033_only_the_allowed_host_and_port_is_open(serve, other):
    server = serve(answer(b"inside"))
    fetcher = Fetcher({other.format(server.port)}, 2.0, 1000)
    refused(fetcher.fetch("GET", url(server)), "not https")
    refused(fetcher.fetch("GET", url(server).replace("http", "https")), "not a public one")
    assert server.connections == 0


def test_an_allowed_name_may_be_private(serve):
    server = serve(answer(b"inside"))
    resolver = Resolver(["127.0.0.1"])
    fetcher = Fetcher({f"hopital.internal:{server.port}"}, 2.0, 1000, resolver=resolver)
    found = fetcher.fetch("GET", f"http://Hopital.internal:{server.port}/")
    assert isinstance(found, Fetched)
    assert b"Host: hopital.internal:" in server.requests[0]


def test_the_next_address_is_tried_when_one_is_closed(serve):
    server = serve(answer(b"ok"))
    closed = socket.create_server(("127.0.0.2", 0))
    closed.close()
    fetcher = Fetcher(
        {f"two.internal:{server.port}"}, 2.0, 1000, resolver=Resolver(["127.0.0.2", "127.0.0.1"])
    )
    assert isinstance(fetcher.fetch("GET", f"http://two.internal:{server.port}/"), Fetched)


def test_wb_033_proxies_of_the_environment_are_not_asked(serve, monkeypatch):
    proxy, server = serve(answer(b"proxy")), serve(answer(b"server"))
    for name in (
        "http_proxy",
        "HTTP_PROXY",
        "https_proxy",
        "HTTPS_PROXY",
        "all_proxy",
        "ALL_PROXY",
    ):
        monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
    found = plain(server).fetch("GET", url(server))
    assert isinstance(found, Fetched)
    assert found.body == b"server"
    assert proxy.connections == 0


@pytest.mark.parametrize("status", [300, 301, 302, 303, 305, 307, 308])
def test_br_015_redirects_are_not_followed(serve, status):
    target = serve(answer(b"inside"))
    server = serve(answer(b"", f"Location: {url(target)}", status=f"{status} Moved"))
    refused(plain(server).fetch("GET", url(server)), "redirects")
    assert target.connections == 0


def test_wb_033_what_is_signed_may_come_by_plain_http_and_from_nowhere_else(serve):
    """Revocation lists and OCSP: port 80 of public addresses, and no redirect either."""
    server = serve(answer(b"list"))
    dial = Dial(server)
    fetcher = guarded(Resolver([PUBLIC]), dial, plain=True)
    assert fetcher.fetch("GET", "http://igc.example/x.crl").body == b"list"
    assert dial.dialled == [(PUBLIC, 80)]
    usual = guarded(Resolver([PUBLIC]), dial)
    refused(usual.fetch("GET", "http://igc.example/x.crl"), "not https")
    for address, why in (
        ("http://igc.example:8080/x.crl", "not https"),
        ("http://igc.example:443/x.crl", "not https"),
        ("http://127.0.0.1/x.crl", "not a public one"),
        ("http://169.254.169.254/latest", "not a public one"),
        ("file:///etc/passwd", "not https"),
        ("ftp://igc.example/x.crl", "not https"),
        ("ldap://igc.example/x", "not https"),
        ("https://igc.example:80/x.crl", "its port"),
    ):
        refused(fetcher.fetch("GET", address), why)
    inside = guarded(Resolver([PUBLIC], ["10.0.0.1"]), dial, plain=True)
    inside.fetch("GET", "http://igc.example/x.crl")
    refused(inside.fetch("GET", "http://igc.example/x.crl"), "not a public one")
    moved = guarded(
        Resolver([PUBLIC]),
        Dial(serve(answer(b"", "Location: file:///etc/passwd", status="302 Found"))),
        plain=True,
    )
    refused(moved.fetch("GET", "http://igc.example/x.crl"), "redirects")
