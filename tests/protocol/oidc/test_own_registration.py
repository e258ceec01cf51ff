# SPDX-License-Identifier: Apache-2.0
"""An application at its own registration (RFC 7592): it reads, replaces and ends it, no other's."""

from collections.abc import Iterator
from typing import Any

import pytest

from idp.applications import versions
from idp.applications.invitations import KEPT
from idp.chores import Chores
from idp.origin import Origin
from tests.protocol.kit import at_once, send, settled
from tests.protocol.oidc.newcomers import (
    SITE,
    Newcomer,
    again,
    invitations_of,
    invite,
    join,
    own,
    refused,
    world_with,
)
from tests.protocol.oidc.signing import new_key, public
from tests.world import World


@pytest.fixture
def both(database_url: str) -> Iterator[World]:
    """Where an invitation is needed, on each database."""
    with world_with(database_url) as opened:
        yield opened


def registered(world: World, key: str) -> Any:
    with world.core.database.read() as tx:
        return world.core.applications.load(tx, key)


def test_it_reads_what_it_registered(both: World) -> None:
    told = join(both)
    found = own(both, told)
    assert found.status_code == 200
    assert found.headers["Cache-Control"] == "no-store"
    # Its secret was told once.
    assert found.get_json() == {
        name: value
        for name, value in told.items()
        if name not in ("client_secret", "client_secret_expires_at")
    }


def test_it_replaces_the_whole_of_it(both: World) -> None:
    told = join(both, client_uri=f"{SITE}/", contacts=["aide@newcomer.example"])
    key, other = told["client_id"], f"{SITE}/other"
    words = again(told, redirect_uris=[other], client_name="Autre")
    del words["client_uri"]
    changed = own(both, told, "PUT", words)
    assert changed.status_code == 200, changed.get_data(as_text=True)
    document = changed.get_json()
    assert (document["redirect_uris"], document["client_name"]) == ([other], "Autre")
    assert "client_uri" not in document
    # The token and the secret stay.
    assert document["registration_access_token"] == told["registration_access_token"]
    assert "client_secret" not in document
    application = registered(both, key)
    assert both.core.applications.secret_matches(application, told["client_secret"])
    with both.core.database.read() as tx:
        newest, *_rest = versions.of(tx, key)
    assert (newest.number, newest.by) == (application.version, f"application:{key}")
    assert both.events("application.changed")[-1].application == key


def test_what_an_administrator_said_of_it_stays(inviting: World) -> None:
    told = join(inviting)
    key = told["client_id"]
    desk = inviting.provider.services.office
    with inviting.core.database.write() as tx:
        document, seen = desk.applications.stored(tx, key)
        document["policy"]["level"] = 2
        document["description"] = "Décrite par un administrateur"
        document["listed"] = True
        document["oidc"]["audiences"] = ["https://api.example"]
        document["oidc"]["authorization_details_types"] = ["exam"]
        document["oidc"]["dpop_bound_access_tokens"] = True
        authority = desk.authorities.of_command(Origin("127.0.0.1", "test", "test"))
        desk.applications.edit(tx, authority, key, seen, document)
    for _again in range(2):
        words = again(told, dpop_bound_access_tokens=False)
        assert own(inviting, told, "PUT", words).status_code == 200
    application = registered(inviting, key)
    assert application.settings["dpop_bound_access_tokens"] is True
    assert application.settings["authorization_details_types"] == ["exam"]
    assert (int(application.policy.level), application.listed) == (2, True)
    assert application.description
    assert application.settings["audiences"] == ["https://api.example"]


def test_oa_160_what_an_administrator_took_away_it_does_not_give_itself_back(both: World) -> None:
    both_grants = ["authorization_code", "implicit"]
    granted = {"grants": tuple(both_grants), "answers": ("code", "id_token"), "excused": True}
    answers = {"grant_types": both_grants, "response_types": ["code", "id_token"]}
    told = join(both, invite(both, **granted), **answers)
    key, office = told["client_id"], both.provider.services.office
    with both.core.database.write() as tx:
        document, seen = office.applications.stored(tx, key)
        document["oidc"] |= {"scopes": ["openid"], "response_types": ["code"]}
        document["oidc"]["grant_types"] = ["authorization_code"]
        del document["oidc"]["pkce"]
        authority = office.authorities.of_command(Origin("127.0.0.1", "test", "test"))
        office.applications.edit(tx, authority, key, seen, document)
    left = own(both, told).get_json()
    # However often it changes after that.
    for name in ("Une", "Autre"):
        assert own(both, told, "PUT", again(left, client_name=name)).status_code == 200
        for more in ("scope", "grant_types", "response_types"):
            words = again(left, **{more: told[more]})
            refused(own(both, told, "PUT", words), "invalid_client_metadata")
        whole = again(left)
        del whole["scope"]
        assert own(both, told, "PUT", whole).status_code == 200
    settings = registered(both, key).settings
    assert settings["scopes"] == ["openid"]
    assert "pkce" not in settings


WRONG = [
    {"client_id": "plain"},
    {"client_id": None},
    {"client_secret": "x" * 43},
    {"client_secret": 7},
    {"registration_access_token": "x"},
    {"registration_client_uri": "x"},
    {"client_secret_expires_at": 0},
    {"client_id_issued_at": 0},
    # OA-160: no change reaches further than the invitation did.
    {"grant_types": ["client_credentials"]},
    {"scope": "openid email"},
    {"scope": "sceau.accounts.read"},
]


@pytest.mark.parametrize("words", WRONG, ids=str)
def test_oa_160_an_update_that_says_something_wrong(inviting: World, words: dict[str, Any]) -> None:
    told = join(inviting)
    before = registered(inviting, told["client_id"])
    refused(own(inviting, told, "PUT", again(told, **words)), "invalid_client_metadata")
    assert registered(inviting, told["client_id"]) == before


def test_oa_161_a_token_opens_its_own_registration_alone(both: World) -> None:
    mine, other = join(both), join(both)
    stolen = other["registration_access_token"]
    before = registered(both, mine["client_id"])
    for method, words in (("GET", None), ("PUT", again(mine)), ("DELETE", None)):
        for token in (stolen, "", "guessed", "x" * 9000, invite(both), mine["client_secret"]):
            refused(own(both, mine, method, words, token), "invalid_token", 401)
    assert registered(both, mine["client_id"]) == before
    # Nor of one that an administrator registered.
    there = mine | {"registration_client_uri": f"{both.issuer}/oidc/register/plain"}
    refused(own(both, there), "invalid_token", 401)
    nowhere = mine | {"registration_client_uri": f"{both.issuer}/oidc/register/none%00"}
    refused(own(both, nowhere), "invalid_token", 401)
    assert own(both, mine).status_code == 200


def test_it_ends_its_registration(both: World) -> None:
    told = join(both)
    key = told["client_id"]
    gone = own(both, told, "DELETE")
    assert (gone.status_code, gone.get_data()) == (204, b"")
    # None is ever deleted: what the audit says of one keeps its name.
    assert registered(both, key).enabled is False
    for method, words in (("GET", None), ("PUT", again(told)), ("DELETE", None)):
        refused(own(both, told, method, words), "invalid_token", 401)
    browser = settled(both)
    Newcomer(both, key).ask(browser)
    assert browser.problem
    state = both.events("application.state")[-1]
    assert state.application == key


def test_oa_047_nothing_for_one_that_ended(inviting: World) -> None:
    told = join(
        inviting,
        invite(inviting, grants=("client_credentials",)),
        grant_types=["client_credentials"],
        redirect_uris=[],
    )
    client = Newcomer(inviting, told["client_id"])
    asked = {"grant_type": "client_credentials", "scope": "openid"}
    header = client.basic(told["client_secret"])
    before = client.post("/oidc/token", asked, **header)
    own(inviting, told, "DELETE")
    answer = client.post("/oidc/token", asked, **header)
    assert (before.status, answer.status) != (401, 200)
    assert (answer.status, answer.json["error"]) == (401, "invalid_client")


def test_two_updates_at_once_are_one_after_another(both: World) -> None:
    told = join(both)
    first = registered(both, told["client_id"]).version
    names = [f"Nom {number}" for number in range(6)]
    answers = at_once(
        6, lambda number: own(both, told, "PUT", again(told, client_name=names[number]))
    )
    assert {one.status_code for one in answers} <= {200, 409}
    kept = [one.get_json()["client_name"] for one in answers if one.status_code == 200]
    application = registered(both, told["client_id"])
    assert application.name in kept
    assert application.version == first + len(kept)


def test_whoever_was_looked_at_does_not_change_by_itself(inviting: World) -> None:
    told = join(inviting, invite(inviting, approved=True))
    # While it waits, it may mend what was wrong.
    assert own(inviting, told, "PUT", again(told, client_name="Mieux")).status_code == 200
    with inviting.core.database.write() as tx:
        inviting.core.applications.set_enabled(tx, told["client_id"], enabled=True)
    for method, words in (("PUT", again(told)), ("DELETE", None)):
        refused(own(inviting, told, method, words), "access_denied", 403)
    assert own(inviting, told).status_code == 200


def test_whoever_was_closed_does_not_change_by_itself(inviting: World) -> None:
    told = join(inviting)
    with inviting.core.database.write() as tx:
        inviting.core.applications.set_enabled(tx, told["client_id"], enabled=False)
    refused(own(inviting, told, "PUT", again(told)), "access_denied", 403)


def test_whoever_was_opened_and_closed_again_does_not_change_by_itself(inviting: World) -> None:
    told = join(inviting, invite(inviting, approved=True))
    for enabled in (True, False):
        with inviting.core.database.write() as tx:
            inviting.core.applications.set_enabled(tx, told["client_id"], enabled=enabled)
    for method, words in (("PUT", again(told)), ("DELETE", None)):
        refused(own(inviting, told, method, words), "access_denied", 403)


def test_wb_016_one_that_administers_is_changed_by_administrators(inviting: World) -> None:
    told = join(inviting)
    key = told["client_id"]
    office = inviting.provider.services.office
    with inviting.core.database.write() as tx:
        document, _seen = office.applications.stored(tx, key)
        document["policy"]["level"] = 2
        document["oidc"]["scopes"] = ["openid", "sceau.accounts.read"]
        inviting.core.applications.register(tx, document)
    for method, words in (("PUT", again(told)), ("DELETE", None)):
        refused(own(inviting, told, method, words), "access_denied", 403)


def test_one_that_begins_to_need_a_secret_gets_one(inviting: World) -> None:
    keys = {"keys": [public(new_key("ES256"))]}
    told = join(inviting, token_endpoint_auth_method="private_key_jwt", jwks=keys)
    words = again(told, token_endpoint_auth_method="client_secret_basic")
    changed = own(inviting, told, "PUT", words).get_json()
    assert changed["client_secret_expires_at"] == 0
    application = registered(inviting, told["client_id"])
    assert inviting.core.applications.secret_matches(application, changed["client_secret"])
    assert "client_secret" not in own(inviting, told, "PUT", words).get_json()


def test_other_methods(inviting: World) -> None:
    told = join(inviting)
    for method in ("POST", "PATCH"):
        assert own(inviting, told, method, {}).status_code == 405


def test_neither_token_lies_in_the_database_as_it_is(inviting: World) -> None:
    shown = invite(inviting, places=2)
    told = join(inviting, shown)
    with inviting.core.database.read() as tx:
        for name in ("application_invitations", "application_own_tokens"):
            rows = tx.exec_driver_sql(f"SELECT * FROM {name}").all()
            assert rows
            for secret in (shown, told["registration_access_token"]):
                assert all(secret not in str(value) for row in rows for value in row)
                assert all(
                    secret.encode() not in bytes(value)
                    for row in rows
                    for value in row
                    if isinstance(value, bytes)
                )


def test_the_chores_drop_what_has_long_been_over(both: World) -> None:
    invite(both, life=60)
    invite(both, life=60 + KEPT)
    both.clock.pass_by(61 + KEPT)
    Chores(both.core).do()
    with both.core.database.read() as tx:
        assert len(invitations_of(both).every(tx)) == 1


def test_another_folder_is_none_of_it(inviting: World) -> None:
    assert send(inviting, "GET", "/oidc/register/one/two").status_code == 404
