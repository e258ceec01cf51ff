# SPDX-License-Identifier: Apache-2.0
"""Rules of passwords, messages, keys, authorities, cards and registers by the API."""

from typing import Any

import pytest

from idp.administration.authority import Held
from idp.administration.rights import Role
from idp.credentials.cards import Card, Kind
from idp.trust.certificate import read
from tests.administration.api_kit import Program, person_token, problem, program
from tests.administration.kit import CHU, CLINIC, Opened
from tests.administration.test_rules_and_keys import authority, write
from tests.directory.kit import bring, extract, somebody

__all__ = ("authority",)
CARD = "2600301752"
GRAVE = (
    "sceau.read",
    "sceau.write",
    "sceau.policies.write",
    "sceau.keys.write",
    "sceau.trust.write",
)
KNOWN: dict[str, tuple[str, ...]] = {
    "GET": ("/password-policies", "/keys", "/trust", "/messages"),
    "DELETE": ("/password-policies/patient", f"/trust/authorities/{'0' * 64}"),
    "POST": ("/keys/none/revoke", "/trust/refresh", "/messages/none/retry", "/messages/none/drop"),
}


@pytest.fixture
def region(sqlite_office: Opened) -> Program:
    return program(sqlite_office, Held(Role.SUPER), GRAVE)


@pytest.mark.parametrize("role", [Role.ESTABLISHMENT, Role.HELP_DESK], ids=str)
def test_wb_014_what_is_everybodys_is_not_theirs(sqlite_office: Opened, role: Role) -> None:
    house = CHU if role is Role.ESTABLISHMENT else ""
    caller = program(sqlite_office, Held(role, house), GRAVE)
    for method, paths in KNOWN.items():
        for path in paths:
            if role is Role.HELP_DESK and path.startswith("/messages"):
                continue
            assert problem(caller.call(method, path)) == "not-allowed", path


def test_rules_of_passwords_are_those_that_were_seen(region: Program) -> None:
    listed = region.get("/password-policies").get_json()["items"]
    assert {one["population"] for one in listed} == {"professional", "patient", "staff"}
    path = "/password-policies/patient"
    shown = region.get(path)
    rules = shown.get_json()["rules"] | {"length": 20}
    weak = region.call("PUT", path, rules | {"length": 1}, If_Match=shown.headers["ETag"])
    assert {one["pointer"] for one in weak.get_json()["errors"]} == {"#/length"}, weak.text
    changed = region.call("PUT", path, rules, If_Match=shown.headers["ETag"])
    assert changed.get_json()["own"], changed.text
    late = region.call("PUT", path, rules, If_Match=shown.headers["ETag"])
    assert problem(late) == "changed"
    back = region.call("DELETE", path).get_json()
    assert (back["own"], back["rules"]["length"]) == (False, shown.get_json()["rules"]["length"])
    assert problem(region.get("/password-policies/robots")) == "not-found"


def test_a_key_is_rotated_and_revoked(region: Program) -> None:
    (first, *_others) = region.get("/keys").get_json()["items"]
    made = region.call("POST", "/keys", {"algorithm": first["algorithm"]})
    assert made.status_code == 201, made.text
    again = region.call("POST", "/keys", {"algorithm": first["algorithm"]})
    assert problem(again) == "conflict"
    kid = made.get_json()["kid"]
    assert region.call("POST", f"/keys/{kid}/revoke").status_code == 200
    assert problem(region.call("POST", f"/keys/{kid}/revoke")) == "conflict"
    states = {one["kid"]: one["state"] for one in region.get("/keys").get_json()["items"]}
    assert states[kid] == "revoked"


def test_an_authority_is_believed_by_the_print_of_its_owner(
    region: Program, authority: str
) -> None:
    certificate = read_of(authority)
    given = {"pem": authority, "family": "essai", "fingerprint": "0" * 64}
    assert problem(region.call("POST", "/trust/authorities", given)) == "unfit"
    given["fingerprint"] = certificate.fingerprint
    added = region.call("POST", "/trust/authorities", given)
    assert added.status_code == 201, added.text
    assert problem(region.call("POST", "/trust/authorities", given)) == "taken"
    shown = region.get("/trust").get_json()
    assert certificate.fingerprint in {one["fingerprint"] for one in shown["authorities"]}
    path = f"/trust/authorities/{certificate.fingerprint}"
    assert region.call("DELETE", path).get_json() == {"ended_sessions": 0}
    assert problem(region.call("DELETE", path)) == "not-found"


def read_of(text: str) -> Any:
    from cryptography import x509
    from cryptography.hazmat.primitives.serialization import Encoding

    found = x509.load_pem_x509_certificate(text.encode())
    return read(found.public_bytes(Encoding.DER))


def test_cr_010_a_message_is_dropped_unread(sqlite_office: Opened) -> None:
    first, second = write(sqlite_office), write(sqlite_office)
    helper = program(sqlite_office, Held(Role.HELP_DESK), ("sceau.read", "sceau.messages.write"))
    listed = helper.get("/messages?state=queued&purpose=login-code")
    assert {one["id"] for one in listed.get_json()["items"]} == {first, second}
    path = f"/messages/{first}"
    shown = helper.get(path)
    assert "secret words" not in shown.text + listed.text
    assert helper.call("POST", f"{path}/retry").status_code == 204
    assert helper.call("POST", f"{path}/drop").status_code == 204
    assert problem(helper.call("POST", f"{path}/drop")) == "conflict"
    assert problem(helper.call("POST", "/messages/none/drop")) == "not-found"
    reader = program(sqlite_office, Held(Role.HELP_DESK), ("sceau.messages.read",))
    assert problem(reader.call("POST", f"/messages/{second}/drop")) == "missing-scope"


def test_wb_015_a_card_of_others_is_none_by_the_api_either(sqlite_office: Opened) -> None:
    core = sqlite_office.world.core
    card = Card(CARD, sqlite_office["medecin"].id, Kind.CPS, core.clock.now() + 86_400)
    with core.database.write() as tx:
        core.cards.add(tx, card)
    scopes = ("sceau.read", "sceau.write")
    chu, clinic = (
        program(sqlite_office, Held(Role.ESTABLISHMENT, house), scopes) for house in (CHU, CLINIC)
    )
    path = f"/cards/{CARD}"
    assert chu.get(path).get_json()["account"] == sqlite_office["medecin"].id
    for refused in (clinic.get(path), clinic.call("POST", f"{path}/revoke")):
        assert problem(refused) == "not-found"
    assert chu.call("POST", f"{path}/revoke").status_code == 204
    assert chu.get(path).get_json()["state"] == "revoked"
    assert chu.call("POST", f"{path}/restore").status_code == 204
    assert problem(chu.call("POST", f"{path}/restore")) == "conflict"
    assert problem(chu.get("/calculettes/batches")) == "not-allowed"
    whole = program(sqlite_office, Held(Role.REGION), scopes)
    assert whole.get("/calculettes/batches").get_json()["items"] == []


def test_registers_and_the_lines_that_were_not_taken(sqlite_office: Opened, tmp_path: Any) -> None:
    bring(sqlite_office.world, extract(tmp_path, [somebody(), "=wrong", "worse"]))
    chu = program(sqlite_office, Held(Role.ESTABLISHMENT, CHU), ("sceau.read", "sceau.write"))
    (one,) = chu.get("/registers/imports").get_json()["items"]
    assert (one["kept"], one["rejected"]) == (1, 2)
    path = f"/registers/imports/{one['id']}/rejects"
    assert problem(chu.get(path)) == "not-allowed"
    region = program(sqlite_office, Held(Role.REGION), ("sceau.directory.write",))
    first = region.get(f"{path}?size=1").get_json()
    rest = region.get(f"{path}?size=1&after={first['next']}").get_json()
    assert [each["line"] for each in first["items"] + rest["items"]] == [3, 4]
    assert rest["next"] is None
    for odd in ("99", "none"):
        assert problem(region.get(f"/registers/imports/{odd}/rejects")) == "not-found"
        assert problem(chu.get(f"/registers/imports/{odd}/rejects")) == "not-allowed"
    wish = {"kind": one["kind"]}
    assert problem(chu.call("POST", "/registers/imports", wish)) == "not-allowed"
    assert problem(region.call("POST", "/registers/imports", wish)) == "conflict"


def test_a_community_is_opened_to_establishments(sqlite_office: Opened) -> None:
    region = program(sqlite_office, Held(Role.REGION), ("sceau.read", "sceau.write"))
    assert region.call("POST", "/communities", {"key": "dia", "name": "D"}).status_code == 201
    path = "/communities/dia/opening"
    for wish in (True, False):
        shown = region.call("PUT", path, {"open_to_establishments": wish})
        assert shown.get_json()["open_to_establishments"] is wish
    chu = program(sqlite_office, Held(Role.ESTABLISHMENT, CHU), ("sceau.read", "sceau.write"))
    refused = chu.call("PUT", path, {"open_to_establishments": True})
    assert problem(refused) == "not-allowed"


def test_a_person_rotates_by_a_scope_of_its_own_name(sqlite_office: Opened) -> None:
    scopes = "openid sceau.read sceau.write"
    caller = person_token(sqlite_office, "administrateur", scopes)
    assert caller.get("/keys").status_code == 200
    refused = caller.call("POST", "/keys", {"algorithm": "ES256"})
    assert problem(refused) == "missing-scope"
    assert "sceau.keys.write" in refused.headers["WWW-Authenticate"]
