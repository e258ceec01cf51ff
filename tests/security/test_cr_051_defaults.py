# SPDX-License-Identifier: Apache-2.0
"""CR-051: a new installation knows nobody, and holds no secret that another one has too."""

import dataclasses
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import inspect, text

from idp.app import create_provider
from idp.config import ConfigFaults, Settings, load
from idp.config.secret import Secret
from idp.db import Database
from tests.cast import Cast
from tests.databases import PostgresCluster
from tests.demo.conftest import Sceau
from tests.world import ISSUER, RING, Browser, StandingClock, World

# What an installation makes for itself; its audit tells that it was made.
ITS_OWN = {"alembic_version", "installation_secrets", "signing_keys", "audit_events"}
SEALS = {"audit_seals", "audit_batches"}
GUESSES = [("admin", "admin"), ("sceau", "sceau"), ("root", ""), ("administrateur", "password")]


@pytest.fixture(params=["sqlite", "postgresql"])
def fresh(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Sceau]:
    """An installation that `sceau init` has just made on an empty database, of each kind."""
    url, drop = f"sqlite:///{tmp_path / 'fresh.sqlite3'}", None
    if request.param == "postgresql":
        cluster: PostgresCluster = request.getfixturevalue("postgres_cluster")
        name = cluster.create(empty=True)
        url, drop = cluster.url(name), (cluster, name)
    environ = {
        "SCEAU_SERVER_ISSUER": ISSUER,
        "SCEAU_DATABASE_URL": url,
        "SCEAU_SECRETS_KEYS": RING,
        "SCEAU_LOG_LEVEL": "error",
    }
    sceau = Sceau(tmp_path, environ)
    sceau.did("init")
    yield sceau
    if drop is not None:
        drop[0].drop(drop[1])


def filled(database: Database) -> dict[str, list[str]]:
    """The tables with rows in them, and these."""
    names = inspect(database.engine).get_table_names()
    with database.read() as tx:
        rows = {one: tx.execute(text(f'SELECT * FROM "{one}"')).all() for one in names}
    return {name: [repr(tuple(row)) for row in found] for name, found in rows.items() if found}


def test_cr_051_there_is_no_account_and_nothing_to_log_in_with(fresh: Sceau):
    with fresh.core() as core:
        assert set(filled(core.database)) - SEALS == ITS_OWN
        with core.database.read() as tx:
            kinds = set(tx.execute(text("SELECT kind FROM audit_events")).scalars())
    # Nobody was made, not even for a moment.
    assert not [one for one in kinds if one.startswith(("account.", "password.", "means."))]
    listed = fresh.did("accounts", "list", "--json")
    assert listed.strip() == "[]"


def test_cr_051_no_usual_name_opens_it(fresh: Sceau):
    with served(fresh) as world:
        for identifier, password in GUESSES:
            browser = begun(world)
            browser.submit("/password", identifier=identifier, password=password)
            assert browser.page.find(id="form-error")
            assert browser.cookie("session") == ""


def test_cr_051_two_installations_share_no_secret(tmp_path: Path):
    """With the very same configuration, ring included."""
    held = []
    for name in ("one", "other"):
        (tmp_path / name).mkdir()
        environ = {
            "SCEAU_SERVER_ISSUER": ISSUER,
            "SCEAU_DATABASE_URL": f"sqlite:///{tmp_path / name / 'sceau.sqlite3'}",
            "SCEAU_SECRETS_KEYS": RING,
        }
        sceau = Sceau(tmp_path, environ)
        sceau.did("init")
        with sceau.core() as core:
            keys = {
                one.get("x", one.get("n")) for one in json.loads(core.keys.jwks_bytes()[0])["keys"]
            }
            held.append((core.lookup.hash("the same"), keys))
    assert held[0][0] != held[1][0]
    # Three that sign, and one that others encrypt to.
    assert len(held[0][1]) == 4
    assert not held[0][1] & held[1][1]


def test_cr_051_no_secret_has_a_default(tmp_path: Path):
    with pytest.raises(ConfigFaults) as told:
        load(None, {"SCEAU_SERVER_ISSUER": ISSUER})
    assert "secrets.keys" in {one.setting for one in told.value.faults}
    found = load(None, {"SCEAU_SERVER_ISSUER": ISSUER, "SCEAU_SECRETS_KEYS": RING})
    given = {name for name, secret in secrets_of(found) if secret}
    assert given == {"secrets.keys"}
    assert not found.demo.enabled


def secrets_of(found: Settings) -> Iterator[tuple[str, Secret]]:
    for section in dataclasses.fields(found):
        values = getattr(found, section.name)
        for one in dataclasses.fields(values):
            value = getattr(values, one.name)
            if isinstance(value, Secret):
                yield f"{section.name}.{one.name}", value


def test_cr_051_the_first_administrator_is_made_on_the_machine_and_chooses_a_password(
    fresh: Sceau,
):
    """Whoever may run commands there makes them; what is printed opens one login."""
    words = ["--population", "staff", "--identifier", "omenard", "--first-name", "Odile"]
    words += ["--last-name", "Ménard", "--temporary-password"]
    told = fresh.did("accounts", "add", *words)
    temporary = told.rpartition("temporary password: ")[2].strip()
    new = "glycine verger cabane 7"
    with served(fresh) as world:
        browser = begun(world)
        browser.submit("/password", identifier="omenard", password=temporary)
        # CR-049: nothing opens before it is replaced.
        assert browser.cookie("session") == ""
        assert browser.last.request.path.endswith("/renew")
        browser.submit("/renew", password=new, again=new)
        assert browser.cookie("session")
        again = begun(world)
        again.submit("/password", identifier="omenard", password=temporary)
        assert again.cookie("session") == ""
        assert again.page.find(id="form-error")


@contextmanager
def served(sceau: Sceau) -> Iterator[World]:
    provider = create_provider(sceau.settings())
    try:
        yield World(provider, StandingClock(), Cast())
    finally:
        provider.close()


def begun(world: World) -> Browser:
    browser = world.browser()
    browser.get("/login")
    return browser
