# SPDX-License-Identifier: Apache-2.0
"""The month that the demo shows: written once, told apart, sealed and counted like any other."""

import json

from idp.administration.oversight.statistics import Period, Span
from idp.audit.verify import verify
from idp.cli.place import Place
from idp.demo.month import bring_in_month, count_month
from idp.origin import Origin
from tests.world import World

HERE = Origin("command line", "test", "demo")


def test_a_month_is_written_once_and_shown(sqlite_world: World) -> None:
    core, secrets = sqlite_world.core, sqlite_world.provider.secrets
    place = Place(core, secrets, HERE)
    written = bring_in_month(place)
    assert written > 1000
    assert bring_in_month(place) == 0
    marked = [one for one in sqlite_world.events() if '"demo":"month"' in (one.detail or "")]
    assert len(marked) == written
    # Nobody has these addresses, and nobody gets anything by them.
    assert all(one.address.startswith("192.0.2.") for one in marked)
    assert {one.kind for one in marked} == {
        "login.proved",
        "login.failed",
        "login.refused",
        "login.admitted",
    }
    assert all(json.loads(one.detail)["demo"] for one in marked)
    count_month(place)
    assert verify(core.database, secrets.audit).ok
    office = sqlite_world.provider.services.office
    root = office.authorities.of_command(HERE)
    today = office.statistics.today()
    with core.database.read() as tx:
        now = office.statistics.report(tx, root, Period.around(Span.MONTH, today))
        before = office.statistics.report(tx, root, Period.around(Span.MONTH, today).before)
    told = now.total.proved + now.total.failed + before.total.proved + before.total.failed
    assert told == sum(one.kind in {"login.proved", "login.failed"} for one in marked)
