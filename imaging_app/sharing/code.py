# SPDX-License-Identifier: Apache-2.0
"""The code itself: eight signs that can't be misread, and how what was typed becomes them."""

import secrets
import unicodedata

# Crockford's: no I, L, O, U.
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
SIZE = 8
TAIL = 4
_READ_AS = str.maketrans({"I": "1", "L": "1", "O": "0"})
_BETWEEN = str.maketrans("", "", " \t-–—‐‑.·_\u00a0\u202f")


def make_code() -> str:
    """Forty bits that nobody can guess."""
    return "".join(secrets.choice(ALPHABET) for _ in range(SIZE))


def shown(code: str) -> str:
    """As it is printed and read out."""
    return f"{code[:4]}-{code[4:]}"


def fold_code(typed: str) -> str | None:
    """The code that was meant; None for what is none."""
    text = unicodedata.normalize("NFKC", typed[:64]).translate(_BETWEEN).upper()
    text = text.translate(_READ_AS)
    if len(text) != SIZE or not set(text) <= set(ALPHABET):
        return None
    return text


def fold_tail(typed: str) -> str:
    """The end of a code, as a list is filtered by it; nothing for what can't be one."""
    text = unicodedata.normalize("NFKC", typed[:64]).translate(_BETWEEN).upper()
    text = text.translate(_READ_AS)[-TAIL:]
    return text if set(text) <= set(ALPHABET) else ""
