# SPDX-License-Identifier: Apache-2.0
"""Keys rotated and resealed; the audit proved, and what was done to it by hand found."""

import base64
import json

import pytest

from idp.crypto import parse_key_ring
from idp.migrations.versions.v0017_audit_starts import drop_append_only_ddl
from tests.demo.conftest import RING, SECOND, add_claire


def kids(sceau, algorithm, state):
    rows = [line.split() for line in sceau.did("keys", "list", "--all").splitlines()[1:]]
    return [row[0] for row in rows if row[1:3] == [algorithm, state]]


def test_a_rotation_is_published_first_and_made_once(sceau):
    told = sceau.did("keys", "rotate", "ES256")
    assert "signs from" in told
    assert "under way" in sceau.did("keys", "rotate", "ES256")
    assert len(kids(sceau, "ES256", "pending")) == 1
    assert len(sceau.events("signing.rotated")) == 1


def test_a_key_whose_name_begins_like_an_option_is_found(sceau):
    refused = sceau("keys", "revoke", "-EJ6wXyGKrFj9qJK43PPAP3IMRpG1EzBL8RGXY6YBX8", "--yes")
    assert (refused.exit_code, "There is no key '-EJ6" in refused.output) == (1, True)


def test_a_revoked_key_is_replaced_at_once(sceau):
    (old,) = kids(sceau, "ES256", "active")
    assert sceau("keys", "revoke", old, typed="n\n").exit_code == 1
    assert kids(sceau, "ES256", "active") == [old]
    sceau.did("keys", "revoke", old, "--yes")
    (new,) = kids(sceau, "ES256", "active")
    assert new != old
    assert kids(sceau, "ES256", "revoked") == [old]
    assert "already" in sceau.refused("keys", "revoke", old, "--yes")
    assert "no key" in sceau.refused("keys", "revoke", "nothing", "--yes")
    assert len(sceau.events("signing.revoked")) == 1


def test_after_resealing_the_old_ring_is_needed_no_more(sceau):
    sceau.environ["SCEAU_SECRETS_KEYS"] = f"{SECOND}\n{RING}"
    sceau.did("keys", "reseal")
    assert "0 values" in sceau.did("keys", "reseal")
    sceau.environ["SCEAU_SECRETS_KEYS"] = SECOND
    assert "second seals" in sceau.did("check")
    sceau.environ["SCEAU_SECRETS_KEYS"] = RING
    assert sceau("check").exit_code == 1


def test_rings_are_made_and_grow(bare):
    line = bare.did("secrets", "new-ring", "--id", "a").strip()
    assert parse_key_ring(line).active_id == "a"
    assert len(base64.b64decode(line.partition(":")[2])) == 32
    ring = bare.folder / "keys"
    bare.did("secrets", "new-ring", "--id", "a", "--file", str(ring))
    assert ring.stat().st_mode & 0o777 == 0o600
    assert "left alone" in bare.refused("secrets", "new-ring", "--file", str(ring))
    bare.did("secrets", "new-ring", "--id", "b", "--add-to", str(ring))
    assert parse_key_ring(ring.read_text()).ids == ("b", "a")
    assert ring.stat().st_mode & 0o777 == 0o600
    before = ring.read_text()
    assert "repeats" in bare.refused("secrets", "new-ring", "--id", "b", "--add-to", str(ring))
    assert ring.read_text() == before
    ring.chmod(0o640)
    assert "open to other users" in bare.refused("secrets", "new-ring", "--add-to", str(ring))


@pytest.fixture
def sealed(sceau):
    """An audit with some events, all sealed."""
    add_claire(sceau, "--community", "onco-centre")
    sceau.did("accounts", "disable", "cdurand")
    assert "sealed" in sceau.did("audit", "seal")
    assert "Whole" in sceau.did("audit", "verify")
    return sceau


def tamper(sceau, statement):
    """As somebody who owns the file, triggers or not."""
    with sceau.sql() as connection:
        for drop in drop_append_only_ddl("sqlite"):
            connection.execute(drop)
        assert connection.execute(statement).rowcount


def test_an_edited_event_is_found(sealed):
    tamper(sealed, "UPDATE audit_events SET outcome = 'refused' WHERE id = 3")
    told = sealed.refused("audit", "verify")
    assert "NOT whole" in told
    assert "event 3: the event was changed after it was sealed" in told


def test_a_removed_event_is_found(sealed):
    tamper(sealed, "DELETE FROM audit_events WHERE id = 2")
    assert "event 2: the event was removed" in sealed.refused("audit", "verify")


def test_an_inserted_event_is_found(sealed):
    columns = "at, outcome, account, detail, mac"
    tamper(
        sealed,
        f"INSERT INTO audit_events (kind, {columns}) "
        f"SELECT 'login.ok', {columns} FROM audit_events WHERE id = 4",
    )
    told = sealed.refused("audit", "verify")
    assert "was not written by this installation" in told
    # Sealing it does not make it ours.
    sealed.did("audit", "seal")
    assert "NOT whole" in sealed.refused("audit", "verify")


def test_a_cut_end_is_found_by_the_anchor(sealed):
    anchor = sealed.folder / "anchor"
    sealed.environ["SCEAU_AUDIT_ANCHOR_FILE"] = str(anchor)
    sealed.did("accounts", "enable", "cdurand")
    sealed.did("audit", "seal")
    assert "Whole" in sealed.did("audit", "verify", "--anchor", str(anchor))
    last = "(SELECT max(number) FROM audit_batches)"
    first = f"(SELECT first_seq FROM audit_batches WHERE number = {last})"
    events = f"(SELECT event_id FROM audit_seals WHERE seq >= {first})"
    for statement in (
        f"DELETE FROM audit_events WHERE id IN {events}",
        f"DELETE FROM audit_seals WHERE seq >= {first}",
        f"DELETE FROM audit_batches WHERE number = {last}",
    ):
        tamper(sealed, statement)
    assert "NOT whole" in sealed.refused("audit", "verify")
    del sealed.environ["SCEAU_AUDIT_ANCHOR_FILE"]
    assert "NOT whole" in sealed.refused("audit", "verify", "--anchor", str(anchor))
    # What the command itself says it can't see without one.
    assert "Without an anchor" in sealed.did("audit", "verify")


def test_searching(sealed):
    found = sealed.did("audit", "search", "--account", "cdurand", "--json").splitlines()
    events = [json.loads(line) for line in found]
    assert events[0]["kind"] == "account.state"
    assert {event["address"] for event in events} == {"command line"}
    assert "account.joined" in sealed.did("audit", "search", "--kind", "account.joined")
    assert "account" not in sealed.did("audit", "search", "--until", "2001-01-01").lower()[80:]
    assert len(sealed.did("audit", "search", "--limit", "2").splitlines()) == 3
