# SPDX-License-Identifier: Apache-2.0
"""Certificates of applications, and both addresses at which they may be shown."""

import base64
import datetime as dt
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID
from joserfc.jwk import ECKey
from werkzeug.test import Client

from idp.clock import SystemClock
from idp.trust.authorities import NotAdded
from tests.answers import Answer
from tests.card_kit import CARD_ADDRESS, PROXY, PROXY_SECRET, CardWorld, Paper, open_cards

AUTHORITY = "CN=AUTHORITY OF APPLICATIONS,O=Region"
DAY = dt.timedelta(days=1)


@cache
def _key(name: str) -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


def _usage(*, authority: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not authority,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=authority,
        crl_sign=authority,
        encipher_only=False,
        decipher_only=False,
    )


def made(
    subject: str,
    issuer: str = AUTHORITY,
    names: Sequence[x509.GeneralName] = (),
    *,
    since: int = -30,
    until: int = 300,
    mark: str = "",
) -> Paper:
    """A certificate for logins, and its key, which is that of its subject (and `mark`)."""
    key, now = _key(subject + mark), dt.datetime.now(dt.UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(x509.Name.from_rfc4514_string(subject))
        .issuer_name(x509.Name.from_rfc4514_string(issuer))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now + since * DAY)
        .not_valid_after(now + until * DAY)
        .add_extension(_usage(authority=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH]), critical=False)
    )
    if names:
        builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
    signer = key if issuer == subject else _key(issuer)
    return Paper(builder.sign(signer, hashes.SHA256()), key)


def by_itself(subject: str, **more: Any) -> Paper:
    """A certificate that nobody else vouches for."""
    return made(subject, subject, **more)


def unreadable() -> Paper:
    """A certificate of a good key whose names are no UTF-8."""
    good = by_itself("CN=agenda")
    der = good.der.replace(b"agenda", b"agend\xff")
    assert der != good.der
    return Paper(x509.load_der_x509_certificate(der), good.key)


def unknown_key() -> bytes:
    """A certificate of a curve that does not exist."""
    der = by_itself("CN=agenda").der
    wrong = der.replace(bytes.fromhex("2a8648ce3d030107"), bytes.fromhex("2a8648ce3d030177"))
    assert wrong != der
    return wrong


@cache
def authority(name: str = AUTHORITY, mark: str = "") -> Paper:
    """Who vouches for applications; with `mark`, another of the same name."""
    key, now = _key(name + mark), dt.datetime.now(dt.UTC)
    subject = x509.Name.from_rfc4514_string(name)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - 30 * DAY)
        .not_valid_after(now + 300 * DAY)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(authority=True), critical=True)
    )
    return Paper(builder.sign(key, hashes.SHA256()), key)


def jwks_of(*papers: Paper) -> dict[str, Any]:
    """The keys of these certificates, each with its certificate."""
    keys = []
    for at, one in enumerate(papers):
        jwk = dict(ECKey.import_key(one.key_pem).as_dict(private=False))
        keys.append(jwk | {"kid": f"key-{at}", "x5c": [base64.b64encode(one.der).decode()]})
    return {"keys": keys}


def open_both(url: str, **changes: str) -> CardWorld:
    """Both addresses; the second asks applications, too, and an authority vouches for some."""
    settings = {"CARDS_APPLICATIONS": "true", "CARDS_REVOCATION": "accept"} | changes
    opened = open_cards(url, SystemClock(), **settings)
    believe(opened, authority(), "applications")
    return opened


def believe(opened: CardWorld, paper: Paper, family: str) -> None:
    """From now on what it signs stands."""
    with opened.world.core.database.write() as tx:
        found = opened.world.core.trust.authorities.add(tx, paper.der, family)
    assert not isinstance(found, NotAdded), found


def post(
    opened: CardWorld,
    path: str,
    form: Mapping[str, str],
    paper: Paper | None = None,
    *,
    secret: str = PROXY_SECRET,
    peer: str = PROXY,
    main: bool = False,
    **headers: str,
) -> Answer:
    """A request as the proxy passes it on; to the address that asks nobody where `main`."""
    sent = {"X-Sceau-Proxy": secret} | headers
    sent |= {"Client-Cert": paper.header} if paper else {}
    app = opened.world.provider.web if main else opened.door.app
    answer = Client(app, use_cookies=False).open(
        path,
        method="POST",
        data=dict(form),
        base_url=opened.world.issuer if main else CARD_ADDRESS,
        headers=sent,
        environ_base={"REMOTE_ADDR": peer},
    )
    return Answer(answer.status_code, answer.get_json(silent=True) or {}, answer.headers)


def userinfo(
    opened: CardWorld, token: str, paper: Paper | None = None, *, main: bool = False
) -> Answer:
    """The user information, by a token and the certificate of the connection."""
    return post(opened, "/oidc/userinfo", {}, paper, main=main, Authorization=f"Bearer {token}")
