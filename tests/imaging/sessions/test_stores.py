# SPDX-License-Identifier: Apache-2.0
"""What every store of the kit keeps: its own file, and the portal's database of either kind."""

import threading
from dataclasses import replace

import pytest
from sqlalchemy import text

from imaging_app.sessions.store import PortalStore
from relying_parties.kit.logout_token import LogoutNotice
from relying_parties.kit.sealing import name_of
from relying_parties.kit.sqlite_store import SqliteSessionStore
from relying_parties.kit.store import PendingLogin, Session, Tokens
from tests.imaging.conftest import portal_of

NOW = 1_800_000_000
IDLE = 900
ISSUER = "https://sceau.example"
LOGIN = PendingLogin(
    state="the state",
    binding=name_of("the secret"),
    nonce="n",
    verifier="v",
    return_to="/exams",
    level=2,
    started=NOW,
    subject="somebody",
)
SESSION = Session(
    id="the id",
    issuer=ISSUER,
    subject="somebody",
    sid="the sid",
    level=2,
    auth_time=NOW,
    nonce="n",
    claims={"name": "Zoé Exemple", "works_for": [{"finess": "0B0057881", "name": "CHU"}]},
    created=NOW,
    expires=NOW + 8 * 3600,
    tokens=Tokens(access_token="a", id_token="i", refresh_token="r", expires=NOW + 300),
    launched={"file": "2026-0417", "birth_date": "1961-03-12"},
)


@pytest.fixture(params=["the kit's file", "sqlite", "postgresql"])
def store(request, tmp_path):
    if request.param == "the kit's file":
        opened = SqliteSessionStore(tmp_path / "kit.sqlite3")
        yield opened
        opened.shut()
        return
    with portal_of(request, request.param) as database:
        yield PortalStore(database)


def notice(**changes):
    fields = {"issuer": ISSUER, "sids": ("the sid",), "subject": None, "jti": "one"}
    return LogoutNotice(**fields | {"remember_until": NOW + 600} | changes)


def at_once(work, number=8):
    """The answers of several threads that all begin together."""
    gate, found = threading.Barrier(number), []

    def one():
        gate.wait()
        found.append(work())

    threads = [threading.Thread(target=one) for _ in range(number)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found


def test_a_login_is_answered_once_by_its_own_browser(store):
    store.begin(LOGIN, NOW + 600)
    assert store.pending("the state", NOW) == LOGIN
    assert store.pending("another", NOW) is None
    assert store.take("the state", name_of("another secret"), NOW) is None
    assert store.take("the state", LOGIN.binding, NOW + 600) is None
    assert store.take("the state", LOGIN.binding, NOW) == LOGIN
    assert store.take("the state", LOGIN.binding, NOW) is None
    assert store.pending("the state", NOW) is None


def test_br_003_of_parallel_answers_one_has_the_login(store):
    store.begin(LOGIN, NOW + 600)
    found = at_once(lambda: store.take("the state", LOGIN.binding, NOW))
    assert [one for one in found if one] == [LOGIN]


def test_logins_that_ran_out_leave(store):
    store.begin(LOGIN, NOW + 600)
    store.begin(replace(LOGIN, state="later", started=NOW + 700), NOW + 1300)
    assert store.pending("the state", NOW) is None
    assert store.pending("later", NOW + 701) is not None


def test_what_is_parked_is_there_once_until_its_time(store):
    store.park("a", b"sealed", NOW, NOW + 60)
    assert store.unpark("a", NOW + 60) is None
    assert store.unpark("a", NOW + 59) == b"sealed"
    assert store.unpark("a", NOW + 59) is None


def test_an_identifier_is_used_once(store):
    assert at_once(lambda: store.use_once(ISSUER, "x", NOW, NOW + 60)).count(True) == 1
    assert store.use_once("https://other.example", "x", NOW, NOW + 60) is True
    assert store.use_once(ISSUER, "x", NOW + 60, NOW + 120) is True


def test_a_session_comes_back_as_it_was(store):
    assert store.open(SESSION) is True
    assert store.load("the id", NOW + 1, IDLE) == SESSION
    assert store.load("another", NOW + 1, IDLE) is None
    store.close("the id")
    assert store.load("the id", NOW + 1, IDLE) is None


def test_a_session_ends_without_activity_and_at_its_end(store):
    store.open(SESSION)
    assert store.load("the id", NOW + IDLE - 1, IDLE) is not None
    assert store.load("the id", NOW + 2 * IDLE - 2, IDLE) is not None
    assert store.load("the id", NOW + 3 * IDLE, IDLE) is None
    store.open(replace(SESSION, id="short", expires=NOW + 60))
    assert store.load("short", NOW + 60, IDLE) is None


def test_looking_is_no_activity(store):
    store.open(SESSION)
    for later in range(0, IDLE, 100):
        living = store.look("the id", NOW + later, IDLE)
        assert living is not None
        assert (living.session, living.until) == (SESSION, NOW + IDLE)
    assert store.look("the id", NOW + IDLE, IDLE) is None
    assert store.load("the id", NOW + IDLE, IDLE) is None


def test_activity_moves_the_end_within_a_sixtieth_of_what_is_allowed(store):
    store.open(SESSION)
    for later in (14, 15, 200, 214):
        assert store.load("the id", NOW + later, IDLE) is not None
        living = store.look("the id", NOW + later, IDLE)
        assert living is not None
        assert 0 <= NOW + later + IDLE - living.until < IDLE // 60


def test_the_end_that_is_told_is_never_after_the_last_one(store):
    store.open(replace(SESSION, expires=NOW + 300))
    living = store.look("the id", NOW + 60, IDLE)
    assert living is not None
    assert living.until == NOW + 300


def test_a_clock_that_was_set_back_measures_no_idleness(store):
    store.open(SESSION)
    assert store.load("the id", NOW - IDLE, IDLE) is None
    assert store.load("the id", NOW, IDLE) is not None


def test_a_session_that_was_ended_is_not_saved_back(store):
    store.open(SESSION)
    store.save(replace(SESSION, level=3))
    assert store.load("the id", NOW, IDLE).level == 3
    store.close("the id")
    store.save(SESSION)
    assert store.load("the id", NOW, IDLE) is None


def test_of_several_one_refreshes(store):
    store.open(SESSION)
    found = at_once(lambda: store.claim_refresh("the id", NOW, NOW + 30))
    assert found.count(True) == 1
    assert store.claim_refresh("the id", NOW + 29, NOW + 60) is False
    store.release_refresh("the id")
    assert store.claim_refresh("the id", NOW + 29, NOW + 60) is True
    store.save(SESSION)
    assert store.claim_refresh("the id", NOW + 29, NOW + 60) is True


def test_a_logout_ends_the_session_named_and_is_no_use_twice(store):
    store.open(SESSION)
    store.open(replace(SESSION, id="other", sid="other sid"))
    assert store.end(notice(), NOW) == 1
    assert store.load("the id", NOW, IDLE) is None
    assert store.load("other", NOW, IDLE) is not None
    assert store.end(notice(), NOW) is None
    # A login whose answer was still on its way.
    assert store.open(SESSION) is False
    assert store.open(replace(SESSION, created=NOW + 601)) is True


def test_a_logout_of_a_person_ends_all_that_are_theirs(store):
    store.open(SESSION)
    store.open(replace(SESSION, id="other", sid="other sid"))
    store.open(replace(SESSION, id="else", sid="else sid", subject="somebody else"))
    assert store.end(notice(sids=(), subject="somebody"), NOW) == 2
    assert store.load("else", NOW, IDLE) is not None


def test_a_logout_that_names_both_ends_none_of_another_person(store):
    store.open(SESSION)
    assert store.end(notice(subject="somebody else"), NOW) == 0
    assert store.load("the id", NOW, IDLE) is not None
    assert store.end(notice(subject="somebody", jti="two"), NOW) == 1


def test_rl_a_logout_beside_the_login_leaves_no_session(store):
    """Whichever is first: afterwards nobody is logged in."""
    for turn in range(5):
        sid, gate = f"sid {turn}", threading.Barrier(2)

        def log_in(sid=sid, gate=gate):
            gate.wait()
            store.open(replace(SESSION, id=sid, sid=sid))

        def log_out(sid=sid, gate=gate):
            gate.wait()
            store.end(notice(sids=(sid,), jti=sid), NOW)

        threads = [threading.Thread(target=one) for one in (log_in, log_out)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert store.load(sid, NOW, IDLE) is None


def test_what_lies_in_the_database_opens_nothing(portal_db):
    store = PortalStore(portal_db)
    store.open(SESSION)
    with portal_db.read() as tx:
        [row] = tx.execute(text("SELECT * FROM sessions")).all()
    whole = " ".join(str(value) for value in row)
    for secret in ("the id", "Exemple", "2026-0417", "1961-03-12", "access_token"):
        assert secret not in whole
