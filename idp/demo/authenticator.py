# SPDX-License-Identifier: Apache-2.0
"""The authenticator app on the desk's telephone: what it was shown, and the codes of the moment."""

import binascii
import hashlib
import json
import re
import secrets
import threading
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import pyotp

from idp.cli.ring import replace_private

MOST = 20
LONGEST = 80
ALGORITHMS = ("SHA1", "SHA256", "SHA512")
SEED = re.compile(r"[A-Z2-7]{16,128}={0,6}")


@dataclass(frozen=True, slots=True)
class Entry:
    """One account in the app."""

    id: str
    seed: str
    issuer: str
    name: str
    digits: int = 6
    period: int = 30
    algorithm: str = "SHA1"

    def code(self, now: int) -> str:
        """The code of this moment."""
        digest = getattr(hashlib, self.algorithm.lower())
        totp = pyotp.TOTP(self.seed, digits=self.digits, digest=digest, interval=self.period)
        return totp.at(now)

    def left(self, now: int) -> int:
        """For how many seconds it is good."""
        return self.period - now % self.period


def read_pasted(pasted: str) -> Entry | None:
    """What was pasted or scanned: an otpauth address, or the seed by itself; None for neither."""
    text = pasted.strip()
    key = secrets.token_hex(6)
    if text.lower().startswith("otpauth:"):
        return _read_address(key, text)
    seed = _clean(text)
    return Entry(key, seed, "", "") if seed else None


def _read_address(key: str, address: str) -> Entry | None:
    """The format that apps share (google-authenticator wiki, « Key Uri Format »)."""
    try:
        parts = urlsplit(address)
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        digits, period = int(query.get("digits", "6")), int(query.get("period", "30"))
    except ValueError:
        return None
    seed = _clean(query.get("secret", ""))
    algorithm = query.get("algorithm", "SHA1").upper()
    fits = digits in {6, 7, 8} and 10 <= period <= 300 and algorithm in ALGORITHMS
    if parts.netloc.lower() != "totp" or not seed or not fits:
        return None
    prefix, colon, name = unquote(parts.path.lstrip("/")).rpartition(":")
    issuer = query.get("issuer", prefix if colon else "")
    return Entry(key, seed, issuer[:LONGEST], name.strip()[:LONGEST], digits, period, algorithm)


def _clean(text: str) -> str:
    """A seed as it is computed with, or nothing: people copy it with its blanks."""
    seed = re.sub(r"[\s-]", "", text).upper()
    if not SEED.fullmatch(seed):
        return ""
    try:
        pyotp.TOTP(seed).at(0)
    except (binascii.Error, ValueError):
        return ""
    return seed


class Authenticator:
    """The app, kept in a file so that programs can read it too."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._one_at_a_time = threading.Lock()

    def entries(self) -> list[Entry]:
        """Everything in it, in the order it came."""
        try:
            rows = json.loads(self._file.read_text("utf-8"))
        except (OSError, ValueError):
            return []
        return [one for row in rows if (one := _entry(row)) is not None]

    def add(self, pasted: str) -> bool:
        """Take in what was shown; False where it means nothing."""
        entry = read_pasted(pasted[:2000])
        if entry is None:
            return False
        with self._one_at_a_time:
            # Shown again, it is the same account.
            others = [one for one in self.entries() if one.seed != entry.seed]
            self._write([*others, entry][-MOST:])
        return True

    def remove(self, key: str) -> None:
        """Forget one."""
        with self._one_at_a_time:
            self._write([one for one in self.entries() if one.id != key])

    def _write(self, entries: list[Entry]) -> None:
        self._file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        rows = [asdict(one) for one in entries]
        replace_private(self._file, json.dumps(rows, ensure_ascii=False, indent=2) + "\n")


def _entry(row: Any) -> Entry | None:
    try:
        return Entry(**row) if isinstance(row, Mapping) else None
    except TypeError:
        return None
