# SPDX-License-Identifier: Apache-2.0
"""Foreign service providers: what each is asked, in one way, and how it is registered with us.

`Peer` is the way: an application on a port of its own, whose metadata the product takes over by
itself, and which has ours. Those that are libraries are small applications here (`saml_python.py`,
`saml_node.mjs`):

    GET /metadata               what they are
    GET /login?to=…             sends the visitor to us; `force`, `passive`, `class`, `post`
    POST /acs                   takes the answer
    GET /logout, /slo           ends the visitor's stay, here and there
    GET anything else           who the visitor is: JSON, or 401
"""

import sys
import time
from base64 import b64decode
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urljoin

import requests
from bs4 import Tag
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from idp.clock import SystemClock
from idp.http.services import Core
from idp.opening import open_core, open_database
from idp.saml.application import check_application
from idp.saml.described import described
from tests.interop.node import node_command
from tests.interop.visitor import Visitor
from tests.pki import key as rsa_key
from tests.saml_kit import pem
from tests.servers import Process, Site, start

CLASSES = "urn:oasis:names:tc:SAML:2.0:ac:classes:"
PASSWORD = f"{CLASSES}PasswordProtectedTransport"
CARD = f"{CLASSES}SmartcardPKI"
KEY = "foreign saml application"
# What is released, and under which names.
NAMES = {
    "identifier": "urn:oid:0.9.2342.19200300.100.1.1",
    "display_name": "urn:oid:2.16.840.1.113730.3.1.241",
    "email": "urn:oid:0.9.2342.19200300.100.1.3",
    "national_id": "SubjectNameID",
    "speciality": "speciality",
}
ATTRIBUTES = [{"source": source} for source in NAMES]


@dataclass
class Follower(Visitor):
    """A visitor whose browser also opens frames, and sends the forms that a script would send."""

    # The answers that were carried, in order.
    carried: list[bytes] = field(default_factory=list)

    def _go(self, method: str, url: str, fields: dict[str, str] | None = None) -> str:
        while True:
            if fields and "SAMLResponse" in fields:
                self.carried.append(b64decode(fields["SAMLResponse"]))
            url = super()._go(method, url, fields)
            frames = self._frames()
            if frames:
                for frame in frames:
                    self._go("GET", urljoin(url, frame))
                # And the page comes again by itself.
                method, fields = "GET", None
                continue
            form = self._sends_itself()
            if form is None:
                return url
            method, url = "POST", urljoin(url, str(form["action"]))
            fields = {
                str(one["name"]): str(one.get("value", ""))
                for one in form.find_all("input")
                if one.get("name")
            }

    def _frames(self) -> list[str]:
        if "html" not in self.response.headers.get("Content-Type", ""):
            return []
        return [str(one["src"]) for one in self.page.select("[data-farewell] iframe[src]")]

    def _sends_itself(self) -> Tag | None:
        if "html" not in self.response.headers.get("Content-Type", ""):
            return None
        page = self.page
        if page.body is not None and "submit" in str(page.body.get("onload")):
            return page.form
        return page.find("form", id="post")


@dataclass
class Told:
    """Whom an application takes its visitor for."""

    name: str
    attributes: Mapping[str, str]
    # The class by which it was told how they proved themselves, where it shows that.
    level: str | None
    session: str | None = None
    format: str | None = None


@dataclass
class Peer:
    """A foreign service provider under way."""

    site: Site
    core: Core
    key: str
    url: str
    process: Process
    document: dict[str, Any] = field(default_factory=dict)

    # How the person is named towards it, by its own metadata.
    subject_format = "persistent"
    metadata = "/metadata"
    # Whether it can post its request, and ask that the person prove themselves anew.
    posts = False
    forces = True
    # Whether it takes a logout from our server, by SOAP.
    by_server = False
    # Whether it comes for the answer itself, by SOAP, where it is told to.
    fetches = False
    # How it asks for a logout.
    ways = ("",)

    def visitor(self) -> Follower:
        """A browser that may go to both."""
        return Follower((self.url, self.site.issuer))

    def wish(self, to: str = "/page", **wishes: str) -> str:
        """The address that begins a login."""
        return f"{self.url}/login?{urlencode({'to': to, **wishes})}"

    def told(self, visitor: Follower) -> Told | None:
        """Who it says is there."""
        answer = visitor.session.get(f"{self.url}/who", timeout=60)
        if answer.status_code == 401:
            return None
        said = answer.json()
        return Told(
            said["name"], said["attributes"], said["level"], said["session"], said["format"]
        )

    def refusal(self, visitor: Follower) -> str:
        """What it says of an answer that let nobody in."""
        assert visitor.response.status_code == 403, visitor.response.text
        return str(visitor.response.json()["refused"])

    def leave(self, _way: str = "") -> str:
        """The address that ends the stay from its side."""
        return f"{self.url}/logout"

    def bring_in(self) -> None:
        """Register it by its own metadata, as the console does."""
        said = requests.get(self.url + self.metadata, timeout=60).text
        made = described(said, int(time.time()))
        assert not made.faults, (made.faults, said)
        assert made.document["saml"]["subject_format"] == self.subject_format
        self.document = {
            **made.document,
            "key": self.key,
            "name": self.key,
            "home_url": f"{self.url}/",
            "policy": {"means": ["password"], "level": 1, "consent": False},
        }
        self.register({"attributes": ATTRIBUTES})

    def register(self, saml: Mapping[str, Any], **policy: Any) -> None:
        """Change its registration."""
        document = {
            **self.document,
            "saml": {**self.document["saml"], **saml},
            "policy": {**self.document["policy"], **policy},
        }
        with self.core.database.write() as tx:
            made, _changed = self.core.applications.register(tx, document)
        assert check_application(made) == []

    @contextmanager
    def registered(self, saml: Mapping[str, Any] | None = None, **policy: Any) -> Iterator[None]:
        """Another registration for a while."""
        usual = {"attributes": ATTRIBUTES, "encrypted_assertions": False}
        self.register({**usual, **(saml or {})}, **policy)
        try:
            yield
        finally:
            self.register(usual)

    def show_news(self) -> None:
        """Print what both wrote; pytest shows it where the test failed."""
        self.site.show_news()
        sys.stdout.write(f"--- {self.key}\n{self.process.news()}")


class NodeSaml(Peer):
    """The npm package: asks for e-mail addresses unless told otherwise."""

    subject_format = "email"
    posts = True


@contextmanager
def opened(site: Site) -> Iterator[Core]:
    """The nouns over the provider's own database."""
    database = open_database(site.settings)
    core, _secrets = open_core(site.settings, database, SystemClock())
    try:
        yield core
    finally:
        core.passwords.close()
        database.close()


def furnish(site: Site, folder: Path) -> None:
    """What every one of them is handed: our metadata, a key, its certificate."""
    answer = requests.get(f"{site.issuer}/saml/metadata", timeout=60)
    (folder / "idp.xml").write_bytes(answer.content)
    (folder / "sp.crt").write_text(pem(KEY))
    private = rsa_key(KEY).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (folder / "sp.key").write_bytes(private)


@contextmanager
def running_python(site: Site, core: Core, folder: Path) -> Iterator[Peer]:
    """python3-saml."""
    command = [sys.executable, "-m", "tests.interop.saml_python"]
    with _running(Peer, site, core, folder, "python3-saml", command) as peer:
        yield peer


@contextmanager
def running_node(site: Site, core: Core, folder: Path) -> Iterator[Peer]:
    """node-saml."""
    command = node_command("saml_node.mjs")
    with _running(NodeSaml, site, core, folder, "node-saml", command) as peer:
        yield peer


@contextmanager
def _running(
    kind: type[Peer], site: Site, core: Core, folder: Path, key: str, command: list[str]
) -> Iterator[Peer]:
    furnish(site, folder)
    url = site.url(key)
    process = start(key, [*command, str(folder), str(site.ports[key])], url, folder, ready="/who")
    try:
        peer = kind(site, core, key, url, process)
        peer.bring_in()
        yield peer
    finally:
        process.stop()
