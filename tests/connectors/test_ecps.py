# SPDX-License-Identifier: Apache-2.0
"""CIBA as a client: what is asked, what is made of each answer (CIBA Core §7 to §13)."""

import json
from dataclasses import dataclass, field
from urllib.parse import parse_qs

import pytest

from connectors.base import Level, Reason, Refused
from connectors.capabilities import Introduction, Practice, Tie
from connectors.ecps.asking import LIFE, Asking
from connectors.ecps.kept import dump, load
from connectors.introduced import Read
from connectors.openid.provider import Provider, Tokens
from connectors.openid.upstream import Upstream
from connectors.phones import Rung, Silent
from connectors.ports import HttpAnswer

ISSUER = "https://there.example"
DESCRIBED = {
    "issuer": ISSUER,
    "authorization_endpoint": f"{ISSUER}/auth",
    "token_endpoint": f"{ISSUER}/token",
    "userinfo_endpoint": f"{ISSUER}/userinfo",
    "jwks_uri": f"{ISSUER}/certs",
    "backchannel_authentication_endpoint": f"{ISSUER}/ciba",
    "code_challenge_methods_supported": ["S256"],
}


@dataclass
class There:
    """A provider that answers what the test says."""

    status: int = 200
    answer: object = None
    described: dict[str, object] = field(default_factory=lambda: dict(DESCRIBED))
    asked: list[tuple[str, dict[str, list[str]]]] = field(default_factory=list)

    def fetch(self, method, url, headers, body=None):
        if method == "GET":
            return HttpAnswer(200, json.dumps(self.described).encode())
        self.asked.append((url, parse_qs((body or b"").decode())))
        if self.answer is None:
            return None
        return HttpAnswer(self.status, json.dumps(self.answer).encode())


def asking(there: There) -> Asking:
    upstream = Upstream(
        issuer=ISSUER,
        client_id="us",
        secret="s",
        scope=("openid", "scope_all"),
        level_words="eidas1",
        back="https://here.example/back",
    )
    return Asking(Provider(upstream, there, lambda: 1_790_000_000, lambda: 0.0))


RIGHT = {"auth_req_id": "x" * 40, "expires_in": 120, "interval": 5}


def test_a_request_lies_on_the_phone():
    there = There(answer=RIGHT)
    assert asking(there).ring("899700218896", "07") == Rung("x" * 40, 5, 120)
    [(url, sent)] = there.asked
    assert url == f"{ISSUER}/ciba"
    assert sent["binding_message"] == ["07"]
    assert sent["login_hint"] == ["899700218896"]


@pytest.mark.parametrize(
    ("told", "interval", "life"),
    [
        # CIBA Core §7.3: without one it is five seconds.
        ({"interval": None}, 5, 120),
        ({"interval": 1}, 2, 120),
        ({"interval": 30}, 30, 120),
        ({"expires_in": 30}, 5, 30),
        ({"expires_in": 86_400}, 5, LIFE),
    ],
)
def test_times_are_taken_as_they_were_told_within_bounds(told, interval, life):
    answer = {name: one for name, one in (RIGHT | told).items() if one is not None}
    found = asking(There(answer=answer)).ring("899700218896", "07")
    assert isinstance(found, Rung)
    assert (found.interval, found.life) == (interval, life)


@pytest.mark.parametrize(
    "told",
    [
        {"auth_req_id": ""},
        {"auth_req_id": 7},
        {"auth_req_id": None},
        {"auth_req_id": "x" * 9000},
        {"auth_req_id": "a\nb"},
        {"auth_req_id": "é" * 40},
        {"expires_in": 0},
        {"expires_in": -1},
        {"expires_in": True},
        {"expires_in": "120"},
        {"expires_in": 1 << 40},
        {"expires_in": None},
        {"interval": 0},
        {"interval": "5"},
        {"interval": 2.5},
    ],
)
def test_oa_140_an_answer_that_is_none_is_not_gone_by(told):
    found = asking(There(answer=RIGHT | told)).ring("899700218896", "07")
    assert isinstance(found, Refused)
    assert found.reason is Reason.NOT_BELIEVED
    assert found.detail.startswith("request: ")


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        ("unknown_user_id", Reason.UNKNOWN),
        ("invalid_user", Reason.UNKNOWN),
        ("access_denied", Reason.CANCELLED),
        ("unauthorized_client", Reason.NOT_BELIEVED),
        ("invalid_request", Reason.NOT_BELIEVED),
        ("invalid_binding_message", Reason.NOT_BELIEVED),
        ("missing_user_code", Reason.NOT_BELIEVED),
        (None, Reason.NOT_BELIEVED),
        (["unknown_user_id"], Reason.NOT_BELIEVED),
    ],
)
def test_oa_144_what_their_errors_come_to(error, reason):
    found = asking(There(400, {"error": error})).ring("899700218896", "07")
    assert isinstance(found, Refused)
    assert found.reason is reason


@pytest.mark.parametrize(
    ("error", "outcome"),
    [
        ("authorization_pending", Silent()),
        ("slow_down", Silent(slower=True)),
        ("expired_token", Refused(Reason.EXPIRED)),
        ("access_denied", Refused(Reason.CANCELLED)),
        ("invalid_grant", Refused(Reason.UNKNOWN, "invalid_grant")),
        ("unauthorized_client", Refused(Reason.NOT_BELIEVED, "unauthorized_client")),
    ],
)
def test_oa_141_oa_142_what_the_words_of_a_poll_come_to(error, outcome):
    there = There(400, {"error": error})
    assert asking(there).poll("handle") == outcome
    assert there.asked[0][1]["grant_type"] == ["urn:openid:params:grant-type:ciba"]


@pytest.mark.parametrize("there", [There(), There(500, {}), There(429, {}), There(503, {})])
def test_oa_141_nobody_who_is_away_is_pressed(there):
    assert asking(there).poll("handle") == Silent(slower=True)
    found = asking(there).ring("899700218896", "07")
    assert isinstance(found, Refused)
    assert found.reason is Reason.NOT_REACHED


def test_tokens_are_handed_on_to_be_judged():
    there = There(answer={"access_token": "a", "id_token": "i.d.t", "token_type": "bearer"})
    assert asking(there).poll("handle") == Tokens("a", "i.d.t")


def test_br_005_one_without_such_an_endpoint_of_its_own_is_not_asked():
    for elsewhere in (None, "https://another.example/ciba"):
        there = There(answer=RIGHT)
        there.described["backchannel_authentication_endpoint"] = elsewhere
        found = asking(there).ring("899700218896", "07")
        assert found == Refused(Reason.NOT_BELIEVED, "description: backchannel")
        assert not there.asked


TIE = Tie(f"{ISSUER} somebody", f"{ISSUER} session", "", "psc")


@pytest.mark.parametrize("practices", [None, (), (Practice("10", speciality_code="SM26"),)])
def test_what_was_heard_is_the_same_when_it_is_taken(practices):
    who = Introduction("899700218896", "psc", "Élise", "D’Argent", practices=practices, tie=TIE)
    proof = load(dump(Read(who, Level.CARD, ("swk", "pin", "mfa")), 1_790_000_000))
    assert proof.identity.claims["introduction"] == who
    assert (proof.level, proof.methods, proof.at) == (
        Level.CARD,
        ("swk", "pin", "mfa"),
        1_790_000_000,
    )
    assert load(dump(Read(who, Level.PASSWORD, ("user",)), 0)).at is None
