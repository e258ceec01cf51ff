# SPDX-License-Identifier: Apache-2.0
"""What cards hold, through the PKCS#11 library of their middleware (python-pkcs11)."""

from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from threading import RLock
from typing import Any

import pkcs11
from pkcs11 import Attribute, Mechanism, ObjectClass, TokenFlag
from pkcs11 import exceptions as faults

from connectors.cps_card.agent.cards import TRIES, Pin, Refusal, Trouble, WrongPin
from connectors.cps_card.agent.faces import Face, algorithm_for, face_of, identity_of, logs_in
from connectors.cps_card.agent.settings import Fault

# In the last byte of CKA_ID, cards of the CPS family tell their keys apart.
AUTHENTICATION = 0x20
# RFC 8017 §9.2, note 1: DigestInfo of SHA-256.
DIGEST_INFO = bytes.fromhex("3031300d060960864801650304020105000420")
PSS = (Mechanism.SHA256, pkcs11.MGF.SHA256, 32)
# What a card in a reader still lets through, best first.
RSA_MECHANISMS = (
    (Mechanism.SHA256_RSA_PKCS_PSS, "PS256"),
    (Mechanism.RSA_PKCS_PSS, "PS256"),
    (Mechanism.SHA256_RSA_PKCS, "RS256"),
    (Mechanism.RSA_PKCS, "RS256"),
)


@dataclass(frozen=True, slots=True)
class Found:
    """The authentication key of one card, as it was read."""

    slot: str
    key_id: bytes
    certificate: bytes
    mechanism: Mechanism
    algorithm: str
    pinpad: bool
    tries: int | None
    face: Face

    @property
    def identity(self) -> str:
        return identity_of(self.certificate)


class Tokens:
    """One PKCS#11 library. One call at a time: few of them were made for more."""

    def __init__(self, module: Path) -> None:
        try:
            self._library = pkcs11.lib(str(module))
        except (faults.PKCS11Error, OSError, RuntimeError) as fault:
            raise Fault(f"{module} is no PKCS#11 library that can be used here.") from fault
        self._lock = RLock()

    def look(self) -> list[Found]:
        """Every card that holds a key to log in with."""
        with self._lock:
            try:
                slots = self._library.get_slots(token_present=True)
            except faults.PKCS11Error:
                return []
            return [found for slot in slots if (found := self._read(slot))]

    def _read(self, slot: pkcs11.Slot) -> Found | None:
        try:
            token = slot.get_token()
            with token.open() as session:
                held = list(_certificates(session))
            mechanisms = slot.get_mechanisms()
        except faults.PKCS11Error:
            return None
        # The CPS rule decides between several; a label never does.
        held.sort(key=lambda each: each[0][-1:] != bytes([AUTHENTICATION]))
        for key_id, certificate in held:
            face, way = face_of(certificate), _way(certificate, mechanisms)
            if face is not None and way is not None:
                name = slot.slot_description.rstrip()
                pinpad = TokenFlag.PROTECTED_AUTHENTICATION_PATH in token.flags
                tries = tries_of(token.flags, cps=bool(face.serial))
                return Found(name, key_id, certificate, *way, pinpad, tries, face)
        return None

    def again(self, before: Found) -> Found | None:
        """The same card as it is now; None when it is gone."""
        return next((each for each in self.look() if _is_same(each, before)), None)

    def sign(self, found: Found, pin: Pin | None, said: bytes) -> bytes | WrongPin | Refusal:
        """Logs in, signs once, and logs out."""
        with self._lock:
            try:
                return self._sign(found, pin, said)
            except (faults.PinIncorrect, faults.PinInvalid, faults.PinLenRange):
                return WrongPin()
            except faults.PinLocked:
                return Refusal(Trouble.BLOCKED, 0)
            except faults.FunctionCancelled:
                return Refusal(Trouble.CANCELLED)
            except (faults.TokenNotPresent, faults.DeviceRemoved, faults.SessionHandleInvalid):
                return Refusal(Trouble.NO_CARD)
            except faults.PKCS11Error:
                return Refusal(Trouble.MUTE)

    def _sign(self, found: Found, pin: Pin | None, said: bytes) -> bytes | Refusal:
        slot = self._slot_of(found)
        if slot is None:
            return Refusal(Trouble.NO_CARD)
        login = pkcs11.PROTECTED_AUTH if pin is None else pin.reveal().decode()
        with slot.get_token().open(user_pin=login) as session:
            key = session.get_key(object_class=ObjectClass.PRIVATE_KEY, id=found.key_id)
            return _signature(key, found.mechanism, said)

    def _slot_of(self, found: Found) -> pkcs11.Slot | None:
        # Read anew: another card may lie in the reader by now.
        for slot in self._library.get_slots(token_present=True):
            now = self._read(slot)
            if now is not None and _is_same(now, found):
                return slot
        return None


def _is_same(one: Found, other: Found) -> bool:
    return (one.slot, one.certificate) == (other.slot, other.certificate)


def _certificates(session: pkcs11.Session) -> Iterator[tuple[bytes, bytes]]:
    """Identifier and DER of each certificate whose key is one to log in with."""
    for held in session.get_objects({Attribute.CLASS: ObjectClass.CERTIFICATE}):
        try:
            key_id, certificate = bytes(held[Attribute.ID]), bytes(held[Attribute.VALUE])
        except faults.PKCS11Error:
            continue
        if logs_in(certificate):
            yield key_id, certificate


def _way(certificate: bytes, mechanisms: set[Mechanism]) -> tuple[Mechanism, str] | None:
    """How this key signs on this card."""
    kind = algorithm_for(certificate)
    if kind == "ES256":
        return (Mechanism.ECDSA, "ES256") if Mechanism.ECDSA in mechanisms else None
    if kind is None:
        return None
    return next((way for way in RSA_MECHANISMS if way[0] in mechanisms), None)


def _signature(key: Any, mechanism: Mechanism, said: bytes) -> bytes:
    digest = sha256(said).digest()
    if mechanism is Mechanism.SHA256_RSA_PKCS_PSS:
        return bytes(key.sign(said, mechanism=mechanism, mechanism_param=PSS))
    if mechanism is Mechanism.RSA_PKCS_PSS:
        return bytes(key.sign(digest, mechanism=mechanism, mechanism_param=PSS))
    if mechanism is Mechanism.RSA_PKCS:
        return bytes(key.sign(DIGEST_INFO + digest, mechanism=mechanism))
    # RFC 7518 §3.4: CKM_ECDSA answers with the two numbers side by side, as ES256 has them.
    return bytes(key.sign(digest if mechanism is Mechanism.ECDSA else said, mechanism=mechanism))


def tries_of(flags: TokenFlag, *, cps: bool) -> int | None:
    """What the flags say of the PIN (PKCS#11 C_GetTokenInfo); CPS cards are known to take three."""
    if TokenFlag.USER_PIN_LOCKED in flags:
        return 0
    if TokenFlag.USER_PIN_FINAL_TRY in flags:
        return 1
    if TokenFlag.USER_PIN_COUNT_LOW in flags:
        return 2
    return TRIES if cps else None
