# SPDX-License-Identifier: Apache-2.0
"""The guide's programs and files, as they stand on its pages: each logs somebody in through us."""

import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from idp.http.services import Core
from tests.cast import PEOPLE, SECRET
from tests.interop.saml_apache import environment, place_for, start_apache
from tests.interop.saml_mellon import MODULE
from tests.interop.saml_peers import ATTRIBUTES, Follower, Peer, furnish, opened
from tests.servers import Process, Site, running_site, start

pytestmark = pytest.mark.interop
DOCS = Path(__file__).resolve().parents[2] / "docs"
APPLICATIONS = ("guide-authlib", "guide-saml", "guide-mellon")


def program(page: str, word: str) -> str:
    """The one program of a page that uses a library."""
    blocks = re.findall(
        r"^```python\n(.*?)^```", (DOCS / page).read_text("utf-8"), re.DOTALL | re.MULTILINE
    )
    (found,) = [one for one in blocks if word in one]
    return str(found)


@pytest.fixture(scope="module")
def provider(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("guide")
    database = f"sqlite:///{folder / 'sceau.sqlite3'}"
    with running_site(folder, database, neighbours=APPLICATIONS) as site:
        yield site


@pytest.fixture(scope="module")
def core(provider: Site) -> Iterator[Core]:
    with opened(provider) as found:
        yield found


@contextmanager
def served(
    site: Site, key: str, folder: Path, text: str, ready: str, **known: str
) -> Iterator[Process]:
    """A program of the guide, by Flask's own server."""
    (folder / "guide_app.py").write_text(text)
    command = [sys.executable, "-m", "flask", "--app", str(folder / "guide_app.py"), "run"]
    command += ["--host", "localhost", "--port", str(site.ports[key])]
    environment = {"SESSION_SECRET": "of the test", **known}
    # Where its key lies: the program opens it by name.
    process = start(key, command, site.url(key), folder, ready=ready, environment=environment)
    try:
        yield process
    finally:
        process.stop()


def enter(site: Site, key: str) -> Follower:
    """Somebody who opens the application, and logs in."""
    visitor = Follower((site.url(key), site.issuer))
    visitor.get(f"{site.url(key)}/")
    visitor.log_in()
    return visitor


def test_the_program_with_authlib(provider: Site, core: Core, tmp_path: Path) -> None:
    key = APPLICATIONS[0]
    registration: dict[str, Any] = {
        "key": key,
        "name": key,
        "protocol": "oidc",
        "policy": {"means": ["password"], "level": 1, "consent": False},
        "oidc": {
            "redirect_uris": [f"{provider.url(key)}/callback"],
            "scopes": ["openid", "profile", "email"],
        },
    }
    with core.database.write() as tx:
        core.applications.register(tx, registration)
        core.applications.set_secret(tx, key, SECRET)
    known = {"ISSUER": provider.issuer, "CLIENT_ID": key, "CLIENT_SECRET": SECRET}
    text = program("guide/python.md", "authlib")
    with served(provider, key, tmp_path, text, "/callback", PLAIN_HTTP="yes", **known):
        told = enter(provider, key).response.json()
    assert told["name"] == PEOPLE["medecin"].display_name
    assert told["level"] == "urn:sceau:level:1"


def test_the_program_with_python3_saml(provider: Site, core: Core, tmp_path: Path) -> None:
    key = APPLICATIONS[1]
    furnish(provider, tmp_path)
    known = {
        "OWN_URL": provider.url(key),
        "IDP_METADATA": f"{provider.issuer}/saml/metadata",
    }
    text = program("guide/python.md", "onelogin")
    with served(provider, key, tmp_path, text, "/metadata", **known) as process:
        Peer(provider, core, key, provider.url(key), process).bring_in()
        told = enter(provider, key).response.json()
    assert told["person"]
    assert PEOPLE["medecin"].display_name in str(told["told"])


def test_the_file_for_mellon(provider: Site, core: Core) -> None:
    key = APPLICATIONS[2]
    url = provider.url(key)
    text = (DOCS / "proxies" / "saml-apache.conf").read_text("utf-8")
    with place_for(provider, key) as folder:
        placed = text.replace("@URL@", url).replace("@FOLDER@", str(folder))
        # The Apache of the tests speaks no TLS; nor does requests keep such a cookie then.
        placed = placed.replace("MellonSecureCookie On", "MellonSecureCookie Off")
        placed += "\n<Location />\nMellonCookieDomain localhost.local\n</Location>\n"
        process = start_apache(provider, key, folder, MODULE, placed, ready="/mellon/metadata")
        try:
            peer = Peer(provider, core, key, url, process)
            peer.metadata, peer.subject_format = "/mellon/metadata", "transient"
            peer.bring_in()
            peer.register({"attributes": ATTRIBUTES})
            shown = environment(enter(provider, key).response.text)
        finally:
            process.stop()
    assert shown["REMOTE_USER"] == PEOPLE["medecin"].identifier
    assert shown["REMOTE_NAME"] == PEOPLE["medecin"].display_name
