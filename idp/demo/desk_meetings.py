# SPDX-License-Identifier: Apache-2.0
"""How much RCP asks for: a second factor as it is shipped, or the card, until the next start."""

from urllib.parse import urlsplit

from idp.cli.registrations import FILES
from idp.demo.addresses import SCEAU_PORT, plan
from idp.http.services import Core

MEETINGS = "/desk/meetings"
KEY = "rcp"
LEVELS = {"2": 2, "3": 3}


class Meetings:
    """Registers RCP anew, as `sceau applications sync` would."""

    def __init__(self, core: Core) -> None:
        self._core = core

    def level(self) -> int | None:
        """What it asks for now; None where it isn't there."""
        with self._core.database.read() as tx:
            found = self._core.applications.load(tx, KEY)
        return None if found is None else int(found.policy.level)

    def set_level(self, wanted: str) -> None:
        """Ask for that from now on."""
        if wanted not in LEVELS or self.level() is None:
            return
        offset = (urlsplit(self._core.settings.server.issuer).port or 0) - SCEAU_PORT
        for one in plan(offset).applications:
            if one.key == KEY:
                kept = {name: value for name, value in one.document.items() if name not in FILES}
                kept["policy"] = {**kept["policy"], "level": LEVELS[wanted]}
                with self._core.database.write() as tx:
                    self._core.applications.register(tx, kept)
