# SPDX-License-Identifier: Apache-2.0
"""The console: what an application is told when something ends, and how it arrives."""

import pytest
from sqlalchemy import text

from idp.administration.rules.signal_desk import SHOWN
from idp.audit.record import Event
from idp.oidc.client import read_client
from idp.origin import Origin
from idp.sessions.notices import NOT_REACHED
from idp.signals.streams import POLL, PUSH, Wished
from tests.administration.application_kit import HERE, documents, fields_of
from tests.administration.kit import Opened
from tests.protocol.kit import seed_session

SOMEWHERE = Origin("192.0.2.1", "test", "request")
PAGE = f"{HERE}/dcc/signals"


def stream(office: Opened, method: str = POLL) -> str:
    core = office.world.core
    address = "https://dcc.example/signals" if method == PUSH else ""
    with core.database.write() as tx:
        made = core.streams.make(tx, "dcc", Wished(method, address, "Bearer secret"), SOMEWHERE)
    assert made is not None
    return made.id


def state(office: Opened) -> tuple[str, str]:
    core = office.world.core
    with core.database.read() as tx:
        found = core.streams.of(tx, "dcc")
    assert found is not None
    return found.state, found.state_by


def test_an_administrator_lets_an_application_have_signals(sqlite_office: Opened) -> None:
    browser = sqlite_office.enter("regionale")
    browser.get(f"{HERE}/dcc/edit")
    ticked = {"oidc.shared_signals": "yes"}
    # It asks for them in its own name, and may not yet.
    assert browser.post(f"{HERE}/dcc/edit", fields_of(browser) | ticked).status_code == 422
    assert "oidc.shared_signals" in {one["id"] for one in browser.page.select("[aria-invalid]")}
    grants = ["authorization_code", "refresh_token", "client_credentials"]
    browser.get(f"{HERE}/dcc/edit")
    browser.post(f"{HERE}/dcc/edit", fields_of(browser) | ticked | {"oidc.grant_types": grants})
    assert documents(sqlite_office).document["oidc"]["shared_signals"] is True
    core = sqlite_office.world.core
    with core.database.read() as tx:
        found = core.applications.load(tx, "dcc")
    assert found is not None
    assert read_client(found).scopes[-1] == "ssf.manage"
    assert browser.get(PAGE).status_code == 200
    assert browser.page.select_one("#signals-none")


def test_without_a_stream_it_is_said_so(sqlite_office: Opened) -> None:
    browser = sqlite_office.enter("auditrice")
    browser.get(PAGE)
    assert browser.page.select_one("#signals-off")
    assert not browser.page.select(f'form[action="{PAGE}"]')


def test_the_stream_is_shown_paused_and_opened_again(office: Opened) -> None:
    stream(office, PUSH)
    browser = office.enter("regionale")
    browser.get(PAGE)
    shown = browser.page.select_one("#signals").get_text(" ")
    assert "https://dcc.example/signals" in shown
    assert "secret" not in shown
    assert "success" not in shown
    browser.submit(PAGE, act="pause")
    assert state(office) == ("paused", "administrator")
    (paused,) = office.world.events("signals.paused")
    assert (paused.application, paused.account) == ("dcc", None)
    browser.get(PAGE)
    browser.submit(PAGE, act="resume")
    assert state(office) == ("enabled", "administrator")
    assert len(office.world.events("signals.resumed")) == 1
    # Nothing to open: nothing is said to have happened.
    browser.post(PAGE, {"act": "resume", "csrf": office.world.core.forms.token("x")})
    assert len(office.world.events("signals.resumed")) == 1


def test_what_the_application_paused_is_its_own_to_open(office: Opened) -> None:
    core, name = office.world.core, stream(office)
    with core.database.write() as tx:
        core.streams.waiting.add(tx, name, "verification")
    command = office.authority("regionale")
    desk = office.world.provider.services.office.signals
    with core.database.write() as tx:
        found = core.streams.of(tx, "dcc")
        assert found is not None
        core.streams.set_state(tx, found, "paused", "", Event("signals.state"), SOMEWHERE)
        assert desk.resume(tx, command, "dcc") is False
        assert desk.pause(tx, command, "dcc") is False
    browser = office.enter("regionale")
    browser.get(PAGE)
    values = {one["value"] for one in browser.page.select('input[name="act"]')}
    assert not {"pause", "resume"} & values


def test_it_is_given_up_after_a_question(office: Opened) -> None:
    stream(office)
    browser = office.enter("regionale")
    browser.get(f"{PAGE}/drop")
    assert state(office)[0] == "enabled"
    browser.submit(f"{PAGE}/drop")
    core = office.world.core
    with core.database.read() as tx:
        assert core.streams.of(tx, "dcc") is None
    assert len(office.world.events("signals.removed")) == 1
    assert browser.get(f"{PAGE}/drop").status_code == 404


@pytest.mark.parametrize("act", ["", "drop", "enabled"])
def test_nothing_else_can_be_done_to_it(sqlite_office: Opened, act: str) -> None:
    stream(sqlite_office)
    browser = sqlite_office.enter("regionale")
    browser.get(PAGE)
    assert browser.submit(PAGE, act=act).status_code == 400
    assert state(sqlite_office)[0] == "enabled"


def ended(office: Opened, sessions: int) -> None:
    """So many sessions of one person in which the application was open."""
    world = office.world
    for _one in range(sessions):
        session = seed_session(world, world.browser())
        with world.core.database.write() as tx:
            world.core.sessions.enter(tx, session, "dcc")
            world.core.sessions.end(tx, session, "person", SOMEWHERE)


def test_what_it_was_told_of_logouts_is_shown_with_what_became_of_it(office: Opened) -> None:
    world = office.world
    ended(office, 3)
    with world.core.database.write() as tx:
        rows = tx.execute(text("SELECT id FROM messages WHERE channel = 'logout'")).all()
        sent, failing, _held = sorted(row.id for row in rows)
        tx.execute(text(f"UPDATE messages SET state = 'sent' WHERE id = '{sent}'"))
        why = f"state = 'queued', fault = '{NOT_REACHED}', tries = 2"
        tx.execute(text(f"UPDATE messages SET {why} WHERE id = '{failing}'"))
    browser = office.enter("regionale")
    browser.get(PAGE)
    part = browser.page.select_one("#logouts")
    figures = [one.get_text(strip=True) for one in part.select(".figure-value")]
    assert figures == ["1", "2", "0"]
    assert len(part.select("tbody tr")) == 3
    (row,) = [one for one in part.select("tbody tr") if one.select('input[value="hasten"]')]
    # In words of the console, whatever they are.
    assert row.select("td")[2].get_text(strip=True) not in {"", "–", NOT_REACHED}
    # Whose they were is nobody's business here.
    assert world.cast["medecin"].id not in str(browser.page)
    again = f"/admin/messages/{failing}"
    browser.submit(again, act="hasten")
    with world.core.database.read() as tx:
        at = tx.execute(text(f"SELECT next_at FROM messages WHERE id = '{failing}'")).scalar()
    assert at == world.clock.now()
    # Other applications have a page of their own.
    browser.get(f"{HERE}/outside/signals")
    assert not browser.page.select("#logouts tbody tr td[data-label]")


def test_the_last_ones_are_shown_and_no_more(sqlite_office: Opened) -> None:
    ended(sqlite_office, SHOWN + 2)
    browser = sqlite_office.enter("auditrice")
    browser.get(PAGE)
    assert len(browser.page.select("#logouts tbody tr")) == SHOWN


def test_they_are_found_by_an_index_of_their_own(sqlite_office: Opened) -> None:
    core = sqlite_office.world.core
    asked = "SELECT id FROM messages WHERE channel = 'logout' AND shown = 'dcc'"
    with core.database.read() as tx:
        plan = tx.execute(text(f"EXPLAIN QUERY PLAN {asked} ORDER BY created_at DESC")).all()
    assert "ix_messages_told" in str(plan)
