# SPDX-License-Identifier: Apache-2.0
"""Every response type by every mode and profile, before a relying party that lets nothing pass."""

from collections.abc import Callable
from typing import Any

import pytest
from joserfc.errors import JoseError

from tests.protocol.kit import register, settled
from tests.protocol.oidc.encryption import reading_key
from tests.protocol.oidc.signing import new_key, public
from tests.protocol.oidc.strict_party import Party
from tests.protocol.oidc.test_backchannel import (  # noqa: F401 - fixtures
    Receiver,
    log_out,
    receiver,
    told_world,
)
from tests.protocol.oidc.test_front_channel import TYPES, front
from tests.world import World

KINDS = ["code", *TYPES]
FRAGMENT = ["", "fragment", "form_post", "jwt", "fragment.jwt", "form_post.jwt"]
MODES = [*FRAGMENT, "query", "query.jwt"]
PLACES = ("id_token", "userinfo", "authorization", "introspection")
READER = reading_key("P-256")
PROFILES: dict[str, dict[str, Any]] = {
    "usual": {},
    "told": {
        "access_token_format": "jwt",
        "audiences": ["https://api.example"],
        "id_token_signed_response_alg": "RS256",
        "userinfo_signed_response_alg": "ES256",
        "authorization_signed_response_alg": "EdDSA",
    },
    "pairwise": {
        "subject_type": "pairwise",
        "id_token_signed_response_alg": "EdDSA",
        "userinfo_signed_response_alg": "EdDSA",
    },
    "read": {
        "jwks": {"keys": [public(READER)]},
        **{f"{place}_encrypted_response_alg": "ECDH-ES" for place in PLACES},
    },
}
STRONG = {
    "token_endpoint_auth_method": "private_key_jwt",
    "grant_types": ["authorization_code", "refresh_token"],
}


def party(world: World, profile: str, kind: str = "code") -> Party:
    """A relying party of this profile, that may be answered so."""
    if profile in PROFILES:
        kinds = [kind] if kind != "code" else ["code"]
        reader = READER if profile == "read" else None
        return Party(world, front(world, *kinds, **PROFILES[profile]), reader=reader)
    signs, bound = new_key("ES256"), new_key("ES256", None)
    oidc = {"jwks": {"keys": [public(signs)]}, "profile": profile} | STRONG
    return Party(world, register(world, oidc=oidc), signs=signs, bound=bound)


def asked() -> list[Any]:
    """Whatever may be asked for: by the query, what holds no token."""
    front_ways = [(kind, mode) for kind in TYPES for mode in FRAGMENT]
    ways = [*front_ways, *(("code", mode) for mode in MODES)]
    usual = [(profile, *way) for profile in PROFILES for way in ways]
    strong = [(one, "code", mode) for one in ("fapi2", "fapi2-signed") for mode in MODES]
    return [pytest.param(*one, id="-".join(one)) for one in [*usual, *strong]]


@pytest.mark.parametrize(("profile", "kind", "mode"), asked())
def test_each_answer_holds_all_that_it_must(
    shared: World, profile: str, kind: str, mode: str
) -> None:
    party(shared, profile, kind).whole(settled(shared), kind, mode)


@pytest.mark.parametrize("profile", [*PROFILES, "fapi2", "fapi2-signed"])
def test_on_each_database(world: World, profile: str) -> None:
    party(world, profile).whole(settled(world), "code", "")


@pytest.mark.parametrize("profile", ["usual", "read", "fapi2", "fapi2-signed"])
@pytest.mark.parametrize("mode", MODES)
def test_so_does_one_that_says_no(shared: World, profile: str, mode: str) -> None:
    one, nobody = party(shared, profile), shared.browser()
    response = one.ask(nobody, "code", mode, prompt="none")
    fields = one.take(nobody, response, "code", mode)
    assert one.check_answer(fields, "code") is None
    assert fields["error"] == "login_required"


@pytest.mark.parametrize("profile", [*PROFILES, "fapi2"])
def test_when_somebody_logged_in_is_told_where_it_is_asked(shared: World, profile: str) -> None:
    """OIDC Core §2, §3.1.3.7 (13): with max_age, and no later than it allows."""
    one, browser = party(shared, profile), settled(shared)
    at = shared.clock.now()
    shared.clock.pass_by(40)
    found = one.whole(browser, "code", "", max_age="60")
    assert found.claims["auth_time"] == at
    shared.clock.pass_by(40)
    late = one.ask(browser, "code", "", max_age="60", prompt="none")
    assert one.take(browser, late, "code", "")["error"] == "login_required"


@pytest.mark.parametrize("algorithm", ["ES256", "RS256", "EdDSA"])
def test_oa_179_the_word_that_it_is_over(
    told_world: World,  # noqa: F811
    receiver: Receiver,  # noqa: F811
    algorithm: str,
) -> None:
    oidc = {
        "backchannel_logout_uri": receiver.url("/over"),
        "id_token_signed_response_alg": algorithm,
    }
    one, browser = Party(told_world, front(told_world, "code", **oidc)), settled(told_world)
    one.whole(browser, "code", "")
    hint = one.client.tokens(browser)["id_token"]
    log_out(browser, hint)
    ((_path, headers, form),) = receiver.told
    one.hear(headers, form)
    # Nor is it believed of another session of the same person.
    one.known["sid"] = "another"
    with pytest.raises(AssertionError):
        one.hear(headers, form)


# That it is strict: each of these would be let in by one that only looks whether it works.
Wrong = Callable[[dict[str, str], dict[str, str]], dict[str, str]]
WRONG: dict[str, Wrong] = {
    "another issuer": lambda own, _: own | {"iss": "https://evil.example"},
    "no issuer": lambda own, _: {name: one for name, one in own.items() if name != "iss"},
    "another tab's": lambda own, _: own | {"state": "state-of-another-tab"},
    "somebody else's code": lambda own, other: own | {"code": other["code"]},
    "somebody else's token": lambda own, other: own | {"access_token": other["access_token"]},
    "somebody else's person": lambda own, other: own | {"id_token": other["id_token"]},
    "more than was asked": lambda own, _: own | {"session_state": "x"},
    "a word of another's": lambda own, _: own | {"id_token": own["id_token"][:-6] + "AAAAAA"},
}


@pytest.mark.parametrize("wrong", WRONG.values(), ids=WRONG)
def test_it_lets_nothing_pass(shared: World, wrong: Wrong) -> None:
    kind = "code id_token token"
    one = party(shared, "usual", kind)
    own, other = (
        one.take(browser, one.ask(browser, kind, ""), kind, "")
        for browser in (settled(shared), settled(shared, "patient"))
    )
    assert one.check_answer(own, kind) is not None
    with pytest.raises((AssertionError, KeyError, JoseError)):
        one.check_answer(wrong(own, other), kind)
