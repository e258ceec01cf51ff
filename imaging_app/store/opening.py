# SPDX-License-Identifier: Apache-2.0
"""The store that the settings name, and what brings images to it where it is elsewhere."""

import logging
import threading

from imaging_app.settings import Settings
from imaging_app.store.behind import Behind
from imaging_app.store.dicomweb import Dicomweb
from imaging_app.store.embedded import Folders
from imaging_app.store.line import Address
from imaging_app.store.orthanc import Orthanc
from imaging_app.store.port import Away, Store

EVERY = 10.0
log = logging.getLogger(__name__)


def open_store(settings: Settings) -> Store:
    """Nothing is asked of it yet: the portal also starts while it is away."""
    told = settings.elsewhere
    if told is None:
        return Folders(settings.store)
    address = Address(told.url, told.user, told.password, told.patience)
    if told.kind == "orthanc":
        return Behind(settings.store, Orthanc(address))
    return Behind(settings.store, Dicomweb(address, settings.store / "sent"))


class Mover(threading.Thread):
    """Brings there what was kept here, again and again; ends with its process."""

    def __init__(self, store: Behind, every: float = EVERY) -> None:
        super().__init__(name="imaging-mover", daemon=True)
        self._store = store
        self._every = every
        self._ended = threading.Event()

    def run(self) -> None:
        """Until it is ended."""
        was_away = False
        while not self._ended.is_set():
            try:
                self._store.move()
                was_away = False
            except Away as fault:
                # Said once, and not every few seconds.
                if not was_away:
                    log.warning("the PACS is away, images wait here: %s", fault)
                was_away = True
            except OSError as fault:
                log.warning("images wait here: %s", type(fault).__name__)
            self._ended.wait(self._every)

    def end(self) -> None:
        """Stop after the image that is on its way."""
        self._ended.set()


def start_mover(store: Store) -> Mover | None:
    """Where there is anything to move."""
    if not isinstance(store, Behind):
        return None
    mover = Mover(store)
    mover.start()
    return mover
