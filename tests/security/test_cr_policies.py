# SPDX-License-Identifier: Apache-2.0
"""Password policies under attack: imported hashes, lists that vanish, temporary passwords kept."""

import pytest
from argon2 import extract_parameters

from idp.credentials.passwords import Passwords, Reason
from tests.cast import PASSWORD
from tests.functional.conftest import make_quick
from tests.security.test_cr_passwords import ask, enters, give, put_hash, stored, together
from tests.unit.credentials.foreign import MAKERS, bcrypt_hash, passlib_hash
from tests.world import World


@pytest.mark.parametrize("kind", MAKERS)
def test_cr_039_an_imported_hash_is_replaced_at_the_first_login_once(
    sqlite_world: World, kind: str
):
    world = sqlite_world
    put_hash(world, MAKERS[kind](PASSWORD))
    before = stored(world)
    assert not enters(world, "wrong")
    assert not enters(world, PASSWORD + "\x00")
    assert stored(world) == before
    assert enters(world, PASSWORD)
    renewed = stored(world)
    assert extract_parameters(renewed).memory_cost == world.core.settings.password.memory_kib
    assert enters(world, PASSWORD)
    assert stored(world) == renewed


def test_cr_039_parallel_first_logins_all_enter(world: World):
    put_hash(world, bcrypt_hash(PASSWORD))
    browsers = [ask(world) for _ in range(4)]
    statuses = together([lambda one=one: one.log_in().status_code for one in browsers])
    assert statuses == [303] * 4
    assert stored(world).startswith("$argon2id$")
    assert enters(world, PASSWORD)


def test_cr_039_a_kill_before_the_new_hash_is_stored_leaves_the_old_one(
    sqlite_world: World, monkeypatch
):
    world = sqlite_world
    put_hash(world, passlib_hash(PASSWORD))
    before = stored(world)
    with monkeypatch.context() as patch:
        patch.setattr(Passwords, "_hash_anew", lambda *_: 1 // 0)
        browser = ask(world)
        browser.log_in()
        assert browser.cookie("session") == ""
    assert stored(world) == before
    assert enters(world, PASSWORD)


def test_cr_039_nobody_brings_a_weak_hash_back(world: World):
    """The one that was verified is replaced; a password set meanwhile stays."""
    old = bcrypt_hash(PASSWORD)
    put_hash(world, old)
    give(world, "une autre phrase")
    changed = stored(world)
    world.core.passwords._hash_anew(world.cast["medecin"].id, old, PASSWORD)
    assert stored(world) == changed


def test_cr_032_a_password_that_was_cut_elsewhere_does_not_enter(sqlite_world: World):
    world = sqlite_world
    put_hash(world, bcrypt_hash("x" * 72))
    assert not enters(world, "x" * 72 + "tail")
    assert enters(world, "x" * 72)


def test_cr_049_a_temporary_password_kept_too_long_opens_nothing(world: World):
    make_quick(world)
    core, claire = world.core, world.cast["medecin"].id
    hashed = core.passwords.hashed("Kmp7-Xhd2")
    with core.database.write() as tx:
        core.passwords.set_temporary(tx, claire, hashed, Reason.TEMPORARY)
    world.clock.pass_by(core.settings.policies.temporary_life)
    assert not enters(world, "Kmp7-Xhd2")


def test_cr_031_the_page_looks_the_same_for_an_ended_password_and_for_nobody(
    sqlite_world: World,
):
    world = make_quick(sqlite_world)
    core, claire = world.core, world.cast["medecin"].id
    hashed = core.passwords.hashed("Kmp7-Xhd2")
    with core.database.write() as tx:
        core.passwords.set_temporary(tx, claire, hashed, Reason.TEMPORARY)
    world.clock.pass_by(core.settings.policies.temporary_life)
    shown = []
    for identifier in ("cdurand", "nobody"):
        browser = ask(world)
        browser.submit("/password", identifier=identifier, password="Kmp7-Xhd2")
        told = browser.page.find(attrs={"role": "alert"})
        shown.append((browser.last.status_code, told.get_text(" ", strip=True)))
    assert shown[0] == shown[1]
