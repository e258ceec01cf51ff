# SPDX-License-Identifier: Apache-2.0
"""A foreign SAML identity provider that runs on loopback, and a browser that goes there.

It believes itself at an https address, as behind a proxy that ends TLS: its browsers find it there.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urljoin, urlsplit

import requests
from bs4 import BeautifulSoup
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from requests.adapters import HTTPAdapter

# As long as ours.
BITS = 3072
HOPS = 12
# Those whom each of them knows.
KNOWN, OTHER, BARRED = "known", "other", "barred"
# The applications that it knows, by their metadata.
Metadata = Mapping[str, bytes]


class Behind(HTTPAdapter):
    """Leads from the https address to the port that listens."""

    def __init__(self, port: int) -> None:
        super().__init__()
        self._port = port

    def send(self, request: requests.PreparedRequest, *args: Any, **more: Any) -> requests.Response:
        inner = request.copy()
        parts = urlsplit(str(request.url))
        inner.url = parts._replace(scheme="http", netloc=f"127.0.0.1:{self._port}").geturl()
        inner.headers["Host"] = parts.netloc
        answer = super().send(inner, *args, **more)
        answer.request, answer.url = request, str(request.url)
        return answer


@dataclass(frozen=True)
class Posted:
    """What a page of it has the browser post, and where."""

    to: str
    fields: dict[str, str]


@dataclass
class Idp:
    """One that runs."""

    # Where it believes to be, and where it listens.
    address: str
    port: int
    # Where its metadata lie, and what its form calls the name.
    path: str
    field: str
    # Where it sends somebody to an application that did not ask, named at the end.
    unasked: str
    # Whom it knows, and with what they log in: somebody with a national number, somebody without,
    # and somebody who may not enter our application.
    people: Mapping[str, tuple[str, str]]
    # The class of the first one's login.
    context: str
    # Logins there are from now on old ones.
    grow_old: Callable[[], None]

    def metadata(self) -> bytes:
        """What it says of itself."""
        answer = Visit(self).get(self.address + self.path)
        answer.raise_for_status()
        return answer.content

    @property
    def local(self) -> str:
        """The address of its metadata, as this machine reaches it."""
        return f"http://localhost:{self.port}{self.path}"

    def browser(self) -> "Visit":
        """Somebody who has never been there."""
        return Visit(self)


@dataclass
class Visit:
    """A browser there."""

    idp: Idp
    session: requests.Session = field(init=False)

    def __post_init__(self) -> None:
        self.session = requests.Session()
        # Nothing of the machine's proxies.
        self.session.trust_env = False
        self.session.mount(self.idp.address, Behind(self.idp.port))

    def get(self, url: str) -> requests.Response:
        """Follow it, as long as it stays there."""
        return self._followed(self.session.get(url, timeout=60, allow_redirects=False))

    def log_in(self, url: str, who: str) -> Posted:
        """Log in by the form that an address leads to; what the browser is to post then."""
        found = self.answer_of(self.enter(url, who))
        assert found is not None
        return found

    def enter(self, url: str, who: str) -> requests.Response:
        """Log in by the form that an address leads to; the page that comes of it."""
        return self.fill(self.get(url), who)

    def fill(self, page: requests.Response, who: str) -> requests.Response:
        """Log in by the form of a page, or of the one that follows it."""
        fields = form_of(page)
        while self.idp.field not in fields:
            # Whoever is known there already is asked for a new login by a page of its own.
            assert "SAMLResponse" not in fields, "nobody was asked who they are"
            page = self.post(page, fields)
            fields = form_of(page)
        name, password = self.idp.people[who]
        named = {self.idp.field: name, "password": password}
        return self.post(page, fields | named)

    def post(self, page: requests.Response, fields: Mapping[str, str]) -> requests.Response:
        """Send a page's form."""
        form = BeautifulSoup(page.text, "html.parser").select_one("form")
        assert form is not None
        to = urljoin(page.url, str(form.get("action") or page.url))
        return self._followed(self.session.post(to, fields, timeout=60, allow_redirects=False))

    def answer_of(self, page: requests.Response) -> Posted | None:
        """What a page of it has the browser post; None where it keeps them there."""
        shown = BeautifulSoup(page.text, "html.parser")
        found = shown.select_one("form:has(input[name=SAMLResponse])")
        if found is None:
            return None
        named = found.select("input[name]")
        values = {str(one["name"]): str(one.get("value", "")) for one in named}
        kept = {name: values[name] for name in ("SAMLResponse", "RelayState") if name in values}
        return Posted(str(found["action"]), kept)

    def _followed(self, answer: requests.Response) -> requests.Response:
        for _hop in range(HOPS):
            location = answer.headers.get("Location")
            if not answer.is_redirect or location is None:
                return answer
            url = urljoin(answer.url, location)
            assert url.startswith(self.idp.address), url
            answer = self.session.get(url, timeout=60, allow_redirects=False)
        raise AssertionError("it leads nowhere")


def form_of(page: requests.Response) -> dict[str, str]:
    """The fields of a page's first form, as they stand."""
    form = BeautifulSoup(page.text, "html.parser").select_one("form")
    if form is None:
        raise RuntimeError(f"no form to log in by: {page.status_code} {page.text[:500]}")
    named = form.find_all("input", attrs={"name": True})
    return {str(one["name"]): str(one.get("value", "")) for one in named}


def new_pair() -> tuple[str, str]:
    """A key and its certificate, as PEM."""
    key = rsa.generate_private_key(65537, BITS)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "peer")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=30))
        .sign(key, SHA256())
    )
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return pem.decode(), made.public_bytes(Encoding.PEM).decode()
