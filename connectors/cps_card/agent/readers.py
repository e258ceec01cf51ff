# SPDX-License-Identifier: Apache-2.0
"""Readers and what is put into them, as PC/SC tells it (pyscard)."""

from dataclasses import dataclass
from typing import Any

# How long one look waits for something to happen: the program's end waits no longer.
LOOK_MS = 400


@dataclass(frozen=True, slots=True)
class Sight:
    """One reader at one moment."""

    reader: str
    present: bool
    # Something is in it that does not answer to its reset.
    mute: bool
    # Rises with each insertion and removal, where the system counts them.
    count: int


class Readers:
    """Looks at all readers; knows nothing of what cards hold."""

    def __init__(self) -> None:
        from smartcard import scard

        self._scard: Any = scard
        self._context: Any = None
        self._states: dict[str, int] = {}

    def look(self) -> tuple[Sight, ...] | None:
        """Waits a moment for a change, then tells all; None while the service is away."""
        names = self._names()
        if names is None:
            return None
        known = [(name, self._states.get(name, self._scard.SCARD_STATE_UNAWARE)) for name in names]
        if not known:
            # Without a reader there is nothing to wait for: the service tells of a new one.
            known = [("\\\\?PnP?\\Notification", 0)]
        result, found = self._scard.SCardGetStatusChange(self._context, LOOK_MS, known)
        if result not in {self._scard.SCARD_S_SUCCESS, self._scard.SCARD_E_TIMEOUT}:
            self._lose()
            return None
        self._states = {name: state for name, state, _ in found if name in names}
        return tuple(self._sight(name, state) for name, state, _ in found if name in names)

    def _sight(self, name: str, state: int) -> Sight:
        present = bool(state & self._scard.SCARD_STATE_PRESENT)
        # PC/SC part 5 §3.1.3: the upper half counts events.
        return Sight(name, present, bool(state & self._scard.SCARD_STATE_MUTE), state >> 16)

    def _names(self) -> list[str] | None:
        scard = self._scard
        if self._context is None:
            result, context = scard.SCardEstablishContext(scard.SCARD_SCOPE_USER)
            if result != scard.SCARD_S_SUCCESS:
                return None
            self._context = context
        result, names = scard.SCardListReaders(self._context, [])
        if result == scard.SCARD_E_NO_READERS_AVAILABLE:
            return []
        if result != scard.SCARD_S_SUCCESS:
            self._lose()
            return None
        return list(names)

    def _lose(self) -> None:
        context, self._context, self._states = self._context, None, {}
        if context is not None:
            self._scard.SCardReleaseContext(context)

    def close(self) -> None:
        self._lose()
