# SPDX-License-Identifier: Apache-2.0
"""Debian's mod_auth_mellon as a foreign service provider: lasso speaks, and Apache asks."""

import sys
from base64 import b64decode
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

from lxml import etree

from idp.http.services import Core
from tests.interop.saml_apache import environment, place_for, start_apache
from tests.interop.saml_peers import CARD, NAMES, PASSWORD, Follower, Peer, Told
from tests.saml_kit import NS
from tests.servers import Site

MODULE = "LoadModule auth_mellon_module {modules}/mod_auth_mellon.so"
# As http.cookiejar calls a host that has no dot.
DOMAIN = "localhost.local"
# A place that asks for a class has its own endpoints: what is asked is demanded of the answer.
PLACES = {"": "/", PASSWORD: "/password/", CARD: "/card/"}
PLACE = """\
<Location {path}>
  MellonEnable info
  MellonEndpointPath {path}mellon
  MellonSPentityId {url}/metadata
  MellonSPPrivateKeyFile {folder}/sp.key
  MellonSPCertFile {folder}/sp.crt
  MellonIdPMetadataFile {folder}/idp.xml
  MellonVariable mellon
  MellonCookieDomain {domain}
  MellonSessionDump On
  {more}
</Location>
"""


@dataclass
class Mellon(Peer):
    """Everything but ForceAuthn, which it has no setting for."""

    folder: Path = Path()
    subject_format = "transient"
    by_server = True
    metadata = "/mellon/metadata"
    forces = False

    def wish(self, to: str = "/page", **wishes: str) -> str:
        place = PLACES[wishes.get("class", "")]
        asked = {"ReturnTo": f"{self.url}{to}"}
        if "passive" in wishes:
            asked["IsPassive"] = "true"
        return f"{self.url}{place}mellon/login?{urlencode(asked)}"

    def bring_in(self) -> None:
        super().bring_in()
        self.document["saml"]["acs"] += [
            {"url": f"{self.url}{place}mellon/postResponse", "index": 100 + number}
            for number, place in enumerate(PLACES.values())
            if place != "/"
        ]
        self.register({})

    def told(self, visitor: Follower) -> Told | None:
        shown = environment(visitor.session.get(f"{self.url}/who", timeout=60).text)
        if "MELLON_NAME_ID" not in shown:
            return None
        # What lasso keeps: the assertion as it was read, decrypted where it had to be.
        kept = etree.fromstring(b64decode(shown["MELLON_SESSION"]))
        statement = kept.find(".//saml:AuthnStatement", NS)
        return Told(
            shown["MELLON_NAME_ID"],
            {one: shown[f"MELLON_{one}"] for one in NAMES.values() if f"MELLON_{one}" in shown},
            statement.findtext(".//saml:AuthnContextClassRef", None, NS),
            statement.get("SessionIndex"),
            kept.find(".//saml:NameID", NS).get("Format"),
        )

    def refusal(self, visitor: Follower) -> str:
        assert visitor.response.status_code == 401, visitor.response.text
        # The page tells nobody; the log tells the integrator.
        return (self.folder / "error.log").read_text().splitlines()[-1]

    def leave(self, _way: str = "") -> str:
        return f"{self.url}/mellon/logout?{urlencode({'ReturnTo': f'{self.url}/bye'})}"

    def show_news(self) -> None:
        super().show_news()
        sys.stdout.write((self.folder / "error.log").read_text()[-4000:])


@contextmanager
def running_mellon(site: Site, core: Core, _folder: Path) -> Iterator[Peer]:
    """Apache with the module."""
    with place_for(site, "mellon") as folder:
        url = site.url("mellon")
        inside = "".join(
            PLACE.format(
                path=path,
                domain=DOMAIN,
                url=url,
                folder=folder,
                more=f"MellonAuthnContextClassRef {name}" if name else "",
            )
            for name, path in PLACES.items()
        )
        process = start_apache(site, "mellon", folder, MODULE, inside)
        try:
            peer = Mellon(site, core, "mellon", url, process, folder=folder)
            peer.bring_in()
            yield peer
        finally:
            process.stop()
