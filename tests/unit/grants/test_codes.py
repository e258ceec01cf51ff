# SPDX-License-Identifier: Apache-2.0
"""Codes and tokens below the protocol: given on an admission, used once, dead with what they
stand on.
"""

import pytest

from connectors.base import Level
from idp.accounts.values import State
from idp.grants.codes import Grant, NotRedeemed
from idp.grants.tokens import Fresh, NotRotated, Rotated
from idp.login.flow import Refusal
from idp.login.gate import Wanted
from idp.origin import Origin
from idp.sessions.values import Proof

WHERE = Origin("192.0.2.1", "", "request")


@pytest.fixture
def admitted(world):
    """Claire in DCC, through the gate."""
    core = world.core
    with core.database.write() as tx:
        proof = Proof("password", Level.PASSWORD, ("pwd",), world.clock.now(), "j")
        session, _secret = core.sessions.open(tx, world.cast["medecin"].id, proof, WHERE)
        application = core.applications.load(tx, "dcc")
        return core.gate.admit(tx, application, session.id, Wanted())


def give(world, admitted, life=1000):
    with world.core.database.write() as tx:
        return world.core.codes.give(tx, admitted, ("email",), {"n": 1}, life, WHERE)


def redeem(world, code, application="dcc"):
    with world.core.database.write() as tx:
        return world.core.codes.redeem(tx, application, code, WHERE)


def test_oa_030_a_code_is_redeemed_once_and_its_replay_ends_the_grant(world, admitted):
    code = give(world, admitted)
    grant = redeem(world, code)
    assert isinstance(grant, Grant)
    assert (grant.account, grant.scope, grant.payload) == (admitted.account, ("email",), {"n": 1})
    assert redeem(world, code) is NotRedeemed.REPLAYED
    assert [row.outcome for row in world.events("code.replayed")] == ["refused"]
    assert len(world.events("grant.revoked")) == 1


def test_oa_032_a_code_of_another_application_is_left_alone(world, admitted):
    code = give(world, admitted)
    assert redeem(world, code, "plain") is NotRedeemed.OTHER_APPLICATION
    assert isinstance(redeem(world, code), Grant)


def test_a_code_that_is_old_or_unknown_gives_nothing(world, admitted):
    code = give(world, admitted)
    world.clock.pass_by(world.core.settings.tokens.code)
    assert redeem(world, code) is NotRedeemed.EXPIRED
    for unknown in ("", "x", code[:-1], code + "x"):
        assert redeem(world, unknown) is NotRedeemed.UNKNOWN


def tokens(world, admitted):
    """A live access and refresh token."""
    grant = redeem(world, give(world, admitted))
    now = world.clock.now()
    fresh = [
        Fresh("access-" + grant.id, "access", ("email",), "", now + 100),
        Fresh("refresh-" + grant.id, "refresh", ("email",), "", now + 100),
    ]
    with world.core.database.write() as tx:
        world.core.tokens.give(tx, admitted, grant.id, fresh, WHERE)
    return grant, [one.value for one in fresh]


def live(world, values):
    with world.core.database.read() as tx:
        return [world.core.tokens.find(tx, value) is not None for value in values]


def end_session(world, admitted, _grant):
    with world.core.database.write() as tx:
        world.core.sessions.end(tx, admitted.session, "person")


def disable_account(world, admitted, _grant):
    with world.core.database.write() as tx:
        world.core.accounts.set_state(tx, admitted.account, State.DISABLED)


def reopen_account(world, admitted, grant):
    world.clock.pass_by(1)
    disable_account(world, admitted, grant)
    with world.core.database.write() as tx:
        world.core.accounts.set_state(tx, admitted.account, State.ACTIVE)


def close_application(world, _admitted, _grant):
    with world.core.database.write() as tx:
        world.core.applications.set_enabled(tx, "dcc", enabled=False)


def revoke_grant(world, _admitted, grant):
    with world.core.database.write() as tx:
        world.core.codes.revoke(tx, grant.id, "test", WHERE)


def take_everything_back(world, admitted, _grant):
    with world.core.database.write() as tx:
        ended = world.core.codes.revoke_all_of(tx, admitted.account, "dcc", "consent", WHERE)
        assert ended == 1


def wait(world, _admitted, _grant):
    world.clock.pass_by(100)


ENDS = [
    end_session, disable_account, reopen_account, close_application, revoke_grant,
    take_everything_back, wait,
]  # fmt: skip


@pytest.mark.parametrize("end", ENDS)
def test_oa_047_a_token_dies_with_what_it_stands_on(world, admitted, end):
    grant, values = tokens(world, admitted)
    assert live(world, values) == [True, True]
    end(world, admitted, grant)
    assert live(world, values) == [False, False]
    with world.core.database.read() as tx:
        assert world.core.tokens.bearer(tx, values[0]) is None


def test_oa_101_a_refresh_token_is_used_once_and_by_its_application(world, admitted):
    grant, (access, refresh) = tokens(world, admitted)
    core = world.core
    with core.database.write() as tx:
        assert core.tokens.rotate(tx, "plain", refresh)[0] is NotRotated.OTHER_APPLICATION
        assert core.tokens.rotate(tx, "dcc", access)[0] is NotRotated.UNKNOWN
        assert isinstance(core.tokens.rotate(tx, "dcc", refresh), Rotated)
        assert core.tokens.rotate(tx, "dcc", refresh) == (NotRotated.REUSED, grant.id)
        assert core.tokens.rotate(tx, "dcc", "unknown")[0] is NotRotated.UNKNOWN


def test_oa_112_an_application_revokes_its_own_tokens_only(world, admitted):
    _grant, (access, refresh) = tokens(world, admitted)
    with world.core.database.write() as tx:
        assert world.core.tokens.revoke(tx, "plain", access, WHERE) is None
    assert live(world, [access, refresh]) == [True, True]
    with world.core.database.write() as tx:
        world.core.tokens.revoke(tx, "dcc", access, WHERE)
    assert live(world, [access, refresh]) == [False, True]


def test_the_gate_looks_at_everything_at_the_moment_of_issuing(world, admitted):
    core = world.core
    grant = redeem(world, give(world, admitted))
    with core.database.read() as tx:
        dcc, plain = (core.applications.load(tx, key) for key in ("dcc", "plain"))
        assert core.gate.readmit(tx, dcc, grant) == admitted
        assert core.gate.readmit(tx, plain, grant) is Refusal.LOGIN_REQUIRED
        strong = core.applications.load(tx, "strong")
        assert core.gate.admit(tx, strong, grant.session, Wanted()) is Refusal.LEVEL_UNREACHABLE
        wanted = Wanted(Level.CARD)
        assert core.gate.admit(tx, dcc, grant.session, wanted) is Refusal.LEVEL_UNREACHABLE
        assert core.gate.admit(tx, dcc, "no session", Wanted()) is Refusal.LOGIN_REQUIRED
    with core.database.write() as tx:
        core.accounts.leave(tx, grant.account, "onco-centre")
        assert core.gate.readmit(tx, dcc, grant) is Refusal.COMMUNITY
        core.accounts.join(tx, grant.account, "onco-centre")
    world.clock.pass_by(1000)
    with core.database.read() as tx:
        assert core.gate.readmit(tx, dcc, grant) is Refusal.LOGIN_REQUIRED
