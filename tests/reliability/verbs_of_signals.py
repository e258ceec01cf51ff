# SPDX-License-Identifier: Apache-2.0
"""What administrators do to the stream of an application."""

from typing import Final

from idp.administration.authority import Denied
from idp.signals.streams import Wished
from tests.administration.kit import DESK
from tests.reliability.verbs import Place, Verb
from tests.reliability.verbs_of_people import equals

WISHED: Final = Wished("push", "https://dcc.example/signals", "Bearer x")


def stream(place: Place) -> str:
    """One that is open, with something on its way."""
    streams = place.core.streams
    with place.core.database.write() as tx:
        tx.exec_driver_sql("DELETE FROM signal_events")
        tx.exec_driver_sql("DELETE FROM signal_streams")
        made = streams.make(tx, "dcc", WISHED, DESK)
        streams.waiting.add(tx, made.id, "verification")
        streams.waiting.post(tx, made.id)
    return "dcc"


def paused(place: Place) -> str:
    """The same, held."""
    key = stream(place)
    with place.core.database.write() as tx:
        assert place.desk.signals.pause(tx, place.by("regionale"), key) is True
    return key


VERBS: Final = {
    "stream paused": Verb(
        stream,
        lambda p, tx, key: p.desk.signals.pause(tx, p.by("regionale"), key),
        equals(True),
        ("signals.paused",),
        equals(False),
    ),
    "stream opened again": Verb(
        paused,
        lambda p, tx, key: p.desk.signals.resume(tx, p.by("regionale"), key),
        equals(True),
        ("signals.resumed",),
        equals(False),
    ),
    "stream given up": Verb(
        stream,
        lambda p, tx, key: p.desk.signals.drop(tx, p.by("regionale"), key),
        equals(True),
        ("signals.removed",),
        equals(Denied.NOT_FOUND),
    ),
}
