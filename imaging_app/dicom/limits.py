# SPDX-License-Identifier: Apache-2.0
"""How much a file may ask of us."""

from dataclasses import dataclass
from typing import Final

MIB: Final = 1 << 20
# Of one object's description, which is handed on as a whole, and hundreds of them at once.
MOST_TOLD: Final = MIB


@dataclass(frozen=True, slots=True)
class Limits:
    """Of one file, and of the child that reads it."""

    # Bytes of the file, and of what a deflated one becomes.
    file: int = 2048 * MIB
    inflated: int = 512 * MIB
    # Bytes of memory beyond what the child has when it begins.
    memory: int = 1024 * MIB
    cpu_seconds: int = 20
    # Of a clock: a file may also lie on a disk that does not answer.
    seconds: int = 60
    elements: int = 200_000
    depth: int = 24
    frames: int = 100_000
    # Of one frame once decoded, and of what the child may answer.
    frame: int = 256 * MIB
    answer: int = 300 * MIB
    # Of a report in text or in XML.
    text: int = 4 * MIB


USUAL: Final = Limits()
