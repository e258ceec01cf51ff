# SPDX-License-Identifier: Apache-2.0
"""While files go out: what ends a right ends this, what was true when it began does not."""

import pytest

from imaging_app.dicomweb.retrieving import Stopped
from tests.imaging.web.dicomweb.test_rights import RPPS, block


def taking(program, path):
    """An answer of which nothing is read ahead."""
    return program.scene.app.test_client().get(
        f"/dicomweb{path}", base_url=program.scene.home, buffered=False,
        headers={"Authorization": f"Bearer {program.token}"},
    )  # fmt: skip


def logged_out(program):
    """What the provider says from now on."""
    told, info = program.scene.double.presented[program.token]
    program.scene.double.presented[program.token] = ({**told, "active": False}, info)


def forbid(api, exam):
    """The house permits it no more."""
    rooms = api.scene.rooms
    with rooms.database.write() as tx:
        rooms.access.grants.forbid_download(tx, RPPS["doctor"], exam.establishment)


@pytest.fixture
def begun(api):
    """A program that takes an exam, by a login of just before; the first bytes of it are out."""
    api.says_why("doctor")
    program = api.of("doctor", auth_time=api.scene.time() - 290)
    answer = taking(program, f"/studies/{api.exam().uid}")
    assert answer.status_code == 200
    blocks = answer.iter_encoded()
    assert next(blocks)
    return program, answer, blocks


def test_a_block_ends_it(api, begun):
    _program, _answer, blocks = begun
    block(api, api.exam())
    with pytest.raises(Stopped):
        list(blocks)


@pytest.mark.parametrize("later", [0, 60])
def test_a_permission_that_is_withdrawn_ends_it(api, begun, later):
    """Also when the login is not fresh any more."""
    _program, _answer, blocks = begun
    api.scene.time.pass_by(later)
    forbid(api, api.exam())
    with pytest.raises(Stopped):
        list(blocks)


def test_that_the_login_was_fresh_is_asked_when_it_begins(api, begun):
    program, _answer, blocks = begun
    api.scene.time.pass_by(60)
    was = api.history(api.exam().patient, "exam.download")
    whole = b"".join(blocks)
    assert whole.endswith(b"--\r\n")
    assert api.history(api.exam().patient, "exam.download") == was
    assert program.get(f"/studies/{api.exam().uid}").status_code == 401


def test_a_logout_ends_it(api, begun):
    program, _answer, blocks = begun
    logged_out(program)
    api.scene.time.pass_by(5)
    with pytest.raises(Stopped):
        list(blocks)


def test_a_token_that_ran_out_by_itself_does_not(api):
    api.says_why("doctor")
    program = api.of("doctor", exp=api.scene.time() + 100)
    blocks = taking(program, f"/studies/{api.exam().uid}").iter_encoded()
    assert next(blocks)
    logged_out(program)
    api.scene.time.pass_by(101)
    assert b"".join(blocks).endswith(b"--\r\n")


def test_a_large_file_is_asked_for_within(api, begun, monkeypatch):
    """By time, since one of them may be the whole exam."""
    program, _answer, _blocks = begun
    store, really = api.scene.rooms.exams.store, api.scene.rooms.exams.store.stream

    def slowly(place):
        content = b"".join(really(place))
        yield content[:1]
        api.scene.time.pass_by(5)
        block(api, api.exam())
        yield content[1:]

    monkeypatch.setattr(store, "stream", slowly)
    one = api.images(api.exam())[0]
    path = f"/studies/{api.exam().uid}/series/{one.place.series}/instances/{one.uid}"
    blocks = taking(program, path).iter_encoded()
    assert next(blocks)
    assert len(next(blocks)) == 1
    with pytest.raises(Stopped):
        next(blocks)
