# SPDX-License-Identifier: Apache-2.0
"""Fixtures of the ground floor: local servers and the authority that certifies them."""

import pytest

from tests.unit.ground.servers import Authority, Server


@pytest.fixture(scope="session")
def authority(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture
def serve():
    servers = []

    def start(behave, tls=None):
        servers.append(Server(behave, tls))
        return servers[-1]

    yield start
    for server in servers:
        server.close()
