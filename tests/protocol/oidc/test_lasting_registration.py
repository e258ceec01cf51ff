# SPDX-License-Identifier: Apache-2.0
"""OA-160: an application that registers itself acts while people are away where it may, no more."""

from collections.abc import Iterator
from typing import Any

import pytest

from idp.administration.rules.applications import Faulty
from idp.applications.registration import read_registration
from idp.applications.values import Application
from idp.oidc.client import check_client, read_client
from idp.opening import KNOWN_MEANS
from idp.origin import Origin
from tests.cast import application
from tests.protocol.oidc.newcomers import again, invite, join, own, post, refused, world_with
from tests.world import World

GRANTS = ["authorization_code", "refresh_token"]
SCOPE = "openid profile offline_access"
MAY_LAST = ("openid", "profile", "offline_access")


def read(oidc: dict[str, Any], **changes: Any) -> Application:
    """A registration, as it is read."""
    return read_registration(application("read", oidc=oidc, **changes), KNOWN_MEANS)


@pytest.fixture
def both(database_url: str) -> Iterator[World]:
    """Where an invitation is needed, on each database."""
    with world_with(database_url) as opened:
        yield opened


def settings(world: World, told: dict[str, Any]) -> Any:
    with world.core.database.read() as tx:
        found = world.core.applications.load(tx, told["client_id"])
    assert found is not None
    return found.settings


def test_oa_160_it_has_it_where_its_invitation_says_so(both: World) -> None:
    told = join(both, invite(both, scopes=MAY_LAST), scope=SCOPE, grant_types=GRANTS)
    assert set(told["scope"].split()) == set(MAY_LAST)
    assert settings(both, told)["refresh"] == "lasting"


@pytest.mark.parametrize("scope", [SCOPE, "openid offline_access", None])
def test_oa_160_not_where_it_does_not(both: World, scope: str | None) -> None:
    words = {"scope": scope} if scope else {}
    told = join(both, invite(both), grant_types=GRANTS, **words)
    assert "offline_access" not in told["scope"].split()
    assert "refresh" not in settings(both, told)
    answer = own(both, told, "PUT", again(told, scope=SCOPE))
    assert "offline_access" not in answer.get_json()["scope"].split()


def test_oa_160_whoever_does_not_ask_has_none(both: World) -> None:
    told = join(both, invite(both, scopes=MAY_LAST), grant_types=GRANTS)
    assert set(told["scope"].split()) == {"openid", "profile"}


def test_oa_160_never_where_registration_is_open(sqlite_url: str) -> None:
    with world_with(sqlite_url, "open") as world:
        response = post(
            world,
            {"redirect_uris": ["https://x.example/cb"], "scope": SCOPE, "grant_types": GRANTS},
        )
        assert response.status_code == 201
        assert "offline_access" not in response.get_json()["scope"].split()


def test_it_gives_it_up_and_takes_it_again(both: World) -> None:
    told = join(both, invite(both, scopes=MAY_LAST), scope=SCOPE, grant_types=GRANTS)
    less = own(both, told, "PUT", again(told, scope="openid")).get_json()
    assert less["scope"] == "openid"
    assert "refresh" not in settings(both, told)
    more = own(both, told, "PUT", again(told, scope=SCOPE)).get_json()
    assert set(more["scope"].split()) == set(MAY_LAST)


def test_oa_160_its_own_word_for_the_setting_means_nothing(both: World) -> None:
    told = join(both, invite(both), refresh="lasting", refresh_life=10**9, grant_types=GRANTS)
    assert "refresh" not in settings(both, told)


def test_oa_160_what_can_keep_no_secret_has_none(both: World) -> None:
    words = {"redirect_uris": ["https://x.example/cb"], "scope": SCOPE, "grant_types": GRANTS}
    token = invite(both, scopes=MAY_LAST, methods=("none",))
    response = post(both, {**words, "token_endpoint_auth_method": "none"}, token)
    refused(response, "invalid_client_metadata")
    bound = {"token_endpoint_auth_method": "none", "dpop_bound_access_tokens": True}
    assert post(both, {**words, **bound}, token).status_code == 201


@pytest.mark.parametrize(
    ("oidc", "place"),
    [
        ({"refresh": "for ever"}, "oidc.refresh"),
        ({"refresh": "lasting", "grant_types": ["authorization_code"]}, "oidc.refresh"),
        ({"refresh": "lasting", "token_endpoint_auth_method": "none"}, "oidc.refresh"),
        ({"refresh": "lasting", "refresh_idle": 59}, "oidc.refresh_idle"),
        ({"refresh": "lasting", "refresh_life": True}, "oidc.refresh_life"),
        ({"refresh": "lasting", "refresh_life": "3600"}, "oidc.refresh_life"),
        ({"refresh": "lasting", "refresh_life": -1}, "oidc.refresh_life"),
        ({"refresh_life": 3600}, "oidc.refresh_life"),
        ({"refresh_idle": 3600}, "oidc.refresh_idle"),
    ],
)
def test_what_can_not_be_registered(oidc: dict[str, Any], place: str) -> None:
    assert place in {one.place for one in check_client(read(oidc))}


def test_a_local_provider_has_none() -> None:
    leans = {"means": ["cps"], "level": 2, "profile": "local-provider"}
    found = read({"refresh": "lasting", "tenant": "T"}, policy=leans)
    assert "oidc.refresh" in {one.place for one in check_client(found)}


def test_the_word_is_told_where_it_means_something() -> None:
    lasting = read({"refresh": "lasting", "scopes": ["openid"]})
    plain = read({"scopes": ["openid", "offline_access"]})
    assert read_client(lasting).scopes == ("openid", "offline_access")
    assert read_client(plain).scopes == ("openid",)


def edit(world: World, told: dict[str, Any], **oidc: Any) -> None:
    """An administrator says these of it; what is None is taken out."""
    desk = world.provider.services.office
    with world.core.database.write() as tx:
        document, seen = desk.applications.stored(tx, told["client_id"])
        kept = {**document["oidc"], **oidc}
        document["oidc"] = {name: one for name, one in kept.items() if one is not None}
        authority = desk.authorities.of_command(Origin("127.0.0.1", "test", "test"))
        edited = desk.applications.edit(tx, authority, told["client_id"], seen, document)
    assert not isinstance(edited, Faulty)


def test_oa_160_an_administrators_bound_outlives_what_it_says(both: World) -> None:
    told = join(both, invite(both, scopes=MAY_LAST), scope=SCOPE, grant_types=GRANTS)
    edit(both, told, refresh_life=3600)
    for scope in (SCOPE, "openid", SCOPE):
        assert own(both, told, "PUT", again(told, scope=scope)).status_code == 200
    assert settings(both, told)["refresh_life"] == 3600


def test_oa_160_what_was_taken_away_it_does_not_give_itself_back(both: World) -> None:
    told = join(both, invite(both, scopes=MAY_LAST), scope=SCOPE, grant_types=GRANTS)
    edit(both, told, refresh="session")
    answer = own(both, told, "PUT", again(told, scope=SCOPE))
    assert "offline_access" not in answer.get_json()["scope"].split()
    assert settings(both, told)["refresh"] == "session"


def test_what_an_administrator_gave_it_stays(both: World) -> None:
    told = join(both, invite(both), grant_types=GRANTS)
    edit(both, told, refresh="lasting")
    for scope in ("openid", "openid profile"):
        assert own(both, told, "PUT", again(told, scope=scope)).status_code == 200
    assert settings(both, told)["refresh"] == "lasting"
