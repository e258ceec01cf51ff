# SPDX-License-Identifier: Apache-2.0
"""The demo's own public key infrastructure, shaped like that of the health sector's cards.

Made at the first start and kept in the demo's folder, never shipped: whoever had its keys could
make any card. Its names say DEMO; the rest is as in the field: three roots, authorities for people
and for organisations below them, an older family, revocation lists, changes to them, OCSP.
"""

from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from idp.cli.ring import write_private
from idp.demo.pki_authority import (
    Authority,
    Extensions,
    Issued,
    authority_name,
    key_usage,
    new_key,
    pem,
    root,
)
from idp.demo.pki_cards import Card, Kind, Product, Use, issue
from idp.demo.pki_revocation import DAY, Reason, Register, Revoked

YEAR = 365 * DAY
ORGANISATION = "SCEAU-DEMO"
UNITS = ("0002 000000000", "IGC-SANTE DEMO")
LEVELS = {"FO": "FORT", "ST": "STANDARD", "EL": "ELEMENTAIRE"}
OLD_ROOT, OLD = "GIP-CPS-PS", "GIP-CPS-CLASSE-1"
# From the top down: the short name of an authority, and of the one above it.
PARENTS = {
    **{f"ACR-{level}": "" for level in LEVELS},
    **{f"ACI-{level}-PP": f"ACR-{level}" for level in LEVELS},
    "ACI-EL-PM": "ACR-EL",
    OLD_ROOT: "",
    OLD: OLD_ROOT,
}


def _name(short: str) -> x509.Name:
    if short in {OLD_ROOT, OLD}:
        organisation = f"{ORGANISATION} GIP-CPS"
        if short == OLD_ROOT:
            return authority_name("DEMO GIP-CPS PROFESSIONNEL", organisation)
        return authority_name("DEMO GIP-CPS CLASSE-1", organisation, "GIP-CPS PROFESSIONNEL")
    role, level, *rest = short.split("-")
    words = ["DEMO AC", *(["RACINE"] if role == "ACR" else []), "IGC-SANTE", LEVELS[level]]
    people = {"PP": ["PERSONNES"], "PM": ["ORGANISATIONS"]}
    words += people[rest[0]] if rest else []
    return authority_name(" ".join(words), ORGANISATION, *UNITS)


@dataclass(frozen=True, slots=True)
class Pki:
    """All authorities by short name: ACR-FO (a root), ACI-FO-PP (people), ACI-EL-PM (machines)."""

    authorities: dict[str, Authority]
    register: Register

    @property
    def roots(self) -> list[Authority]:
        """Those that trust begins with."""
        return [self.authorities[short] for short, above in PARENTS.items() if not above]

    @property
    def people(self) -> list[Authority]:
        """Those that sign cards."""
        named = [short for short in PARENTS if short.endswith("-PP")]
        return [self.authorities[short] for short in (*named, OLD)]

    def bundle(self) -> bytes:
        """Certificates of all that stands above cards: roots, and authorities for people."""
        return b"".join(pem(each.certificate) for each in (*self.roots, *self.people))

    def authority(self, card: Card) -> Authority:
        """Who signs such a card."""
        if card.old:
            return self.authorities[OLD]
        if card.product in {Product.SOFTWARE, Product.TEST_SOFTWARE}:
            return self.authorities["ACI-EL-PP"]
        strong = card.kind in {Kind.CPS, Kind.CPF}
        return self.authorities["ACI-FO-PP" if strong else "ACI-ST-PP"]

    def issue(
        self,
        card: Card,
        period: tuple[int, int],
        use: Use = Use.AUTHENTICATION,
        key: rsa.RSAPrivateKey | None = None,
    ) -> Issued:
        """A certificate of a card."""
        return issue(self.authority(card), card, period, use, key)

    def revoke(
        self, certificate: x509.Certificate, at: int, reason: Reason = Reason.key_compromise
    ) -> None:
        """From then on it is on the lists, and OCSP says so."""
        for authority in self.authorities.values():
            if authority.certificate.subject == certificate.issuer:
                revoked = Revoked(at, reason)
                self.register.revoke(authority.short, certificate.serial_number, revoked)

    def is_revoked(self, certificate: x509.Certificate) -> bool:
        """Whether its authority has taken it back."""
        for authority in self.authorities.values():
            if authority.certificate.subject == certificate.issuer:
                known = self.register.of(authority.short).get(certificate.serial_number)
                return known is not None and known.reason is not Reason.remove_from_crl
        return False

    def server(
        self,
        names: tuple[str, ...],
        period: tuple[int, int],
        key: rsa.RSAPrivateKey | None = None,
    ) -> Issued:
        """A certificate for a web server: host names and addresses, the first one is its name."""
        key = key or new_key()
        authority = self.authorities["ACI-EL-PM"]
        subject = x509.Name(
            [
                x509.NameAttribute(NameOID.COUNTRY_NAME, "FR"),
                x509.NameAttribute(NameOID.ORGANIZATION_NAME, ORGANISATION),
                x509.NameAttribute(NameOID.COMMON_NAME, names[0]),
            ]
        )
        extensions: Extensions = [
            (x509.BasicConstraints(ca=False, path_length=None), True),
            (key_usage("digital_signature", "key_encipherment"), True),
            (x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), False),
            (x509.SubjectAlternativeName([_general_name(name) for name in names]), False),
            *authority.about(key),
        ]
        return authority.sign(subject, period, extensions, key=key)

    def save(self, folder: Path) -> None:
        """Certificates and keys; nobody else reads the folder."""
        for short, authority in self.authorities.items():
            write_private(folder / f"{short}.key", authority.issued.key_pem.decode())
            write_private(folder / f"{short}.pem", pem(authority.certificate).decode())


def _general_name(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def make(
    now: int,
    address: str,
    keys: Callable[[], rsa.RSAPrivateKey] = new_key,
    register: Register | None = None,
) -> Pki:
    """Everything new. Lists and OCSP are to be served at the address: `http://localhost:…`."""
    authorities: dict[str, Authority] = {}
    # Old enough to have signed cards that are over by now.
    period = (now - 10 * YEAR, now + 10 * YEAR)
    for short, above in PARENTS.items():
        if above:
            authorities[short] = authorities[above].below(short, _name(short), period, keys())
        else:
            authorities[short] = root(short, _name(short), period, address, keys())
    return Pki(authorities, register or Register())


def load(folder: Path, address: str) -> Pki:
    """What `save` wrote; revoked certificates are kept in the same folder."""
    authorities: dict[str, Authority] = {}
    for short, above in PARENTS.items():
        certificate = x509.load_pem_x509_certificate((folder / f"{short}.pem").read_bytes())
        key = serialization.load_pem_private_key((folder / f"{short}.key").read_bytes(), None)
        if not isinstance(key, rsa.RSAPrivateKey):
            raise TypeError(f"{short}.key is no RSA key")
        parent = authorities.get(above)
        chain = (parent.certificate, *parent.issued.chain) if parent else ()
        authorities[short] = Authority(short, Issued(certificate, key, chain), address)
    return Pki(authorities, Register(folder / "revoked.json"))


def make_or_load(folder: Path, now: int, address: str) -> Pki:
    """The infrastructure of a folder, made the first time."""
    # Written last: a first start that was interrupted begins again.
    done = folder / "made"
    if not done.exists():
        for left in folder.glob("*") if folder.is_dir() else ():
            left.unlink()
        make(now, address).save(folder)
        write_private(done, "")
    return load(folder, address)
