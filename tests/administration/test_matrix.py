# SPDX-License-Identifier: Apache-2.0
"""Every role by every verb of every service by inside, outside and nobody's (WB-013 to WB-016).

The rows are written by hand in `matrix_rows`; this counts that none is missing, and asks each. All
of it in one world, each call in a part of a transaction that is given up.
"""

import inspect
from collections.abc import Iterator
from typing import get_type_hints

from idp.administration.authority import Authority, Denied, Held
from idp.administration.office import Office
from idp.administration.rights import Role
from idp.db import Tx, part
from tests.administration.kit import CLINIC, DESK, Opened
from tests.administration.matrix_rows import NO_VERBS, ROWS
from tests.administration.matrix_rows_region import ALONE, REGIONAL
from tests.administration.scenes import Scene, clerks, set_scenes

SIGNS = {Denied.NOT_ALLOWED: "-", Denied.NOT_FOUND: ".", Denied.PROPOSED: "p"}


def verbs() -> Iterator[str]:
    """Every public method of a service that takes an authority."""
    for field, service in get_type_hints(Office).items():
        for name, method in inspect.getmembers(service, inspect.isfunction):
            asked = inspect.signature(method).parameters
            if not name.startswith("_") and "authority" in asked:
                yield f"{field}.{name}"


def test_every_verb_has_its_row() -> None:
    assert set(verbs()) - NO_VERBS == {*ROWS, *ALONE}
    assert not set(ROWS) & set(ALONE)
    assert all(ROWS[verb].call is call for verb, (_text, call) in REGIONAL.items())


def test_wb_013_wb_014_wb_015_every_role_every_verb_every_perimeter(office: Opened) -> None:
    desk, core = office.world.provider.services.office, office.world.core
    people = clerks(office)
    scenes = set_scenes(office)
    wrong = []
    for verb, row in ROWS.items():
        service = getattr(desk, verb.partition(".")[0])
        for scene in scenes:
            with core.database.write() as tx:
                got = "".join(_sign(tx, service, verb, one, scene) for one in people.values())
            expected = getattr(row, scene.where)
            if not all(map(_is_so, expected, got)):
                wrong.append(f"{verb} {scene.where}: expected {expected}, got {got}")
    assert not wrong, "\n".join(wrong)


def test_wb_014_wb_015_verbs_that_open_their_own_transactions(office: Opened) -> None:
    desk = office.world.provider.services.office
    people = clerks(office)
    scenes = set_scenes(office)
    wrong = []
    for verb, (*expected, call) in ALONE.items():
        field, _, _name = verb.partition(".")
        for scene, row in zip(scenes, expected, strict=True):
            answers = [call(getattr(desk, field), one, scene) for one in people.values()]
            got = "".join(
                SIGNS.get(one, "+") if isinstance(one, Denied) else "+" for one in answers
            )
            if got != row:
                wrong.append(f"{verb} {scene.where}: expected {row}, got {got}")
    assert not wrong, "\n".join(wrong)


def test_wb_016_nobody_touches_whoever_is_above_them(office: Opened) -> None:
    """Every verb that changes an account, on one that holds a role the clerk could not give."""
    desk, core = office.world.provider.services.office, office.world.core
    scene = set_scenes(office)[0]
    with core.database.write() as tx:
        command = desk.authorities.of_command(DESK)
        held = Held(Role.REGION)
        assert desk.roles.give(tx, command, scene.professional, held) is True
    changing = [
        verb
        for verb, row in ROWS.items()
        if verb.startswith("people.") and row.inside in {"+++----", "+++++--"}
    ]
    assert len(changing) > 10
    for who in ("regionale", "chu", "assistance"):
        for verb in changing:
            if verb == "people.create":
                continue
            with core.database.write() as tx, part(tx) as own:
                answer = ROWS[verb].call(desk.people, tx, office.authority(who), scene)
                own.give_up()
            assert answer is Denied.NOT_ALLOWED, (who, verb, answer)


def test_wb_015_what_belongs_to_others_too_is_seen_and_not_changed(office: Opened) -> None:
    """Somebody of two establishments: neither changes them alone, but lets them go by itself."""
    desk, core = office.world.provider.services.office, office.world.core
    scene = set_scenes(office)[0]
    people = clerks(office)
    with core.database.write() as tx:
        core.establishments.join(tx, scene.professional, CLINIC, DESK)
    alone = {
        "people.create": "+++----",
        "people.search": "+++++++",
        "people.unaffiliate": "+++----",
    }
    wrong = []
    for verb, row in ROWS.items():
        if not verb.startswith("people."):
            continue
        expected = {"+++----": "++-----", "+++++--": "++-+---"}.get(row.inside, row.inside)
        with core.database.write() as tx:
            got = "".join(_sign(tx, desk.people, verb, one, scene) for one in people.values())
        if got != alone.get(verb, expected):
            wrong.append(f"{verb}: expected {alone.get(verb, expected)}, got {got}")
    assert not wrong, "\n".join(wrong)


def _is_so(expected: str, got: str) -> bool:
    return got != "-" if expected == "*" else got == expected


def _sign(tx: Tx, service: object, verb: str, authority: Authority, scene: Scene) -> str:
    with part(tx) as own:
        answer = ROWS[verb].call(service, tx, authority, scene)
        own.give_up()
    return SIGNS.get(answer, "+") if isinstance(answer, Denied) else "+"
