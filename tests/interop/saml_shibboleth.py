# SPDX-License-Identifier: Apache-2.0
"""Debian's Shibboleth as a foreign service provider: shibd speaks, and a module of Apache asks it.

It fetches our metadata by itself, and takes it only as signed.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

from lxml import etree

from idp.http.services import Core
from idp.saml.names import POST, SOAP_BINDING
from tests.interop.saml_apache import environment, place_for, start_apache
from tests.interop.saml_peers import NAMES, Follower, Peer, Told
from tests.saml_kit import NS
from tests.servers import Process, Site, launch

KEPT = Path("/etc/shibboleth")
MODULE = "LoadModule mod_shib {modules}/mod_shib.so"
APACHE = """\
ShibConfig {folder}/shibboleth2.xml
<Location />
  AuthType shibboleth
  ShibRequestSetting requireSession false
  Require shibboleth
</Location>
"""
# Without TLS, as all of them are here; its messages are signed instead.
SETTINGS = """\
<SPConfig xmlns="urn:mace:shibboleth:3.0:native:sp:config" clockSkew="180">
  <OutOfProcess logger="{folder}/logger"/>
  <InProcess logger="{folder}/logger"/>
  <UnixListener address="{folder}/shibd.sock"/>
  <ApplicationDefaults entityID="{url}/metadata" REMOTE_USER="name" signing="true"
      encryption="false" requireConfidentiality="false" requireTransportAuth="false">
    <Sessions lifetime="28800" timeout="3600" relayState="ss:mem" checkAddress="false"
        handlerSSL="false" cookieProps="http" redirectLimit="exact">
      <SSO entityID="{issuer}/saml/metadata">SAML2</SSO>
      <Logout>SAML2 Local</Logout>
      <LogoutInitiator type="SAML2" Location="/LogoutByForm" outgoingBindings="{post}"
          template="{kept}/bindingTemplate.html"/>
      <LogoutInitiator type="SAML2" Location="/LogoutByServer" outgoingBindings="{soap}"/>
      <Handler type="MetadataGenerator" Location="/Metadata" signing="false"/>
    </Sessions>
    <Errors session="{folder}/error.html"/>
    <MetadataProvider type="XML" validate="true" url="{issuer}/saml/metadata"
        backingFilePath="{folder}/kept.xml">
      <MetadataFilter type="RequireValidUntil" maxValidityInterval="2419200"/>
      <MetadataFilter type="Signature" certificate="{folder}/idp.crt"/>
    </MetadataProvider>
    <AttributeExtractor type="XML" validate="true" path="{folder}/attributes.xml"/>
    <CredentialResolver type="File" use="signing" key="{folder}/sp.key"
        certificate="{folder}/sp.crt"/>
    <CredentialResolver type="File" use="encryption" key="{folder}/sp.key"
        certificate="{folder}/sp.crt"/>
  </ApplicationDefaults>
  <SecurityPolicyProvider type="XML" validate="true" path="{kept}/security-policy.xml"/>
  <ProtocolProvider type="XML" validate="true" path="{kept}/protocols.xml"/>
</SPConfig>
"""
ATTRIBUTES = """\
<Attributes xmlns="urn:mace:shibboleth:2.0:attribute-map"
    xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
  <Attribute name="urn:oasis:names:tc:SAML:2.0:nameid-format:persistent" id="name">
    <AttributeDecoder xsi:type="NameIDAttributeDecoder" formatter="$Name"/>
  </Attribute>
{released}
</Attributes>
"""
BASIC = "urn:oasis:names:tc:SAML:2.0:attrname-format:basic"
ERROR = "<html><body><pre><shibmlp errorText/> <shibmlp statusCode2/></pre></body></html>\n"
LOGGER = """\
log4j.rootCategory=WARN, out
log4j.appender.out=org.apache.log4j.ConsoleAppender
log4j.appender.out.layout=org.apache.log4j.PatternLayout
log4j.appender.out.layout.ConversionPattern=%p %c: %m%n
"""


@dataclass
class Shibboleth(Peer):
    """All of it."""

    by_server = True
    fetches = True
    metadata = "/Shibboleth.sso/Metadata"
    daemon: Process | None = None

    def wish(self, to: str = "/page", **wishes: str) -> str:
        asked = {"target": f"{self.url}{to}"}
        if "force" in wishes:
            asked["forceAuthn"] = "1"
        if "passive" in wishes:
            asked["isPassive"] = "1"
        if "class" in wishes:
            asked["authnContextClassRef"] = wishes["class"]
        if "artifact" in wishes:
            # As its metadata numbers the addresses.
            asked["acsIndex"] = "3"
        return f"{self.url}/Shibboleth.sso/Login?{urlencode(asked)}"

    def told(self, visitor: Follower) -> Told | None:
        shown = environment(visitor.session.get(f"{self.url}/who", timeout=60).text)
        if "Shib-Session-Index" not in shown:
            return None
        return Told(
            shown["name"],
            {NAMES[one]: shown[one] for one in NAMES if one in shown},
            shown["Shib-AuthnContext-Class"],
            shown["Shib-Session-Index"],
        )

    def refusal(self, visitor: Follower) -> str:
        return visitor.response.text

    # How it asks us: by a redirect, by a form, from server to server.
    ways = ("", "ByForm", "ByServer")

    def leave(self, way: str = "") -> str:
        back = urlencode({"return": f"{self.url}/bye"})
        return f"{self.url}/Shibboleth.sso/Logout{way}?{back}"

    def show_news(self) -> None:
        super().show_news()
        if self.daemon is not None:
            sys.stdout.write(f"--- shibd\n{self.daemon.news()}")


@contextmanager
def running_shibboleth(site: Site, core: Core, _folder: Path) -> Iterator[Peer]:
    """shibd, and Apache with its module."""
    with place_for(site, "shibboleth") as folder:
        url = site.url("shibboleth")
        _furnish(site, url, folder)
        command = ["shibd", "-F", "-f", "-c", str(folder / "shibboleth2.xml")]
        daemon = launch("shibd", [*command, "-p", str(folder / "shibd.pid")], "", folder)
        apache = None
        try:
            inside = APACHE.format(folder=folder)
            # It answers by 500 until shibd does.
            apache = start_apache(
                site, "shibboleth", folder, MODULE, inside, ready=Shibboleth.metadata
            )
            peer = Shibboleth(site, core, "shibboleth", url, apache, daemon=daemon)
            peer.bring_in()
            yield peer
        finally:
            if apache is not None:
                apache.stop()
            daemon.stop()


def _furnish(site: Site, url: str, folder: Path) -> None:
    own = etree.parse(folder / "idp.xml").findtext(".//ds:X509Certificate", None, NS)
    frame = "-----{} CERTIFICATE-----"
    (folder / "idp.crt").write_text(f"{frame.format('BEGIN')}\n{own}\n{frame.format('END')}\n")
    spoken = {"post": POST, "soap": SOAP_BINDING}
    settings = SETTINGS.format(folder=folder, url=url, issuer=site.issuer, kept=KEPT, **spoken)
    (folder / "shibboleth2.xml").write_text(settings)
    released = "\n".join(
        f'  <Attribute name="{name}" id="{one}"'
        + ("/>" if name.startswith("urn:") else f' nameFormat="{BASIC}"/>')
        for one, name in NAMES.items()
    )
    (folder / "attributes.xml").write_text(ATTRIBUTES.format(released=released))
    (folder / "error.html").write_text(ERROR)
    (folder / "logger").write_text(LOGGER)
