# SPDX-License-Identifier: Apache-2.0
"""The portal's back rooms, opened once: for the pages, for commands, for the demo."""

from dataclasses import dataclass, field

from imaging_app.access.indexed import Indexed
from imaging_app.access.opening import Access, open_access
from imaging_app.access.putting import Putting
from imaging_app.access.visitor import Visitor
from imaging_app.clock import Now
from imaging_app.crypto import Keys, read_keys
from imaging_app.db import Database, Tx, make_engine
from imaging_app.dicom.door import Door
from imaging_app.exams.index import REPORTED
from imaging_app.exams.opening import Exams, open_exams
from imaging_app.exams.seen import Seen, seen
from imaging_app.exams.untold import Untold
from imaging_app.exams.values import Exam
from imaging_app.limits.streams import Streams
from imaging_app.limits.turns import Turns
from imaging_app.notices.outbox import Outbox, To
from imaging_app.notices.sending import Reader, Sending
from imaging_app.notices.smtp import Post
from imaging_app.people.patients import FRENCH, Patients
from imaging_app.schema import check_schema
from imaging_app.settings import Mail, Settings
from imaging_app.store.opening import open_store


@dataclass(frozen=True, slots=True)
class Rooms:
    """What there is, over a database that stands at the newest schema."""

    settings: Settings
    keys: Keys
    database: Database
    exams: Exams
    access: Access
    now: Now
    putting: Putting
    turns: Turns = field(default_factory=Turns)
    streams: Streams = field(default_factory=Streams)

    def untold(self, tx: Tx, who: Visitor, exam: str) -> Untold:
        """What of an exam stays here from whoever holds a passage to it."""
        return self.exams.reports.untold(tx, exam, self.access.telling.up_to(tx, who, exam))

    def seen(self, tx: Tx, who: Visitor, exam: Exam) -> Seen:
        """An exam without it: so its patient sees it named and counted."""
        return seen(self.exams.index, tx, exam, self.untold(tx, who, exam.id))

    def close(self) -> None:
        """Give everything back."""
        self.exams.close()
        self.database.close()


def open_rooms(settings: Settings, now: Now, door: Door | None = None) -> Rooms:
    """Open them all; the door is handed in where somebody has one that is warm."""
    database = Database(make_engine(settings.database_url))
    check_schema(database)
    keys = read_keys(settings.keys_file)
    exams = open_exams(database, keys, now, open_store(settings), door)
    access = open_access(database, keys, now, settings, Indexed(exams.index), REPORTED)
    putting = Putting(database, access.doors, access.patients, exams)
    return Rooms(settings, keys, database, exams, access, now, putting)


def open_sending(mail: Mail, name: str, database: Database, keys: Keys, now: Now) -> Sending:
    """What sends notices, in the portal's name."""
    patients = Patients(keys, now)

    def reader_of(tx: Tx, to: To, whom: str) -> Reader:
        if to is To.PATIENT:
            return Reader(patients.email_of(tx, whom), patients.language_of(tx, whom))
        return Reader(mail.establishments.get(whom, ""), FRENCH)

    return Sending(database, Outbox(keys, now), reader_of, Post(mail, name), mail.link)
