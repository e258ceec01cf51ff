# SPDX-License-Identifier: Apache-2.0
"""Foreign service providers: each asks what it can, and is answered."""

from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from idp.http.services import Core
from tests.interop.saml_mellon import running_mellon
from tests.interop.saml_peers import (
    CARD,
    NAMES,
    PASSWORD,
    Follower,
    Peer,
    opened,
    running_node,
    running_python,
)
from tests.interop.saml_shibboleth import running_shibboleth
from tests.servers import Site, running_site

pytestmark = pytest.mark.interop
PEERS = {
    "python3-saml": running_python,
    "node-saml": running_node,
    "mellon": running_mellon,
    "shibboleth": running_shibboleth,
}
# Longer than what SAML Bindings §3.4.3 has a RelayState be: mod_auth_mellon puts just this into it.
DEEP = "/dossiers?page=2&filtre=consultation-d-oncologie-medicale&depuis=2026-01-01&tri=nom"

# Whether the browser comes to our door, and by an address that says everything.
WAYS = {"": ["?"], "ByForm": [""], "ByServer": []}


@pytest.fixture(scope="module")
def provider(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """One provider for all of them."""
    folder = tmp_path_factory.mktemp("saml")
    database = f"sqlite:///{folder / 'sceau.sqlite3'}"
    with running_site(folder, database, neighbours=PEERS) as site:
        yield site


@pytest.fixture(scope="module")
def core(provider: Site) -> Iterator[Core]:
    with opened(provider) as found:
        yield found


@pytest.fixture(scope="module")
def running(
    provider: Site, core: Core, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, Peer]]:
    """All of them, side by side."""
    with ExitStack() as under_way:
        yield {
            key: under_way.enter_context(run(provider, core, tmp_path_factory.mktemp(key)))
            for key, run in PEERS.items()
        }


@pytest.fixture
def peers(running: dict[str, Peer]) -> Iterator[dict[str, Peer]]:
    """What they and we wrote is shown where a test fails."""
    yield running
    for one in running.values():
        one.show_news()


@pytest.fixture(params=PEERS)
def peer(request: pytest.FixtureRequest, peers: dict[str, Peer]) -> Iterator[Peer]:
    """One of them, registered as usual."""
    found = peers[request.param]
    with found.registered():
        yield found


def test_a_login_is_read_on_the_other_side(peer: Peer) -> None:
    visitor = peer.visitor()
    visitor.get(peer.wish(DEEP))
    assert visitor.log_in() == f"{peer.url}{DEEP}", visitor.response.text
    told = peer.told(visitor)
    assert told is not None
    assert told.attributes == {
        NAMES["identifier"]: "cdurand",
        NAMES["display_name"]: "Claire Durand",
        NAMES["email"]: "claire.durand@chu.example",
        NAMES["national_id"]: "810101234567",
        # An accent arrives whole.
        NAMES["speciality"]: "Oncologie médicale",
    }
    assert told.level == PASSWORD
    assert told.session
    if peer.subject_format == "email":
        assert told.name == "claire.durand@chu.example"
    assert b"EncryptedAssertion" not in visitor.carried[-1]


def test_an_encrypted_assertion_is_read(peer: Peer) -> None:
    """Asked for by a form, where it can."""
    way = {"post": "true"} if peer.posts else {}
    with peer.registered({"encrypted_assertions": True}):
        visitor = peer.visitor()
        visitor.get(peer.wish(**way))
        visitor.log_in()
        told = peer.told(visitor)
    assert told is not None, visitor.response.text
    assert told.attributes[NAMES["identifier"]] == "cdurand"
    assert b"EncryptedAssertion" in visitor.carried[-1]
    assert b"cdurand" not in visitor.carried[-1]


def test_an_answer_is_fetched_by_its_artifact(peer: Peer) -> None:
    if not peer.fetches:
        return
    visitor = peer.visitor()
    visitor.get(peer.wish(artifact="true"))
    assert visitor.log_in() == f"{peer.url}/page", visitor.response.text
    told = peer.told(visitor)
    assert told is not None
    assert told.attributes[NAMES["identifier"]] == "cdurand"
    assert [url for url in visitor.trail if "SAMLart=" in url]
    assert not visitor.carried


def test_somebody_logged_in_passes_without_a_page_unless_asked_anew(peer: Peer) -> None:
    visitor = peer.visitor()
    visitor.get(peer.wish())
    visitor.log_in()
    first = peer.told(visitor)
    pages = len(visitor.asked(peer.site.issuer))
    assert visitor.get(peer.wish("/again")) == f"{peer.url}/again"
    assert len(visitor.asked(peer.site.issuer)) == pages
    if not peer.forces:
        return
    visitor.get(peer.wish("/forced", force="true"))
    assert visitor.form("/password")
    assert visitor.log_in() == f"{peer.url}/forced"
    again = peer.told(visitor)
    assert first is not None
    assert again is not None
    assert again.attributes == first.attributes


def test_a_silent_request_shows_no_page(peer: Peer) -> None:
    visitor = peer.visitor()
    visitor.get(peer.wish(passive="true"))
    assert "NoPassive" in peer.refusal(visitor)
    assert not visitor.asked(peer.site.issuer)
    assert peer.told(visitor) is None
    visitor.get(peer.wish())
    visitor.log_in()
    pages = len(visitor.asked(peer.site.issuer))
    assert visitor.get(peer.wish("/silent", passive="true")) == f"{peer.url}/silent"
    assert len(visitor.asked(peer.site.issuer)) == pages


def test_a_level_that_is_asked_is_reached_or_refused(peer: Peer) -> None:
    visitor = peer.visitor()
    visitor.get(peer.wish(**{"class": CARD}))
    visitor.submit(peer.url)
    assert "NoAuthnContext" in peer.refusal(visitor)
    visitor.get(peer.wish(**{"class": PASSWORD}))
    visitor.log_in()
    told = peer.told(visitor)
    assert told is not None, visitor.response.text
    assert told.level == PASSWORD


def test_whoever_may_not_enter_is_sent_back_with_a_status(peer: Peer) -> None:
    with peer.registered(populations=["patient"]):
        visitor = peer.visitor()
        visitor.get(peer.wish())
        visitor.log_in()
        assert visitor.problem == "population"
        # The way back tells the application.
        visitor.submit(peer.url)
        assert "RequestDenied" in peer.refusal(visitor)
    assert peer.told(visitor) is None


def test_a_logout_there_ends_the_session_here(peer: Peer) -> None:
    visitor, door = peer.visitor(), f"{peer.site.issuer}/saml/slo"
    for way in peer.ways:
        visitor.get(peer.wish())
        visitor.log_in()
        before = len(visitor.trail)
        assert visitor.get(peer.leave(way)) == f"{peer.url}/bye", visitor.response.text
        asked = [url for url in visitor.trail[before:] if url.startswith(door)]
        assert [url.partition("?")[1] for url in asked] == WAYS[way]
        assert peer.told(visitor) is None
        visitor.get(peer.wish(passive="true"))
        assert "NoPassive" in peer.refusal(visitor)


def test_a_logout_here_ends_the_stay_there(peer: Peer) -> None:
    """By our server where it has an address for that, else by the browser."""
    visitor = peer.visitor()
    visitor.get(peer.wish())
    visitor.log_in()
    visitor.get(f"{peer.site.issuer}/logout")
    visitor.submit("/logout")
    (state,) = visitor.page.select(".reached > li")
    assert state["class"] == ["reached-reached"], visitor.response.text
    carried = [url for url in visitor.trail if "/ask/" in url]
    assert bool(carried) is not peer.by_server
    assert peer.told(visitor) is None


def test_a_logout_at_one_ends_all(peers: dict[str, Peer]) -> None:
    """One login opens them, and each hears of the end, whoever asked for it."""
    first, *others = peers.values()
    visitor = Follower((first.site.issuer, *(one.url for one in peers.values())))
    visitor.get(first.wish())
    visitor.log_in()
    pages = len(visitor.asked(first.site.issuer))
    for one in others:
        assert visitor.get(one.wish()) == f"{one.url}/page", visitor.response.text
    assert len(visitor.asked(first.site.issuer)) == pages
    names = {told.name for one in (first, *others) if (told := one.told(visitor))}
    # Nobody can tell by the name that it is the same person.
    assert len(names) == 1 + len(others)
    assert visitor.get(first.leave()) == f"{first.url}/bye", visitor.response.text
    assert [one.key for one in (first, *others) if one.told(visitor)] == []
