# SPDX-License-Identifier: Apache-2.0
"""The keys in a process: public only, loaded once, looked at cheaply, trusted only while fresh."""

import json
import threading

import pytest
from sqlalchemy import event
from sqlalchemy.exc import OperationalError

from idp.errors import Unavailable
from idp.keys import view as view_module

PRIVATE = {"d", "p", "q", "dp", "dq", "qi", "oth", "k"}


@pytest.fixture
def statements(vault):
    seen = []

    def note(_connection, _cursor, statement, *_):
        seen.append(statement)

    event.listen(vault.db.engine, "before_cursor_execute", note)
    yield seen
    event.remove(vault.db.engine, "before_cursor_execute", note)


def test_oa_081_only_public_signing_keys_are_published(vault):
    for algorithm in ("ES256", "RS256", "EdDSA"):
        vault.ensure(algorithm)
    document, etag = vault.store.jwks_bytes()
    keys = json.loads(document)["keys"]
    assert {key["alg"] for key in keys} == {"ES256", "RS256", "EdDSA"}
    assert all(key["use"] == "sig" and key["kid"] for key in keys)
    assert not any(PRIVATE & key.keys() for key in keys)
    assert {key["kty"] for key in keys} == {"EC", "RSA", "OKP"}
    assert etag.startswith('"')
    assert not any(vault.store.public(key["kid"]).key.is_private for key in keys)


def test_the_document_changes_only_with_the_keys(vault):
    vault.ensure("ES256")
    before = vault.store.jwks_bytes()
    vault.clock.seconds += 31
    assert vault.store.jwks_bytes() == before
    vault.rotate("ES256")
    vault.clock.seconds += 31
    after = vault.store.jwks_bytes()
    assert after[0] != before[0]
    assert after[1] != before[1]


def test_nothing_is_asked_of_the_database_between_looks(vault, statements):
    kid = vault.ensure("ES256")
    vault.store.signer("ES256")
    statements.clear()
    for _ in range(50):
        vault.store.signer("ES256")
        vault.store.jwks_bytes()
        vault.store.public(kid)
    assert statements == []
    vault.clock.seconds += 30
    vault.store.signer("ES256")
    vault.store.signer("ES256")
    assert len(statements) == 1
    assert "max" in statements[0].lower()


def test_a_key_is_imported_once(vault, monkeypatch):
    vault.ensure("ES256")
    signer = vault.store.signer("ES256")
    loaded = []
    real = view_module.load_key
    monkeypatch.setattr(view_module, "load_key", lambda jwk: loaded.append(jwk) or real(jwk))
    vault.rotate("ES256")
    vault.store.reload()
    assert len(loaded) == 1
    assert vault.store.signer("ES256") is signer


@pytest.mark.parametrize("kid", ["", "../../dev/null", "' OR 1=1", "x" * 65536])
def test_oa_074_kids_are_looked_up_exactly(vault, statements, kid):
    known = vault.ensure("ES256")
    assert vault.store.public(known).kid == known
    statements.clear()
    assert vault.store.public(kid) is None
    assert vault.store.public(known.lower()) is None
    assert vault.store.public(known + " ") is None
    assert statements == []


def test_a_rotation_rolled_back_is_never_seen(vault):
    kid = vault.ensure("ES256")
    vault.store.signer("ES256")

    class Failed(Exception):
        pass

    def revoke():
        with vault.db.write() as tx:
            vault.service.revoke(tx, kid)
            vault.clock.seconds += 31
            assert vault.store.signer("ES256").kid == kid
            raise Failed

    with pytest.raises(Failed):
        revoke()
    vault.clock.seconds += 31
    assert vault.store.signer("ES256").kid == kid


def test_rl_08_keys_that_can_not_be_looked_at_are_trusted_five_minutes(vault, monkeypatch):
    vault.ensure("ES256")
    signer = vault.store.signer("ES256")

    def broken():
        raise OperationalError("connect", {}, Exception("gone"))

    with monkeypatch.context() as patch:
        patch.setattr(vault.db.engine, "connect", broken)
        vault.clock.seconds += 299
        assert vault.store.signer("ES256") is signer
        vault.clock.seconds += 2
        with pytest.raises(Unavailable):
            vault.store.signer("ES256")
    vault.clock.seconds += 2
    assert vault.store.signer("ES256") is signer


def test_one_thread_looks_the_others_go_on(vault, monkeypatch):
    vault.ensure("ES256")
    vault.store.signer("ES256")
    vault.clock.seconds += 31
    real, entered, leave = vault.store._load, threading.Event(), threading.Event()

    def slow():
        entered.set()
        assert leave.wait(60)
        real()

    monkeypatch.setattr(vault.store, "_load", slow)
    looking = threading.Thread(target=vault.store.jwks_bytes)
    looking.start()
    assert entered.wait(60)
    assert vault.store.signer("ES256").algorithm == "ES256"  # does not wait
    leave.set()
    looking.join(60)


def test_nothing_secret_in_a_repr(vault):
    vault.ensure("ES256")
    signer = vault.store.signer("ES256")
    assert "object at" in repr(signer)
