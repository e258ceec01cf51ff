# SPDX-License-Identifier: Apache-2.0
"""An application that hints by whom people should log in: `kc_idp_hint`, as brokers say it."""

import pytest

from idp.demo.sandbox.trouble import Trouble
from tests import cast
from tests.cast import application
from tests.functional.test_prosante import clock, here, known, there  # noqa: F401
from tests.prosante import APPLICATIONS

MIXED = application("mixed", policy={"means": ["password", "psc"], "level": 1})
LOCAL = application(
    "local",
    policy={"means": ["passkey", "cps"], "level": 2, "profile": "local-provider"},
    oidc={"tenant": "TID-REGION"},
)


@pytest.fixture(autouse=True)
def registered(here, monkeypatch) -> None:  # noqa: F811
    assert APPLICATIONS["mixed"]["policy"]["means"] == ["password", "psc"]
    monkeypatch.setitem(cast.APPLICATIONS, "local", LOCAL)
    with here.core.database.write() as tx:
        here.core.applications.register(tx, LOCAL)


def asked(here, hint: str, key: str = "mixed", **changes: str):  # noqa: F811
    browser = here.browser()
    return browser, here.client(key).ask(browser, kc_idp_hint=hint, **changes)


@pytest.mark.parametrize("hint", ["psc", "pro-sante-connect", "ProSanteConnect"])
def test_a_hint_leads_straight_there_and_back_in(here, there, hint):  # noqa: F811
    browser, answer = asked(here, hint)
    assert answer.status_code == 303
    url = answer.headers["Location"]
    assert url.startswith(there.address + "/auth?")
    back = browser.get(there.log_in(url, known("medecin")))
    assert "code" in here.client("mixed").answered(back)
    [proved] = here.events("login.proved")
    assert (proved.means, proved.account) == ("psc", here.cast["medecin"].id)


def test_whoever_turns_back_finds_the_page_with_all_it_offers(here, there):  # noqa: F811
    browser, answer = asked(here, "psc")
    shown = browser.get(there.turn_back(answer.headers["Location"]))
    assert shown.status_code == 200
    journey = "/".join(browser.form("/login/")[0].split("/")[:3])
    again = browser.get(journey)
    # Sent there once: the page stays, by hand and by reload.
    assert again.status_code == 200
    assert browser.get(journey).status_code == 200
    browser.get(f"{journey}?means=password")
    assert "code" in here.client("mixed").answered(browser.log_in("medecin"))


@pytest.mark.parametrize("hint", ["", "nobody", "otp", "idp:psc", "ps\x00c", "../psc", "p" * 5000])
def test_an_unknown_hint_is_as_if_it_had_not_been_said(here, there, hint):  # noqa: F811
    browser, answer = asked(here, hint)
    assert answer.status_code == 200
    assert browser.form("/password")


@pytest.mark.parametrize("hint", ["psc", "pro-sante-connect", "password"])
def test_a_hint_opens_nothing_that_the_application_does_not_offer(here, there, hint):  # noqa: F811
    """Also no loop: whoever comes from Pro Santé Connect is not sent back to it."""
    browser, answer = asked(here, hint, "local")
    assert answer.status_code == 200
    assert browser.page.select("form[data-passkey='get']")
    assert not browser.page.select("form[action$='/psc'], form[action$='/password']")


def test_a_means_of_our_own_page_comes_first(here, there):  # noqa: F811
    browser, answer = asked(here, "password")
    assert answer.status_code == 200
    assert browser.form("/password")


def test_a_hint_given_twice_is_a_fault(here, there):  # noqa: F811
    browser = here.browser()
    url = here.client("mixed").authorize_url(kc_idp_hint="psc") + "&kc_idp_hint=psc"
    assert browser.get(url).status_code == 400


def test_whoever_is_in_already_passes_without_going_anywhere(here, there):  # noqa: F811
    browser = here.browser()
    here.client("mixed").ask(browser, kc_idp_hint="password")
    browser.log_in("medecin")
    answer = here.client("mixed").ask(browser, kc_idp_hint="psc")
    assert "code" in here.client("mixed").answered(answer)


def test_in_silence_nobody_is_sent_anywhere(here, there):  # noqa: F811
    _browser, answer = asked(here, "psc", prompt="none")
    assert here.client("mixed").answered(answer)["error"] == "login_required"


def test_while_nobody_answers_there_the_page_says_so(here, there):  # noqa: F811
    there.choose(Trouble.BROKEN)
    browser, answer = asked(here, "psc")
    assert answer.status_code == 200
    assert browser.form("/psc")
    assert not here.events("login.proved")
