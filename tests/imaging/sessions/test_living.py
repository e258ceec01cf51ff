# SPDX-License-Identifier: Apache-2.0
"""Whether somebody is still logged in, long after a request."""

from dataclasses import replace

from imaging_app.sessions.living import is_logged_in
from imaging_app.sessions.store import PortalStore
from tests.imaging.sessions.test_stores import NOW, SESSION


def asks(db, now=NOW, session=SESSION):
    with db.read() as tx:
        return is_logged_in(tx, session, now)


def test_until_the_end_of_the_session_or_a_logout(portal_db):
    store = PortalStore(portal_db)
    assert not asks(portal_db)
    store.open(SESSION)
    assert asks(portal_db, SESSION.expires - 1)
    assert not asks(portal_db, SESSION.expires)
    # Renewed: another session of the same login.
    store.open(replace(SESSION, id="the next"))
    store.close(SESSION.id)
    assert asks(portal_db)
    for other in ({"subject": "else"}, {"sid": "else"}, {"issuer": "else"}, {"sid": None}):
        assert not asks(portal_db, session=replace(SESSION, **other))
    store.close("the next")
    assert not asks(portal_db)
