# SPDX-License-Identifier: Apache-2.0
"""In which language a patient is written to: as their login tells it, once a login."""

from collections.abc import Callable

from imaging_app.access.visitor import Kind
from imaging_app.opening import Rooms
from imaging_app.people.patients import ENGLISH, FRENCH
from imaging_app.web.who import who_is
from relying_parties.kit.store import Session


def note_languages(rooms: Rooms) -> Callable[[Session], None]:
    """What the kit tells of each session that begins."""
    patients = rooms.access.patients

    def note(session: Session) -> None:
        told = session.claims.get("locale")
        who = who_is(session)
        if Kind.PATIENT not in who.kinds or not isinstance(told, str) or not told:
            return
        # BCP 47: what stands first is the language. Who reads another one is written to in French.
        language = ENGLISH if told.lower().split("-")[0] == ENGLISH else FRENCH
        with rooms.database.read() as tx:
            known = patients.of_subject(tx, who.subject)
            is_so = known is None or patients.language_of(tx, known.id) == language
        if not is_so:
            with rooms.database.write() as tx:
                patients.speak(tx, who.subject, language)

    return note
