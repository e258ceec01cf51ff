# SPDX-License-Identifier: Apache-2.0
"""Notices of logout are durable: whoever was not reached is told again, and again."""

import pytest
from sqlalchemy import text

from idp.login.teller_sender import TellerSender
from idp.post_office import hold
from tests.messages.kit import delivery_of, work
from tests.protocol.kit import settled
from tests.world import World


class Application:
    """Stands in for every application: reached, not reached, or none that can be told."""

    def __init__(self, answer: bool | None = True) -> None:
        self.answer = answer
        self.told: list[tuple[str, str, str, str]] = []

    def tell(self, application: str, account: str, session: str, label: str) -> bool | None:
        self.told.append((application, account, session, label))
        if self.answer is None:
            return None
        return bool(self.answer)


@pytest.fixture
def application(world, monkeypatch) -> Application:
    double = Application()
    monkeypatch.setitem(world.provider.services.leaving._tellers, "oidc", double)
    return double


def worker_of(world, application):
    core = world.core
    tellers = {"oidc": application}
    return delivery_of(
        world, logout=TellerSender(core.database, core.applications, tellers, longest=4.0)
    )


def notices(world: World) -> list[tuple[str, str]]:
    with world.core.database.read() as tx:
        rows = tx.execute(text("SELECT state, shown FROM messages ORDER BY shown")).all()
    return [(row.state, row.shown) for row in rows]


def opened(world):
    """A browser logged in to one application."""
    browser = settled(world)
    world.client("plain").tokens(browser)
    return browser


def log_out(browser):
    browser.get("/logout")
    return browser.submit("/logout").get_data(as_text=True)


def test_who_was_reached_is_told_once(world, application):
    page = log_out(opened(world))
    assert "reached-reached" in page
    assert len(application.told) == 1
    assert notices(world) == [("sent", "plain")]
    world.clock.pass_by(86_400)
    assert work(worker_of(world, application)) == 0
    assert len(application.told) == 1


def test_rl_010_who_was_not_reached_is_told_again(world, application):
    application.answer = False
    page = log_out(opened(world))
    assert "reached-failed" in page
    assert notices(world) == [("queued", "plain")]
    worker = worker_of(world, application)
    world.clock.pass_by(5)
    assert work(worker) == 1
    application.answer = True
    world.clock.pass_by(15)
    assert work(worker) == 1
    assert notices(world) == [("sent", "plain")]
    # The same words each time.
    assert len(application.told) == 3
    assert len(set(application.told)) == 1


def test_rl_010_after_a_day_it_is_worthless(world, application):
    application.answer = False
    log_out(opened(world))
    world.clock.pass_by(86_400)
    work(worker_of(world, application))
    assert notices(world) == [("worthless", "plain")]


def test_who_cannot_be_told_leaves_no_message(world, application):
    application.answer = None
    assert "reached-untold" in log_out(opened(world))
    assert notices(world) == []


def test_the_worker_leaves_alone_what_is_being_told(world, application):
    """The notice is held for who ends the session: nobody is told twice."""
    browser = opened(world)
    seen = []
    worker = worker_of(world, Application())
    real = application.tell

    def tell(*words):
        seen.append(work(worker))
        return real(*words)

    application.tell = tell
    log_out(browser)
    assert seen == [0]


def session_of(world, browser):
    with world.core.database.read() as tx:
        return world.core.sessions.find(tx, browser.cookie("session"))


@pytest.mark.parametrize("why", ["idle", "replaced", "password-set", "administrator"])
def test_rl_010_a_session_that_somebody_ended_without_telling_is_told(world, application, why):
    """Killed after the commit, or a path that tells nobody itself: the worker does."""
    session = session_of(world, opened(world))
    with world.core.database.write() as tx:
        assert world.core.sessions.end(tx, session.id, why)
        assert not world.core.sessions.end(tx, session.id, why)
    worker = worker_of(world, application)
    world.clock.pass_by(hold(world.core.settings) - 1)
    assert work(worker) == 0
    world.clock.pass_by(1)
    assert work(worker) == 1
    assert [words[2] for words in application.told] == [session.id]
    assert notices(world) == [("sent", "plain")]


def test_a_session_that_did_not_end_is_told_to_nobody(world, application):
    session = session_of(world, opened(world))

    def end_and_fail():
        with world.core.database.write() as tx:
            world.core.sessions.end(tx, session.id, "person")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        end_and_fail()
    assert notices(world) == []


def test_somebody_else_logging_in_ends_and_tells(world, application):
    browser = opened(world)
    world.client("plain").ask(browser, prompt="login")
    browser.log_in("infirmiere")
    assert len(application.told) == 1
    assert ("sent", "plain") in notices(world)


def test_an_application_that_is_gone_is_dropped(world, application):
    session = session_of(world, opened(world))
    with world.core.database.write() as tx:
        world.core.sessions.end(tx, session.id, "person")
    world.clock.pass_by(hold(world.core.settings))
    core = world.core
    nobody = TellerSender(core.database, core.applications, {}, longest=4.0)
    assert work(delivery_of(world, logout=nobody)) == 1
    assert notices(world) == []
