# SPDX-License-Identifier: Apache-2.0
"""The few encodings that cards use in their own extensions (X.690, DER): one reading or none."""

INTEGER, OCTETS, UTF8, PRINTABLE, SEQUENCE, VERSION = 0x02, 0x04, 0x0C, 0x13, 0x30, 0xA0
PRINTABLE_SIGNS = frozenset(
    b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789 '()+,-./:=?"
)


def split(data: bytes) -> tuple[int, bytes, bytes] | None:
    """The tag of the first element, its content, and what follows it."""
    if len(data) < 2:
        return None
    tag, length, start = data[0], data[1], 2
    # X.690 §8.1.2.4: tags of several bytes, which nothing here has.
    if tag & 0x1F == 0x1F:
        return None
    if length & 0x80:
        size = length & 0x7F
        # X.690 §10.1: the definite form, and the shortest.
        if not 1 <= size <= 4 or len(data) < 2 + size or data[2] == 0:
            return None
        length, start = int.from_bytes(data[2 : 2 + size], "big"), 2 + size
        if length < 0x80:
            return None
    if len(data) < start + length:
        return None
    return tag, data[start : start + length], data[start + length :]


def read_only(data: bytes, tag: int) -> bytes | None:
    """The content of the one element there is; nothing may follow it."""
    found = split(data)
    if found is None or found[0] != tag or found[2]:
        return None
    return found[1]


def read_integer(data: bytes) -> int | None:
    """A whole number, in the shortest form (X.690 §8.3.2)."""
    content = read_only(data, INTEGER)
    if not content or (len(content) > 1 and content[0] in {0x00, 0xFF} and _is_padded(content)):
        return None
    return int.from_bytes(content, "big", signed=True)


def _is_padded(content: bytes) -> bool:
    return content[0] >> 7 == content[1] >> 7


def read_printable(data: bytes) -> str | None:
    """Letters, digits and the few signs of a PrintableString (X.680 §41.4)."""
    content = read_only(data, PRINTABLE)
    if content is None or not PRINTABLE_SIGNS.issuperset(content):
        return None
    return content.decode("ascii")


def read_utf8(data: bytes) -> str | None:
    """Any text."""
    content = read_only(data, UTF8)
    if content is None:
        return None
    try:
        return content.decode()
    except UnicodeDecodeError:
        return None


def serial_number(certificate: bytes) -> int | None:
    """The serial number, looked at before a library warns of it or gives up on it."""
    whole = read_only(certificate, SEQUENCE)
    signed = split(whole) if whole else None
    first = split(signed[1]) if signed and signed[0] == SEQUENCE else None
    # RFC 5280 §4.1.2.1: extensions need version 3, and so the version is told.
    if signed is None or first is None or first[0] != VERSION:
        return None
    found = split(first[2])
    if found is None or found[0] != INTEGER:
        return None
    return read_integer(first[2][: len(first[2]) - len(found[2])])
