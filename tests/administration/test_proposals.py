# SPDX-License-Identifier: Apache-2.0
"""Four eyes: grave acts wait for a second administrator, who is never the first."""

from collections.abc import Iterator

import pytest

from idp.accounts.values import Population, State
from idp.administration.authority import Denied, Held, application_subject
from idp.administration.models import ProposalRow
from idp.administration.outcomes import Unfit
from idp.administration.proposals import Carried, Proposal
from idp.administration.rights import EVERYTHING, Role
from idp.administration.rules.passwords import Rules
from idp.db import table_of
from tests.administration.api_kit import person_token, problem, program
from tests.administration.kit import CHU, DESK, Opened, open_office
from tests.administration.test_region_history import newest
from tests.races import at_once
from tests.world import open_world

AUDITOR = Held(Role.AUDITOR)


@pytest.fixture
def watched(database_url: str) -> Iterator[Opened]:
    """An office in which two must agree, on each database."""
    yield from open_watched(database_url)


@pytest.fixture
def sqlite_watched(sqlite_url: str) -> Iterator[Opened]:
    """The same on SQLite alone."""
    yield from open_watched(sqlite_url)


def open_watched(url: str) -> Iterator[Opened]:
    """Its people got their roles from the command line."""
    world = open_world(url, ADMINISTRATION_FOUR_EYES="true")
    office = open_office(world)
    root = office.authority("administrateur")
    desk = world.provider.services.office
    with world.core.database.write() as tx:
        command = desk.authorities.of_command(DESK)
        second = Held(Role.SUPER)
        assert desk.roles.give(tx, command, office["regionale"].id, second) is True
        assert root.roles
    yield office
    world.provider.close()


def propose(office: Opened, who: str = "administrateur", held: Held = AUDITOR) -> Proposal:
    """Somebody wishes to give the physician a role."""
    desk = office.world.provider.services.office
    with office.world.core.database.write() as tx:
        authority = office.authority(who)
        given = desk.roles.give(tx, authority, office["medecin"].id, held)
        assert given is Denied.PROPOSED
        listed = desk.proposals.listed(tx, authority)
    assert not isinstance(listed, Denied)
    return listed[-1]


def agree(office: Opened, who: str, proposal: Proposal) -> object:
    """Somebody agrees."""
    with office.world.core.database.write() as tx:
        desk = office.world.provider.services.office
        return desk.proposals.agree(tx, office.authority(who), proposal.id)


def waiting(office: Opened, who: str = "administrateur") -> list[Proposal]:
    """What waits."""
    with office.world.core.database.write() as tx:
        desk = office.world.provider.services.office
        found = desk.proposals.listed(tx, office.authority(who))
    assert not isinstance(found, Denied)
    return list(found)


def roles_of(office: Opened, key: str) -> tuple[Held, ...]:
    with office.world.core.database.read() as tx:
        desk = office.world.provider.services.office
        return desk.authorities.held_by(tx, office[key].id)


def test_a_grave_act_is_done_when_a_second_person_agrees(watched: Opened) -> None:
    proposal = propose(watched)
    assert roles_of(watched, "medecin") == ()
    assert agree(watched, "regionale", proposal) == Carried(result=True)
    assert roles_of(watched, "medecin") == (AUDITOR,)
    # Once.
    assert agree(watched, "regionale", proposal) == Unfit("over")
    kinds = [one.kind for one in watched.world.events() if one.kind.startswith("proposal.")]
    assert kinds == ["proposal.made", "proposal.agreed"]


def test_nobody_agrees_with_themselves(sqlite_watched: Opened) -> None:
    proposal = propose(sqlite_watched)
    assert agree(sqlite_watched, "administrateur", proposal) == Unfit("own")
    assert roles_of(sqlite_watched, "medecin") == ()


@pytest.mark.parametrize("who", ["chu", "assistance", "auditrice"])
def test_nobody_agrees_to_what_they_could_not_do(sqlite_watched: Opened, who: str) -> None:
    proposal = propose(sqlite_watched)
    assert agree(sqlite_watched, who, proposal) is Denied.NOT_ALLOWED
    assert roles_of(sqlite_watched, "medecin") == ()


def test_wb_016_whoever_gets_the_role_does_not_agree(sqlite_watched: Opened) -> None:
    desk, core = sqlite_watched.world.provider.services.office, sqlite_watched.world.core
    with core.database.write() as tx:
        authority = sqlite_watched.authority("administrateur")
        wished = desk.roles.give(tx, authority, sqlite_watched["regionale"].id, AUDITOR)
        assert wished is Denied.PROPOSED
        listed = desk.proposals.listed(tx, authority)
    assert not isinstance(listed, Denied)
    assert agree(sqlite_watched, "regionale", listed[0]) is Denied.NOT_ALLOWED
    # It waits still, for somebody else.
    assert roles_of(sqlite_watched, "regionale") == (Held(Role.REGION), Held(Role.SUPER))


def test_the_same_act_waits_only_once(watched: Opened) -> None:
    assert propose(watched).id == propose(watched).id == propose(watched, "regionale").id


def test_what_is_declined_or_taken_back_is_not_done(sqlite_watched: Opened) -> None:
    desk, core = sqlite_watched.world.provider.services.office, sqlite_watched.world.core
    for who, state in (("regionale", "declined"), ("administrateur", "withdrawn")):
        proposal = propose(sqlite_watched)
        with core.database.write() as tx:
            assert desk.proposals.decline(tx, sqlite_watched.authority(who), proposal.id) is True
        assert agree(sqlite_watched, "regionale", proposal) == Unfit("over")
        with core.database.read() as tx:
            decided = desk.proposals.listed(tx, sqlite_watched.authority(who), decided=True)
        assert not isinstance(decided, Denied)
        assert {one.id: one.state for one in decided}[proposal.id] == state
    assert roles_of(sqlite_watched, "medecin") == ()


def test_password_rules_are_taken_back_by_two_as_long_as_nothing_else_came_since(
    watched: Opened,
) -> None:
    desk, core = watched.world.provider.services.office, watched.world.core
    rules, staff, changes = desk.passwords, Population.STAFF, []
    who = watched.authority("administrateur")
    with core.database.read() as tx:
        shipped = rules.one(tx, who, staff)
    for length in (20, 24):
        with core.database.write() as tx:
            assert rules.set(tx, who, staff, {"length": length}) is Denied.PROPOSED
        [proposal] = waiting(watched)
        assert isinstance(agree(watched, "regionale", proposal), Carried)
        with core.database.read() as tx:
            changes.append(newest(rules.history(tx, who, staff)))
    first, second = changes
    with core.database.write() as tx:
        assert rules.undo(tx, who, staff, first) == Unfit("stale")
        assert rules.undo(tx, who, staff, second) is Denied.PROPOSED
    [back] = waiting(watched)
    assert isinstance(agree(watched, "regionale", back), Carried)
    with core.database.write() as tx:
        # It is taken back once.
        assert rules.undo(tx, who, staff, second) == Unfit("stale")
        assert rules.undo(tx, who, staff, first) is Denied.PROPOSED
    [late] = waiting(watched)
    with core.database.write() as tx:
        rules.set(tx, desk.authorities.of_command(DESK), staff, {"length": 30})
    # What came while it waited counts, too.
    assert agree(watched, "regionale", late) == Unfit("stale")
    with core.database.write() as tx:
        third = newest(rules.history(tx, who, staff))
        rules.undo(tx, desk.authorities.of_command(DESK), staff, third)
    assert isinstance(agree(watched, "regionale", late), Carried)
    with core.database.read() as tx:
        found = rules.history(tx, who, staff)
        assert not isinstance(found, Denied)
        assert {one.id for one in found if one.undone} == {first, second, third}
        now = rules.one(tx, who, staff)
    assert isinstance(now, Rules)
    assert isinstance(shipped, Rules)
    assert (now.policy, now.own) == (shipped.policy, False)


def test_an_act_waits_for_a_week_and_no_longer(sqlite_watched: Opened) -> None:
    proposal = propose(sqlite_watched)
    sqlite_watched.world.clock.pass_by(7 * 86_400)
    assert agree(sqlite_watched, "regionale", proposal) == Unfit("over")
    assert roles_of(sqlite_watched, "medecin") == ()


def test_wb_016_an_application_is_nobody_of_the_two(watched: Opened) -> None:
    """Who proposes by an application that is in their hands would agree with themselves."""
    core, desk = watched.world.core, watched.world.provider.services.office
    caller = program(watched, Held(Role.SUPER))
    path = f"/holders/{watched['medecin'].id}/roles/auditor"
    assert problem(caller.call("PUT", path)) == "not-allowed"
    proposal = propose(watched)
    with core.database.write() as tx:
        robot = desk.authorities.of_application(tx, caller.key, "Robot", EVERYTHING, DESK)
        assert robot is not None
        assert desk.proposals.listed(tx, robot) == (proposal,)
        assert desk.proposals.agree(tx, robot, proposal.id) is Denied.NOT_ALLOWED
        assert desk.keys.rotate(tx, robot, "ES256") is Denied.NOT_ALLOWED
    assert roles_of(watched, "medecin") == ()
    assert agree(watched, "regionale", proposal) == Carried(result=True)


def test_wb_016_what_an_application_proposed_before_is_not_done(watched: Opened) -> None:
    """It waits for a week: from before the rule."""
    core, desk = watched.world.core, watched.world.provider.services.office
    subject = application_subject(program(watched, Held(Role.SUPER)).key)
    facts = {"subject": watched["medecin"].id, "role": AUDITOR.role.value, "establishment": ""}
    sealed = desk.proposals._documents.seal
    with core.database.write() as tx:
        root = watched.authority("administrateur")
        assert desk.proposals.put(tx, root, "role.give", facts) is Denied.PROPOSED
        [own] = desk.proposals.listed(tx, root)
        known = {"facts": facts, "kind": own.kind, "by": subject, "until": own.expires_at}
        rows = table_of(ProposalRow)
        document = sealed(own.id, known)
        tx.execute(rows.update().values(proposed_by=subject, document=document))
        [waiting] = desk.proposals.listed(tx, root)
    assert waiting.proposed_by == subject
    assert agree(watched, "administrateur", waiting) == Unfit("proposer")
    assert roles_of(watched, "medecin") == ()


def test_se_004_whoever_lost_their_right_no_longer_proposes(sqlite_watched: Opened) -> None:
    proposal = propose(sqlite_watched)
    core = sqlite_watched.world.core
    with core.database.write() as tx:
        core.accounts.set_state(tx, sqlite_watched["administrateur"].id, State.DISABLED)
    assert agree(sqlite_watched, "regionale", proposal) == Unfit("proposer")
    assert roles_of(sqlite_watched, "medecin") == ()


def test_rl_005_of_two_who_agree_at_once_one_does_it(watched: Opened) -> None:
    core, desk = watched.world.core, watched.world.provider.services.office
    third = Held(Role.SUPER)
    with core.database.write() as tx:
        command = desk.authorities.of_command(DESK)
        assert desk.roles.give(tx, command, watched["clinique"].id, third) is True
    proposal = propose(watched, held=Held(Role.ESTABLISHMENT, CHU))
    done = at_once(lambda who: agree(watched, who, proposal), ["regionale", "clinique"])
    assert sorted(map(str, done)) == sorted(map(str, [Carried(result=True), Unfit("over")]))
    given = [one.account for one in watched.world.events("role.given")]
    assert given.count(watched["medecin"].id) == 1


def test_wb_053_a_proposal_of_other_hands_is_none(watched: Opened) -> None:
    """Whoever writes into the table makes nobody else its author."""
    proposal = propose(watched)
    rows = table_of(ProposalRow)
    with watched.world.core.database.write() as tx:
        tx.execute(rows.update().values(proposed_by=watched["regionale"].id))
    assert agree(watched, "administrateur", proposal) is Denied.NOT_FOUND


def test_people_decide_by_the_api_and_applications_do_not(watched: Opened) -> None:
    scopes = "openid sceau.read sceau.roles.write"
    first = person_token(watched, "administrateur", scopes)
    second = person_token(watched, "regionale", scopes)
    path = f"/holders/{watched['medecin'].id}/roles"
    for role in ("auditor", "help-desk"):
        taken = first.call("PUT", f"{path}/{role}")
        assert (taken.status_code, taken.get_json()) == (202, {"state": "proposed"})
    # Of one second: in the order of their names, which are by chance.
    waiting = {one["facts"]["role"]: one for one in second.get("/proposals").get_json()["items"]}
    one, other = waiting["auditor"], waiting["help-desk"]
    assert one["kind"] == "role.give"
    agreeing = f"/proposals/{one['id']}/agree"
    assert problem(first.call("POST", agreeing)) == "conflict"
    machine = program(watched, Held(Role.SUPER), ("sceau.read", "sceau.roles.write"))
    assert len(machine.get("/proposals").get_json()["items"]) == 2
    assert problem(machine.call("POST", agreeing)) == "not-allowed"
    clerk = person_token(watched, "chu", scopes)
    assert problem(clerk.get("/proposals")) == "not-allowed"
    assert problem(clerk.call("POST", agreeing)) == "not-allowed"
    reader = person_token(watched, "regionale", "openid sceau.read")
    assert problem(reader.get("/proposals")) == "missing-scope"
    assert second.call("POST", agreeing).status_code == 204
    assert problem(second.call("POST", agreeing)) == "conflict"
    assert second.call("POST", f"/proposals/{other['id']}/decline").status_code == 204
    decided = second.get("/proposals?state=decided").get_json()["items"]
    assert {one["state"] for one in decided} == {"agreed", "declined"}
    assert second.get("/proposals").get_json()["items"] == []
    with watched.world.core.database.read() as tx:
        authorities = watched.world.provider.services.office.authorities
        assert authorities.held_by(tx, watched["medecin"].id) == (AUDITOR,)


@pytest.mark.parametrize("elsewhere", ["console", "another"])
def test_wb_016_an_application_does_not_agree_with_itself(watched: Opened, elsewhere: str) -> None:
    """It holds the tokens of both: they may know nothing of what it proposes and agrees to."""
    scopes = "openid sceau.read sceau.roles.write"
    first = person_token(watched, "administrateur", scopes)
    path = f"/holders/{watched['medecin'].id}/roles/auditor"
    assert first.call("PUT", path).status_code == 202
    (one,) = first.get("/proposals").get_json()["items"]
    agreeing = f"/proposals/{one['id']}/agree"
    second = person_token(watched, "regionale", scopes, first.guest)
    answer = second.call("POST", agreeing)
    assert (problem(answer), answer.get_json()["detail"]) == ("conflict", "application")
    assert roles_of(watched, "medecin") == ()
    if elsewhere == "console":
        browser = watched.enter("regionale")
        browser.get("/admin/proposals")
        browser.submit("/agree")
    else:
        other = person_token(watched, "regionale", scopes)
        assert other.call("POST", agreeing).status_code == 204
    assert roles_of(watched, "medecin") == (AUDITOR,)


def test_the_command_line_asks_nobody(sqlite_watched: Opened) -> None:
    desk = sqlite_watched.world.provider.services.office
    with sqlite_watched.world.core.database.write() as tx:
        command = desk.authorities.of_command(DESK)
        assert desk.roles.give(tx, command, sqlite_watched["medecin"].id, AUDITOR) is True


def test_without_the_setting_nothing_waits(sqlite_office: Opened) -> None:
    desk = sqlite_office.world.provider.services.office
    with sqlite_office.world.core.database.write() as tx:
        authority = sqlite_office.authority("administrateur")
        assert desk.roles.give(tx, authority, sqlite_office["medecin"].id, AUDITOR) is True
        assert desk.proposals.listed(tx, authority) == ()
