# SPDX-License-Identifier: Apache-2.0
"""A small PIV card (NIST SP 800-73-4) for the virtual reader of vsmartcard: one key, one PIN."""

import socket
import struct
from threading import Thread

from cryptography.hazmat.primitives.asymmetric import rsa

# TCK included; the historical bytes say nothing.
ATR = bytes.fromhex("3b80800101")
AID = bytes.fromhex("a000000308")
TRIES = 3
OK, NOT_FOUND, NO_PIN, BLOCKED, UNKNOWN = 0x9000, 0x6A82, 0x6982, 0x6983, 0x6D00


def tlv(tag: str, *parts: bytes) -> bytes:
    """BER-TLV (X.690 §8.1.3)."""
    value = b"".join(parts)
    size = len(value)
    if size < 0x80:
        length = bytes([size])
    else:
        octets = size.to_bytes((size.bit_length() + 7) // 8)
        length = bytes([0x80 | len(octets)]) + octets
    return bytes.fromhex(tag) + length + value


class PivCard:
    """What the card knows, and how it answers."""

    def __init__(self, key: rsa.RSAPrivateKey, certificate: bytes, pin: bytes = b"1234") -> None:
        numbers = key.private_numbers()
        self._exponent, self._modulus = numbers.d, numbers.public_numbers.n
        self._pin = pin.ljust(8, b"\xff")
        self.tries = TRIES
        self._verified = False
        self._chained = b""
        self._rest = b""
        guid = bytes(range(16))
        self._objects = {
            # Card holder unique identifier, capabilities, certificate of key 9A, discovery.
            "5fc102": tlv(
                "53",
                tlv("30", bytes(25)),
                tlv("34", guid),
                tlv("35", b"20360101"),
                tlv("3e"),
                tlv("fe"),
            ),
            "5fc107": tlv(
                "53",
                tlv("f0", AID, bytes(16)),
                *(tlv(tag, b"\x21") for tag in ("f1", "f2")),
                tlv("f3"),
                tlv("f4", b"\0"),
                tlv("f5", b"\x10"),
                *(tlv(tag) for tag in ("f6", "f7", "fa", "fb", "fc", "fd", "fe")),
            ),
            "5fc105": tlv("53", tlv("70", certificate), tlv("71", b"\0"), tlv("fe")),
            "7e": tlv("7e", tlv("4f", AID, bytes.fromhex("000010000100")), tlv("5f2f", b"\x40\0")),
        }

    def reset(self) -> None:
        self._verified, self._chained, self._rest = False, b"", b""

    def answer(self, command: bytes) -> bytes:
        """Command to response, with chaining both ways (ISO 7816-4 §5.1.1, §7.6.1)."""
        kind, instruction, p1, p2 = command[:4]
        size = command[4] if len(command) > 5 else 0
        data = command[5 : 5 + size] if size else b""
        # Le: how much is wanted; none, or 0, for all that a short answer holds.
        wanted = (command[5 + size :] if size else command[4:]) or b"\0"
        if instruction == 0xC0:
            return self._send(self._rest, OK, wanted[0] or 256)
        if kind & 0x10:
            self._chained += data
            return struct.pack(">H", OK)
        data, self._chained = self._chained + data, b""
        found, status = self._do(instruction, p1, p2, data)
        if wanted[0]:
            # Somebody looks at the beginning of an object, to learn its length.
            found = found[: wanted[0]]
        return self._send(found, status, 256)

    def _send(self, data: bytes, status: int, most: int) -> bytes:
        piece, self._rest = data[:most], data[most:]
        if self._rest:
            status = 0x6100 | min(len(self._rest), 0xFF)
        return piece + struct.pack(">H", status)

    def _do(self, instruction: int, p1: int, p2: int, data: bytes) -> tuple[bytes, int]:
        if instruction == 0xA4:
            return self._select(data)
        if instruction == 0xCB:
            found = self._objects.get(data[2:].hex())
            return (found, OK) if found else (b"", NOT_FOUND)
        if instruction == 0x20 and p2 == 0x80:
            return b"", self._verify(data)
        if instruction == 0x87 and (p1, p2) == (0x07, 0x9A):
            return self._authenticate(data)
        return b"", UNKNOWN

    def _select(self, data: bytes) -> tuple[bytes, int]:
        if not data.startswith(AID):
            return b"", NOT_FOUND
        name = tlv("4f", bytes.fromhex("000010000100"))
        return tlv("61", name, tlv("79", tlv("4f", AID))), OK

    def _verify(self, data: bytes) -> int:
        if not self.tries:
            return BLOCKED
        if not data:
            return OK if self._verified else 0x63C0 | self.tries
        self._verified = data == self._pin
        self.tries = TRIES if self._verified else self.tries - 1
        return OK if self._verified else 0x63C0 | self.tries

    def _authenticate(self, data: bytes) -> tuple[bytes, int]:
        if not self._verified:
            return b"", NO_PIN
        # The dynamic template holds an empty answer (82) and what is to be signed (81), at its end.
        message = int.from_bytes(data[-256:])
        signature = pow(message, self._exponent, self._modulus).to_bytes(256)
        return tlv("7c", tlv("82", signature)), OK


class Mute:
    """A card that answers to its reset, and then nothing sensible."""

    def reset(self) -> None:
        pass

    def answer(self, _command: bytes) -> bytes:
        return b"\x6f\x00"


class Inserted:
    """A card in the virtual reader, until it is pulled out."""

    def __init__(self, card: PivCard | Mute, port: int) -> None:
        self._card = card
        self._line = socket.create_connection(("127.0.0.1", port), timeout=60)
        self._thread = Thread(target=self._run, daemon=True)
        self._thread.start()

    def _read(self, size: int) -> bytes:
        found = b""
        while len(found) < size:
            piece = self._line.recv(size - len(found))
            if not piece:
                raise EOFError
            found += piece
        return found

    def _run(self) -> None:
        try:
            while True:
                message = self._read(int.from_bytes(self._read(2)))
                if message == b"\x04":
                    self._write(ATR)
                elif len(message) == 1:
                    self._card.reset()
                else:
                    self._write(self._card.answer(message))
        except (OSError, EOFError):
            pass

    def _write(self, message: bytes) -> None:
        self._line.sendall(struct.pack(">H", len(message)) + message)

    def pull(self) -> None:
        self._line.shutdown(socket.SHUT_RDWR)
        self._thread.join()
        self._line.close()
