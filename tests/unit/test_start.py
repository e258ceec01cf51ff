# SPDX-License-Identifier: Apache-2.0
"""What a command starts with is what it needs: every server and every test waits for it."""

import subprocess
import sys

import pytest

from idp.__main__ import COMMANDS, program

# What only some commands, or some requests, have a use for.
LATER = ("idp.administration", "idp.app", "idp.demo", "idp.saml", "scim2_models")


def loaded_by(script: str) -> list[str]:
    """Those of `LATER` that a process has loaded after this."""
    told = f"{script}\nimport sys; print(*(name for name in {LATER!r} if name in sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", told], check=True, capture_output=True, text=True, timeout=120
    )
    return done.stdout.split()


@pytest.mark.parametrize("name", COMMANDS)
def test_each_command_is_found_under_its_name(name: str) -> None:
    assert program().commands[name].name == name


def test_the_program_loads_no_command_that_nobody_typed() -> None:
    assert loaded_by("from idp.__main__ import program; len(program().commands)") == []


def test_a_server_loads_scim_when_it_is_spoken() -> None:
    assert "idp.app" in (loaded := loaded_by("import idp.app"))
    assert "scim2_models" not in loaded
