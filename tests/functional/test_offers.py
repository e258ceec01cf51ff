# SPDX-License-Identifier: Apache-2.0
"""The provider that somebody is offered first: by their address, or by their establishment."""

import re

import pytest
from bs4 import BeautifulSoup

from idp.accounts.establishments import Establishment
from idp.origin import Origin
from tests.functional.test_providers import clock, here, there  # noqa: F401
from tests.prosante import known
from tests.providers import KIND, added, arrive, keep, link
from tests.world import Browser

DOMAIN = "chu.example"
ACCENTED = "hôpital.example".encode("idna").decode()
HOUSE = "540000017"


@pytest.fixture(autouse=True)
def hinted(here, there) -> None:  # noqa: F811
    keep(here, added(there, domains=(DOMAIN, ACCENTED)))


def first_of(page: BeautifulSoup) -> str:
    """The means that stands above all others; nothing for none."""
    found = page.select_one(".door-main form[data-offer]")
    return str(found["data-offer"]) if found else ""


def typed(here, identifier: str) -> Browser:  # noqa: F811
    browser = arrive(here)
    browser.submit("/password", identifier=identifier, password="wrong wrong")
    return browser


@pytest.mark.parametrize("address", [f"nobody@{DOMAIN}", " who@CHU.Example ", "a@hôpital.example"])
def test_an_address_of_its_people_is_offered_it(here, address):  # noqa: F811
    browser = typed(here, address)
    assert first_of(browser.page) == KIND
    # The other ways are below, and the form that was sent is still there.
    assert browser.form("/password")


@pytest.mark.parametrize("address", ["cdurand", f"a@sub.{DOMAIN}", "a@" + "x" * 5000, "a@\x00"])
def test_others_are_offered_nothing(here, address):  # noqa: F811
    assert first_of(typed(here, address).page) == ""


def test_the_same_whether_or_not_there_is_an_account(here):  # noqa: F811
    """Nothing of the page tells them apart but what was typed."""
    with here.core.database.write() as tx:
        tx.exec_driver_sql(
            "UPDATE accounts SET email = 'camille@chu.example' WHERE id = "
            f"'{here.cast['medecin'].id}'"
        )
    pages = []
    for name in ("camille", "nobody"):
        text = typed(here, f"{name}@{DOMAIN}").last.get_data(as_text=True)
        plain = text.replace(f"{name}@", "somebody@")
        plain = re.sub(r"(/login/|from=)[\w-]+", r"\1J", plain)
        pages.append(re.sub(r'(name="csrf" value|value|nonce|data-options)="[^"]*"', "", plain))
    assert first_of(BeautifulSoup(pages[0], "html.parser")) == KIND
    assert pages[0] == pages[1]


def test_one_press_leads_there_and_back_in(here, there):  # noqa: F811
    doctor = known("medecin")
    link(here, there, "medecin", doctor.subject)
    browser = typed(here, f"c.durand@{DOMAIN}")
    browser.submit(f"/{KIND}")
    url = browser.last.headers["Location"]
    assert url.startswith(there.address)
    assert "code" in here.client("linked").answered(browser.get(there.log_in(url, doctor)))


def test_the_browser_may_follow_the_button_there(here, there):  # noqa: F811
    policy = typed(here, f"a@{DOMAIN}").last.headers["Content-Security-Policy"]
    [targets] = re.findall(r"form-action ([^;]*)", policy)
    assert there.address in targets


def test_whoever_has_a_right_password_is_in(here):  # noqa: F811
    """The offer keeps nobody out who has no account there."""
    browser = arrive(here)
    assert "code" in here.client("linked").answered(browser.log_in())


@pytest.mark.parametrize("hint", [f"a@{DOMAIN}", f"other@{DOMAIN}"])
def test_a_login_hint_offers_it_at_once_and_leads_nowhere(here, hint):  # noqa: F811
    browser = arrive(here, login_hint=hint)
    assert browser.last.status_code == 200
    assert first_of(browser.page) == KIND


@pytest.mark.parametrize("name", ["kc_idp_hint", "domain_hint"])
@pytest.mark.parametrize("hint", [DOMAIN, "Chu.Example", "chu"])
def test_a_hint_of_the_application_leads_straight_there(here, there, name, hint):  # noqa: F811
    browser = here.browser()
    answer = here.client("linked").ask(browser, **{name: hint})
    assert answer.status_code == 303
    assert answer.headers["Location"].startswith(there.address)


def test_the_provider_named_counts_before_the_domain(here, there):  # noqa: F811
    browser = here.browser()
    answer = here.client("linked").ask(browser, kc_idp_hint="password", domain_hint=DOMAIN)
    assert answer.status_code == 200
    empty = here.client("linked").ask(here.browser(), kc_idp_hint="", domain_hint=DOMAIN)
    assert empty.headers["Location"].startswith(there.address)


@pytest.mark.parametrize("hint", ["organizations", "other.example", "é.example", "x" * 200, "a..b"])
def test_a_hint_at_nobody_is_as_if_it_had_not_been_said(here, hint):  # noqa: F811
    browser = arrive(here, domain_hint=hint)
    assert browser.last.status_code == 200
    assert first_of(browser.page) == ""


def test_a_hint_given_twice_is_a_fault(here):  # noqa: F811
    url = here.client("linked").authorize_url(domain_hint=DOMAIN) + f"&domain_hint={DOMAIN}"
    assert here.browser().get(url).status_code == 400


@pytest.mark.parametrize(
    "asked", [{"domain_hint": DOMAIN}, {"kc_idp_hint": "chu"}, {"login_hint": f"a@{DOMAIN}"}]
)
def test_what_the_application_does_not_take_is_not_offered(here, asked):  # noqa: F811
    browser = here.browser()
    answer = here.client("dcc").ask(browser, **asked)
    assert answer.status_code == 200
    assert first_of(browser.page) == ""
    assert DOMAIN not in browser.last.get_data(as_text=True).replace(f"a@{DOMAIN}", "")
    browser.submit("/password", identifier=f"a@{DOMAIN}", password="wrong wrong")
    assert first_of(browser.page) == ""


@pytest.mark.parametrize("changes", [{"enabled": False}, {"link_only": True}])
def test_one_that_nobody_logs_in_by_is_not_offered(here, there, changes):  # noqa: F811
    keep(here, added(there, domains=(DOMAIN,), **changes))
    assert first_of(typed(here, f"a@{DOMAIN}").page) == ""
    assert here.client("linked").ask(here.browser(), domain_hint=DOMAIN).status_code == 200


def test_the_page_knows_the_domains_that_it_may_offer(here):  # noqa: F811
    """For its script: shown as soon as such an address is typed; hidden until then."""
    browser = arrive(here)
    [block] = browser.page.select("[data-domains]")
    assert block["data-domains"].split() == [DOMAIN, ACCENTED]
    assert block.has_attr("hidden")
    assert first_of(browser.page) == ""


def belongs(here, who: str) -> str:  # noqa: F811
    """Put somebody into an establishment."""
    origin = Origin("192.0.2.9", "test", "test")
    with here.core.database.write() as tx:
        here.core.establishments.put(tx, Establishment(HOUSE, "CHU"), origin)
        here.core.establishments.join(tx, here.cast[who].id, HOUSE, origin)
    return HOUSE


def test_the_establishment_of_the_last_login_offers_it(here, there):  # noqa: F811
    house = belongs(here, "medecin")
    keep(here, added(there, establishments=(house,)))
    browser = arrive(here)
    assert first_of(browser.page) == ""
    browser.log_in("medecin")
    assert browser.cookie("house") == house
    browser.client.delete_cookie("__Host-sceau_session", domain="sceau.example")
    here.client("linked").ask(browser)
    assert first_of(browser.page) == KIND
    # An application that does not take it offers it no more than before.
    browser.client.delete_cookie("__Host-sceau_session", domain="sceau.example")
    here.client("dcc").ask(browser)
    assert first_of(browser.page) == ""


def test_it_is_forgotten_when_somebody_from_elsewhere_logs_in(here, there):  # noqa: F811
    keep(here, added(there, establishments=(belongs(here, "medecin"),)))
    browser = arrive(here)
    browser.log_in("medecin")
    browser.client.delete_cookie("__Host-sceau_session", domain="sceau.example")
    here.client("linked").ask(browser)
    browser.log_in("patient")
    assert not browser.cookie("house")


def test_a_patient_leaves_nothing_of_where_they_are_cared_for(here, there):  # noqa: F811
    house = belongs(here, "patient")
    keep(here, added(there, establishments=(house,)))
    browser = arrive(here)
    browser.log_in("patient")
    assert browser.cookie("session")
    assert not browser.cookie("house")


def test_it_is_not_kept_of_those_whom_the_provider_does_not_open_to(here, there):  # noqa: F811
    house = belongs(here, "medecin")
    keep(here, added(there, establishments=(house,)))
    browser = arrive(here)
    browser.log_in("medecin")
    assert browser.cookie("house") == house
    keep(here, added(there, establishments=(house,), populations=("staff",)))
    browser.client.delete_cookie("__Host-sceau_session", domain="sceau.example")
    here.client("linked").ask(browser)
    browser.log_in("medecin")
    assert not browser.cookie("house")


def test_an_establishment_that_no_provider_names_is_not_kept(here):  # noqa: F811
    browser = arrive(here)
    browser.log_in("medecin")
    assert not browser.cookie("house")


def test_an_application_may_name_the_establishment(here, there):  # noqa: F811
    house = belongs(here, "medecin")
    keep(here, added(there, establishments=(house,)))
    answer = here.client("linked").ask(here.browser(), domain_hint=house)
    assert answer.headers["Location"].startswith(there.address)
