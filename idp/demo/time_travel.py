# SPDX-License-Identifier: Apache-2.0
"""Moving the demo's clock: ahead in steps, and back to the present only.

Nothing that was written later than now can be trusted to behave (a code's step, a lock, a key that
signs from next month on), so going back puts everything back as it was when the clock was first
moved: the database, the desk's messages, the cards. The runner does it, between two lives of the
server.
"""

import shutil
import sqlite3
import threading
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from idp.cli.ring import replace_private
from idp.clock import MovedClock
from idp.demo.folder import Folder

DAY = 86_400
# Longer than any calendar month, so that what lasts a month or four is over.
STEPS = {"day": DAY, "month": 31 * DAY, "four-months": 124 * DAY}
# Certificates and tables are not made for more.
FARTHEST = 20 * 365 * DAY


class TimeTravel:
    """The clock as the desk moves it."""

    def __init__(self, folder: Folder, clock: MovedClock, after_jump: Callable[[], None]) -> None:
        self._folder = folder
        self._clock = clock
        self._after_jump = after_jump
        self._one_at_a_time = threading.Lock()

    @property
    def ahead(self) -> int:
        """By how many seconds the demo is ahead."""
        return self._clock.ahead

    def jump(self, seconds: int) -> bool:
        """Ahead by so much; False where that is too far."""
        with self._one_at_a_time:
            target = self._clock.ahead + seconds
            if target > FARTHEST:
                return False
            if not self._folder.before.exists():
                keep(self._folder)
            replace_private(self._folder.clock, f"{target}\n")
        # What a minute would bring about is due now: keys rotate, warnings leave.
        self._after_jump()
        return True

    def wish_to_return(self) -> bool:
        """Ask the runner to bring everything back; False in the present."""
        if not self._folder.clock.exists():
            return False
        self._folder.return_wish.touch(mode=0o600)
        return True


def keep(folder: Folder) -> None:
    """Everything as it is now, for the way back."""
    made = folder.root / "before.new"
    shutil.rmtree(made, ignore_errors=True)
    made.mkdir(mode=0o700)
    for each in (folder.desk, folder.reader, folder.pki):
        # A demo of the tests may have no cards.
        if each.exists():
            shutil.copytree(each, made / each.name)
    copy = made / folder.database.name
    copy.touch(mode=0o600)
    with (
        closing(sqlite3.connect(folder.database)) as live,
        closing(sqlite3.connect(copy)) as kept,
    ):
        # As one moment: what is being written meanwhile is in it whole, or not at all.
        live.backup(kept)
    made.rename(folder.before)


def returned(folder: Folder) -> bool:
    """Bring everything back, where somebody asked for it; nobody may have the database open."""
    if not folder.return_wish.exists():
        return False
    if folder.before.exists():
        _put_back(folder)
    folder.clock.unlink(missing_ok=True)
    shutil.rmtree(folder.before, ignore_errors=True)
    # Last: whatever ends this half way, it is done again.
    folder.return_wish.unlink()
    return True


def _put_back(folder: Folder) -> None:
    kept = folder.before / folder.database.name
    for suffix in ("-wal", "-shm"):
        Path(f"{folder.database}{suffix}").unlink(missing_ok=True)
    shutil.copy2(kept, folder.database)
    shutil.rmtree(folder.desk, ignore_errors=True)
    shutil.copytree(folder.before / "desk", folder.desk)
    for each in (folder.reader, folder.pki):
        if (before := folder.before / each.name).exists():
            _put_back_files(before, each)


def _put_back_files(kept: Path, folder: Path) -> None:
    """One by one: others look into the folder meanwhile."""
    for file in [one for one in folder.rglob("*") if one.is_file()]:
        if not (kept / file.relative_to(folder)).is_file():
            file.unlink()
    for file in [one for one in kept.rglob("*") if one.is_file()]:
        place = folder / file.relative_to(kept)
        fresh = place.with_name(f".{place.name}.kept")
        shutil.copy2(file, fresh)
        fresh.replace(place)
