# SPDX-License-Identifier: Apache-2.0
"""Values that should be fresh in each request, remembered for a while to notice when they aren't.

RFC 9700 §2.1.1: a challenge or nonce must be one transaction's own. A client that repeats it gets
its answer, since a page may honestly be loaded again; the audit says so (OA-039).
"""

import threading
from collections import OrderedDict
from collections.abc import Mapping
from hashlib import blake2b
from typing import Any

MOST_KEPT = 8192
WATCHED = ("challenge", "nonce")


class Repeats:
    """The last values seen by this process."""

    def __init__(self, most: int = MOST_KEPT) -> None:
        self._most = most
        self._seen: OrderedDict[bytes, None] = OrderedDict()
        self._turn = threading.Lock()

    def note(self, application: str, payload: Mapping[str, Any]) -> tuple[str, ...]:
        """Remember a request's values; the names of those that were there before."""
        repeated = []
        with self._turn:
            for name in WATCHED:
                value = payload.get(name)
                if not value:
                    continue
                digest = blake2b(f"{name}|{application}|{value}".encode(), digest_size=16).digest()
                if digest in self._seen:
                    repeated.append(name)
                self._seen[digest] = None
                self._seen.move_to_end(digest)
            while len(self._seen) > self._most:
                self._seen.popitem(last=False)
        return tuple(repeated)
