# SPDX-License-Identifier: Apache-2.0
"""Applications in the database: changed, closed and given secrets, seen at once by everybody."""

import pytest

from idp.applications.registration import BadRegistration
from idp.db import part
from tests.cast import SECRET, application
from tests.world import open_world


def load(world, key="dcc"):
    with world.core.database.read() as tx:
        return world.core.applications.load(tx, key)


def test_what_names_nothing_loads_nothing(world):
    for key in ("", "unknown", "DCC", "dcc\x00", "x" * 500):
        assert load(world, key) is None


def test_the_same_registration_changes_nothing(world):
    with world.core.database.write() as tx:
        before = len(world.events())
        _, changed = world.core.applications.register(tx, application("plain"))
    assert not changed
    assert len(world.events()) == before


def test_a_changed_registration_holds_at_once_and_keeps_secret_and_state(world):
    load(world, "plain")
    with world.core.database.write() as tx:
        world.core.applications.set_enabled(tx, "plain", enabled=False)
        _, changed = world.core.applications.register(tx, application("plain", name="Other"))
    found = load(world, "plain")
    assert changed
    assert (found.name, found.enabled) == ("Other", False)
    assert world.core.applications.secret_matches(found, SECRET)


def test_a_faulty_registration_leaves_the_old_one(world):
    with pytest.raises(BadRegistration), world.core.database.write() as tx:
        world.core.applications.register(tx, application("plain", policy={"means": ["none"]}))
    assert load(world, "plain").policy.means == ("password",)


def test_oa_047_another_node_sees_a_closure_at_once(world, database_url):
    other = open_world(database_url)
    assert load(other).enabled
    with world.core.database.write() as tx:
        assert world.core.applications.set_enabled(tx, "dcc", enabled=False)
        assert not world.core.applications.set_enabled(tx, "dcc", enabled=False)
    assert not load(other).enabled
    other.provider.close()


def test_a_new_secret_ends_the_old_one(world):
    new = "n" * 40
    with world.core.database.write() as tx:
        assert world.core.applications.set_secret(tx, "dcc", new)
    assert world.core.applications.secret_matches(load(world), new)
    assert not world.core.applications.secret_matches(load(world), SECRET)


def test_what_was_given_up_is_not_kept_for_what_came_after_it(world, database_url):
    """Two changes have the same version, where the first one came to nothing."""
    lost, new = "l" * 40, "n" * 40
    with world.core.database.write() as tx, part(tx) as own:
        assert world.core.applications.set_secret(tx, "dcc", lost)
        assert world.core.applications.load(tx, "dcc").secret_hash is not None
        own.give_up()
    other = open_world(database_url)
    with other.core.database.write() as tx:
        assert other.core.applications.set_secret(tx, "dcc", new)
    other.provider.close()
    found = load(world)
    assert world.core.applications.secret_matches(found, new)
    assert not world.core.applications.secret_matches(found, lost)


def test_a_guessable_secret_is_not_taken(world):
    with pytest.raises(ValueError, match="32"), world.core.database.write() as tx:
        world.core.applications.set_secret(tx, "dcc", "short")


def test_no_secret_matches_no_secret(world):
    found = load(world, "native")
    for secret in ("", "\x00" * 32, SECRET):
        assert not world.core.applications.secret_matches(found, secret)


def test_nothing_secret_in_the_repr(world):
    assert "secret" not in repr(load(world))
