# SPDX-License-Identifier: Apache-2.0
"""What `sceau check` looks at of the card's own address: who asks, and with which certificate."""

import time
from collections.abc import Iterator
from fnmatch import fnmatchcase
from ipaddress import ip_address
from pathlib import Path
from ssl import PROTOCOL_TLS_SERVER, SSLContext, SSLError
from typing import Final
from urllib.parse import urlsplit

from cryptography import x509

from idp.cli.findings import Finding, State
from idp.cli.output import moment
from idp.config import Settings
from idp.config.cards import CardsSettings

SUBJECT: Final = "card address"
SOON: Final = 30 * 86_400
READ_BY_ALL: Final = 0o007


def look_at_card_address(settings: Settings) -> Iterator[Finding]:
    """Whether the card's address, where there is one, can be served as configured."""
    cards = settings.cards
    if not cards.address:
        return
    if not cards.port:
        told = f"{cards.address}, served by another program: no cards.port here"
        yield Finding(State.NOTE, SUBJECT, told)
        return
    where = f"{cards.address}, {cards.bind} port {cards.port}"
    if cards.proxy_header == "none":
        yield from _look_at_tls(cards, where)
        return
    yield Finding(State.OK, SUBJECT, f"{where}, by a proxy's header {cards.proxy_header}")
    if cards.bind != "localhost" and not ip_address(cards.bind).is_loopback:
        told = (
            f"{cards.bind} is reached from elsewhere: the proxy's word crosses a network in clear"
        )
        yield Finding(State.NOTE, SUBJECT, told)


def _look_at_tls(cards: CardsSettings, where: str) -> Iterator[Finding]:
    certificate, key = Path(cards.tls_certificate), Path(cards.tls_key)
    if why := _unusable(certificate, key):
        yield Finding(State.FAULT, SUBJECT, why)
        return
    paper = x509.load_pem_x509_certificates(certificate.read_bytes())[0]
    host, now = urlsplit(cards.address).hostname or "", time.time()
    begins, ends = (
        int(each.timestamp()) for each in (paper.not_valid_before_utc, paper.not_valid_after_utc)
    )
    if not is_for(paper, host):
        yield Finding(State.FAULT, SUBJECT, f"{certificate} is not a certificate for {host}")
    elif not begins <= now < ends:
        told = f"{certificate} is valid from {moment(begins)} to {moment(ends)}"
        yield Finding(State.FAULT, SUBJECT, told)
    elif ends - now < SOON:
        yield Finding(State.NOTE, SUBJECT, f"{certificate} ends {moment(ends)}: renew it")
    else:
        yield Finding(State.OK, SUBJECT, f"{where}, certificate until {moment(ends)}")


def _unusable(certificate: Path, key: Path) -> str:
    """Why no TLS can be served with these, or nothing."""
    try:
        if key.stat().st_mode & READ_BY_ALL:
            return f"{key} is open to every user of this machine"
        for path in (certificate, key):
            path.read_bytes()
        # As it is going to be used: also tells whether the two belong together.
        SSLContext(PROTOCOL_TLS_SERVER).load_cert_chain(certificate, key, password=_ask_nobody)
    except SSLError:
        return f"{certificate} and {key} are no certificate and its key in PEM"
    except (ValueError, TypeError):
        return f"{key} needs a pass phrase: nobody is there to type it"
    except OSError as fault:
        return f"{fault.filename} can't be read: {fault.strerror}"
    return ""


def _ask_nobody() -> str:
    raise ValueError("a pass phrase")


def is_for(paper: x509.Certificate, host: str) -> bool:
    """Whether browsers take this certificate for this host (RFC 6125 §6.4)."""
    try:
        names = paper.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return False
    try:
        address = ip_address(host)
    except ValueError:
        return any(_fits(name.lower(), host) for name in names.get_values_for_type(x509.DNSName))
    return address in names.get_values_for_type(x509.IPAddress)


def _fits(name: str, host: str) -> bool:
    same_depth = name.count(".") == host.count(".")
    wild = name.startswith("*.") and "*" not in name[1:] and same_depth
    return name == host or (wild and fnmatchcase(host, name))
