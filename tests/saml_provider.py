# SPDX-License-Identifier: Apache-2.0
"""A provider that speaks SAML, as a server meets it: what it says of itself, asks and answers."""

from base64 import b64encode
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlsplit

from connectors.asserted import Asserted
from connectors.upstream_saml.attributes import name_of
from idp.providers.links import Link
from idp.saml.names import PERSISTENT, SAMLP, saml
from idp.saml.wire import read_query
from idp.saml.writing import moment
from idp.saml.xml import parse
from tests.protocol.saml.messages import IDP, signed
from tests.providers import ALIAS
from tests.saml_upstream import CLASS, LOGIN, assertion, response
from tests.world import ISSUER, Browser, World

ACS = f"{ISSUER}/upstream/saml/{ALIAS}"
OURSELVES = f"{ACS}/metadata"
DOCTOR, NURSE = "the-doctor", "the-nurse"


@dataclass(frozen=True)
class Left:
    """What a browser left with."""

    request: str
    relay: str
    force: bool


def read_way(url: str) -> Left:
    """A request, as the provider reads it."""
    assert url.startswith(LOGIN), url
    root = parse(read_query(urlsplit(url).query).message, f"{{{SAMLP}}}AuthnRequest")
    relay = parse_qs(urlsplit(url).query)["RelayState"][0]
    return Left(root.get("ID"), relay, root.get("ForceAuthn") == "true")


def answer_to(here: World, left: Left, who: str = DOCTOR, **changes: str) -> bytes:
    """Its answer about somebody, signed; named parts are exchanged."""
    now = here.core.clock.now()
    part = {
        "issued": moment(now),
        "name": who,
        "recipient": ACS,
        "request": left.request,
        "until": moment(now + 300),
        "since": moment(now - 60),
        "over": moment(now + 300),
        "audience": f"<saml:Audience>{OURSELVES}</saml:Audience>",
        "at": moment(now),
        "class": CLASS,
    }
    by = changes.pop("by", "saml honest")
    whole = response(
        assertion(**(part | changes)),
        issued=f'IssueInstant="{moment(now)}"',
        request=f'InResponseTo="{left.request}"',
        destination=f'Destination="{ACS}"',
    )
    return signed(whole, saml("Assertion"), name=by)


def post(here: World, left: Left, document: bytes, alias: str = ALIAS, **changes: str) -> Any:
    """As their page posts it: without any cookie of ours."""
    fields = {"SAMLResponse": b64encode(document).decode(), "RelayState": left.relay} | changes
    return here.browser().request("POST", f"/upstream/saml/{alias}", data=fields)


def come_back(here: World, browser: Browser, url: str, who: str = DOCTOR, **changes: str) -> Any:
    """Log in there, and come back with what they say."""
    left = read_way(url)
    sent = post(here, left, answer_to(here, left, who, **changes))
    assert sent.status_code == 303, sent.text
    return browser.get(sent.headers["Location"])


def link_saml(here: World, who: str, name: str, level: int = 2) -> None:
    """As if somebody had linked their name there."""
    subject = name_of(IDP, Asserted(name, PERSISTENT))
    made = Link(ALIAS, IDP, subject, here.cast[who].id, level, "", 0, None)
    with here.core.database.write() as tx:
        assert here.core.provider_links.make(tx, made)
