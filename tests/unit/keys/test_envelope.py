# SPDX-License-Identifier: Apache-2.0
"""The key that others encrypt to: published while it is new, opening for longer, never signing."""

import json

import pytest
from joserfc import jwe
from joserfc.jwk import ECKey

from idp.errors import Unavailable
from idp.keys.algorithms import OPENS, UnusableKey
from idp.keys.envelope import opened
from idp.keys.sign import sign, verify_own
from tests.unit.keys.conftest import ISSUER, KEEP, LEAD, ROTATE


def published(vault) -> list[dict[str, str]]:
    """Those that others may encrypt to."""
    keys = json.loads(vault.store.jwks_bytes()[0])["keys"]
    return [key for key in keys if key["use"] == "enc"]


def encrypted(jwk: dict[str, str], text: str = "said") -> str:
    """A text for this key."""
    header = {"alg": OPENS, "enc": "A256GCM", "kid": jwk["kid"]}
    return jwe.encrypt_compact(header, text, ECKey.import_key(jwk), algorithms=[OPENS, "A256GCM"])


def test_oa_081_it_is_published_for_encryption_and_without_its_secret(vault):
    kid = vault.ensure(OPENS)
    (jwk,) = published(vault)
    assert set(jwk) == {"kty", "crv", "x", "y", "use", "alg", "kid"}
    assert (jwk["kid"], jwk["alg"], jwk["use"]) == (kid, OPENS, "enc")
    assert opened(encrypted(jwk), vault.store, 10_000) == "said"


def test_it_signs_nothing_and_vouches_for_nothing(vault):
    kid = vault.ensure(OPENS)
    signer = vault.store.signer(OPENS)
    with pytest.raises(UnusableKey):
        sign(signer, {"typ": "JWT"}, {"iss": ISSUER})
    assert not vault.store.public(kid).verify(b"said", b"x" * 64)
    header, rest = "eyJhbGciOiJFQ0RILUVTIn0", "eyJpc3MiOiJ4In0.AAAA"
    assert verify_own(f"{header}.{rest}", vault.store, typ="JWT", issuer=ISSUER, now=0) is None


def test_what_signs_opens_nothing(vault):
    kid = vault.ensure("ES256")
    assert vault.store.opener(kid) is None
    assert vault.store.opener("another") is None
    assert vault.store.public(kid) is not None


def test_a_rotation_loses_nothing_that_is_on_its_way(vault):
    vault.ensure(OPENS)
    (old,) = published(vault)
    on_its_way = encrypted(old)
    vault.rotate(OPENS)
    vault.clock.seconds += 31
    # Both are published, and both are opened, until the old one goes.
    assert len(published(vault)) == 2
    new = next(one for one in published(vault) if one["kid"] != old["kid"])
    assert opened(encrypted(new), vault.store, 10_000) == "said"
    vault.clock.seconds += LEAD
    assert published(vault) == [new]
    assert opened(on_its_way, vault.store, 10_000) == "said"
    # What is wiped is what opens no more; another process has it still, too.
    vault.rotate_due()
    assert opened(on_its_way, vault.new_store(), 10_000) == "said"
    vault.clock.seconds += KEEP + 31
    assert opened(on_its_way, vault.store, 10_000) is None
    vault.rotate_due()
    rows = vault.rows("SELECT kid, sealed_private FROM signing_keys")
    assert {kid for kid, private in rows if not private} == {old["kid"]}


def test_it_is_replaced_when_due_and_gone_when_revoked(vault):
    first = vault.ensure(OPENS)
    vault.clock.seconds += ROTATE
    (second,) = vault.rotate_due()
    vault.clock.seconds += 31
    token = encrypted(next(one for one in published(vault) if one["kid"] == first))
    assert vault.revoke(first).successor == second
    vault.store.reload()
    assert opened(token, vault.store, 10_000) is None
    assert [one["kid"] for one in published(vault)] == [second]


def test_without_one_nothing_is_opened(vault):
    with pytest.raises(Unavailable):
        vault.store.signer(OPENS)
    assert opened("a..AAAAAAAAAAAAAAAA.b.AAAAAAAAAAAAAAAAAAAAAA", vault.store, 10_000) is None
