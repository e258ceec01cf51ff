# SPDX-License-Identifier: Apache-2.0
"""Answers by artifact: the browser carries a handle, and the application comes for the answer."""

from hashlib import sha1
from urllib.parse import urlsplit

import pytest

from tests.protocol.kit import cancel, settled
from tests.saml_artifacts import (
    artifact_of,
    by_artifact,
    enclosed,
    go,
    parts_of,
    relay_of,
    resolve,
    told,
)
from tests.saml_kit import CLASS, pem
from tests.world import ISSUER, World


def test_somebody_logs_in_and_the_application_comes_for_the_answer(world: World) -> None:
    party = by_artifact(world)
    browser = world.browser()
    go(party, browser, AssertionConsumerServiceURL=None)
    # The form of the login may lead there.
    assert party.acs.partition("/art")[0] in browser.last.headers["Content-Security-Policy"]
    browser.log_in()
    where = urlsplit(browser.last.headers["Location"])
    assert f"{where.scheme}://{where.netloc}{where.path}" == party.acs.partition("?")[0]
    # What its address had before is there still.
    assert where.query.startswith("of=one&SAMLart=")
    assert relay_of(browser) == "relay-of-this-tab"
    kind, index, source, handle = parts_of(artifact_of(browser))
    assert (kind, index) == (b"\x00\x04", b"\x00\x00")
    assert source == sha1(f"{ISSUER}/saml/metadata".encode()).digest()
    assert len(handle) == 20
    found = told(party, resolve(party, artifact_of(browser)))
    assert found is not None
    assert found.codes == ["Success"]
    assert found.action == party.acs
    assert found.response.get("InResponseTo") == party.last_id
    assert found.class_ref == f"{CLASS}PasswordProtectedTransport"
    assert found.attributes["SubjectNameID"] == ["810101234567"]
    admitted = world.events("login.admitted")
    assert [one.application for one in admitted] == [party.key]


@pytest.mark.parametrize(
    "changes",
    [
        {"AssertionConsumerServiceURL": None},
        {"AssertionConsumerServiceURL": None, "ProtocolBinding": None},
        {
            "AssertionConsumerServiceURL": None,
            "ProtocolBinding": None,
            "AssertionConsumerServiceIndex": "3",
        },
        {"ProtocolBinding": None},
    ],
)
def test_the_binding_is_the_one_of_the_address(
    sqlite_world: World, changes: dict[str, str | None]
) -> None:
    party = by_artifact(sqlite_world)
    browser = settled(sqlite_world)
    go(party, browser, **changes)
    assert artifact_of(browser)


def test_an_address_for_posts_is_posted_to(sqlite_world: World) -> None:
    party = by_artifact(sqlite_world)
    browser = settled(sqlite_world)
    url = party.document["saml"]["acs"][1]["url"]
    party.go(browser, AssertionConsumerServiceURL=url)
    assert party.told(browser).action == url
    party.go(browser, AssertionConsumerServiceURL=None)
    assert party.told(browser).action == url


def test_where_one_address_takes_both_the_request_decides(sqlite_world: World) -> None:
    url = "https://both.example/acs"
    both = [{"url": url, "index": 0}, {"url": url, "binding": "artifact", "index": 1}]
    party = by_artifact(sqlite_world, saml={"acs": both})
    browser = settled(sqlite_world)
    go(party, browser)
    assert artifact_of(browser)
    party.go(browser)
    assert party.told(browser).action == url


def test_what_is_encrypted_comes_encrypted(sqlite_world: World) -> None:
    encrypted = {"encrypted_assertions": True, "encryption_certificates": [pem("saml application")]}
    party = by_artifact(sqlite_world, saml=encrypted)
    browser = settled(sqlite_world)
    go(party, browser)
    found = told(party, resolve(party, artifact_of(browser)))
    assert found is not None
    assert found.response.find("{urn:oasis:names:tc:SAML:2.0:assertion}Assertion") is None
    assert found.name_id.text


@pytest.mark.parametrize(
    ("changes", "codes"),
    [
        ({"IsPassive": "true"}, ["Responder", "NoPassive"]),
        ({"IsPassive": "true", "ForceAuthn": "1"}, ["Responder", "NoPassive"]),
        ({"inside": '<samlp:NameIDPolicy Format="urn:x"/>'}, ["Requester", "InvalidNameIDPolicy"]),
    ],
)
def test_a_refusal_waits_behind_an_artifact_too(
    world: World, changes: dict[str, str], codes: list[str]
) -> None:
    party = by_artifact(world)
    browser = world.browser()
    go(party, browser, **changes)
    artifact = artifact_of(browser)
    found = told(party, resolve(party, artifact))
    assert found is not None
    assert found.codes == codes
    assert found.assertion is None
    assert found.response.get("InResponseTo") == party.last_id
    assert told(party, resolve(party, artifact)) is None


def test_whoever_turns_back_is_refused_by_artifact(sqlite_world: World) -> None:
    party = by_artifact(sqlite_world)
    browser = sqlite_world.browser()
    go(party, browser)
    cancel(browser)
    found = told(party, resolve(party, artifact_of(browser)))
    assert found is not None
    assert found.codes == ["Responder", "AuthnFailed"]


def test_a_person_without_the_registered_name_is_told_by_artifact(sqlite_world: World) -> None:
    party = by_artifact(sqlite_world, saml={"subject_format": "email"})
    browser = settled(sqlite_world, "infirmiere")
    go(party, browser)
    found = told(party, resolve(party, artifact_of(browser)))
    assert found is not None
    assert found.codes == ["Responder", "InvalidNameIDPolicy"]


def test_who_begins_here_is_brought_by_artifact_too(sqlite_world: World) -> None:
    party = by_artifact(sqlite_world, saml={"idp_initiated": True})
    browser = settled(sqlite_world)
    browser.get(f"/saml/start?application={party.key}")
    found = told(party, resolve(party, artifact_of(browser)))
    assert found is not None
    assert found.codes == ["Success"]
    assert "InResponseTo" not in found.response.attrib


def test_the_answer_to_the_question_says_whose_it_is(sqlite_world: World) -> None:
    party = by_artifact(sqlite_world)
    browser = settled(sqlite_world)
    go(party, browser)
    answer = enclosed(party, resolve(party, artifact_of(browser), ID="_my-question"))
    assert answer.get("InResponseTo") == "_my-question"
    issuer = answer.findtext("{urn:oasis:names:tc:SAML:2.0:assertion}Issuer")
    assert issuer == f"{ISSUER}/saml/metadata"
