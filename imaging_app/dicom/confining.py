# SPDX-License-Identifier: Apache-2.0
"""What the process of one file may no more: open another one, speak to anybody, harm others.

By Landlock for files, by a filter of system calls for the rest. Where the kernel has neither we go
on without, and `check` says so; where it has them and they fail, nothing is read.
"""

import ctypes
import errno
import os
import platform
import struct
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

NO_NEW_PRIVILEGES, GET_FILTER, SET_FILTER, MODE_FILTER = 38, 21, 22, 2
MAKE_RULES, ADD_RULE, RESTRICT = 444, 445, 446
VERSION_ONLY, BENEATH = 1, 1
READ_FILE, READ_DIR = 1 << 2, 1 << 3
# Rights over files that each version knows; over TCP from 4 on; signals and sockets from 6 on.
RIGHTS: Final = {1: 13, 2: 14, 3: 15, 4: 15, 5: 16}
TCP, OUTSIDE = 3, 3
# By processor: its name in a filter, and the numbers of what is refused there: sockets, other
# programs and processes; signals and priorities of others, their processors, their memory; what is
# shared by name; rights and times of files; what only root could do.
CALLS: Final[Mapping[str, tuple[int, tuple[int, ...]]]] = {
    "x86_64": (
        0xC000003E,
        (
            *(41, 42, 49, 50, 53, 425), *(59, 322, 101, 62, 200, 310, 311, 424, 434),
            *(129, 297, 141, 142, 144, 203, 251, 314), *(256, 279, 298, 312, 438, 440, 448),
            *(29, 30, 31, 64, 65, 66, 68, 69, 70, 71, 220, 240, 241, 248, 249, 250),
            *(90, 91, 92, 93, 94, 188, 189, 190, 260, 268, 452),
            *(132, 197, 198, 199, 235, 261, 280), *(161, 165, 166, 272, 308, 321),
        ),
    ),
    "aarch64": (
        0xC00000B7,
        (
            *(198, 199, 200, 201, 203, 425), *(221, 281, 117, 129, 130, 270, 271, 424, 434),
            *(138, 240, 140, 118, 119, 122, 30, 274), *(238, 239, 241, 272, 438, 440, 448),
            *(180, 181, 186, 187, 188, 189, 190, 191, 192, 193, 194, 195, 196, 217, 218, 219),
            *(5, 6, 7, 52, 53, 54, 55, 452), *(14, 15, 16, 88), *(39, 40, 51, 97, 268, 280),
        ),
    ),
}  # fmt: skip
# Limits and signals, which are allowed where they name the process itself: the C library sets its
# own limits by the first (0 is itself), and says by the second that it gave up.
LIMITS: Final = {"x86_64": 302, "aarch64": 261}
SIGNALS: Final = {"x86_64": 234, "aarch64": 131}
# Where a filter finds the low half of the first argument: a process is no longer than that.
FIRST: Final = 16
LOAD, EQUALS, FROM, GIVE = 0x20, 0x15, 0x35, 0x06
ALLOW, REFUSE, KILL = 0x7FFF0000, 0x00050000 | errno.EPERM, 0x80000000
# Of x86-64: numbers of its other table of calls.
X32: Final = 0x40000000

libc = ctypes.CDLL(None, use_errno=True)
libc.syscall.restype = ctypes.c_long


def landlock() -> int:
    """Its version; 0 where there is none."""
    found: int = libc.syscall(MAKE_RULES, None, ctypes.c_size_t(0), ctypes.c_uint(VERSION_ONLY))
    # Also where something around us refuses the question.
    return max(found, 0)


def has_filter() -> bool:
    """Whether system calls can be filtered, and we know their numbers."""
    return platform.machine() in CALLS and libc.prctl(GET_FILTER, 0, 0, 0, 0) >= 0


def confine(file: Path | None) -> None:
    """From here on: this file, our own code, nobody else; None for what is handed files opened."""
    if libc.prctl(NO_NEW_PRIVILEGES, 1, 0, 0, 0):
        raise OSError(ctypes.get_errno(), "no new privileges")
    version = landlock()
    if version:
        _restrict(version, file)
    if has_filter():
        _filter()


def code() -> list[Path]:
    """Where what we import lies: nobody's secrets."""
    packages = [Path(one) for one in sys.path if Path(one).name.endswith("-packages")]
    roots = [Path(sys.base_prefix, "lib"), Path(sys.prefix, "lib"), Path("/usr/lib"), Path("/lib")]
    return [one for one in (Path(__file__).parents[1], *packages, *roots) if one.is_dir()]


def _restrict(version: int, file: Path | None) -> None:
    told = (1 << RIGHTS.get(version, max(RIGHTS.values()))) - 1
    parts = [told, *([TCP] if version >= 4 else []), *([OUTSIDE] if version >= 6 else [])]
    about = struct.pack(f"={len(parts)}Q", *parts)
    rules = _call(MAKE_RULES, about, ctypes.c_size_t(len(about)), ctypes.c_uint(0))
    # A file that has gone meanwhile is missed by whoever reads it.
    mine = [(file, READ_FILE)] if file is not None and file.exists() else []
    for path, rights in (*mine, *((one, READ_FILE | READ_DIR) for one in code())):
        opened = os.open(path, os.O_PATH | os.O_CLOEXEC)
        _call(ADD_RULE, ctypes.c_int(rules), ctypes.c_int(BENEATH),
              struct.pack("=Qi", rights, opened), ctypes.c_uint(0))  # fmt: skip
        os.close(opened)
    _call(RESTRICT, ctypes.c_int(rules), ctypes.c_uint(0))
    os.close(rules)


def _filter() -> None:
    machine = platform.machine()
    name, refused = CALLS[machine]
    itself = {LIMITS[machine]: 0, SIGNALS[machine]: os.getpid()}
    program = b"".join(_program(name, refused, itself))
    kept = ctypes.create_string_buffer(program, len(program))
    about = struct.pack("=H6xQ", len(program) // 8, ctypes.addressof(kept))
    if libc.prctl(SET_FILTER, MODE_FILTER, about, 0, 0):
        raise OSError(ctypes.get_errno(), "filter")


def _program(name: int, refused: Iterable[int], itself: Mapping[int, int]) -> list[bytes]:
    """Of another processor's kind: killed; of these: refused; of all others: allowed.

    `itself`: refused too, but where the first argument is this one.
    """

    def step(code: int, value: int, yes: int = 0, no: int = 0) -> bytes:
        return struct.pack("=HBBI", code, yes, no, value)

    found = [step(LOAD, 4), step(EQUALS, name, 1, 0), step(GIVE, KILL)]
    found += [step(LOAD, 0), step(FROM, X32, 0, 1), step(GIVE, KILL)]
    for number in refused:
        found += [step(EQUALS, number, 0, 1), step(GIVE, REFUSE)]
    for number, first in itself.items():
        found += [step(EQUALS, number, 0, 4), step(LOAD, FIRST), step(EQUALS, first, 1, 0)]
        found += [step(GIVE, REFUSE), step(GIVE, ALLOW)]
    return [*found, step(GIVE, ALLOW)]


def _call(number: int, *words: object) -> int:
    found: int = libc.syscall(number, *words)
    if found < 0:
        raise OSError(ctypes.get_errno(), f"call {number}")
    return found
