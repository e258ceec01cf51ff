# SPDX-License-Identifier: Apache-2.0
"""« Essayer »: an administrator goes to a provider and back; nobody is logged in, nothing kept."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from idp.demo.sandbox.trouble import Trouble
from tests.administration.console_kit import send
from tests.administration.kit import Opened, open_office
from tests.prosante import NEWCOMER, Sandbox, known, running_sandbox
from tests.providers import ALIAS, KIND, added, keep, link, settings_of
from tests.saml_provider import DOCTOR, come_back, link_saml
from tests.saml_upstream import CLASS
from tests.saml_values import saml_provider
from tests.world import Browser, StandingClock, World, open_world

PAGE = f"/admin/providers/{ALIAS}"


@pytest.fixture
def clock() -> StandingClock:
    return StandingClock()


@pytest.fixture
def there(clock) -> Iterator[Sandbox]:
    with running_sandbox(clock, NEWCOMER, known("medecin")) as sandbox:
        yield sandbox


@pytest.fixture
def office(there, clock, database_url) -> Iterator[Opened]:
    world = open_world(database_url, clock, **settings_of(there))
    keep(world, added(there, enabled=False, levels={"eidas1": 2}))
    yield open_office(world)
    world.close()


def by_number(there: Sandbox, **changes):
    names = {"national_id": "SubjectNameID", "first_name": "given_name", "last_name": "family_name"}
    return added(there, finding="number", enabled=False, **(names | changes))


def leave(office: Opened) -> tuple[Browser, str]:
    """Press « Essayer »; where the browser is sent."""
    browser = office.enter("administrateur")
    browser.get(f"{PAGE}/try")
    browser.submit(f"{PAGE}/try")
    return browser, browser.last.headers["Location"]


def seen(browser: Browser) -> tuple[str, str]:
    """Whether somebody came, and why nothing would open."""
    shown = browser.page.select_one("#trial")
    assert shown is not None, browser.last.request.path
    return str(shown["data-came"]), str(shown["data-reason"])


def state_of(world: World) -> tuple[int, int, int, int, int]:
    """What a trial must leave alone."""
    with world.core.database.read() as tx:
        tables = ("sessions", "accounts", "provider_links", "journeys", "messages")
        return tuple(tx.exec_driver_sql(f"SELECT count(*) FROM {one}").scalar() for one in tables)


def test_a_closed_one_is_tried_and_opens_nothing(office, there):
    link(office.world, there, "medecin", known("medecin").subject)
    browser, url = leave(office)
    assert url.startswith(there.address)
    before, secret = state_of(office.world), browser.cookie("session")
    browser.get(there.log_in(url, known("medecin")))
    assert browser.last.request.path == f"{PAGE}/tried"
    assert "code=" not in browser.last.request.url
    assert seen(browser) == ("yes", "")
    doctor = office.world.cast["medecin"].id
    assert browser.page.select_one(f"#would a[href='/admin/accounts/{doctor}']") is not None
    assert "eidas1 = 2" in browser.page.select_one("#would").text
    assert known("medecin").subject in browser.page.select_one("#who").text
    assert "preferred_username" in browser.page.select_one("#told").text
    # Whoever tried it is who they were, and nothing else is there.
    assert state_of(office.world) == before
    assert browser.cookie("session") == secret
    [event] = office.world.events("provider.tried")
    assert (event.outcome, event.means) == ("ok", KIND)
    assert office.world.events("login.proved")[-1].means != KIND
    with office.world.core.database.read() as tx:
        [kept] = office.world.core.provider_links.of_account(tx, doctor)
    assert kept.last_used_at is None


def test_one_that_another_server_has_just_added_is_tried(office, there, clock):
    """This one has not looked since: it would do so within a second."""
    other = replace(added(there, alias="autre", enabled=False), issuer=f"{there.issuer}/autre")
    with office.world.core.database.write() as tx:
        assert office.world.core.providers.add(tx, other)
    browser = office.enter("administrateur")
    assert browser.get("/admin/providers/autre/try").status_code == 200
    browser.submit("/admin/providers/autre/try")
    # What it says of itself is another's: told so, and no breakdown.
    assert seen(browser)[0] == "no"


def test_it_is_shown_once_and_to_nobody_else(office, there):
    browser, url = leave(office)
    back = there.log_in(url, known("medecin"))
    thief = office.enter("regionale")
    assert thief.get(back).status_code == 403
    other = office.enter("administrateur")
    other.get(back)
    assert seen(other) == ("no", "malformed")
    browser.get(back)
    assert seen(browser) == ("yes", "not-linked")
    shown = browser.last.request.url
    browser.get(shown)
    assert browser.last.request.path == PAGE
    browser.get(back)
    assert seen(browser) == ("no", "malformed")


def test_whom_nobody_has_linked_is_told_so(office, there):
    browser, url = leave(office)
    browser.get(there.log_in(url, known("medecin")))
    assert seen(browser) == ("yes", "not-linked")
    assert [one.outcome for one in office.world.events("provider.tried")] == ["refused"]


def test_of_a_number_it_tells_whether_an_account_would_be_made(office, there):
    keep(office.world, by_number(there))
    made = len(office.world.events("account.created"))
    before = state_of(office.world)
    browser, url = leave(office)
    browser.get(there.log_in(url, NEWCOMER))
    assert seen(browser) == ("yes", "no-account")
    assert browser.page.select_one("#trial .notice-info") is not None
    assert NEWCOMER.national_id in browser.page.select_one("#who").text
    assert state_of(office.world)[1:3] == before[1:3]
    assert len(office.world.events("account.created")) == made
    keep(office.world, by_number(there, last_name=""))
    browser, url = leave(office)
    browser.get(there.log_in(url, NEWCOMER))
    assert browser.page.select_one("#trial .notice-warning") is not None


def test_what_is_not_in_the_table_is_worth_the_lowest(office, there):
    keep(office.world, added(there, enabled=False, levels={"other": 3}))
    browser, url = leave(office)
    browser.get(there.log_in(url, known("medecin")))
    shown = browser.page.select_one("#would").text
    assert "eidas1" in shown
    assert "= 3" not in shown


def test_one_for_others_is_told_so(office, there):
    link(office.world, there, "medecin", known("medecin").subject)
    keep(office.world, added(there, enabled=False, populations=("patient",)))
    browser, url = leave(office)
    browser.get(there.log_in(url, known("medecin")))
    assert seen(browser) == ("yes", "not-for-them")


def test_whoever_turns_back_is_told_so(office, there):
    browser, url = leave(office)
    browser.get(there.turn_back(url))
    assert seen(browser) == ("no", "cancelled")


@pytest.mark.parametrize("trouble", [Trouble.WRONG_NONCE, Trouble.BROKEN])
def test_an_answer_that_is_no_proof_is_told_so(office, there, trouble):
    browser, url = leave(office)
    back = there.log_in(url, known("medecin"))
    there.choose(trouble)
    browser.get(back)
    assert seen(browser)[0] == "no"
    [event] = office.world.events("provider.tried")
    assert event.outcome == "refused"


def test_one_that_was_changed_on_the_way_is_told_so(office, there):
    browser, url = leave(office)
    keep(office.world, added(there, enabled=False, name_fr="autre"))
    browser.get(there.log_in(url, known("medecin")))
    assert seen(browser)[1] == "closed"


def test_a_new_one_may_be_kept_closed(office, there):
    core = office.world.core
    with core.database.write() as tx:
        tx.exec_driver_sql("DELETE FROM providers")
    office.world.provider.services.added.look_again()
    browser = office.enter("administrateur")
    browser.get("/admin/providers/look")
    send(browser, "/look", address=there.changes()["PSC_DESCRIPTION"])
    typed = {"alias": ALIAS, "name_fr": "x", "name_en": "x", "our_name": "x", "secret": "x"}
    assert send(browser, "/new", **typed, closed="yes") == 200
    with core.database.read() as tx:
        kept = core.providers.load(tx, ALIAS)
    assert not kept.enabled
    # And stays so by a change.
    browser.get(f"{PAGE}/edit")
    assert send(browser, "/edit", name_fr="y") == 200
    with core.database.read() as tx:
        assert core.providers.load(tx, ALIAS) == replace(kept, version=2, name_fr="y")


def test_one_that_posts_its_answer_is_tried_the_same_way(clock, database_url):
    world = open_world(database_url, clock)
    keep(world, saml_provider(enabled=False, levels={CLASS: 2}))
    link_saml(world, "medecin", DOCTOR)
    office = open_office(world)
    browser, url = leave(office)
    before = state_of(world)
    come_back(world, browser, url)
    assert browser.last.request.path == f"{PAGE}/tried"
    assert seen(browser) == ("yes", "")
    assert browser.page.select_one(f"#would a[href='/admin/accounts/{world.cast['medecin'].id}']")
    assert f"{CLASS} = 2" in browser.page.select_one("#would").text
    assert "NameID" in browser.page.select_one("#told").text
    assert state_of(world) == before
    world.close()
