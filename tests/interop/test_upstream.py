# SPDX-License-Identifier: Apache-2.0
"""A provider that nobody here wrote (npm's oidc-provider), added in the console and used."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from joserfc.jwk import ECKey, RSAKey

from idp.administration.rules.providers import Looked
from idp.clock import SystemClock
from tests import cast
from tests.administration.kit import DESK
from tests.interop.upstream import CLIENT, SECRET, Upstream, running_upstream
from tests.prosante import leave_for
from tests.provider_values import provider
from tests.providers import APPLICATIONS, KIND, arrive, keep, register
from tests.security.prosante_scene import nobody_is_in, told
from tests.world import ISSUER, Browser, World, open_world

pytestmark = pytest.mark.interop
BACK = f"{ISSUER}/upstream/idp/chu"
KEYS: dict[str, Any] = {
    "ES256": ECKey.generate_key("P-256", {"kid": "one", "use": "sig", "alg": "ES256"}),
    "RS256": RSAKey.generate_key(2048, {"kid": "two", "use": "sig", "alg": "RS256"}),
}


def running(algorithm: str = "ES256", **more: Any) -> Any:
    key = KEYS[algorithm].as_dict(private=True)
    return running_upstream(BACK, key=key, algorithm=algorithm, **more)


@pytest.fixture(params=["ES256", "RS256"])
def there(request: pytest.FixtureRequest) -> Iterator[Upstream]:
    with running(request.param) as upstream:
        yield upstream


@pytest.fixture
def opening(database_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Opens a server that may reach it, by the machine's own clock."""
    for key, document in APPLICATIONS.items():
        monkeypatch.setitem(cast.APPLICATIONS, key, document)
    opened: list[World] = []

    def open_(there: Upstream) -> World:
        world = open_world(
            database_url, SystemClock(), OUTGOING_ALLOW=urlsplit(there.issuer).netloc
        )
        opened.append(world)
        return world

    yield open_
    for one in opened:
        one.close()


def looked(world: World, there: Upstream) -> Looked:
    """What an administrator finds there."""
    office = world.provider.services.office
    found = office.providers.look(office.authorities.of_command(DESK), there.issuer)
    assert isinstance(found, Looked), found
    return found


def add(world: World, there: Upstream, **changes: Any) -> None:
    """Added as it was found."""
    found = looked(world, there)
    values = {
        "alias": "chu",
        "name_fr": "le CHU",
        "name_en": "the hospital",
        "issuer": found.issuer,
        "description": found.description,
        "origins": found.origins,
        "algorithm": there.algorithm,
        "our_name": CLIENT,
        "secret": SECRET,
        "scope": ("email",),
        "email": "email",
        "level_words": "hospital:badge",
        "levels": {"hospital:badge": 2},
    }
    keep(world, provider(**(values | changes)))
    register(world.core)


def linked(world: World, there: Upstream) -> Browser:
    """Claire, who has linked it."""
    browser = world.browser()
    browser.get("/login")
    browser.log_in()
    browser.get("/account/providers/new")
    browser.submit("/account/providers/new")
    browser.get(there.log_in(browser.last.headers["Location"], "claire"))
    return browser


def test_claire_links_it_and_logs_in_by_it(opening: Any, there: Upstream) -> None:
    world = opening(there)
    add(world, there)
    browser = linked(world, there)
    assert len(world.events("provider.linked")) == 1
    assert browser.page.find(string="claire.durand@chu.example") is not None
    visitor = arrive(world, "strong")
    answer = visitor.get(there.log_in(leave_for(visitor, KIND), "claire"))
    assert "code" in world.client("strong").answered(answer)
    proved = world.events("login.proved")[-1]
    assert (proved.means, proved.level) == (KIND, 2)
    # Somebody of the same e-mail address there is somebody else here.
    other = arrive(world)
    other.get(there.log_in(leave_for(other, KIND), "nadia"))
    assert told(world)[0] == "not-linked"


def test_who_turns_back_there_is_nobody(opening: Any, there: Upstream) -> None:
    world = opening(there)
    add(world, there)
    visitor = arrive(world)
    visitor.get(there.log_in(leave_for(visitor, KIND), "nobody"))
    assert nobody_is_in(world)
    assert told(world)[0] == "cancelled"


WRONG = {
    "another secret": ({"secret": "another"}, "invalid_client"),
    "another algorithm": ({"algorithm": "PS256"}, "token: another algorithm"),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_set_up_wrong_logs_nobody_in(opening: Any, name: str) -> None:
    changes, why = WRONG[name]
    with running() as there:
        world = opening(there)
        add(world, there, **changes)
        visitor = arrive(world)
        visitor.get(there.log_in(leave_for(visitor, KIND), "claire"))
        assert nobody_is_in(world)
        assert told(world) == ("not-believed", why)


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ({"token_endpoint_auth_method": "client_secret_jwt"}, "invalid_client"),
        ({"userinfo_signed_response_alg": "ES256"}, "not one clear JSON object"),
    ],
    ids=["a signature for a secret", "signed userinfo"],
)
def test_what_it_was_set_up_for_otherwise_logs_nobody_in(
    opening: Any, more: dict[str, str], why: str
) -> None:
    with running(**more) as there:
        world = opening(there)
        add(world, there)
        visitor = arrive(world)
        visitor.get(there.log_in(leave_for(visitor, KIND), "claire"))
        assert nobody_is_in(world)
        assert told(world) == ("not-believed", why)


def test_an_issuer_that_is_written_otherwise_is_another(opening: Any) -> None:
    with running() as there:
        world = opening(there)
        add(world, there, issuer=there.issuer + "/", description=looked(world, there).description)
        assert leave_for(arrive(world), KIND) == ""
        assert told(world) == ("not-believed", "description: another issuer")


def test_once_it_is_gone_others_go_on(opening: Any) -> None:
    with running() as there:
        world = opening(there)
        add(world, there)
    visitor = arrive(world)
    assert leave_for(visitor, KIND) == ""
    assert told(world)[0] == "not-reached"
    visitor.get(visitor.page.select_one("a[href*='means=password']")["href"])
    assert "code" in world.client("linked").answered(visitor.log_in())
