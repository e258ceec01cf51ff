# SPDX-License-Identifier: Apache-2.0
"""Real readers: PC/SC tells at once what is put in and taken out, PKCS#11 what the card holds."""

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Event, Lock, Thread
from typing import Protocol

from connectors.cps_card.agent.cards import (
    TRIES,
    Card,
    CardState,
    Pin,
    Reader,
    Refusal,
    WrongPin,
    missing,
    used_up,
)
from connectors.cps_card.agent.modules import find_module, known_places
from connectors.cps_card.agent.readers import Readers, Sight
from connectors.cps_card.agent.settings import Fault
from connectors.cps_card.agent.tokens import Found, Tokens

# A card takes a moment to answer after it was put in; after that it counts as mute.
PATIENCE = 2.0
PAUSE = 0.3
# Nobody has looked for so long: what was seen then is believed no more. A slow card is read in it.
STALE = 8.0
# While a card signs, the library answers nobody else; somebody may be typing on the reader.
LONGEST_SIGNING = 60.0

LOG = logging.getLogger("sceau-agent")


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
    # Tries to read it, and when they began.
    reads: int = 0
    since: float = 0.0
    # Wrong PINs typed here since it was put in: not every library tells of them.
    wrong: int = 0


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
        # One that is gone tells nothing: whoever has it sign will hear of it.
        return self._cards.note(now) if now else None

    def sign(self, pin: Pin | None, said: bytes) -> bytes | WrongPin | Refusal:
        with self._cards.signing():
            outcome = self._tokens.sign(self._found, pin, said)
        self._cards.count(self._found, wrong=isinstance(outcome, WrongPin))
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
        self._looked_at = time.monotonic()
        self._signing_since: float | None = None
        self._fault = ""
        self._try()
        self._thread = Thread(target=self._run, name="readers", daemon=True)
        self._thread.start()

    def readers(self) -> tuple[Reader, ...]:
        return tuple(place.reader for place in self._now().values())

    def card(self) -> Card | Refusal:
        spent: Card | None = None
        for place in self._now().values():
            now = self._tokens.again(place.found) if place.found else None
            if now:
                card = HardwareCard(now, self, self._tokens)
                if not used_up(self.note(now)):
                    return card
                # Where there are several, one whose PIN may still be asked for goes first.
                spent = spent or card
        return spent or missing(self.readers())

    def holds(self, identity: str) -> bool:
        if not self._is_fresh():
            return False
        found = (place.found for place in self._now().values())
        return any(each is not None and each.identity == identity for each in found)

    def _is_fresh(self) -> bool:
        now, signing = time.monotonic(), self._signing_since
        if signing is not None and now - signing < LONGEST_SIGNING:
            return True
        return now - self._looked_at < STALE

    @contextmanager
    def signing(self) -> Iterator[None]:
        """Meanwhile nobody else can look."""
        self._signing_since = time.monotonic()
        try:
            yield
        finally:
            # The library has just answered: whoever waited for it gets the time to look.
            self._looked_at, self._signing_since = time.monotonic(), None

    def note(self, now: Found) -> int | None:
        """What was just read of a card that is in: keeps it, and tells its tries."""
        with self._lock:
            place = self._places.get(self._name_of(now))
            if place is None:
                return now.tries
            self._places[place.reader.name] = read = _read(place, now)
            return read.reader.tries

    def count(self, found: Found, *, wrong: bool) -> None:
        """A PIN was typed here."""
        with self._lock:
            place = self._places.get(self._name_of(found))
            if place is not None:
                count = place.wrong + 1 if wrong else 0
                self._places[place.reader.name] = replace(place, wrong=count)

    def _name_of(self, found: Found) -> str:
        return next(
            (
                name
                for name, place in self._places.items()
                if place.found and place.found.identity == found.identity
            ),
            "",
        )

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

    def _show(self, seen: Callable[[dict[str, Place]], dict[str, Place]]) -> bool:
        """Goes from what was known to what is; whether a card still waits to be read."""
        with self._lock:
            before = self._places
            self._places = now = seen(before)
        if {_fact(each) for each in before.values()} != {_fact(each) for each in now.values()}:
            for changed in self._changed:
                changed()
        return any(place.reader.card is CardState.READING for place in now.values())

    def _run(self) -> None:
        while not self._stop.is_set():
            self._try()

    def _try(self) -> None:
        try:
            self._look()
            self._fault = ""
        except Exception as fault:  # noqa: BLE001
            # Whatever it was, the next look may do: without any, what is pulled out is not seen.
            why = type(fault).__name__
            if why != self._fault:
                LOG.warning("readers not looked at why=%s", why)
            self._fault = why
            self._stop.wait(PAUSE)

    def _look(self) -> None:
        sights = self._eyes.look() if self._eyes else None
        if not sights:
            # Nobody tells of readers: the library alone is asked, now and then.
            found = self._tokens.look()
            self._show(lambda before: _alone(before, found))
            self._looked_at = time.monotonic()
            self._stop.wait(PAUSE)
            return
        # What was taken out is told first: reading another card may take its time.
        waiting = self._show(lambda before: {each.reader: _seen(each, before) for each in sights})
        self._looked_at = time.monotonic()
        if waiting:
            found = self._tokens.look()
            self._show(lambda before: _all_read(before, found))


def _alone(before: dict[str, Place], found: list[Found]) -> dict[str, Place]:
    """Without anybody who tells of readers: each card that the library shows."""
    return {each.slot: _read(before.get(each.slot) or _empty(each.slot), each) for each in found}


def _empty(name: str) -> Place:
    return Place(Reader(name, pinpad=False, card=CardState.ABSENT))


def _seen(sight: Sight, places: dict[str, Place]) -> Place:
    """What is known of a reader after a look at it: as before, where nothing has happened."""
    before = places.get(sight.reader)
    if before and before.sight == sight:
        return before
    state = CardState.ABSENT
    if sight.present:
        state = CardState.MUTE if sight.mute else CardState.READING
    return Place(Reader(sight.reader, pinpad=False, card=state), sight, since=time.monotonic())


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
    """Not yet; after a while, not at all."""
    waited = time.monotonic() - place.since
    state = CardState.MUTE if place.reads and waited > PATIENCE else CardState.READING
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
        _tries(found.tries, place.wrong),
        face.valid_until,
    )
    return replace(place, reader=reader, found=found)


def _tries(told: int | None, wrong: int) -> int | None:
    """What the card tells, or what it must be by what was typed here, whichever is less."""
    if not wrong:
        return told
    # Never 0: that a card is blocked is the card's to say.
    counted = max(1, TRIES - wrong)
    return counted if told is None else min(told, counted)


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
