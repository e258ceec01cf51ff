# SPDX-License-Identifier: Apache-2.0
"""Whoever came by the e-CPS is out when Pro Santé Connect says that they are (BR-014)."""

from collections.abc import Iterator

import pytest
from sqlalchemy import text
from werkzeug.test import Client

from idp.demo.sandbox.trouble import Trouble
from tests.phones import INFIRMIERE, MEDECIN, Phones, open_phones
from tests.protocol.kit import session_of
from tests.world import ISSUER, Browser, StandingClock


@pytest.fixture
def phones(database_url, monkeypatch) -> Iterator[Phones]:
    with open_phones(database_url, StandingClock(), monkeypatch) as opened:
        opened.there.tell = lambda _url, token: notice(opened, token)
        yield opened


def notice(phones: Phones, token: str) -> int:
    client = Client(phones.here.provider.web)
    form = {"logout_token": token}
    return client.post("/upstream/psc/logout", data=form, base_url=ISSUER).status_code


def log_in(phones: Phones, person=MEDECIN, key: str = "phone") -> Browser:
    browser = phones.arrive(key)
    phones.accepted(browser, person)
    answer = browser.submit("/ecps", go="1")
    assert "code" in phones.here.client(key).answered(answer)
    return browser


def test_br_014_a_notice_ends_the_session_that_a_phone_opened_and_no_other(phones):
    mine, theirs = log_in(phones), log_in(phones, INFIRMIERE)
    [login] = [one for one in phones.there.logins.every() if one.person == MEDECIN]
    assert phones.there.logins.end(login.id, Trouble.NONE)
    assert phones.there.logins.told[-1].status == 200
    assert session_of(phones.here, mine) is None
    assert session_of(phones.here, theirs) is not None
    assert len(phones.here.events("session.ended")) == 1


def test_nobody_is_led_anywhere_at_the_logout_here(phones):
    browser = log_in(phones)
    with phones.here.core.database.read() as tx:
        tokens = tx.execute(text("SELECT token FROM session_ties")).scalars().all()
    assert tokens == [None]
    browser.get("/logout")
    browser.submit("/logout")
    assert browser.page.select("[data-provider]") == []
