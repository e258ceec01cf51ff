# SPDX-License-Identifier: Apache-2.0
"""Those who decide are told that requests wait: not too often, and again."""

from idp.accounts.values import State
from idp.chores import Chores
from idp.registration.values import Stage
from tests.administration.kit import CHU, CLINIC, Opened
from tests.administration.requests_kit import DAY, ask, do, someone
from tests.databases import at_once
from tests.outbox import Waiting, waiting

MINUTE = 60


def tell(office: Opened) -> int:
    return office.world.provider.services.office.request_digest.tell()


def told(office: Opened) -> list[Waiting]:
    return waiting(office.world, "requests-waiting")


def test_new_requests_are_told_to_whoever_is_nearest(office: Opened) -> None:
    core = office.world.core
    assert tell(office) == 0
    for number, house in enumerate((CHU, CHU, CLINIC, "")):
        ask(core, **someone(number, establishment=house))
    ask(core, **someone(9, establishment=CLINIC), stage=Stage.RETURNED)
    assert tell(office) == 3
    counts = {one.recipient: one.values["fresh"] for one in told(office)}
    assert counts == {"paul@chu.example": 2, "nina@clinique.example": 1, "rose@region.example": 1}
    # Nothing of who asks.
    assert "person" not in repr([one.values for one in told(office)]).casefold()


def test_an_establishment_without_its_own_is_the_region_s(office: Opened) -> None:
    core = office.world.core
    with core.database.write() as tx:
        core.accounts.set_state(tx, office["clinique"].id, State.DISABLED)
    ask(core, **someone(1, establishment=CLINIC))
    assert tell(office) == 1
    assert [one.recipient for one in told(office)] == ["rose@region.example"]


def test_nobody_is_told_too_often(office: Opened) -> None:
    core, clock = office.world.core, office.world.clock
    every = core.settings.approval.digest_every
    ask(core, **someone(1))
    clock.pass_by(5)
    assert tell(office) == 1
    ask(core, **someone(2))
    clock.pass_by(every - 1)
    assert tell(office) == 0
    clock.pass_by(1)
    assert tell(office) == 1
    # One that nobody has sent yet is replaced by the newer one.
    assert [(one.values["fresh"], one.values["waiting"]) for one in told(office)] == [(1, 2)]
    clock.pass_by(every)
    assert tell(office) == 0


def test_they_are_reminded_until_somebody_decides(office: Opened) -> None:
    core, clock = office.world.core, office.world.clock
    after = core.settings.approval.remind_after
    request = ask(core)
    clock.pass_by(5)
    assert tell(office) == 1
    clock.pass_by(after - 6)
    assert tell(office) == 0
    for _round in range(2):
        clock.pass_by(after)
        assert tell(office) == 1
        [letter] = told(office)
        assert (letter.values["fresh"], letter.values["waiting"]) == (0, 1)
    do(office, "refuse", "chu", request.id, 1, "Non")
    clock.pass_by(after)
    assert tell(office) == 0


def test_rl_021_of_two_nodes_one_tells(office: Opened) -> None:
    ask(office.world.core)
    told = at_once(office.world.core.database, lambda _one: tell(office), range(4))
    assert sum(told) == 1


def test_rl_009_a_clock_set_back_silences_nobody(office: Opened) -> None:
    core, clock = office.world.core, office.world.clock
    ask(core)
    clock.pass_by(400 * DAY)
    assert tell(office) == 1
    clock.pass_by(-399 * DAY)
    ask(core, **someone(1))
    clock.pass_by(core.settings.approval.remind_after)
    assert tell(office) == 1


def test_the_chores_tell_them(sqlite_office: Opened) -> None:
    services = sqlite_office.world.provider.services
    ask(services.core)
    Chores(services.core, (services.office.request_digest.tell,)).do()
    assert len(told(sqlite_office)) == 1
