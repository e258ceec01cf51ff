# SPDX-License-Identifier: Apache-2.0
"""People come from a provider that speaks SAML: they link it, and log in by it."""

from collections.abc import Iterator

import pytest

from tests import cast
from tests.prosante import leave_for
from tests.providers import APPLICATIONS, KIND, arrive, keep, register
from tests.saml_provider import DOCTOR, NURSE, come_back, link_saml, read_way
from tests.saml_upstream import CLASS
from tests.saml_values import saml_provider
from tests.security.prosante_scene import told
from tests.security.provider_scene import leave_to_link, links_of, owner
from tests.world import StandingClock, World, open_world

RPPS = (
    '<saml:Attribute Name="rpps"><saml:AttributeValue>{}</saml:AttributeValue></saml:Attribute>'
    '<saml:Attribute Name="mail"><saml:AttributeValue>claire@chu.example</saml:AttributeValue>'
    "</saml:Attribute>"
)


@pytest.fixture
def house(database_url, monkeypatch) -> Iterator[World]:
    for key, document in APPLICATIONS.items():
        monkeypatch.setitem(cast.APPLICATIONS, key, document)
    opened = open_world(database_url, StandingClock())
    keep(opened, saml_provider())
    register(opened.core)
    yield opened
    opened.close()


def test_whoever_has_linked_it_logs_in_by_it(house):
    link_saml(house, "medecin", DOCTOR)
    browser = arrive(house)
    answer = come_back(house, browser, leave_for(browser, KIND))
    assert "code" in house.client("linked").answered(answer)
    [proved] = house.events("login.proved")
    assert (proved.means, proved.level, proved.account) == (KIND, 1, house.cast["medecin"].id)


def test_its_owner_links_it_by_both_proofs_and_comes_by_it(house):
    nurse = owner(house, "infirmiere")
    url = leave_to_link(nurse)
    # BR-011: they prove themselves there now, whatever session was left there.
    assert read_way(url).force
    keep(house, saml_provider(email="mail"))
    nurse.get("/account/providers/new")
    come_back(house, nurse, leave_to_link(nurse), NURSE, attributes=RPPS.format("x"))
    assert nurse.last.request.path == "/account/providers"
    assert nurse.page.find(string="claire@chu.example") is not None
    assert len(links_of(house, "infirmiere")) == 1
    browser = arrive(house)
    answer = come_back(house, browser, leave_for(browser, KIND), NURSE)
    assert "code" in house.client("linked").answered(answer)


def test_a_class_is_worth_what_the_table_says_and_opens_what_asks_for_it(house):
    keep(house, saml_provider(levels={CLASS: 2}))
    link_saml(house, "medecin", DOCTOR)
    browser = arrive(house, "strong")
    answer = come_back(house, browser, leave_for(browser, KIND))
    assert "code" in house.client("strong").answered(answer)
    other = arrive(house, "strong")
    come_back(house, other, leave_for(other, KIND), **{"class": f"{CLASS}Other"})
    assert [one.level for one in house.events("login.proved")] == [2, 1]


def test_a_number_that_it_is_trusted_to_tell_finds_an_account(house):
    keep(house, saml_provider(finding="number", national_id="rpps"))
    browser = arrive(house)
    number = house.cast["medecin"].person.national_id
    url = leave_for(browser, KIND)
    answer = come_back(house, browser, url, attributes=RPPS.format(number))
    assert "code" in house.client("linked").answered(answer)


def test_whoever_is_not_linked_is_told(house):
    browser = arrive(house)
    come_back(house, browser, leave_for(browser, KIND))
    assert told(house)[0] == "not-linked"
    assert browser.page.select_one("#form-error") is not None
