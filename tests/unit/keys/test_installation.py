# SPDX-License-Identifier: Apache-2.0
"""The installation's secrets: one of each, whoever comes first, closed to a wrong ring."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from idp.clock import SystemEntropy
from idp.keys.installation import WrongKeyRing, load_installation, reseal_installation
from tests.databases import open_database
from tests.unit.keys.conftest import BOTH, NEW, OLD, WRONG


def load(vault, ring=OLD):
    with vault.db.write() as tx:
        return load_installation(tx, ring, SystemEntropy())


def test_secrets_are_made_once_and_differ(vault):
    first = load(vault)
    values = [first.lookup, first.audit, first.pairwise, first.forms]
    assert [len(value) for value in values] == [32] * 4
    assert len(set(values)) == 4
    assert load(vault) == first
    assert first.audit.hex() not in repr(first)


def test_wb_050_nothing_readable_in_the_table(vault):
    secrets = load(vault)
    dump = repr(vault.rows("SELECT * FROM installation_secrets"))
    assert secrets.audit.hex() not in dump
    assert all(row[1].startswith("v1.old.") for row in
               vault.rows("SELECT name, sealed FROM installation_secrets"))  # fmt: skip


@pytest.mark.parametrize("ring", [WRONG, NEW])
def test_wb_051_a_wrong_ring_is_refused_and_changes_nothing(vault, ring):
    load(vault)
    vault.sql("DELETE FROM installation_secrets WHERE name = 'forms'")
    before = vault.rows("SELECT * FROM installation_secrets ORDER BY name")
    with pytest.raises(WrongKeyRing, match="key ring does not open"):
        load(vault, ring)
    assert vault.rows("SELECT * FROM installation_secrets ORDER BY name") == before


def test_wb_052_secrets_exchanged_between_rows_do_not_open(vault):
    load(vault)
    vault.sql("UPDATE installation_secrets SET sealed = "
              "(SELECT sealed FROM installation_secrets WHERE name = 'forms') "
              "WHERE name = 'audit'")  # fmt: skip
    with pytest.raises(WrongKeyRing, match="audit"):
        load(vault)


def test_two_processes_start_at_once(vault):
    url = vault.db.engine.url.render_as_string(hide_password=False)
    barrier = threading.Barrier(6)

    def start(_):
        db = open_database(url)
        barrier.wait(60)
        with db.write() as tx:
            secrets = load_installation(tx, OLD, SystemEntropy())
        db.close()
        return secrets

    with ThreadPoolExecutor(6) as pool:
        found = list(pool.map(start, range(6)))
    assert all(secrets == found[0] for secrets in found)
    assert load(vault) == found[0]


def test_wb_051_reseal_keeps_the_secrets(vault):
    before = load(vault)
    with vault.db.write() as tx:
        assert reseal_installation(tx, BOTH) == 4
        assert reseal_installation(tx, BOTH) == 0
    assert load(vault, NEW) == before
    with pytest.raises(WrongKeyRing):
        load(vault, OLD)
