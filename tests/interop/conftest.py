# SPDX-License-Identifier: Apache-2.0
"""A provider for foreign clients, on each database, and the foreign clients themselves."""

import secrets
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.databases import PostgresCluster
from tests.interop.apache import Apache, apache_document, running_apache
from tests.interop.foreign import documents
from tests.servers import Site, running_site


@pytest.fixture(scope="session")
def sqlite_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A provider on SQLite, which also serves Apache."""
    folder = tmp_path_factory.mktemp("site")
    with running_site(
        folder,
        f"sqlite:///{folder / 'sceau.sqlite3'}",
        neighbours=["apache"],
        documents=[*documents(), apache_document()],
        OIDC_REGISTRATION="token",
    ) as site:
        yield site


@pytest.fixture(scope="session")
def postgresql_site(
    tmp_path_factory: pytest.TempPathFactory, postgres_cluster: PostgresCluster
) -> Iterator[Site]:
    """A provider on PostgreSQL."""
    name = f"site_{secrets.token_hex(4)}"
    postgres_cluster.execute(f'CREATE DATABASE "{name}" TEMPLATE template0')
    folder: Path = tmp_path_factory.mktemp("site")
    url = postgres_cluster.url(name, tcp=True)
    with running_site(folder, url, documents=documents(), OIDC_REGISTRATION="token") as site:
        yield site
    postgres_cluster.drop(name)


@pytest.fixture(params=["sqlite", "postgresql"])
def site(request: pytest.FixtureRequest) -> Iterator[Site]:
    """A provider on each database in turn; what it wrote is shown where the test fails."""
    found: Site = request.getfixturevalue(f"{request.param}_site")
    yield found
    found.show_news()


@pytest.fixture(scope="session")
def running(sqlite_site: Site) -> Iterator[Apache]:
    """Apache, protecting a page through the provider."""
    with running_apache(sqlite_site) as apache:
        yield apache


@pytest.fixture
def apache(running: Apache) -> Iterator[Apache]:
    """Apache; what all servers wrote is shown where the test fails."""
    yield running
    running.site.show_news()
    running.show_errors()
