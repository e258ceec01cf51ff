# SPDX-License-Identifier: Apache-2.0
"""Cards by TLS, for tests: certificates, a means that believes them, and both addresses."""

import base64
import datetime as dt
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import urlsplit

import pytest
from bs4 import BeautifulSoup
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from jinja2 import ChoiceLoader, DictLoader
from werkzeug.test import Client, TestResponse

from connectors import registry
from connectors.base import (
    Answer,
    Ask,
    Attempt,
    Evidence,
    Level,
    Reason,
    Refused,
    Verified,
    VerifiedIdentity,
)
from idp import opening
from idp.door import Door, open_door
from tests.cast import APPLICATIONS, SECRET, application
from tests.world import Browser, World, open_world, settings_for

CARD_ADDRESS = "https://cps.sceau.example"
PROXY = "192.0.2.200"
PROXY_SECRET = "said-by-the-proxy-0123456789abcdef"
PAGE = """<form method="post" action="/login/{{ journey }}/card">
<input type="hidden" name="csrf" value="{{ csrf }}"><button>card</button>
<p id="form-error">{{ form.error or "" }}</p></form>"""
BEHIND_A_PROXY = {
    "CARDS_ADDRESS": CARD_ADDRESS,
    "CARDS_PORT": "8443",
    "CARDS_PROXY_HEADER": "client-cert",
    "CARDS_PROXY_SECRET": PROXY_SECRET,
    "SERVER_TRUSTED_PROXIES": f"{PROXY}/32",
}
POLICIES = {
    "carded": application("carded", policy={"means": ["cps"], "level": 3}),
    "either": application("either", policy={"means": ["password", "cps"], "level": 1}),
}
DAY = dt.timedelta(days=1)


@cache
def key_of(name: str) -> ec.EllipticCurvePrivateKey:
    """The key of this name."""
    return ec.generate_private_key(ec.SECP256R1())


def name_of(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


@dataclass(frozen=True)
class Paper:
    """A certificate and its key."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey

    @property
    def der(self) -> bytes:
        return self.certificate.public_bytes(serialization.Encoding.DER)

    @property
    def pem(self) -> str:
        return self.certificate.public_bytes(serialization.Encoding.PEM).decode()

    @property
    def key_pem(self) -> str:
        return self.key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        ).decode()

    @property
    def header(self) -> str:
        """As RFC 9440 writes it."""
        return f":{base64.b64encode(self.der).decode()}:"

    def file(self, folder: Path, name: str) -> Path:
        """Both in one file, the key first."""
        path = folder / f"{name}.pem"
        path.touch(0o600)
        path.write_text(self.key_pem + self.pem)
        return path


def _made(
    subject: str,
    issuer: str,
    extensions: list[tuple[x509.ExtensionType, bool]],
    since: int = -30,
    until: int = 300,
) -> Paper:
    now = dt.datetime.now(dt.UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(name_of(subject))
        .issuer_name(name_of(issuer))
        .public_key(key_of(subject).public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now + since * DAY)
        .not_valid_after(now + until * DAY)
    )
    for extension, critical in extensions:
        builder = builder.add_extension(extension, critical=critical)
    return Paper(builder.sign(key_of(issuer), hashes.SHA256()), key_of(subject))


@cache
def authority(name: str = "AUTHORITY OF CARDS") -> Paper:
    """What cards stand under."""
    usage = x509.KeyUsage(
        digital_signature=False,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=True,
        crl_sign=True,
        encipher_only=False,
        decipher_only=False,
    )
    return _made(name, name, [(x509.BasicConstraints(ca=True, path_length=0), True), (usage, True)])


@cache
def card_of(
    who: str = "medecin", issuer: str = "AUTHORITY OF CARDS", since: int = -30, until: int = 300
) -> Paper:
    """The card of one of the cast."""
    authority(issuer)
    use = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH])
    return _made(f"CARD OF {who}", issuer, [(use, False)], since, until)


@cache
def host_paper(host: str = "localhost", until: int = 300) -> Paper:
    """A server's own, by itself."""
    names = x509.SubjectAlternativeName([x509.DNSName(host)])
    return _made(host, host, [(names, False)], until=until)


class CardDouble:
    """A means that believes a certificate by its bytes, as told; worth a card."""

    kind: ClassVar[str] = "cps"
    methods: ClassVar[tuple[str, ...]] = ("sc", "pin", "hwk", "mfa")
    level: ClassVar[Level] = Level.CARD
    after: ClassVar[str | None] = None
    # By the hash of the certificate: an account, or why it is refused.
    known: ClassVar[dict[str, str | Reason]] = {}
    seen: ClassVar[list[bytes]] = []
    # What was ticked beside the button.
    ticked: ClassVar[list[Mapping[str, str]]] = []

    def begin(self, attempt: Attempt) -> Answer:
        return Ask()

    def _found(self, evidence: Evidence) -> str | Reason:
        der = base64.b64decode(evidence.client_certificate or "", validate=True)
        return self.known.get(hashlib.sha256(der).hexdigest(), Reason.UNKNOWN)

    def claimed(self, attempt: Attempt, evidence: Evidence) -> str | None:
        found = self._found(evidence)
        return found if isinstance(found, str) else None

    def resume(self, attempt: Attempt, evidence: Evidence) -> Answer:
        self.seen.append(base64.b64decode(evidence.client_certificate or ""))
        self.ticked.append(evidence.form)
        found = self._found(evidence)
        if isinstance(found, Reason):
            return Refused(found)
        return Verified(VerifiedIdentity(found))

    @classmethod
    def believe(cls, paper: Paper, what: str | Reason) -> None:
        """From now on this certificate is that account's, or refused for that reason."""
        cls.known[hashlib.sha256(paper.der).hexdigest()] = what


def offer_card(patch: pytest.MonkeyPatch) -> None:
    """Register the double, before a provider is made."""
    patch.setattr(registry, "KINDS", {**registry.KINDS, "cps": lambda _host: CardDouble()})
    patch.setattr(opening, "KNOWN_MEANS", frozenset({*opening.KNOWN_MEANS, "cps"}))
    patch.setattr("tests.world.APPLICATIONS", APPLICATIONS | POLICIES)
    patch.setattr(CardDouble, "known", {})
    patch.setattr(CardDouble, "seen", [])
    patch.setattr(CardDouble, "ticked", [])


@dataclass
class CardWorld:
    """Both addresses over one database; the card's stands behind a proxy, played here."""

    world: World
    door: Door
    client: Client = field(init=False)
    last: TestResponse = field(init=False)

    def __post_init__(self) -> None:
        # Cookies only as a test sends them: this browser keeps none.
        self.client = Client(self.door.app, use_cookies=False)

    def request(
        self,
        url: str,
        paper: Paper | None = None,
        *,
        method: str = "GET",
        headers: Mapping[str, str] | None = None,
        peer: str = PROXY,
        secret: str = PROXY_SECRET,
    ) -> TestResponse:
        """A request as the proxy passes it on."""
        parts = urlsplit(url)
        sent = {"X-Sceau-Proxy": secret, "Accept": "text/html", "Accept-Language": "en"}
        sent |= {"Client-Cert": paper.header} if paper else {}
        sent |= dict(headers or {})
        self.last = self.client.open(
            parts.path + (f"?{parts.query}" if parts.query else ""),
            method=method,
            base_url=CARD_ADDRESS,
            headers=sent,
            environ_base={"REMOTE_ADDR": peer},
            buffered=True,
        )
        return self.last

    @property
    def problem(self) -> str:
        """The stable id of the page shown."""
        main = BeautifulSoup(self.last.get_data(as_text=True), "html.parser").find(id="error")
        return str(main["data-error"]) if main else ""

    def leave(self, browser: Browser, key: str = "carded") -> str:
        """Open an application and set out for the card; the address that the browser is sent to."""
        self.world.client(key).ask(browser)
        return leave(browser)

    def show(self, address: str, paper: Paper) -> str:
        """Show a card there; the address that the browser is sent back to."""
        answer = self.request(address, paper)
        assert answer.status_code == 303, answer.get_data(as_text=True)
        location: str = answer.headers["Location"]
        assert location.startswith(f"{self.world.issuer}/login/"), location
        return location

    def believe(self, paper: Paper, who: str = "medecin") -> Paper:
        """This is their card."""
        CardDouble.believe(paper, self.world.cast[who].id)
        return paper


def leave(browser: Browser) -> str:
    """Send the card's form of the page shown."""
    button = browser.page.find("button", formaction=True)
    # The page of the double has a form of its own; the real one, a button beside the agent's.
    url, fields = browser.form("" if button else "/card")
    fields.pop("account", None)
    answer = browser.request("POST", str(button["formaction"]) if button else url, data=fields)
    assert answer.status_code == 303
    return str(answer.headers["Location"])


def give_page(world: World) -> None:
    """A page for the double."""
    web = world.provider.web
    pages = DictLoader({"connectors/cps/ask.html": PAGE})
    web.jinja_loader = ChoiceLoader([pages, web.jinja_loader])


def register(world: World) -> None:
    """The applications that ask for a card."""
    with world.core.database.write() as tx:
        for key, document in POLICIES.items():
            world.core.applications.register(tx, document)
            world.core.applications.set_secret(tx, key, SECRET)


def open_cards(url: str, clock: Any = None, **changes: str) -> CardWorld:
    """Both addresses over this database."""
    settings = BEHIND_A_PROXY | changes
    world = open_world(url, clock, **settings)
    register(world)
    give_page(world)
    return CardWorld(world, open_door(settings_for(url, **settings), world.clock))
