# SPDX-License-Identifier: Apache-2.0
"""Commands over the database of a test."""

from collections.abc import Callable

import pytest
from click.testing import CliRunner

from idp.__main__ import program
from tests.world import ISSUER, RING


def commands_of(group: str, url: str, monkeypatch: pytest.MonkeyPatch) -> Callable[..., str]:
    """Runs a command of the group; its answer, or why it refused."""
    environ = {
        "SCEAU_SERVER_ISSUER": ISSUER,
        "SCEAU_DATABASE_URL": url,
        "SCEAU_SECRETS_KEYS": RING,
    }
    for name, value in environ.items():
        monkeypatch.setenv(name, value)

    def run(*arguments: str, code: int = 0) -> str:
        result = CliRunner().invoke(program(), [group, *arguments])
        assert result.exit_code == code, result.output
        return result.output

    return run
