# SPDX-License-Identifier: Apache-2.0
"""Who has logged in is taken down, once a login: patients find them and keep them out by name."""

from collections.abc import Callable

from imaging_app.access.visitor import Kind
from imaging_app.opening import Rooms
from imaging_app.people.professionals import Professional
from imaging_app.web.who import who_is
from relying_parties.kit.store import Session


def note_professionals(rooms: Rooms) -> Callable[[Session], None]:
    """What the kit tells of each session that begins."""

    def note(session: Session) -> None:
        who = who_is(session)
        if Kind.PROFESSIONAL not in who.kinds:
            return
        family, given = (_text(session, name) for name in ("family_name", "given_name"))
        one = Professional(
            who.number,
            # Whoever is told by one name alone is found by it.
            family or who.name,
            given if family else "",
            who.profession,
            who.speciality,
            who.houses[0].finess if who.houses else "",
        )
        with rooms.database.write() as tx:
            rooms.access.professionals.note(tx, one)

    return note


def _text(session: Session, name: str) -> str:
    value = session.claims.get(name)
    return value.strip() if isinstance(value, str) and value.isprintable() else ""
