# SPDX-License-Identifier: Apache-2.0
"""A SAML application of each test, somebody who is logged in, and what must not happen to them."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.protocol.kit import settled
from tests.saml_kit import SamlParty, register_saml
from tests.world import Browser, World, open_world


@pytest.fixture(scope="module")
def provider(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """One provider for all: each test has an application of its own."""
    file = tmp_path_factory.mktemp("saml") / "sceau.sqlite3"
    shutil.copyfile(sqlite_template, file)
    file.chmod(0o600)
    opened = open_world(f"sqlite:///{file}")
    yield opened
    opened.provider.close()


@pytest.fixture
def party(provider: World) -> SamlParty:
    return register_saml(provider)


@pytest.fixture
def browser(provider: World) -> Browser:
    return settled(provider)


def refused(party: SamlParty, browser: Browser, problem: str) -> bool:
    """A page of ours that leads nowhere else; nobody was admitted."""
    assert browser.last.status_code == 400
    assert browser.page.find("form", id="post") is None
    assert not admitted(party)
    return browser.problem == problem


def admitted(party: SamlParty) -> int:
    """How often somebody was let in."""
    return sum(one.application == party.key for one in party.world.events("login.admitted"))


def classes(*names: str, comparison: str | None = None) -> str:
    how = "" if comparison is None else f' Comparison="{comparison}"'
    inside = "".join(
        f"<saml:AuthnContextClassRef>{one}</saml:AuthnContextClassRef>" for one in names
    )
    return f"<samlp:RequestedAuthnContext{how}>{inside}</samlp:RequestedAuthnContext>"


def named(value: str, **attributes: str) -> str:
    written = "".join(f' {name}="{value}"' for name, value in attributes.items())
    return f"<saml:Subject><saml:NameID{written}>{value}</saml:NameID></saml:Subject>"
