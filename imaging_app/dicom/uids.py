# SPDX-License-Identifier: Apache-2.0
"""Unique identifiers, to the letter of PS3.5 §9.1: they become names of folders."""

import re
from typing import Final

LONGEST: Final = 64
# A laxer one ([0-9.]+) takes «..», which leads out of the store.
UID: Final = re.compile(r"(?:0|[1-9][0-9]*)(?:\.(?:0|[1-9][0-9]*))+")


def is_uid(text: str) -> bool:
    """Whether this is a UID."""
    return len(text) <= LONGEST and UID.fullmatch(text) is not None
