# SPDX-License-Identifier: Apache-2.0
"""« Pro Santé Connect et e-CPS » in the account: its last use, and proving one's number by it."""

from collections.abc import Iterator

import pytest

from connectors.capabilities import Ended
from idp.http.letters import Letters
from idp.sessions.ties import Ties
from tests import cast
from tests.errands import number_of, owner_leaving, unnumbered, whys
from tests.functional.account_kit import enter
from tests.outbox import waiting
from tests.prosante import APPLICATIONS, Sandbox, known, leave_for, register, running_sandbox
from tests.races import at_once
from tests.world import StandingClock, World, open_world

HERE = "/account/prosante"
LINK = f"{HERE}/link"


@pytest.fixture
def clock() -> StandingClock:
    return StandingClock()


@pytest.fixture
def there(clock) -> Iterator[Sandbox]:
    people = (known("medecin"), known("infirmiere", first_name="Claire", last_name="Durand"))
    with running_sandbox(clock, *people) as sandbox:
        yield sandbox


@pytest.fixture
def here(there, clock, database_url, monkeypatch) -> Iterator[World]:
    for key, document in APPLICATIONS.items():
        monkeypatch.setitem(cast.APPLICATIONS, key, document)
    opened = open_world(database_url, clock, **there.changes())
    register(opened.core)
    yield opened
    opened.close()


def test_it_tells_when_it_was_last_used(here, there):
    browser = enter(here)
    browser.get(HERE)
    assert browser.page.select_one("a[href='/account/prosante/link']") is None
    assert not browser.page.select("main time")
    here.client("broker").ask(browser)
    browser.get(there.log_in(leave_for(browser), known("medecin")))
    browser.get(HERE)
    assert browser.page.select("main time")
    browser.get("/account")
    assert browser.page.select_one(f"a[href='{HERE}']")


def test_somebody_without_a_number_proves_theirs(here, there):
    account = unnumbered(here)
    browser = enter(here)
    browser.get(there.log_in(owner_leaving(browser), known("medecin")))
    assert browser.last.request.path == HERE
    assert browser.page.find(id="linked")
    assert number_of(here, account) == known("medecin").national_id
    [linked] = here.events("account.linked")
    assert (linked.account, linked.means) == (account, "psc")
    [told] = [one for one in waiting(here, "means-added") if one.values["means"] == "psc"]
    assert told.account == account
    letter = Letters(here.core.settings).render("email", told.purpose, told.locale, told.values)
    assert "Pro Santé Connect" in letter.text
    # From now on they come by it; it was no login yet.
    assert not [one for one in here.events("login.proved") if one.means == "psc"]
    other = here.browser()
    here.client("broker").ask(other)
    answer = other.get(there.log_in(leave_for(other), known("medecin")))
    assert "code" in here.client("broker").answered(answer)


def test_br_014_whoever_has_logged_out_there_meanwhile_is_led_nowhere(
    there, clock, database_url, monkeypatch
):
    here = open_world(database_url, clock, **there.changes(PSC_LOGOUT="always"))
    account = unnumbered(here)
    browser = enter(here)
    back = there.log_in(owner_leaving(browser), known("medecin"))
    is_over = Ties.is_over

    def late(self, tx, means, tie):
        now = clock.now()
        self.sever(tx, means, Ended(tie.subject, tie.name, "once", now + 60, now))
        return is_over(self, tx, means, tie)

    monkeypatch.setattr(Ties, "is_over", late)
    browser.get(back)
    # The number that they proved is theirs all the same.
    assert number_of(here, account)
    with here.core.database.read() as tx:
        assert tx.exec_driver_sql("SELECT count(*) FROM session_ties").scalar() == 0
    here.close()


def test_whoever_was_led_there_is_led_there_at_the_logout_too(there, clock, database_url):
    here = open_world(database_url, clock, **there.changes(PSC_LOGOUT="always"))
    unnumbered(here)
    browser = enter(here)
    browser.get(there.log_in(owner_leaving(browser), known("medecin")))
    browser.get("/logout")
    policy = browser.last.headers["Content-Security-Policy"]
    assert there.address in policy.partition("form-action")[2].partition(";")[0]
    browser.submit("/logout")
    assert browser.last.headers["Location"].startswith(there.issuer)
    here.close()


def test_a_number_of_another_account_stays_there(here, there):
    account = unnumbered(here)
    browser = enter(here)
    browser.get(there.log_in(owner_leaving(browser), known("infirmiere", first_name="Claire")))
    assert browser.last.status_code == 409
    assert browser.problem == "number-conflict"
    assert browser.last.request.path == f"{HERE}/refused"
    assert browser.page.select_one(f"main a[href='{HERE}']")
    assert number_of(here, account) is None
    assert number_of(here, here.cast["infirmiere"].id) == known("infirmiere").national_id
    assert whys(here, "account.link_refused") == ["taken"]
    assert not here.events("account.linked")
    assert not waiting(here, "means-added")


def test_a_number_under_another_name_is_not_taken(here, there):
    account = unnumbered(here, "infirmiere")
    browser = enter(here, "infirmiere")
    browser.get(there.log_in(owner_leaving(browser), known("medecin")))
    assert browser.problem == "link-other-name"
    assert number_of(here, account) is None
    assert whys(here, "account.link_refused") == ["other-name"]


def test_whoever_has_a_number_proves_none(here, there):
    browser = enter(here)
    browser.get(LINK)
    assert browser.last.request.path == HERE


def test_whoever_has_turned_back_is_told_so_calmly(here, there):
    account = unnumbered(here)
    browser = enter(here)
    browser.get(there.turn_back(owner_leaving(browser)))
    assert browser.last.request.path == HERE
    assert browser.page.find(id="told")
    assert whys(here) == ["cancelled"]
    assert number_of(here, account) is None


def test_only_professionals_have_it(here, there):
    browser = enter(here, "patient")
    browser.get(HERE)
    assert browser.last.request.path == "/account"
    browser.get(LINK)
    assert browser.last.request.path == "/account"


def test_a_proof_that_is_not_fresh_any_more_leads_through_a_login_first(here):
    unnumbered(here)
    browser = enter(here)
    owner_leaving(browser)
    here.clock.pass_by(1200)
    browser.get(LINK)
    assert browser.last.request.path.startswith("/login/")


def test_of_two_accounts_that_prove_one_number_at_once_one_has_it(here, there):
    first, second = unnumbered(here), unnumbered(here, "infirmiere")
    with here.core.database.write() as tx:
        tx.exec_driver_sql(
            f"UPDATE accounts SET first_name = 'Claire', last_name = 'Durand' WHERE id = '{second}'"
        )
    browsers = [enter(here), enter(here, "infirmiere")]
    backs = [there.log_in(owner_leaving(one), known("medecin")) for one in browsers]
    at_once(lambda each: each[0].get(each[1]), list(zip(browsers, backs, strict=True)))
    found = [number_of(here, one) for one in (first, second)]
    assert sorted(map(str, found)) == sorted(["None", known("medecin").national_id])
    assert len(here.events("account.linked")) == 1
    assert len(here.events("account.link_refused")) == 1


def test_where_it_is_not_set_up_there_is_no_such_page(sqlite_world):
    browser = enter(sqlite_world)
    assert browser.get(HERE).status_code == 404
