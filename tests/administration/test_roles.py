# SPDX-License-Identifier: Apache-2.0
"""Who may give what to whom, and the console's door."""

from dataclasses import replace

import pytest
from sqlalchemy import update

from idp.accounts import service as accounts
from idp.accounts.values import State
from idp.administration.authority import Denied, Held, grants
from idp.administration.outcomes import Changed, Unfit
from idp.administration.rights import Right, Role
from tests.administration.api_kit import program
from tests.administration.kit import CHU, CLINIC, Opened
from tests.races import at_once


def give(office: Opened, who: str, whom: str, held: Held):
    """Somebody gives somebody a role."""
    with office.world.core.database.write() as tx:
        roles = office.world.provider.services.office.roles
        return roles.give(tx, office.authority(who), office[whom].id, held)


def take(office: Opened, who: str, whom: str, held: Held):
    """Somebody takes a role away."""
    with office.world.core.database.write() as tx:
        roles = office.world.provider.services.office.roles
        return roles.take(tx, office.authority(who), office[whom].id, held)


def test_a_role_is_given_and_taken(office: Opened) -> None:
    assert give(office, "regionale", "medecin", Held(Role.ESTABLISHMENT, CHU)) is True
    assert give(office, "regionale", "medecin", Held(Role.ESTABLISHMENT, CHU)) is False
    assert office.authority("medecin").reach(Right.ACCOUNTS_EDIT).covers([CHU])
    assert not office.authority("medecin").reach(Right.ACCOUNTS_EDIT).covers([CHU, CLINIC])
    assert take(office, "regionale", "medecin", Held(Role.ESTABLISHMENT, CHU)) is True
    assert [one.kind for one in office.world.events("role.taken")] == ["role.taken"]


@pytest.mark.parametrize("who", ["chu", "assistance", "auditrice"])
def test_wb_016_most_roles_give_none(sqlite_office: Opened, who: str) -> None:
    given = give(sqlite_office, who, "medecin", Held(Role.HELP_DESK))
    assert given is Denied.NOT_ALLOWED


def test_wb_016_nobody_gives_what_is_above_them(sqlite_office: Opened) -> None:
    for role in (Role.SUPER, Role.REGION):
        assert give(sqlite_office, "regionale", "medecin", Held(role)) is Denied.NOT_ALLOWED
    # Nor touches who is above them, nor themselves.
    help_desk = Held(Role.HELP_DESK)
    assert give(sqlite_office, "regionale", "administrateur", help_desk) is Denied.NOT_ALLOWED
    assert give(sqlite_office, "regionale", "regionale", help_desk) is Denied.NOT_ALLOWED


def test_wb_016_the_last_super_administrator_stays(office: Opened) -> None:
    assert give(office, "administrateur", "regionale", Held(Role.SUPER)) is True
    assert take(office, "regionale", "administrateur", Held(Role.SUPER)) is True
    with office.world.core.database.write() as tx:
        desk = office.world.provider.services.office
        root = desk.authorities.of_command(office.authority("regionale").origin)
        assert desk.roles.take(tx, root, office["regionale"].id, Held(Role.SUPER)) == Unfit("last")


def test_wb_016_the_last_who_can_log_in_stays(office: Opened) -> None:
    """Neither a program nor somebody whose account is closed leads in their place."""
    program(office, Held(Role.SUPER))
    assert give(office, "administrateur", "ancienne", Held(Role.SUPER)) is True
    assert give(office, "administrateur", "regionale", Held(Role.SUPER)) is True
    first, second = office.authority("administrateur"), office.authority("regionale")
    core, people = office.world.core, office.world.provider.services.office.people
    with core.database.write() as tx:
        done = people.set_state(tx, first, second.actor, State.DISABLED)
        assert isinstance(done, Changed)
        roles = office.world.provider.services.office.roles
        root = replace(first, actor="command line")
        assert roles.take(tx, root, first.actor, Held(Role.SUPER)) == Unfit("last")


def test_rl_005_of_two_who_shut_each_other_out_one_stays(office: Opened) -> None:
    assert give(office, "administrateur", "regionale", Held(Role.SUPER)) is True
    core, people = office.world.core, office.world.provider.services.office.people
    pairs = [("administrateur", "regionale"), ("regionale", "administrateur")]
    ready = {who: office.authority(who) for who, _ in pairs}

    def shut(pair: tuple[str, str]) -> object:
        with core.database.write() as tx:
            return people.set_state(tx, ready[pair[0]], ready[pair[1]].actor, State.DISABLED)

    done = at_once(shut, pairs)
    assert Unfit("last") in done
    with core.database.read() as tx:
        states = [accounts.load(tx, one.actor) for one in ready.values()]
    assert sorted(one.state for one in states if one) == [State.ACTIVE, State.DISABLED]


@pytest.mark.parametrize(
    ("whom", "held", "why"),
    [
        ("medecin", Held(Role.ESTABLISHMENT), "perimeter-needed"),
        ("medecin", Held(Role.REGION, CHU), "no-perimeter"),
        ("medecin", Held(Role.ESTABLISHMENT, "750712184"), "unknown-establishment"),
        ("patient", Held(Role.HELP_DESK), "patient"),
    ],
)
def test_roles_that_make_no_sense(sqlite_office: Opened, whom: str, held: Held, why: str) -> None:
    assert give(sqlite_office, "administrateur", whom, held) == Unfit(why)


def test_wb_053_a_role_written_into_the_database_opens_nothing(office: Opened) -> None:
    core = office.world.core
    with core.database.write() as tx:
        row = tx.execute(grants.select().where(grants.c.subject == office["chu"].id)).first()
        assert row is not None
        tx.execute(grants.insert(), row._asdict() | {"role": Role.SUPER, "establishment": ""})
    assert office.authority("chu").roles == {Role.ESTABLISHMENT}
    with core.database.write() as tx:
        tx.execute(
            update(grants).where(grants.c.subject == office["chu"].id).values(establishment=CLINIC)
        )
        held = office.world.provider.services.office.authorities.held_by(tx, office["chu"].id)
    assert held == ()


def test_the_console_is_for_people_with_a_role(sqlite_office: Opened) -> None:
    browser = sqlite_office.enter("medecin")
    assert browser.get("/admin").status_code == 403
    browser = sqlite_office.enter("auditrice")
    assert browser.get("/admin").status_code == 200


def test_the_console_asks_for_two_factors(sqlite_office: Opened) -> None:
    browser = sqlite_office.world.browser()
    browser.get("/login")
    browser.log_in("administrateur")
    answer = browser.get("/admin")
    assert answer.request.path.startswith("/login/")


def test_se_004_a_role_taken_away_closes_the_console_at_once(office: Opened) -> None:
    browser = office.enter("auditrice")
    assert browser.get("/admin").status_code == 200
    assert take(office, "administrateur", "auditrice", Held(Role.AUDITOR)) is True
    assert browser.get("/admin").status_code == 403
