# SPDX-License-Identifier: Apache-2.0
"""SM-052 and SM-073: what waits behind an artifact is given once, to its application, or not."""

from base64 import b64decode, b64encode, urlsafe_b64encode
from dataclasses import replace
from hashlib import sha1
from typing import Any
from urllib.parse import quote

import pytest
from sqlalchemy import text

from idp.saml.artifacts import Artifacts
from tests.protocol.kit import ELSEWHERE, settled
from tests.races import at_once
from tests.saml_artifacts import (
    SERVICE,
    artifact_of,
    by_artifact,
    go,
    question,
    resolve,
    send,
    told,
)
from tests.saml_kit import SamlParty
from tests.security.saml_scene import admitted
from tests.world import ISSUER, World

KEPT_IN = ("grants", "journeys", "audit_events")


def given(party: SamlParty, response: Any) -> bool:
    """Whether somebody was named; an empty answer is a success, and no other form of one."""
    found = told(party, response)
    assert found is None or found.assertion is not None
    return found is not None


def waiting(world: World, **changes: Any) -> tuple[SamlParty, str]:
    """An application, and an artifact that waits for it."""
    party = by_artifact(world, **changes)
    browser = settled(world)
    go(party, browser)
    assert admitted(party)
    return party, artifact_of(browser)


def test_sm_073_an_artifact_is_used_once(world: World) -> None:
    party, artifact = waiting(world)
    assert given(party, resolve(party, artifact))
    assert not given(party, resolve(party, artifact))
    assert not given(party, resolve(party, artifact))
    assert [one.application for one in world.events("code.replayed")] == [party.key] * 2


def test_sm_073_of_many_at_one_moment_one_is_given_it(world: World) -> None:
    party, artifact = waiting(world)
    messages = [party.signed(question(party, artifact)) for _ in range(4)]
    found = at_once(lambda one: send(world, one), messages)
    assert sorted(given(party, one) for one in found) == [False, False, False, True]


def test_sm_073_the_same_question_sent_again_is_answered_by_nothing(sqlite_world: World) -> None:
    party, artifact = waiting(sqlite_world)
    message = party.signed(question(party, artifact))
    assert given(party, send(sqlite_world, message))
    assert not given(party, send(sqlite_world, message))


def test_sm_073_another_application_is_given_nothing(world: World) -> None:
    party, artifact = waiting(world)
    other = by_artifact(world)
    assert not given(other, resolve(other, artifact))
    assert [one.application for one in world.events("code.other_application")] == [other.key]
    # It was not used up by that.
    assert given(party, resolve(party, artifact))


def test_sm_073_nor_is_it_told_why_another_refused(sqlite_world: World) -> None:
    party, other = by_artifact(sqlite_world), by_artifact(sqlite_world)
    browser = sqlite_world.browser()
    go(party, browser, IsPassive="true")
    assert told(other, resolve(other, artifact_of(browser))) is None
    assert told(party, resolve(party, artifact_of(browser))) is not None


def test_sm_073_a_setting_for_codes_makes_it_no_longer(sqlite_world: World) -> None:
    core = sqlite_world.core
    tokens = replace(core.settings.tokens, code=600)
    patient = replace(core, settings=replace(core.settings, tokens=tokens))
    assert Artifacts(patient, "x").life == 60


@pytest.mark.parametrize(("seconds", "is_given"), [(59, True), (60, False)])
def test_sm_073_it_waits_for_a_minute_at_most(
    sqlite_world: World, seconds: int, is_given: bool
) -> None:
    party, artifact = waiting(sqlite_world)
    sqlite_world.clock.pass_by(seconds)
    assert given(party, resolve(party, artifact)) == is_given


def mangled(artifact: str) -> dict[str, str]:
    octets = b64decode(artifact)

    def spelled(changed: bytes) -> str:
        return b64encode(changed).decode()

    stranger = sha1(b"https://other.example/metadata").digest()
    return {
        "nothing": "",
        "no base64": "***",
        "too short": spelled(octets[:-1]),
        "too long": spelled(octets + b"\0"),
        "another type": spelled(b"\x00\x01" + octets[2:]),
        "another index": spelled(octets[:2] + b"\x00\x01" + octets[4:]),
        "SM-052 another source": spelled(octets[:4] + stranger + octets[24:]),
        "another handle": spelled(octets[:-1] + bytes([octets[-1] ^ 1])),
        "a guess": spelled(octets[:24] + bytes(20)),
        "the handle alone": spelled(octets[24:]),
        "a quote": artifact[:-2] + "'",
    }


def test_sm_052_073_a_guess_or_what_another_gave_is_nothing(sqlite_world: World) -> None:
    party, artifact = waiting(sqlite_world)
    for name, wrong in mangled(artifact).items():
        assert not given(party, resolve(party, wrong)), name
    assert given(party, resolve(party, artifact))


def test_sm_073_whoever_has_not_signed_is_refused(world: World) -> None:
    party, artifact = waiting(world)
    thief = replace(party, key_name="somebody else")
    tampered = party.signed(question(party, artifact)).replace(b'ID="_', b'ID="_0')
    elsewhere = question(party, artifact, Destination=f"{ISSUER}/saml/sso")
    tries = {
        "unsigned": question(party, artifact),
        "another's key": thief.signed(question(party, artifact)),
        "changed since": tampered,
        "old": party.signed(question(party, artifact, IssueInstant=party.moment(-301))),
        "of the future": party.signed(question(party, artifact, IssueInstant=party.moment(301))),
        "for another door": party.signed(elsewhere),
        "of another version": party.signed(question(party, artifact, Version="1.1")),
    }
    for name, message in tries.items():
        response = send(world, message)
        assert (name, response.status_code, response.get_data()) == (name, 403, b"")
    assert given(party, resolve(party, artifact))


def test_sm_073_also_where_requests_need_no_signature(sqlite_world: World) -> None:
    party, artifact = waiting(sqlite_world, saml={"signed_requests": False})
    assert send(sqlite_world, question(party, artifact)).status_code == 403
    assert given(party, resolve(party, artifact))


def test_sm_073_a_stranger_or_a_closed_application_is_refused(sqlite_world: World) -> None:
    party, artifact = waiting(sqlite_world)
    stranger = replace(party, document={"saml": {"entity_id": "https://nobody.example"}})
    assert resolve(stranger, artifact).status_code == 403
    with sqlite_world.core.database.write() as tx:
        sqlite_world.core.applications.set_enabled(tx, party.key, enabled=False)
    assert resolve(party, artifact).status_code == 403


def test_sm_073_nothing_about_anybody_lies_in_the_database(sqlite_world: World) -> None:
    party, artifact = waiting(sqlite_world)
    with sqlite_world.core.database.read() as tx:
        rows = [
            *tx.execute(text("SELECT * FROM grants")),
            *tx.execute(text("SELECT * FROM journeys")),
        ]
    kept = repr(rows)
    assert party.last_id in kept
    handle = b64decode(artifact)[24:]
    for secret in ("810101234567", "claire.durand", "Assertion", handle.hex(), artifact[32:]):
        assert secret not in kept
    assert urlsafe_b64encode(handle).decode().rstrip("=") not in kept


def test_sm_073_what_the_person_takes_back_meanwhile_is_not_given(world: World) -> None:
    """What else closes meanwhile is in the matrix (OA-047)."""
    party, artifact = waiting(world)
    account = world.cast["medecin"].id
    with world.core.database.write() as tx:
        world.core.codes.revoke_all_of(tx, account, party.key, "withdrawn", ELSEWHERE)
    assert not given(party, resolve(party, artifact))


def test_sm_073_what_is_registered_meanwhile_is_not_told_unasked(sqlite_world: World) -> None:
    few, more = [{"source": "email"}], [{"source": "email"}, {"source": "national_id"}]
    party = by_artifact(sqlite_world, policy={"consent": True}, saml={"attributes": few})
    browser = settled(sqlite_world)
    go(party, browser)
    browser.submit("/consent", answer="accept")
    changed = {**party.document, "saml": party.document["saml"] | {"attributes": more}}
    with sqlite_world.core.database.write() as tx:
        sqlite_world.core.applications.register(tx, changed)
    found = told(party, resolve(party, artifact_of(browser)))
    assert found is not None
    assert (found.codes, found.assertion) == (["Responder", "RequestDenied"], None)


def test_sm_030_an_answer_goes_to_no_address_that_was_taken_out(sqlite_world: World) -> None:
    """By artifact as by post: what is registered now is where the browser goes."""
    party = by_artifact(sqlite_world)
    browser = sqlite_world.browser()
    go(party, browser)
    kept = {
        **party.document,
        "saml": party.document["saml"] | {"acs": party.document["saml"]["acs"][1:]},
    }
    with sqlite_world.core.database.write() as tx:
        sqlite_world.core.applications.register(tx, kept)
    browser.log_in()
    assert not artifact_of(browser)
    assert party.told(browser).action == kept["saml"]["acs"][0]["url"]


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT"])
def test_sm_073_only_a_post_asks(sqlite_world: World, method: str) -> None:
    _party, artifact = waiting(sqlite_world)
    response = sqlite_world.browser().request(method, f"{SERVICE}?SAMLart={artifact}")
    assert response.status_code == 405


def test_sm_033_a_request_comes_by_no_artifact(sqlite_world: World) -> None:
    """We ask nobody for what an artifact of theirs stands for; nothing is fetched."""
    party, artifact = waiting(sqlite_world)
    browser = settled(sqlite_world)
    before = admitted(party)
    browser.get(f"/saml/sso?SAMLart={quote(artifact, safe='')}")
    assert browser.problem == "request-unreadable"
    browser.post("/saml/sso", {"SAMLart": artifact})
    assert browser.problem == "request-unreadable"
    assert admitted(party) == before
