# SPDX-License-Identifier: Apache-2.0
"""CR-003: one code of an app, or one on paper, submitted many times at the same moment."""

from dataclasses import replace

import pytest
from sqlalchemy import text

from connectors.base import Attempt, Evidence, Reason, Refused, Verified
from tests.functional.conftest import twin
from tests.functional.totp_kit import CODES, ask, enters, log_in, opened, set_up
from tests.security.test_cr_passwords import together
from tests.security.test_cr_totp import at_the_code, both, one, wrong
from tests.world import World

__all__ = ("both", "one")


@pytest.mark.parametrize("known", [2, 1], ids=["each on its own counter", "all on one"])
def test_cr_003_of_fifty_parallel_submissions_one_wins(both: World, known: int):
    telephone, _codes = set_up(log_in(both))
    browsers = [at_the_code(both, address=f"203.0.113.{number}") for number in range(50)]
    before = len(both.events("login.proved"))
    # Browsers known by both factors are counted apart; of the others most tries are in vain.
    with both.core.database.write() as tx:
        tx.execute(text("UPDATE known_devices SET level = :known"), {"known": known})
    code = telephone.shows()
    won = together([lambda one=one: enters(one, code) for one in browsers])
    assert won.count(True) == 1
    assert len(list(opened(both, 2))) == 1
    assert len(both.events("login.proved")) == before + 1


def test_cr_003_tries_in_vain_leave_the_code_to_the_one_that_counts(one: World):
    telephone, codes = set_up(log_in(one))
    connector = one.provider.services.connectors["totp"]
    attempt = Attempt("j", one.cast["medecin"].id, "")
    for form in ({"code": telephone.shows()}, {"paper": codes[0]}):
        evidence = Evidence(form=form)
        for _tab in range(12):
            assert isinstance(connector.resume(replace(attempt, in_vain=True), evidence), Verified)
        assert isinstance(connector.resume(attempt, evidence), Verified)
        assert connector.resume(attempt, evidence) == Refused(Reason.WRONG)


def test_cr_012_guessing_at_the_app_leaves_the_codes_on_paper(one: World):
    telephone, codes = set_up(log_in(one))
    thief = at_the_code(one, address="203.0.113.9")
    for _try in range(6):
        enters(thief, wrong(telephone))
    owner = at_the_code(one)
    owner.submit("/totp", way="paper")
    assert enters(owner, codes[0], "paper")


def test_cr_003_of_parallel_submissions_of_one_code_on_paper_one_wins(both: World):
    _telephone, codes = set_up(log_in(both))
    browsers = [at_the_code(both, address=f"203.0.113.{number}") for number in range(20)]
    for browser in browsers:
        browser.submit("/totp", way="paper")
    with both.core.database.write() as tx:
        tx.execute(text("UPDATE known_devices SET level = 2"))
    won = together([lambda one=one: enters(one, codes[0], "paper") for one in browsers])
    assert won.count(True) == 1
    assert len(both.events("recovery.used")) == 1
    assert len(list(opened(both, 2))) == 1


def test_cr_003_parallel_renewals_leave_ten(both: World):
    browser = log_in(both)
    telephone, _codes = set_up(browser)
    ask(browser)
    assert enters(browser, telephone.shows())
    browser.get(CODES)
    url, fields = browser.form("/renew")
    tabs = [twin(browser, "session", "browser", "device") for _tab in range(6)]
    together([lambda tab=tab: tab.request("POST", url, data=fields).status_code for tab in tabs])
    with both.core.database.read() as tx:
        assert tx.execute(text("SELECT count(*) FROM recovery_codes")).scalar() == 10
