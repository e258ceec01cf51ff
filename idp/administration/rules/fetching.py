# SPDX-License-Identifier: Apache-2.0
"""Fetching what applications and federations say of themselves, into a file of no name."""

import tempfile
from collections.abc import Callable, Collection, Mapping
from typing import BinaryIO, Final, TypeVar

from idp.administration.rules.protocols import Described, Describes, Fault, Members
from idp.logs import get
from idp.outgoing import Fetched, Fetcher

OK: Final = 200
SOONEST, DAY = 600, 86_400
# A federation describes thousands of applications in a hundred megabytes.
SECONDS, LARGEST = 60.0, 256 << 20
KINDS: Final = {"Accept": "application/samlmetadata+xml, application/xml;q=0.9, */*;q=0.1"}
T = TypeVar("T")
log = get("applications")


def next_fetch(now: int, ask_again: int, valid_until: int) -> int:
    """When it is fetched again: by its own word, at most a day, and twice before its end."""
    wished = min(ask_again or DAY, DAY, (valid_until - now) // 2)
    return now + max(wished, SOONEST)


class Fetching:
    """Outside of any transaction."""

    def __init__(self, fetcher: Fetcher) -> None:
        self._fetcher = fetcher

    def said(
        self, describing: Describes, url: str, pin: str, names: Collection[str]
    ) -> Mapping[str, Described | Fault]:
        """What is said at an address of each of these names."""
        found = self._read(url, lambda file: describing.proved(file, pin, names))
        if isinstance(found, Fault):
            return dict.fromkeys(names, found)
        return {name: found.get(name, Fault.OTHER_NAME) for name in names}

    def members(
        self, describing: Describes, url: str, pin: str, chosen: Callable[[str, str], bool]
    ) -> Members | Fault:
        """The applications that are described together at an address."""
        return self._read(url, lambda file: describing.members(file, pin, chosen))

    def _read(self, url: str, read: Callable[[BinaryIO], T | Fault]) -> T | Fault:
        try:
            with tempfile.TemporaryFile() as file:
                return read(file) if self._downloaded(url, file) else Fault.UNREACHABLE
        except OSError as fault:
            # No room for it: noted and told like whatever else keeps it from us.
            log.warning("a description is not kept", url=url, why=fault.strerror)
            return Fault.UNREACHABLE

    def _downloaded(self, url: str, file: BinaryIO) -> bool:
        # WB-033: the one guarded door; no redirect, no private address, so much and no more.
        answer = self._fetcher.fetch("GET", url, headers=KINDS, into=file)
        if isinstance(answer, Fetched) and answer.status == OK:
            return True
        why = f"it answers {answer.status}" if isinstance(answer, Fetched) else answer.reason
        # Why is for whoever runs the server: a page would tell what our network can reach.
        log.warning("a description is not fetched", url=url, why=why)
        return False
