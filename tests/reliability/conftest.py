# SPDX-License-Identifier: Apache-2.0
"""What the tests of faults share."""

import secrets
import shutil
from collections.abc import Iterator

import pytest

from tests.databases import PostgresCluster
from tests.security.crawl import quiet

__all__ = ["quiet"]


@pytest.fixture(autouse=True)
def _quiet(quiet: None) -> None:
    """Faults are brought on by the hundred here."""


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def module_url(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """A populated database for a whole file, of each kind in turn."""
    if request.param == "sqlite":
        file = tmp_path_factory.mktemp("module") / "sceau.sqlite3"
        shutil.copyfile(request.getfixturevalue("sqlite_template"), file)
        file.chmod(0o600)
        yield f"sqlite:///{file}"
        return
    cluster: PostgresCluster = request.getfixturevalue("postgres_cluster")
    template = request.getfixturevalue("postgres_template")
    name = f"module_{secrets.token_hex(6)}"
    cluster.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
    yield cluster.url(name)
    cluster.drop(name)
