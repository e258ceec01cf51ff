# SPDX-License-Identifier: Apache-2.0
"""WB-054: keys are published before use, kept after it, and gone at once when revoked."""

import json
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from idp.crypto import CryptoError
from idp.errors import Unavailable
from idp.keys.algorithms import UnusableKey
from idp.keys.service import SigningKeys
from idp.keys.sign import sign, verify_own
from tests.databases import open_database
from tests.unit.keys.conftest import BOTH, ISSUER, KEEP, LEAD, NEW, OLD, ROTATE, WRONG


def token(vault, life=300):
    now = vault.clock.now()
    claims = {"iss": ISSUER, "iat": now, "exp": now + life}
    return sign(vault.store.signer("ES256"), {"typ": "JWT"}, claims)


def holds(vault, text):
    now = vault.clock.now()
    return verify_own(text, vault.store, typ="JWT", issuer=ISSUER, now=now) is not None


def published(vault):
    return {key["kid"] for key in json.loads(vault.store.jwks_bytes()[0])["keys"]}


def test_the_first_key_is_active_at_once_and_made_once(vault):
    kid = vault.ensure("ES256")
    assert vault.ensure("ES256") == kid
    assert vault.states() == {kid: "active"}
    assert vault.store.signer("ES256").kid == kid


@pytest.mark.parametrize("algorithm", ["none", "HS256", "es256", "ES384", ""])
def test_oa_070_other_algorithms_are_refused(vault, algorithm):
    with pytest.raises(UnusableKey):
        vault.ensure(algorithm)


def test_no_key_is_a_breakdown(vault):
    with pytest.raises(Unavailable):
        vault.store.signer("ES256")
    assert json.loads(vault.store.jwks_bytes()[0]) == {"keys": []}


def test_rl_08_rotation_overlaps(vault):
    first = vault.ensure("ES256")
    old_token = token(vault)
    second = vault.rotate("ES256")
    vault.store.reload()
    # Published at once, signing only once every application had time to see it.
    assert published(vault) == {first, second}
    assert vault.store.signer("ES256").kid == first
    vault.clock.seconds += LEAD - 1
    last_of_old = token(vault, life=KEEP)
    assert vault.store.signer("ES256").kid == first
    vault.clock.seconds += 1
    assert vault.store.signer("ES256").kid == second
    assert vault.states() == {first: "retired", second: "active"}
    assert not holds(vault, old_token)  # expired
    assert holds(vault, last_of_old)
    vault.clock.seconds += KEEP - 2
    assert holds(vault, last_of_old)
    assert published(vault) == {first, second}
    vault.clock.seconds += 60
    assert published(vault) == {second}
    assert vault.states() == {first: "removed", second: "active"}
    assert holds(vault, token(vault))


def test_a_rotation_under_way_is_not_doubled(vault):
    vault.ensure("ES256")
    second = vault.rotate("ES256")
    assert vault.rotate("ES256") == second
    assert len(vault.states()) == 2


def test_rotating_nothing_makes_the_first_key(vault):
    kid = vault.rotate("ES256")
    assert vault.states() == {kid: "active"}


def test_every_algorithm_rotates_when_due_and_alone(vault):
    es, ed = vault.ensure("ES256"), vault.ensure("EdDSA")
    vault.clock.seconds += ROTATE - 1
    assert vault.rotate_due() == ()
    vault.clock.seconds += 1
    made = vault.rotate_due()
    assert len(made) == 2
    assert vault.rotate_due() == ()
    vault.clock.seconds += LEAD
    assert {vault.store.signer("ES256").kid, vault.store.signer("EdDSA").kid} == set(made)
    assert not {es, ed} & set(made)
    vault.clock.seconds += ROTATE
    assert len(vault.rotate_due()) == 2


def test_wb_050_a_retired_key_loses_its_private_half(vault):
    first = vault.ensure("ES256")
    vault.rotate("ES256")
    vault.rotate_due()
    query = f"SELECT sealed_private FROM signing_keys WHERE kid = '{first}'"
    assert vault.rows(query) != [("",)]
    vault.clock.seconds += LEAD
    vault.rotate_due()
    assert vault.rows(query) == [("",)]
    assert first in published(vault)
    assert first in {key["kid"] for key in json.loads(vault.new_store().jwks_bytes()[0])["keys"]}


def test_wb_054_revoking_the_active_key_makes_a_new_one(vault):
    first = vault.ensure("ES256")
    forged_later = token(vault)
    assert holds(vault, forged_later)
    outcome = vault.revoke(first)
    vault.store.reload()
    assert outcome.done
    assert outcome.successor == vault.store.signer("ES256").kid != first
    assert published(vault) == {outcome.successor}
    assert not holds(vault, forged_later)
    assert vault.rows(f"SELECT public, sealed_private FROM signing_keys WHERE kid = '{first}'") == [
        ("", "")
    ]
    assert not vault.revoke(first).done
    assert not vault.revoke("unknown").done


def test_rl_08_a_revocation_reaches_other_processes_within_the_refresh(vault):
    first = vault.ensure("ES256")
    text = token(vault)
    assert holds(vault, text)
    vault.revoke(first)
    vault.clock.seconds += 30
    assert not holds(vault, text)


def test_wb_054_revoking_while_a_rotation_is_under_way(vault):
    first = vault.ensure("ES256")
    second = vault.rotate("ES256")
    assert vault.revoke(first).successor == second
    vault.store.reload()
    assert vault.store.signer("ES256").kid == second
    vault.clock.seconds += LEAD + KEEP + 60
    assert vault.store.signer("ES256").kid == second
    assert vault.states() == {first: "revoked", second: "active"}


def test_wb_054_revoking_the_pending_key_keeps_the_active_one(vault):
    first = vault.ensure("ES256")
    second = vault.rotate("ES256")
    assert vault.revoke(second).successor == first
    vault.clock.seconds += LEAD + KEEP + 60
    assert vault.store.signer("ES256").kid == first
    assert vault.states() == {first: "active", second: "revoked"}
    third = vault.rotate("ES256")
    assert third not in {first, second}


def test_wb_054_revoking_a_retired_key(vault):
    first = vault.ensure("ES256")
    second = vault.rotate("ES256")
    vault.clock.seconds += LEAD
    assert vault.revoke(first).successor == second
    vault.store.reload()
    assert published(vault) == {second}


def test_wb_054_kids_are_thumbprints_and_unique(vault):
    kids = {vault.ensure("ES256"), vault.ensure("EdDSA"), vault.ensure("RS256")}
    assert len(kids) == 3
    assert all(len(kid) == 43 for kid in kids)
    for key in json.loads(vault.store.jwks_bytes()[0])["keys"]:
        assert vault.store.public(key["kid"]).key.thumbprint() == key["kid"]


def test_many_processes_start_at_once_with_one_key(vault):
    url = vault.db.engine.url.render_as_string(hide_password=False)
    barrier = threading.Barrier(5)

    def start(_):
        db = open_database(url)
        service = SigningKeys(vault.clock, OLD)
        barrier.wait(60)
        with db.write() as tx:
            kid = service.ensure(tx, "ES256")
        db.close()
        return kid

    with ThreadPoolExecutor(5) as pool:
        assert len(set(pool.map(start, range(5)))) == 1
    assert len(vault.states()) == 1


def test_wb_051_reseal_is_resumable_and_both_keys_read(vault):
    for algorithm in ("ES256", "EdDSA"):
        vault.ensure(algorithm)
    text = token(vault)
    # Three of four columns, then the process is killed.
    assert vault.reseal(BOTH, 3) == 3
    vault.store = vault.new_store(SigningKeys(vault.clock, BOTH))
    assert holds(vault, text)
    assert holds(vault, token(vault))
    assert vault.reseal(BOTH, 3) == 1
    assert vault.reseal(BOTH, 3) == 0
    vault.store = vault.new_store(SigningKeys(vault.clock, NEW))
    assert holds(vault, text)
    assert holds(vault, token(vault))


def test_wb_051_reseal_with_a_wrong_ring_changes_nothing(vault):
    vault.ensure("ES256")
    before = vault.rows("SELECT * FROM signing_keys")
    with pytest.raises(CryptoError):
        vault.reseal(NEW)
    assert vault.rows("SELECT * FROM signing_keys") == before


def test_wb_051_a_wrong_ring_signs_nothing(vault):
    vault.ensure("ES256")
    store = vault.new_store(SigningKeys(vault.clock, WRONG))
    with pytest.raises(Unavailable):
        store.signer("ES256")
    assert json.loads(store.jwks_bytes()[0]) == {"keys": []}


def test_wb_052_a_key_put_in_by_somebody_else_is_not_published(vault):
    kid = vault.ensure("ES256")
    vault.sql(
        "INSERT INTO signing_keys (kid, algorithm, public, sealed_private, created_at, "
        "active_from, version) SELECT 'mine', algorithm, public, sealed_private, created_at, "
        "active_from + 1, version + 1 FROM signing_keys"
    )
    vault.sql(
        "INSERT INTO signing_keys (kid, algorithm, public, sealed_private, created_at, "
        "active_from, version) SELECT 'clear', 'ES256', '{\"kty\": \"EC\"}', '', created_at, "
        "active_from, version + 2 FROM signing_keys WHERE kid <> 'mine'"
    )
    vault.store.reload()
    assert published(vault) == {kid}
    assert vault.store.signer("ES256").kid == kid


def test_wb_052_halves_exchanged_between_columns_do_not_open(vault):
    vault.ensure("ES256")
    vault.sql("UPDATE signing_keys SET public = sealed_private, version = version + 1")
    vault.store.reload()
    assert published(vault) == set()


def test_an_algorithm_changed_in_the_table_is_refused(vault):
    vault.ensure("ES256")
    vault.sql("UPDATE signing_keys SET algorithm = 'EdDSA', version = version + 1")
    vault.store.reload()
    assert published(vault) == set()
