# SPDX-License-Identifier: Apache-2.0
"""What an application is told beside the person: what they are here, and for whom."""

import json

import pytest
from flask_babel import force_locale

from connectors.base import Level
from idp.administration.authority import Held
from idp.administration.rights import Role
from idp.sessions.values import Proof
from idp.web.consent import describe
from tests.protocol.houses import CLINIC, HOSPITAL, house
from tests.protocol.kit import ELSEWHERE, bearer, register, send, session_of, set_cookie
from tests.protocol.oidc.strict import segment
from tests.world import Browser, RelyingParty, World

CLAIMS = {"population", "works_for", "administers"}
OTHER_MEANS = "totp"


@pytest.fixture
def housed(world: World) -> World:
    house(world)
    return world


def party(world: World, scope: str = "affiliation", level: int = 1) -> RelyingParty:
    policy = {"means": ["password", OTHER_MEANS], "level": level}
    return register(world, oidc={"scopes": ["openid", *scope.split()]}, policy=policy)


def entered(
    world: World, who: str, level: Level = Level.TWO_FACTORS, only: tuple[str, ...] = ()
) -> Browser:
    means = "password" if level is Level.PASSWORD else OTHER_MEANS
    now = world.clock.now()
    return come_by(world, who, Proof(means, level, ("pwd",), now, "journey-of-the-test", only=only))


def come_by(world: World, who: str, proof: Proof) -> Browser:
    browser = world.browser()
    with world.core.database.write() as tx:
        _, secret = world.core.sessions.open(tx, world.cast[who].id, proof, ELSEWHERE)
    set_cookie(world, browser, "session", secret)
    return browser


def told(client: RelyingParty, browser: Browser, **asked: str) -> tuple[dict, dict]:
    tokens = client.redeem(client.code_for(browser, **asked)).json
    found = send(client.world, "GET", "/oidc/userinfo", headers=bearer(tokens["access_token"]))
    return segment(tokens["id_token"], 1), found.get_json()


def test_what_a_professional_is_and_where(housed: World) -> None:
    client = party(housed)
    token, info = told(client, entered(housed, "medecin"), scope="openid affiliation")
    assert info["population"] == "professional"
    # Those that are open, and no other.
    assert info["works_for"] == [{"finess": HOSPITAL.key, "name": HOSPITAL.name}]
    assert info["administers"] == [{"finess": CLINIC.key, "name": CLINIC.name}]
    assert not CLAIMS & set(token)


def test_a_role_is_told_from_two_factors_on(housed: World) -> None:
    client = party(housed)
    browser = entered(housed, "medecin", Level.PASSWORD)
    _, info = told(client, browser, scope="openid affiliation")
    assert "administers" not in info
    assert [one["finess"] for one in info["works_for"]] == [HOSPITAL.key]


def test_wb_016_the_word_of_software_makes_nobody_an_administrator(housed: World) -> None:
    client = party(housed, level=2)
    browser = entered(housed, "medecin", only=(client.key,))
    asked = json.dumps({"id_token": {"administers": None, "works_for": None}})
    token, info = told(client, browser, scope="openid affiliation", claims=asked)
    assert "administers" not in info
    assert "administers" not in token
    assert "works_for" in info
    assert "works_for" in token


def unsure(world: World) -> tuple[RelyingParty, Browser]:
    """By a card of which nobody tells, at an application that lets it pass; no page here does."""
    policy = {"means": ["cps"], "level": 3, "card_revocation": "accept"}
    client = register(world, oidc={"scopes": ["openid", "affiliation"]}, policy=policy)
    card = Proof("cps", Level.CARD, ("sc",), world.clock.now(), "journey", certain=False)
    return client, come_by(world, "medecin", card)


ASKED = json.dumps({"id_token": {"administers": None, "works_for": None}})


def test_xc_015_a_card_that_the_console_does_not_believe_makes_no_administrator(
    housed: World,
) -> None:
    client, browser = unsure(housed)
    token, info = told(client, browser, scope="openid affiliation", claims=ASKED)
    for found in (token, info):
        assert "works_for" in found
        assert "administers" not in found


def test_xc_015_nor_is_it_believed_for_what_is_given_anew(housed: World) -> None:
    client, browser = unsure(housed)
    code = client.code_for(browser, scope="openid affiliation", claims=ASKED)
    first = client.redeem(code).json
    anew = client.refresh(first["refresh_token"]).json
    for tokens in (first, anew):
        found = segment(tokens["id_token"], 1)
        assert "works_for" in found
        assert "administers" not in found


def test_where_patients_are_treated_is_told_to_nobody(housed: World) -> None:
    _, info = told(party(housed), entered(housed, "patient"), scope="openid affiliation")
    assert CLAIMS & set(info) == {"population"}
    assert info["population"] == "patient"


def test_who_administers_the_region_administers_no_establishment(housed: World) -> None:
    _, info = told(party(housed), entered(housed, "administrateur"), scope="openid affiliation")
    assert CLAIMS & set(info) == {"population"}
    assert info["population"] == "staff"


def test_a_role_that_was_taken_away_is_told_no_more(housed: World) -> None:
    client = party(housed)
    tokens = client.redeem(
        client.code_for(entered(housed, "medecin"), scope="openid affiliation")
    ).json
    office = housed.provider.services.office
    with housed.core.database.write() as tx:
        root = office.authorities.of_command(ELSEWHERE)
        held = Held(Role.ESTABLISHMENT, CLINIC.key)
        assert office.roles.take(tx, root, housed.cast["medecin"].id, held) is True
    found = send(housed, "GET", "/oidc/userinfo", headers=bearer(tokens["access_token"]))
    assert "administers" not in found.get_json()


@pytest.mark.parametrize(("first", "then"), [(2, 3), (3, 2), (2, 2)])
def test_a_proof_that_is_renewed_takes_nothing_away(housed: World, first: int, then: int) -> None:
    client, browser = renewing(housed, "passkey", first)
    tokens = client.redeem(client.code_for(browser, scope="openid affiliation", claims=ASKED)).json
    prove(housed, browser, "passkey", then)
    known = [{"finess": CLINIC.key, "name": CLINIC.name}]
    assert info_of(client, tokens)["administers"] == known
    anew = client.refresh(tokens["refresh_token"]).json
    assert segment(anew["id_token"], 1)["administers"] == known


def test_what_is_proved_since_makes_no_more_of_a_token(housed: World) -> None:
    client, browser = renewing(housed, "password", 1)
    tokens = client.redeem(client.code_for(browser, scope="openid affiliation", claims=ASKED)).json
    prove(housed, browser, "passkey", 3)
    info = info_of(client, tokens)
    assert "works_for" in info
    assert "administers" not in info
    anew = client.refresh(tokens["refresh_token"]).json
    assert "administers" not in segment(anew["id_token"], 1)


def renewing(world: World, means: str, level: int) -> tuple[RelyingParty, Browser]:
    policy = {"means": ["password", "passkey"]}
    client = register(world, oidc={"scopes": ["openid", "affiliation"]}, policy=policy)
    proof = Proof(means, Level(level), ("user",), world.clock.now(), "journey")
    return client, come_by(world, "medecin", proof)


def prove(world: World, browser: Browser, means: str, level: int) -> None:
    """In the same session, a minute later."""
    world.clock.pass_by(60)
    session = session_of(world, browser)
    assert session is not None
    proof = Proof(means, Level(level), ("user",), world.clock.now(), "another journey")
    with world.core.database.write() as tx:
        proved = world.core.sessions.prove(tx, session, proof)
    assert proved is not None
    set_cookie(world, browser, "session", proved[1])


def info_of(client: RelyingParty, tokens: dict) -> dict:
    headers = bearer(tokens["access_token"])
    return send(client.world, "GET", "/oidc/userinfo", headers=headers).get_json()


def consenting(world: World, means: list[str]) -> RelyingParty:
    policy = {"means": means, "consent": True}
    return register(world, oidc={"scopes": ["openid", "affiliation"]}, policy=policy)


@pytest.mark.parametrize(
    ("means", "is_shown"), [(["password"], False), (["password", "totp"], True)]
)
def test_what_is_agreed_to_is_what_will_be_told(
    housed: World, means: list[str], is_shown: bool
) -> None:
    client = consenting(housed, means)
    browser = entered(housed, "medecin", Level.PASSWORD)
    prove(housed, browser, OTHER_MEANS, 2)
    client.ask(browser, scope="openid affiliation")
    shown = str(browser.page.main)
    assert HOSPITAL.name in shown
    assert (CLINIC.name in shown) is is_shown
    tokens = client.redeem(client.answered(browser.submit("/consent", answer="accept"))["code"])
    assert ("administers" in info_of(client, tokens.json)) is is_shown


def test_where_they_belong_is_no_question_for_patients(housed: World) -> None:
    told = []
    for who in ("patient", "medecin"):
        person = housed.cast[who].person
        # As on the page; what the words are is no matter here.
        with housed.provider.web.test_request_context("/"), force_locale("en"):
            told.append(len(describe(person, ("affiliation",))))
    assert told == [1, 3]


def test_single_claims_and_none_for_whoever_has_not_the_scope(housed: World) -> None:
    asked = json.dumps({"userinfo": {"population": None}, "id_token": {"works_for": None}})
    browser = entered(housed, "medecin")
    token, info = told(party(housed), browser, scope="openid", claims=asked)
    assert CLAIMS & set(info) == {"population"}
    assert CLAIMS & set(token) == {"works_for"}
    token, info = told(party(housed, "profile"), browser, scope="openid", claims=asked)
    assert not CLAIMS & (set(info) | set(token))
