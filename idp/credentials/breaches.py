# SPDX-License-Identifier: Apache-2.0
"""The operator's list of known passwords: SHA-1 in hexadecimal, sorted, searched where it lies.

Opened for each look, so that a newer list can be put in its place at any time. Read by position
rather than mapped into memory: a file cut short under a map would end the whole process.
"""

import hashlib
import os

from idp.logs import get

log = get("passwords")
DIGITS = 40
# A line is a hash, and a count at most: `003D68EB55068C33ACE09247EE4C639306B29AF2:12345`.
LONGEST_LINE = 64
HEXADECIMAL = frozenset(b"0123456789ABCDEF")


class Malformed(Exception):
    """The file is not such a list."""


class Breaches:
    """Looks passwords up in a file; the empty path is an empty list."""

    def __init__(self, path: str) -> None:
        self._path = path

    def holds(self, password: str) -> bool | None:
        """Whether the list holds it; None where the list can't be read now (CR-035)."""
        if not self._path:
            return False
        # The list's own form; nobody keeps passwords by it.
        digest = hashlib.sha1(password.encode(), usedforsecurity=False).hexdigest().upper()
        try:
            file = os.open(self._path, os.O_RDONLY | os.O_CLOEXEC)
            try:
                return _search(file, os.fstat(file).st_size, digest.encode())
            finally:
                os.close(file)
        except (OSError, Malformed) as fault:
            log.warning("list of known passwords unreadable", why=type(fault).__name__)
            return None


def _search(file: int, size: int, wanted: bytes) -> bool:
    """Halve the file until one line is left. An empty list is a lost one."""
    if not size:
        raise Malformed
    low, high = 0, size
    while low < high:
        middle = (low + high) // 2
        start, found = line_at(file, middle)
        if found == wanted:
            return True
        if found < wanted:
            low = start + length_of(file, start)
        else:
            high = start
    return False


def line_at(file: int, position: int) -> tuple[int, bytes]:
    """Where the line around a position begins, and its hash."""
    begin = max(position - LONGEST_LINE, 0)
    before = os.pread(file, position - begin, begin)
    cut = before.rfind(b"\n")
    if cut < 0 and begin:
        raise Malformed
    start = begin + cut + 1
    found = os.pread(file, DIGITS, start).upper()
    if len(found) != DIGITS or not HEXADECIMAL.issuperset(found):
        raise Malformed
    return start, found


def length_of(file: int, start: int) -> int:
    """How long the line is, with its end."""
    line = os.pread(file, LONGEST_LINE + 1, start)
    end = line.find(b"\n")
    if end < 0 and len(line) > LONGEST_LINE:
        raise Malformed
    return end + 1 if end >= 0 else len(line)
