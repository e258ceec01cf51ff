# SPDX-License-Identifier: Apache-2.0
"""The token service: a VIHF for a patient and a purpose, for who signed, of who is there."""

import json
from typing import Any

import pytest
from lxml import etree

from tests.activities import BOTH, HOSPITAL, PRACTICE, practises
from tests.protocol.kit import ELSEWHERE, session_of
from tests.saml_kit import NS, SamlParty, register_saml, verified
from tests.vihf_kit import (
    LPS,
    PATIENT,
    POLICY,
    PURPOSE,
    REASON,
    Known,
    ask,
    entitled,
    given,
    known_from,
    request,
    two_factors,
    values,
    why,
)
from tests.world import Browser, World

INS = "279035121518989^^^&1.2.250.1.213.1.4.10&ISO^NH"


def there(world: World, key: str = "") -> tuple[SamlParty, Known, Browser]:
    """An application that asks, and somebody who has entered it."""
    practises(world, HOSPITAL)
    client, browser = entitled(world, key, in_login=False, on_request=True), two_factors(world)
    client.go(browser)
    return client, known_from(client, browser), browser


def test_a_vihf_for_a_patient_and_a_purpose(world: World) -> None:
    client, known, _browser = there(world)
    wanted = {PATIENT: INS, PURPOSE: "bris_de_glace", REASON: "Malaise en salle d’attente"}
    answer = ask(client, request(client, known, wanted))
    inside = given(answer)
    assert inside is not None, answer.get_data(as_text=True)
    # It is taken out of the answer as it stands, and its signature holds.
    alone = etree.fromstring(etree.tostring(inside, with_tail=False))
    found = values(verified(alone, client.idp_certificates()))
    assert found[PATIENT] == [INS]
    [purpose] = found[PURPOSE]
    assert purpose[1:] == (
        "bris_de_glace",
        "1.2.250.1.213.1.1.4.248",
        "mode acces VIHF 2.0",
        "Accès bris de glace",
    )
    assert found["Identifiant_Structure"] == ["1370000481"]
    [event] = world.events("vihf.issued")
    told = json.loads(event.detail)
    assert (told["purpose"], told["reason"]) == ("bris_de_glace", "Malaise en salle d’attente")
    # Whose file it was can be told apart in the audit, and not who that is.
    assert told["patient"]
    assert "279035121518989" not in event.detail
    assert event.account == world.cast["medecin"].id


def test_the_activity_is_that_of_this_moment(sqlite_world: World) -> None:
    world = sqlite_world
    practises(world, *BOTH)
    client, browser = entitled(world, on_request=True), two_factors(world)
    client.go(browser)
    marks = [str(one["value"]) for one in browser.page.select("#activities button")]
    browser.submit("/activity", activity=marks[0])
    known = known_from(client, browser)
    assert values(given(ask(client, request(client, known, {}))))["Identifiant_Structure"] == [
        "1370000481"
    ]
    # Left the hospital: one activity is there still.
    practises(world, PRACTICE)
    assert values(given(ask(client, request(client, known, {}))))["Identifiant_Structure"] == [
        "499700000013008"
    ]
    # Chosen among others that are not theirs: asked again, and nothing is given before.
    practises(world, PRACTICE, *[HOSPITAL])
    browser.get("/account/applications")
    browser.submit("/activity")
    assert given(ask(client, request(client, known, {}))) is None


@pytest.mark.parametrize(
    ("claims", "about"),
    [
        ({PURPOSE: "curiosity"}, "no purpose"),
        ({PURPOSE: "bris_de_glace"}, "without a reason"),
        ({PURPOSE: "bris_de_glace", REASON: "  "}, "without a reason"),
        ({PURPOSE: "bris_de_glace", REASON: "x" * 257}, "256"),
        ({PATIENT: "279035121518989"}, "an INS"),
        ({PATIENT: "279035121518988^^^&1.2.250.1.213.1.4.10&ISO^NH"}, "an INS"),
        ({PATIENT: "279035121518989^^^&1.2.3&ISO^NH"}, "an INS"),
        ({"urn:oasis:names:tc:xacml:2.0:subject:role": "10"}, "Claims"),
    ],
)
def test_what_may_be_said_is_said_rightly(
    sqlite_world: World, claims: dict[str, str], about: str
) -> None:
    client, known, _browser = there(sqlite_world)
    answer = ask(client, request(client, known, claims))
    assert answer.status_code == 500
    assert about in why(answer)
    assert not sqlite_world.events("vihf.issued")


@pytest.mark.parametrize(
    "changes",
    [
        {"addressed": "https://another.example/sts"},
        {"at": "2020-01-01T00:00:00Z"},
        {"index": "of-nobody"},
        {"token": "urn:oasis:names:tc:SAML:1.1"},
        {"name": "<saml:NameID>nobody</saml:NameID>"},
        {"name": ""},
    ],
)
def test_what_is_wrong_with_a_request_gives_nothing(
    sqlite_world: World, changes: dict[str, str]
) -> None:
    client, known, _browser = there(sqlite_world)
    assert given(ask(client, request(client, known, {}, **changes))) is None


def test_sm_032_a_request_is_taken_once(world: World) -> None:
    client, known, _browser = there(world)
    message = request(client, known, {})
    assert given(ask(client, message)) is not None
    answer = ask(client, message)
    assert given(answer) is None
    assert "used already" in why(answer)


def test_sm_033_only_who_signed_as_registered_is_answered(sqlite_world: World) -> None:
    client, known, _browser = there(sqlite_world)
    message = request(client, known, {})
    bare = etree.fromstring(message)
    bare.remove(bare.find("ds:Signature", NS))
    assert ask(client, etree.tostring(bare)).status_code == 403
    # Whatever was signed was not this.
    changed = message.replace(b"authclaims", b"authclaimz")
    assert ask(client, changed).status_code == 403
    stranger = register_saml(sqlite_world, "stranger", policy=POLICY, saml={"vihf": LPS})
    assert ask(stranger, request(stranger, known, {})).status_code == 403
    unknown = request(client, known, {}, entity="https://nobody.example/")
    assert ask(client, unknown).status_code == 403


def test_sm_060_nobody_asks_for_the_people_of_another(sqlite_world: World) -> None:
    client, known, browser = there(sqlite_world, "first")
    other, _known, _other = there(sqlite_world, "second")
    assert given(ask(client, request(client, known, {}))) is not None
    # The name and the session were told to the first one.
    assert given(ask(other, request(other, known, {}))) is None
    with sqlite_world.core.database.write() as tx:
        session = session_of(sqlite_world, browser)
        sqlite_world.core.sessions.end(tx, session.id, "administrator", ELSEWHERE)
    assert given(ask(client, request(client, known, {}))) is None


def test_oa_047_what_was_opened_before_an_application_was_closed_is_over(world: World) -> None:
    client, known, browser = there(world)
    for enabled in (False, True):
        world.clock.pass_by(5)
        with world.core.database.write() as tx:
            world.core.applications.set_enabled(tx, client.key, enabled=enabled)
    assert given(ask(client, request(client, known, {}))) is None
    # Whoever enters it once more is there again.
    client.go(browser)
    known = known_from(client, browser)
    world.clock.pass_by(5)
    client.go(browser)
    assert given(ask(client, request(client, known, {}))) is not None


@pytest.mark.parametrize(("method", "status"), [("GET", 405), ("PUT", 405), ("POST", 415)])
def test_nothing_else_is_done_here(sqlite_world: World, method: str, status: int) -> None:
    answer: Any = sqlite_world.browser().request(method, "/saml/sts", data=b"")
    assert answer.status_code == status
