# SPDX-License-Identifier: Apache-2.0
"""The same command line on PostgreSQL."""

import json

import pytest

from tests.demo.conftest import RING, SECOND, add_claire

pytestmark = pytest.mark.postgresql


@pytest.fixture
def sceau(bare, postgres_cluster):
    """Prepared from nothing, in a database of its own."""
    name = postgres_cluster.create(empty=True)
    bare.environ["SCEAU_DATABASE_URL"] = postgres_cluster.url(name)
    assert "run `sceau init`" in bare("check").stdout
    assert "WAITING" in bare("upgrade-check").stdout
    bare.did("init")
    yield bare
    postgres_cluster.drop(name)


def test_from_an_empty_database_to_a_proved_audit(sceau):
    assert "ok     database       PostgreSQL" in sceau.did("check")
    sceau.did("communities", "add", "onco-centre", "Onco Centre")
    add_claire(sceau, "--community", "onco-centre")
    sceau.did("accounts", "disable", "cdurand")
    (claire,) = json.loads(sceau.did("accounts", "list", "--json"))
    assert claire["state"] == "disabled"
    assert "nothing was counted" in sceau.did("accounts", "unlock", "cdurand")
    sceau.did("keys", "rotate", "RS256")
    sceau.environ["SCEAU_SECRETS_KEYS"] = f"{SECOND}\n{RING}"
    sceau.did("keys", "reseal")
    sceau.environ["SCEAU_SECRETS_KEYS"] = SECOND
    assert "already at" in sceau.did("init")
    sceau.did("audit", "seal")
    assert "Whole" in sceau.did("audit", "verify")
    assert "account.state" in sceau.did("audit", "search", "--account", "cdurand")
