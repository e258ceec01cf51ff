# SPDX-License-Identifier: Apache-2.0
"""Real readers: PC/SC tells at once what is put in and taken out, PKCS#11 what the card holds."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Event, Lock, Thread
from typing import Protocol

from connectors.cps_card.agent.cards import (
    Card,
    CardState,
    Pin,
    Reader,
    Refusal,
    WrongPin,
    missing,
)
from connectors.cps_card.agent.modules import find_module, known_places
from connectors.cps_card.agent.readers import Readers, Sight
from connectors.cps_card.agent.settings import Fault
from connectors.cps_card.agent.tokens import Found, Tokens

# A card takes a moment to answer after it was put in: so many looks until it counts as mute.
READS = 5
PAUSE = 0.3


class Eyes(Protocol):
    """Sees readers, and what is put in."""

    def look(self) -> tuple[Sight, ...] | None:
        """Waits a moment for a change, then tells all; None where nobody tells."""

    def close(self) -> None:
        """Lets go of the readers."""


@dataclass(frozen=True, slots=True)
class Place:
    """One reader as it was last seen, and the card's key once it was read."""

    reader: Reader
    sight: Sight | None = None
    found: Found | None = None
    reads: int = 0


class HardwareCard:
    """A card as it was read; it signs only while it is that very card."""

    def __init__(self, found: Found, cards: "HardwareCards", tokens: Tokens) -> None:
        self._found = found
        self._cards = cards
        self._tokens = tokens
        self.identity = found.identity
        self.certificate = found.certificate
        self.label = found.face.label
        self.pinpad = found.pinpad
        self.algorithm = found.algorithm

    def tries(self) -> int | None:
        now = self._tokens.again(self._found)
        if now is None:
            # It is gone: whoever has it sign is told.
            return None
        self._cards.note(now)
        return now.tries

    def sign(self, pin: Pin | None, said: bytes) -> bytes | WrongPin | Refusal:
        outcome = self._tokens.sign(self._found, pin, said)
        self.tries()
        return outcome


class HardwareCards:
    """All readers. One thread looks; everybody else reads what it saw last."""

    def __init__(self, tokens: Tokens, eyes: Eyes | None) -> None:
        self._tokens = tokens
        self._eyes = eyes
        self._lock = Lock()
        self._places: dict[str, Place] = {}
        self._changed: list[Callable[[], None]] = []
        self._stop = Event()
        self._look()
        self._thread = Thread(target=self._run, name="readers", daemon=True)
        self._thread.start()

    def readers(self) -> tuple[Reader, ...]:
        return tuple(place.reader for place in self._now().values())

    def card(self) -> Card | Refusal:
        for place in self._now().values():
            now = self._tokens.again(place.found) if place.found else None
            if now:
                self.note(now)
                return HardwareCard(now, self, self._tokens)
        return missing(self.readers())

    def holds(self, identity: str) -> bool:
        found = (place.found for place in self._now().values())
        return any(each is not None and each.identity == identity for each in found)

    def note(self, now: Found) -> None:
        """What was just read of a card that is in: its tries, before all."""
        with self._lock:
            for name, place in self._places.items():
                if place.found and place.found.identity == now.identity:
                    self._places[name] = _read(place, now)

    def watch(self, changed: Callable[[], None]) -> None:
        self._changed.append(changed)

    def close(self) -> None:
        self._stop.set()
        self._thread.join()
        if self._eyes:
            self._eyes.close()

    def _now(self) -> dict[str, Place]:
        with self._lock:
            return dict(self._places)

    def _show(self, places: dict[str, Place]) -> None:
        with self._lock:
            before, self._places = self._places, places
        if {_fact(each) for each in before.values()} != {_fact(each) for each in places.values()}:
            for changed in self._changed:
                changed()

    def _run(self) -> None:
        while not self._stop.is_set():
            self._look()

    def _look(self) -> None:
        sights = self._eyes.look() if self._eyes else None
        if not sights:
            # Nobody tells of readers: the library alone is asked, now and then.
            found = self._tokens.look()
            self._show({each.slot: _read(_empty(each.slot), each) for each in found})
            self._stop.wait(PAUSE)
            return
        before = self._now()
        # What was taken out is told first: reading another card may take its time.
        self._show({each.reader: _seen(each, before.get(each.reader)) for each in sights})
        places = self._now()
        if any(place.reader.card is CardState.READING for place in places.values()):
            self._show(_all_read(places, self._tokens.look()))


def _empty(name: str) -> Place:
    return Place(Reader(name, pinpad=False, card=CardState.ABSENT))


def _seen(sight: Sight, before: Place | None) -> Place:
    """What is known of a reader after a look at it: as before, where nothing has happened."""
    if before and before.sight == sight:
        return before
    state = CardState.ABSENT
    if sight.present:
        state = CardState.MUTE if sight.mute else CardState.READING
    return Place(Reader(sight.reader, pinpad=False, card=state), sight)


def _all_read(places: dict[str, Place], found: list[Found]) -> dict[str, Place]:
    """The cards that were just put in, as the library shows them."""
    reading = [name for name, place in places.items() if place.reader.card is CardState.READING]
    known = {name: each for name in reading for each in found if _is_of(each, name)}
    # Some middlewares call readers by names of their own: one card and one reader are a pair.
    strangers = [each for each in found if not any(_is_of(each, name) for name in places)]
    if len(reading) == 1 and not known and len(strangers) == 1:
        known = {reading[0]: strangers[0]}
    read = {
        name: _read(places[name], known[name]) if name in known else _unread(places[name])
        for name in reading
    }
    return {**places, **read}


def _is_of(found: Found, name: str) -> bool:
    # PKCS#11 CK_SLOT_INFO: at most 64 bytes of the name.
    return name.encode()[:64].rstrip() == found.slot.encode()


def _unread(place: Place) -> Place:
    """Not yet; after some looks, not at all."""
    state = CardState.READING if place.reads < READS else CardState.MUTE
    return replace(place, reader=replace(place.reader, card=state), reads=place.reads + 1)


def _read(place: Place, found: Found) -> Place:
    face = found.face
    reader = Reader(
        place.reader.name,
        found.pinpad,
        CardState.PRESENT,
        face.serial,
        face.label,
        face.kind,
        found.tries,
        face.valid_until,
    )
    return replace(place, reader=reader, found=found)


def _fact(place: Place) -> tuple[str, CardState, str]:
    return place.reader.name, place.reader.card, place.found.identity if place.found else ""


def open_hardware(module: Path | None) -> HardwareCards:
    """The readers of this workstation; Fault where there is no way to them."""
    chosen = module or find_module(known_places())
    if chosen is None:
        raise Fault(
            "No PKCS#11 library of a card middleware was found: install the Cryptolib CPS (or"
            " OpenSC), or name the library with --module."
        )
    try:
        eyes = Readers()
    except ImportError:
        eyes = None
    return HardwareCards(Tokens(chosen), eyes)
