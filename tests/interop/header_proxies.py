# SPDX-License-Identifier: Apache-2.0
"""Debian's nginx and Caddy before an application that reads headers, by the files of the docs."""

import base64
import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests

from tests.card_kit import host_paper
from tests.cast import SECRET
from tests.interop.card_proxies import DOCS, NGINX, program
from tests.interop.echo import running_echo
from tests.interop.visitor import Visitor
from tests.ports import free_port
from tests.servers import Process, Site, running_site, start

NAMES = {"X-Remote-User": "identifier", "X-Remote-Name": "name", "X-Remote-Level": "level"}
# Nothing of the machine's, and nothing that anybody could change it by.
CADDY = """\
{
    admin off
    default_bind 127.0.0.1
    auto_https disable_redirects
    skip_install_trust
}
"""
SIGNED = "X-Sceau-Identity"
PAGE = {"Accept": "text/html", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Site": "none"}


def document(url: str) -> dict[str, Any]:
    """The application's registration."""
    return {
        "key": "old",
        "name": "OLD",
        "protocol": "headers",
        "home_url": f"{url}/",
        "policy": {"means": ["password"], "level": 1, "consent": False},
        "headers": {"origins": [url], "names": NAMES, "signed_header": SIGNED},
    }


@dataclass
class Proxied:
    """The application behind its proxy."""

    name: str
    site: Site
    url: str
    authority: Path
    process: Process

    def visitor(self) -> Visitor:
        """A browser that may go to both addresses."""
        visitor = Visitor((self.url, self.site.issuer))
        visitor.session.verify = str(self.authority)
        visitor.session.headers.update(PAGE)
        return visitor

    def entered(self) -> Visitor:
        """Somebody who is logged in, and has opened the application."""
        visitor = self.visitor()
        visitor.get(f"{self.url}/")
        assert visitor.log_in() == f"{self.url}/", visitor.response.text
        return visitor


def told(response: requests.Response) -> dict[str, list[str]]:
    """What reached the application, header by header."""
    assert response.status_code == 200, response.text
    found: dict[str, list[str]] = {}
    for name, value in json.loads(response.text)["headers"]:
        found.setdefault(name, []).append(value)
    return found


@contextmanager
def running_proxy(name: str, folder: Path) -> Iterator[Proxied]:
    """A provider, an application, and nginx or Caddy between them and everybody."""
    port = free_port()
    url = f"https://localhost:{port}"
    database = f"sqlite:///{folder / 'sceau.sqlite3'}"
    with (
        running_echo() as application,
        running_site(folder, database, documents=[document(url)]) as site,
    ):
        paper = host_paper()
        certificate, key = folder / "host.crt", folder / "host.key"
        certificate.write_text(paper.pem)
        key.touch(0o600)
        key.write_text(paper.key_pem)
        inside = _filled_in(name, folder, port, application, site)
        command, environment = FURNISHED[name](folder, inside)
        # Ready once it listens; who asks by plain HTTP is told so, by 400.
        listens = f"http://localhost:{port}"
        process = start(name, command, listens, folder, environment=environment)
        try:
            yield Proxied(name, site, url, certificate, process)
        finally:
            process.stop()


def _filled_in(name: str, folder: Path, port: int, application: int, site: Site) -> str:
    """The file of the docs with its places filled in."""
    values = {
        "LISTEN": f"127.0.0.1:{port}",
        # nginx has its port beside, and Caddy within.
        "HOST": "localhost" if name == "nginx" else f"localhost:{port}",
        "CERTIFICATE": str(folder / "host.crt"),
        "KEY": str(folder / "host.key"),
        "APPLICATION": f"127.0.0.1:{application}",
        "SCEAU": f"127.0.0.1:{site.ports['sceau']}",
        "SCEAU_HOST": f"localhost:{site.ports['sceau']}",
        "KEY_AND_SECRET": base64.b64encode(f"old:{SECRET}".encode()).decode(),
    }
    content = (DOCS / f"headers-{name}.conf").read_text("utf-8")
    for placeholder, value in values.items():
        content = content.replace(f"@{placeholder}@", value)
    return content


def _nginx(folder: Path, inside: str) -> tuple[list[str], dict[str, str]]:
    (folder / "card.conf").write_text(inside)
    around = folder / "around.conf"
    around.write_text(NGINX.format(folder=folder, beside=""))
    log = str(folder / "nginx.error.log")
    shutil.rmtree(folder / "body", ignore_errors=True)
    return [program("nginx"), "-c", str(around), "-e", log, "-g", "daemon off;"], {}


def _caddy(folder: Path, inside: str) -> tuple[list[str], dict[str, str]]:
    around = folder / "Caddyfile"
    around.write_text(CADDY + inside)
    command = [program("caddy"), "run", "--adapter", "caddyfile", "--config", str(around)]
    return command, {"XDG_DATA_HOME": str(folder), "XDG_CONFIG_HOME": str(folder)}


FURNISHED = {"nginx": _nginx, "caddy": _caddy}
