# SPDX-License-Identifier: Apache-2.0
"""Cards in software: a PKCS#12 file that opens with the PIN. By explicit option only.

The file NAME.json beside NAME.p12 holds what a real card tells without its PIN: `certificate`
(base64) and `tries`.
"""

import json
import re
from base64 import b64decode, b64encode
from binascii import Error as NotBase64
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from threading import Event, RLock, Thread

from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, pkcs12

from connectors.cps_card.agent.cards import (
    TRIES,
    Card,
    CardState,
    Pin,
    Reader,
    Refusal,
    Trouble,
    WrongPin,
    missing,
    used_up,
)
from connectors.cps_card.agent.faces import algorithm_for, face_of, identity_of
from connectors.cps_card.agent.files import read_members, write_whole

VIRTUAL_READER = "Lecteur virtuel"
# A card's name is a file's name: it leads to no other folder.
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
PAUSE = 0.1


@dataclass(frozen=True, slots=True)
class Slot:
    """A reader in software, and the file that lies in it."""

    name: str
    file: Path | None


class SoftwareCard:
    """One PKCS#12 file. Its counter goes down before a PIN is tried: a kill gives no try back."""

    pinpad = False

    def __init__(self, file: Path, lock: RLock, is_in: Callable[[], bool]) -> None:
        self._file = file
        self._aside = file.with_suffix(".json")
        self._lock = lock
        self._is_in = is_in
        self.certificate = self._public()
        face = face_of(self.certificate)
        if face is None:
            raise ValueError("no certificate")
        self.face = face
        self.identity = identity_of(self.certificate)
        self.label = face.label
        self.algorithm = algorithm_for(self.certificate) or ""

    def _public(self) -> bytes:
        found = (read_members(self._aside) or {}).get("certificate")
        try:
            return b64decode(found, validate=True) if isinstance(found, str) else b""
        except NotBase64:
            return b""

    def tries(self) -> int:
        found = (read_members(self._aside) or {}).get("tries", TRIES)
        return found if type(found) is int and 0 <= found <= TRIES else 0

    def _count(self, tries: int) -> None:
        kept = read_members(self._aside) or {}
        write_whole(self._aside, json.dumps({**kept, "tries": tries}))

    def sign(self, pin: Pin | None, said: bytes) -> bytes | WrongPin | Refusal:
        with self._lock:
            left = self.tries()
            if not self._is_in() or pin is None:
                return Refusal(Trouble.NO_CARD)
            if not left:
                return Refusal(Trouble.BLOCKED, 0)
            self._count(left - 1)
            try:
                opened = pkcs12.load_pkcs12(self._file.read_bytes(), pin.reveal())
            except ValueError:
                return WrongPin()
            self._count(TRIES)
        key, held = opened.key, opened.cert
        if held is None or held.certificate.public_bytes(Encoding.DER) != self.certificate:
            return Refusal(Trouble.MUTE)
        return sign_with(key, said) or Refusal(Trouble.MUTE)


def sign_with(key: object, said: bytes) -> bytes | None:
    """PS256 or ES256 (RFC 7518 §3.4, §3.5)."""
    if isinstance(key, rsa.RSAPrivateKey):
        return key.sign(said, padding.PSS(padding.MGF1(SHA256()), 32), SHA256())
    if isinstance(key, ec.EllipticCurvePrivateKey):
        r, s = decode_dss_signature(key.sign(said, ec.ECDSA(SHA256())))
        return r.to_bytes(32) + s.to_bytes(32)
    return None


class SoftwareCards:
    """Readers in software. `look` says what lies in them, and is asked often."""

    def __init__(self, look: Callable[[], tuple[Slot, ...]]) -> None:
        self._look = look
        self._lock = RLock()
        self._changed: list[Callable[[], None]] = []
        self._stop = Event()
        self._thread = Thread(target=self._run, name="readers", daemon=True)
        self._thread.start()

    def _open(self, slot: Slot) -> SoftwareCard | None:
        if slot.file is None or not slot.file.is_file():
            return None
        try:
            card = SoftwareCard(slot.file, self._lock, lambda: slot in self._look())
        except ValueError:
            return None
        return card if card.algorithm else None

    def _reader(self, slot: Slot) -> Reader:
        if slot.file is None:
            return Reader(slot.name, pinpad=False, card=CardState.ABSENT)
        card = self._open(slot)
        if card is None:
            return Reader(slot.name, pinpad=False, card=CardState.MUTE)
        return Reader(
            slot.name,
            pinpad=False,
            card=CardState.PRESENT,
            serial=card.face.serial,
            label=card.label,
            kind=card.face.kind,
            tries=card.tries(),
            valid_until=card.face.valid_until,
        )

    def readers(self) -> tuple[Reader, ...]:
        return tuple(self._reader(slot) for slot in self._look())

    def card(self) -> Card | Refusal:
        spent: Card | None = None
        for slot in self._look():
            card = self._open(slot)
            if card is not None:
                if not used_up(card.tries()):
                    return card
                # Where there are several, one whose PIN may still be asked for goes first.
                spent = spent or card
        return spent or missing(self.readers())

    def holds(self, identity: str) -> bool:
        cards = (self._open(slot) for slot in self._look())
        return any(card is not None and card.identity == identity for card in cards)

    def watch(self, changed: Callable[[], None]) -> None:
        self._changed.append(changed)

    def _run(self) -> None:
        before = self._look()
        while not self._stop.wait(PAUSE):
            now = self._look()
            if now != before:
                before = now
                for changed in self._changed:
                    changed()

    def close(self) -> None:
        self._stop.set()
        self._thread.join()


def always_in(files: list[Path]) -> Callable[[], tuple[Slot, ...]]:
    """Each card in a reader of its own, for as long as the program runs."""
    slots = tuple(Slot(file.stem, file) for file in files)
    return lambda: slots


def virtual_reader(folder: Path) -> Callable[[], tuple[Slot, ...]]:
    """One reader, driven by a folder: the file `inserted` names the card of `cards/` in it."""

    def look() -> tuple[Slot, ...]:
        try:
            name = (folder / "inserted").read_text("utf-8")[:100].strip()
        except (OSError, UnicodeDecodeError):
            return (Slot(VIRTUAL_READER, None),)
        if not name:
            return (Slot(VIRTUAL_READER, None),)
        # A name that is none is a card that does not answer.
        safe = name if NAME.fullmatch(name) else "unknown"
        return (Slot(VIRTUAL_READER, folder / "cards" / f"{safe}.p12"),)

    return look


def describe(certificate: bytes, tries: int = TRIES) -> str:
    """What lies beside a card's PKCS#12 file."""
    return json.dumps({"tries": tries, "certificate": b64encode(certificate).decode()})
