# SPDX-License-Identifier: Apache-2.0
"""Pictures of frames: the first look at an image, and thumbnails; drawn once, kept in memory.

Whoever asks holds a passage already: nothing here knows who may see what.
"""

import threading
from collections import OrderedDict
from typing import Final

from imaging_app.dicom.door import Door
from imaging_app.dicom.values import Look, Native, Picture, Reason, Refused
from imaging_app.exams.values import Image
from imaging_app.store.port import Store

ROOM: Final = 64 << 20
THUMBNAIL: Final = 160
GONE: Final = Refused(Reason.NO_FRAME, "gone")


class Pictures:
    """Draws them; safe for many threads."""

    def __init__(self, store: Store, door: Door, room: int = ROOM) -> None:
        self._store = store
        self._door = door
        self._room = room
        self._lock = threading.Lock()
        self._kept: OrderedDict[tuple[str, Look], Picture] = OrderedDict()
        self._size = 0

    def look(self, image: Image, look: Look) -> Picture | Refused:
        """A frame as it is asked for."""
        key = (image.place.digest, look)
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key]
        with self._store.local(image.place) as path:
            found = GONE if path is None else self._door.draw(path, look)
        if isinstance(found, Picture):
            self._keep(key, found)
        return found

    def thumbnail(self, image: Image) -> Picture | Refused:
        """A small one, of the frame in the middle."""
        frame = max(image.frames - 1, 0) // 2
        return self.look(image, Look(frame=frame, side=THUMBNAIL, kind="webp", quality=75))

    def native(self, image: Image, number: int) -> Native | Refused:
        """A frame's samples, for whoever does not take it as it lies in the file; not kept."""
        with self._store.local(image.place) as path:
            return GONE if path is None else self._door.frame(path, number)

    def _keep(self, key: tuple[str, Look], found: Picture) -> None:
        size = len(found.content)
        if size > self._room // 8:
            return
        with self._lock:
            if key in self._kept:
                return
            self._kept[key] = found
            self._size += size
            while self._size > self._room:
                _key, oldest = self._kept.popitem(last=False)
                self._size -= len(oldest.content)
