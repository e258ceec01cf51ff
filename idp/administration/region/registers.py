# SPDX-License-Identifier: Apache-2.0
"""National registers as administrators see them: what is served, imports, rejects, look-ups."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum

from idp.administration.authority import COMMAND_LINE, Authority, Denied
from idp.administration.rights import Right
from idp.audit.record import Audit
from idp.clock import Clock, Entropy
from idp.db import Database, Tx, take_turn
from idp.directory import generations
from idp.directory.generations import Generation, Reject
from idp.directory.service import Directory
from idp.directory.shelf import NotKept, Shelf, Source
from idp.directory.values import Practitioner, Structure

MOST_REJECTS = 1000
# Of two who ask at once, the second finds the first.
TURN = 7216101004
Known = Callable[[Tx, str], Practitioner | None]


class NotAsked(Enum):
    """Why no import was asked for."""

    # The settings name no file of this kind.
    NO_FILE = "no-file"
    # One of this kind is under way.
    UNDER_WAY = "under-way"
    # The settings name no folder for uploads.
    NO_FOLDER = "no-folder"


@dataclass(frozen=True, slots=True)
class Inbox:
    """Where files that administrators bring are kept until they are read."""

    database: Database
    entropy: Entropy
    shelf: Shelf


class Registers:
    """The verbs; each takes the caller's transaction, and their authority."""

    def __init__(
        self,
        clock: Clock,
        audit: Audit,
        directory: Directory,
        files: Mapping[str, str],
        inbox: Inbox | None = None,
        known: Known | None = None,
    ) -> None:
        self._clock = clock
        self._audit = audit
        self._directory = directory
        self._files = dict(files)
        self._inbox = inbox
        # Beside the import, what was answered elsewhere.
        self._known = known or directory.by_number

    def status(self, tx: Tx, authority: Authority) -> Denied | list[Generation]:
        """The last imports, newest first; what is served is among them, or nothing is."""
        if denied := authority.refuses(Right.DIRECTORY_SEE):
            return denied
        found = generations.recent(tx)
        served = (generations.served(tx, kind) for kind in generations.KINDS)
        return found + [one for one in served if one is not None and one not in found]

    def file_of(self, kind: str) -> str:
        """The file that the settings name."""
        return self._files.get(kind, "")

    def ask(
        self, tx: Tx, authority: Authority, kind: str, path: str = "", *, forced: bool = False
    ) -> Denied | NotAsked | Generation:
        """Have a file imported; only a command may name another one than the settings do."""
        if denied := authority.refuses(Right.DIRECTORY_IMPORT):
            return denied
        # Lines that are not taken are shown: nobody else reads what the server can.
        if path and authority.actor != COMMAND_LINE:
            return Denied.NOT_ALLOWED
        return self._ask(tx, authority, kind, path or self.file_of(kind), forced=forced)

    @property
    def takes_files(self) -> bool:
        """Whether there is a folder for what administrators bring."""
        return self._inbox is not None

    def bring(
        self, authority: Authority, kind: str, name: str, source: Source
    ) -> Denied | NotAsked | NotKept | Generation:
        """Keep a file, and have it imported. In a transaction of its own, once it is there."""
        if denied := authority.refuses(Right.DIRECTORY_IMPORT):
            return denied
        if kind not in generations.KINDS:
            return NotAsked.NO_FILE
        if self._inbox is None:
            return NotAsked.NO_FOLDER
        shelf = self._inbox.shelf
        path = shelf.put(self._inbox.entropy.token(12), name, source)
        if isinstance(path, NotKept):
            return path
        with self._inbox.database.write() as tx:
            made = self._ask(tx, authority, kind, str(path))
        if not isinstance(made, Generation):
            shelf.drop(path)
        return made

    def _ask(
        self, tx: Tx, authority: Authority, kind: str, wanted: str, *, forced: bool = False
    ) -> NotAsked | Generation:
        if not wanted or kind not in generations.KINDS:
            return NotAsked.NO_FILE
        take_turn(tx, TURN)
        now = self._clock.now()
        for one in generations.under_way(tx, kind):
            if one.path == wanted and not forced:
                return one
            if generations.is_held(tx, one.id, now):
                return NotAsked.UNDER_WAY
            generations.give_up(tx, one.id, now)
        made = generations.ask(tx, kind, wanted, authority.actor, now, forced=forced)
        event = authority.event("directory.import_asked", register=kind, file=made.name)
        self._audit.record(tx, event, authority.origin)
        return made

    def rejects(
        self, tx: Tx, authority: Authority, generation: int, after: int = 0, most: int = 100
    ) -> Denied | list[Reject]:
        """Lines of an import that were not taken, for those who bring files.

        Anything may stand in them: somebody brought a list of staff or of patients by mistake.
        """
        if denied := authority.refuses(Right.DIRECTORY_IMPORT):
            return denied
        if generations.load(tx, generation) is None:
            return Denied.NOT_FOUND
        return generations.rejects_of(tx, generation, after, min(most, MOST_REJECTS))

    def by_number(
        self, tx: Tx, authority: Authority, national_id: str
    ) -> Denied | Practitioner | None:
        """Who has a national identifier."""
        if denied := authority.refuses(Right.DIRECTORY_SEE):
            return denied
        return self._known(tx, national_id)

    def by_name(
        self, tx: Tx, authority: Authority, last_name: str, first_name: str = ""
    ) -> Denied | tuple[Practitioner, ...]:
        """People whose name begins so."""
        if denied := authority.refuses(Right.DIRECTORY_SEE):
            return denied
        return self._directory.by_name(tx, last_name, first_name)

    def structure(self, tx: Tx, authority: Authority, finess: str) -> Denied | Structure | None:
        """The establishment of a FINESS number."""
        if denied := authority.refuses(Right.DIRECTORY_SEE):
            return denied
        return self._directory.structure(tx, finess)
