# SPDX-License-Identifier: Apache-2.0
"""The cards that lie on the desk: made under the demo's own authorities, revoked, replaced."""

from dataclasses import dataclass, replace
from enum import Enum
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import InvalidSignature

from idp.cli.ring import replace_private
from idp.demo import pki as authorities
from idp.demo.cast_cards import CARDS, DemoCard, Fate
from idp.demo.folder import Folder
from idp.demo.pki import Pki
from idp.demo.pki_cards import serial_of
from idp.demo.pki_revocation import DAY, Reason
from idp.demo.reader import Reader

BY_NAME = {one.name: one for one in CARDS}
YEARS = 3 * 365 * DAY


class Standing(Enum):
    """How a card does."""

    VALID = "valid"
    EXPIRED = "expired"
    REVOKED = "revoked"
    BLOCKED = "blocked"


@dataclass(frozen=True, slots=True)
class Held:
    """A card as it is now."""

    card: DemoCard
    serial: str
    certificate: x509.Certificate
    valid_until: int
    tries: int
    standing: Standing


class Wallet:
    """All of them."""

    def __init__(self, folder: Folder, address: str = "") -> None:
        self._folder = folder
        self._address = address
        self._pki: Pki | None = None
        self.reader = Reader(folder.reader)

    @property
    def pki(self) -> Pki:
        """The authorities, read when they are first needed."""
        if self._pki is None:
            self._pki = authorities.load(self._folder.pki, self._address)
        return self._pki

    def make(self, now: int) -> None:
        """The authorities, and the cards that are not there yet."""
        self._pki = make_authorities(self._folder.pki, now, self._address)
        if not self._folder.door_certificate.is_file():
            self._make_door(now)
        for one in CARDS:
            known = self._certificate(one.name)
            if not known or not self._is_ours(known):
                self._issue(one, now)
                if one.fate is Fate.REVOKED:
                    self.revoke(one.name, now)

    def _make_door(self, now: int) -> None:
        names = ("localhost", "127.0.0.1", "::1")
        issued = self.pki.server(names, (now - DAY, now + 9 * 365 * DAY))
        replace_private(self._folder.door_key, issued.key_pem.decode())
        replace_private(self._folder.door_certificate, issued.pem.decode())

    def _is_ours(self, der: bytes) -> bool:
        """Not of authorities that were there before."""
        certificate = x509.load_der_x509_certificate(der)
        return any(_is_signed(certificate, each.certificate) for each in self.pki.people)

    def _issue(self, one: DemoCard, now: int, serial: str = "") -> None:
        card = replace(one.print, serial=serial or one.print.serial)
        end = now + (900 if serial else one.days) * DAY
        issued = self.pki.issue(card, (min(now, end) - YEARS // 3, end))
        self.reader.put_card(one.name, issued.pkcs12(one.pin, one.name), issued.der)

    def held(self, name: str, now: int) -> Held | None:
        """One of them."""
        one, der = BY_NAME.get(name), self._certificate(name)
        if one is None or not der:
            return None
        certificate = x509.load_der_x509_certificate(der)
        return Held(
            one,
            serial_of(certificate),
            certificate,
            int(certificate.not_valid_after_utc.timestamp()),
            self.reader.tries(name),
            self._standing(name, certificate, now),
        )

    def every(self, now: int) -> list[Held]:
        """All that are there, as the cast has them."""
        found = (self.held(one.name, now) for one in CARDS)
        return [one for one in found if one is not None]

    def _standing(self, name: str, certificate: x509.Certificate, now: int) -> Standing:
        if self.pki.is_revoked(certificate):
            return Standing.REVOKED
        if certificate.not_valid_after_utc.timestamp() < now:
            return Standing.EXPIRED
        return Standing.VALID if self.reader.tries(name) else Standing.BLOCKED

    def revoke(self, name: str, now: int) -> None:
        """Its authority takes it back, for good."""
        certificate = x509.load_der_x509_certificate(self._certificate(name))
        self.pki.revoke(certificate, now, Reason.key_compromise)

    def renew(self, name: str, now: int) -> None:
        """A new card for the same person, of a number that no card had."""
        numbers = [int(one.serial) for one in self.every(now)]
        self._issue(BY_NAME[name], now, str(max(numbers) + 1))

    def _certificate(self, name: str) -> bytes:
        return self.reader.certificate(name)


def make_authorities(folder: Path, now: int, address: str) -> Pki:
    """The authorities; new ones where those of before tell of another address."""
    told = folder / "address"
    if folder.is_dir() and (not told.is_file() or told.read_text("utf-8") != address):
        for file in folder.iterdir():
            file.unlink()
    made = authorities.make_or_load(folder, now, address)
    replace_private(told, address)
    return made


def _is_signed(certificate: x509.Certificate, authority: x509.Certificate) -> bool:
    try:
        certificate.verify_directly_issued_by(authority)
    except (InvalidSignature, TypeError, ValueError):
        return False
    return True
