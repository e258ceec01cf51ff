# SPDX-License-Identifier: Apache-2.0
"""A provider that speaks SAML: whatever is posted, it counts in the browser that left, once."""

import json
from urllib.parse import parse_qs, urlsplit

import pytest

from connectors.asserted import Asserted
from connectors.base import Attempt, Evidence, Level, Reason, Refused, Verified
from connectors.introduced import Introducing, Names
from connectors.upstream_saml.attributes import AttributesReader
from idp.login.aside import TICKET, is_brought
from idp.login.errands import Errand
from idp.login.peers import Linked
from idp.origin import Origin
from idp.saml.names import EMAIL, TRANSIENT
from idp.saml.writing import moment
from tests.prosante import leave_for
from tests.providers import ALIAS, KIND, arrive, keep
from tests.races import at_once
from tests.saml_provider import (
    DOCTOR,
    NURSE,
    answer_to,
    come_back,
    link_saml,
    post,
    read_way,
)
from tests.saml_upstream import CLASS
from tests.saml_values import saml_provider
from tests.security.prosante_scene import nobody_is_in, told
from tests.security.provider_scene import leave_to_link, links_of, owner
from tests.security.saml_provider_scene import clock, house, refusals

__all__ = ["clock", "house"]
HERE = Origin("192.0.2.10", "Firefox", "request")


def is_in(here, browser, answer):
    return "code" in here.client("linked").answered(answer)


def test_br_001_a_post_sets_no_cookie_and_logs_nobody_in(house):
    browser = arrive(house)
    left = read_way(leave_for(browser, KIND))
    sent = post(house, left, answer_to(house, left))
    assert sent.status_code == 303
    assert not sent.headers.getlist("Set-Cookie")
    assert nobody_is_in(house)


def test_br_002_what_was_told_lies_sealed_until_the_browser_comes(house):
    browser = arrive(house)
    left = read_way(leave_for(browser, KIND))
    post(house, left, answer_to(house, left))
    with house.core.database.read() as tx:
        rows = tx.exec_driver_sql("SELECT state FROM journeys").all()
    [state] = [one.state for one in rows if one.state and '"told"' in one.state]
    assert DOCTOR not in state
    assert "899700218896" not in state


def test_br_003_an_answer_counts_once(house):
    browser = arrive(house)
    left = read_way(leave_for(browser, KIND))
    document = answer_to(house, left)
    back = post(house, left, document).headers["Location"]
    assert is_in(house, browser, browser.get(back))
    # SM-051: posted again, it finds nothing that was asked.
    again = post(house, left, document)
    browser.get(again.headers["Location"])
    assert len(house.events("login.proved")) == 1
    [event] = refusals(house)
    assert json.loads(event.detail)["why"] == "to nothing that was asked of it"


def test_br_003_of_two_answers_the_first_counts(house):
    link_saml(house, "infirmiere", NURSE)
    browser = arrive(house)
    left = read_way(leave_for(browser, KIND))
    first = post(house, left, answer_to(house, left))
    second = post(house, left, answer_to(house, left, NURSE))
    assert second.status_code == 303
    assert [json.loads(one.detail)["why"] for one in refusals(house)] == ["a second answer"]
    browser.get(first.headers["Location"])
    [proved] = house.events("login.proved")
    assert proved.account == house.cast["medecin"].id


def test_br_003_rl_02_of_two_that_are_posted_at_once_one_is_kept(house):
    link_saml(house, "infirmiere", NURSE)
    browser = arrive(house)
    left = read_way(leave_for(browser, KIND))
    documents = {who: answer_to(house, left, who) for who in (DOCTOR, NURSE)}
    sent = at_once(lambda who: post(house, left, documents[who]), [DOCTOR, NURSE])
    assert [one.status_code for one in sent] == [303, 303]
    assert [json.loads(one.detail)["why"] for one in refusals(house)] == ["a second answer"]
    journey = left.relay.partition(".")[0]
    with house.core.database.read() as tx:
        kept = house.core.journeys.aside(tx, journey, KIND, "state", left.relay)
    backs = [one.headers["Location"] for one in sent]
    tickets = [parse_qs(urlsplit(one).query)[TICKET][0] for one in backs]
    [first] = [one for one in (0, 1) if is_brought(house.core.lookup, kept, tickets[one])]
    browser.get(backs[first])
    [proved] = house.events("login.proved")
    assert proved.account == house.cast[("medecin", "infirmiere")[first]].id


def test_br_003_not_for_long(house, clock):
    browser = arrive(house)
    left = read_way(leave_for(browser, KIND))
    back = post(house, left, answer_to(house, left)).headers["Location"]
    clock.pass_by(601)
    browser.get(back)
    assert nobody_is_in(house)
    assert told(house)[0] == "expired"
    assert browser.page.select_one("#form-error") is not None


def test_br_003_whoever_comes_back_without_an_answer_is_nobody(house):
    browser = arrive(house)
    left = read_way(leave_for(browser, KIND))
    browser.get(f"/upstream/idp/{ALIAS}?state={left.relay}")
    assert nobody_is_in(house)
    assert told(house)[0] == "malformed"
    assert browser.page.select_one("#form-error") is not None


def test_br_004_an_answer_is_posted_to_the_address_of_whom_it_was_asked(house):
    keep(house, saml_provider(alias="autre", issuer="https://other.example/saml"))
    browser = arrive(house)
    left = read_way(leave_for(browser, KIND))
    sent = post(house, left, answer_to(house, left), alias="autre")
    browser.get(sent.headers["Location"])
    assert nobody_is_in(house)
    assert [one.means for one in refusals(house)] == ["idp:autre"]
    # Nor is one of whoever does not speak it, or is not there.
    for alias in ("nobody", "A", "chu/other"):
        assert post(house, left, answer_to(house, left), alias=alias).status_code == 404
    back = post(house, left, answer_to(house, left)).headers["Location"]
    assert is_in(house, browser, browser.get(back))


@pytest.mark.parametrize(
    "fields",
    [
        {"RelayState": ""},
        {"RelayState": "x" * 129},
        {"RelayState": "a\nb"},
        {"SAMLResponse": ""},
        {"SAMLResponse": "x" * 70_000},
    ],
    ids=["no state", "long state", "odd state", "no answer", "huge answer"],
)
def test_br_016_what_is_no_answer_to_a_login_is_told_so(house, fields):
    browser = arrive(house)
    left = read_way(leave_for(browser, KIND))
    sent = post(house, left, answer_to(house, left), **fields)
    assert sent.status_code in {400, 413}
    assert 'data-error="request-unreadable"' in sent.get_data(as_text=True)
    assert len(refusals(house)) == 1
    # And the one that they are waiting for still counts.
    back = post(house, left, answer_to(house, left)).headers["Location"]
    assert is_in(house, browser, browser.get(back))


def test_br_016_an_answer_to_no_login_of_ours_leads_to_a_page_that_says_so(house):
    browser = arrive(house)
    left = read_way(leave_for(browser, KIND))
    for relay in ("nothing", f"{left.relay}x", f"nothing.{left.relay}", "../../admin"):
        sent = post(house, left, answer_to(house, left), RelayState=relay)
        assert sent.headers["Location"].partition("?")[0].endswith(f"/upstream/idp/{ALIAS}")
    assert len(refusals(house)) == 4
    stranger = house.browser()
    stranger.get(sent.headers["Location"])
    assert stranger.problem == "journey-unknown"


WRONG = {
    "another key": {"by": "saml evil"},
    "another request": {"request": "_another"},
    "another issuer": {"issuer": "https://evil.example/saml"},
    "another audience": {"audience": "<saml:Audience>https://sp.example</saml:Audience>"},
    "another address": {"recipient": "https://sp.example/acs"},
    "of one login": {"format": TRANSIENT},
    "nobody": {"name": ""},
    "too long": {"name": "x" * 256},
}


@pytest.mark.parametrize("row", WRONG)
def test_sm_050_nobody_is_logged_in_by_an_answer_that_does_not_hold(house, row):
    browser = arrive(house)
    come_back(house, browser, leave_for(browser, KIND), **{"who": DOCTOR, **_changes(row)})
    assert nobody_is_in(house)
    assert told(house)[0] == "not-believed"
    assert browser.page.select_one("#form-error") is not None
    assert is_in(house, browser, come_back(house, browser, leave_for(browser, KIND)))


@pytest.mark.parametrize("row", WRONG)
def test_sm_050_nothing_is_linked_by_an_answer_that_does_not_hold(house, row):
    nurse = owner(house, "infirmiere")
    come_back(house, nurse, leave_to_link(nurse), **{"who": NURSE, **_changes(row)})
    assert links_of(house, "infirmiere") == []
    assert nurse.last.request.path == "/account/providers"
    assert nurse.page.select_one("#form-error") is not None


def _changes(row):
    # The name of the person is an argument of its own.
    changes = dict(WRONG[row])
    if "name" in changes:
        changes["who"] = changes.pop("name")
    return changes


def test_br_010_a_name_of_another_kind_is_somebody_else(house):
    browser = arrive(house)
    for changes in (
        {"format": EMAIL},
        {"named": 'NameQualifier="https://other.example"'},
    ):
        come_back(house, browser, leave_for(browser, KIND), **changes)
        assert nobody_is_in(house)
        assert told(house)[0] == "not-linked"
    # Whoever leaves the qualifier out means themselves (SAML Core §8.3.7).
    named = f'NameQualifier="{saml_provider().issuer}"'
    answer = come_back(house, browser, leave_for(browser, KIND), named=named)
    assert is_in(house, browser, answer)


def test_br_010_an_attribute_of_several_values_says_nothing(house):
    keep(house, saml_provider(finding="number", national_id="rpps"))
    number = house.cast["infirmiere"].person.national_id
    value = f"<saml:AttributeValue>{number}</saml:AttributeValue>"
    two = f'<saml:Attribute Name="rpps">{value}{value}</saml:Attribute>'
    browser = arrive(house)
    come_back(house, browser, leave_for(browser, KIND), NURSE, attributes=two)
    assert nobody_is_in(house)
    assert told(house)[0] == "not-linked"


def test_br_010_a_number_that_is_not_trusted_finds_nobody(house):
    keep(house, saml_provider(national_id="rpps"))
    number = house.cast["infirmiere"].person.national_id
    one = f'<saml:Attribute Name="rpps"><saml:AttributeValue>{number}</saml:AttributeValue>\
</saml:Attribute>'
    browser = arrive(house)
    come_back(house, browser, leave_for(browser, KIND), NURSE, attributes=one)
    assert nobody_is_in(house)
    assert told(house)[0] == "not-linked"


def test_br_011_what_somebody_proved_there_is_linked_for_them_alone(house):
    browser = owner(house, "infirmiere")
    left = read_way(leave_to_link(browser))
    back = post(house, left, answer_to(house, left, NURSE)).headers["Location"]
    browser.get("/logout")
    browser.submit("/logout")
    browser.get("/login")
    browser.log_in("medecin")
    browser.get(back)
    assert links_of(house, "infirmiere") == []
    assert len(links_of(house, "medecin")) == 1
    assert not house.events("provider.linked")


def test_br_011_an_old_login_there_links_nothing(house):
    nurse = owner(house, "infirmiere")
    at = moment(house.core.clock.now() - 3600)
    come_back(house, nurse, leave_to_link(nurse), NURSE, at=at)
    assert links_of(house, "infirmiere") == []


@pytest.mark.parametrize(
    "change",
    [{"enabled": False}, {"link_only": True}, {"name_fr": "autrement"}],
    ids=["closed", "links alone", "changed"],
)
@pytest.mark.parametrize("when", ["before it is posted", "before they come back"])
def test_br_012_what_closes_while_somebody_is_there_opens_nothing(house, change, when):
    browser = arrive(house)
    left = read_way(leave_for(browser, KIND))
    document = answer_to(house, left)
    if when == "before it is posted":
        keep(house, saml_provider(**change))
    back = post(house, left, document).headers["Location"]
    if when == "before they come back":
        keep(house, saml_provider(**change))
    browser.get(back)
    assert nobody_is_in(house)
    assert told(house)[0] == "closed"


def test_br_012_a_closed_one_links_nothing(house):
    nurse = owner(house, "infirmiere")
    url = leave_to_link(nurse)
    keep(house, saml_provider(enabled=False))
    come_back(house, nurse, url, NURSE)
    assert links_of(house, "infirmiere") == []


def test_br_013_a_link_opens_no_more_than_its_owner_had_proved(house):
    keep(house, saml_provider(levels={CLASS: 3}))
    browser = arrive(house)
    assert is_in(house, browser, come_back(house, browser, leave_for(browser, KIND)))
    assert [one.level for one in house.events("login.proved")] == [2]


def test_br_011_of_two_who_link_one_name_at_once_one_does(house):
    reader = AttributesReader(saml_provider().issuer, Introducing(ALIAS, 1, Names(), {}))
    peer = reader.read(Asserted(NURSE, "kind")).who.peer

    def make(who):
        account = house.cast[who].id
        with house.core.database.write() as tx:
            return house.provider.services.peers.link(
                tx, account, "session", Level.TWO_FACTORS, peer, HERE
            )

    done = at_once(make, ["infirmiere", "patient"])
    assert sorted(isinstance(one, Linked) for one in done) == [False, True]
    assert [one for one in done if not isinstance(one, Linked)] == [Reason.CONFLICT]


def test_br_004_an_errand_takes_the_answer_of_whom_it_was_asked_and_one(house):
    """Whoever left for something else than to log in comes back the same way."""
    core, errand = house.core, Errand(KIND, "trial", "whoever", "browser")
    keep(house, saml_provider(alias="autre", issuer="https://other.example/saml"))
    connector = house.provider.services.connectors[KIND]

    def left():
        sent = connector.resume(Attempt(errand.name, None, ""), Evidence())
        with core.database.write() as tx:
            core.errands.begin(tx, errand, sent.state["state"], sent.state)
        return read_way(sent.url)

    def judged(going):
        with core.database.write() as tx:
            kept = core.errands.take(tx, errand, going.relay)
        attempt = Attempt(errand.name, None, "", state=kept)
        return connector.resume(attempt, Evidence(query={"state": going.relay}))

    going = left()
    assert post(house, going, answer_to(house, going)).status_code == 303
    assert post(house, going, answer_to(house, going, NURSE)).status_code == 303
    done = judged(going)
    assert isinstance(done, Verified)
    assert DOCTOR in done.identity.subject
    # What came by another one's address is no answer of this one, and takes no answer's place.
    going = left()
    post(house, going, answer_to(house, going, NURSE), alias="autre")
    assert [one.means for one in refusals(house)] == [KIND, "idp:autre"]
    post(house, going, answer_to(house, going))
    assert len(refusals(house)) == 2
    done = judged(going)
    assert isinstance(done, Verified)
    assert DOCTOR in done.identity.subject
    going = left()
    post(house, going, answer_to(house, going), alias="autre")
    assert judged(going) == Refused(Reason.MALFORMED, "answer: none was posted")
    going = left()
    post(house, going, answer_to(house, going), RelayState=f"{going.relay}x")
    assert len(refusals(house)) == 4


def test_its_own_metadata_is_there_for_whoever_registers_it(house):
    found = house.browser().request("GET", f"/upstream/saml/{ALIAS}/metadata")
    assert found.status_code == 200
    assert found.content_type == "application/samlmetadata+xml"
    assert f"/upstream/saml/{ALIAS}".encode() in found.data
    assert house.browser().request("POST", f"/upstream/saml/{ALIAS}/metadata").status_code == 405
    assert house.browser().request("GET", f"/upstream/saml/{ALIAS}").status_code == 405
    assert house.browser().request("GET", "/upstream/saml/nobody/metadata").status_code == 404
