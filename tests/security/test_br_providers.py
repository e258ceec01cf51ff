# SPDX-License-Identifier: Apache-2.0
"""BR rows for a provider that an administrator added, where they differ from Pro Santé Connect."""

from typing import Any

import pytest

from connectors.base import Level, Reason
from connectors.capabilities import Peer
from connectors.openid.provider import Provider as Way
from idp.administration.roles import Held, Role
from idp.demo.sandbox.trouble import Trouble
from idp.login.peers import Linked
from idp.origin import Origin
from tests.prosante import known, leave_for
from tests.providers import ALIAS, KIND, added, arrive, keep, link
from tests.races import at_once
from tests.security.prosante_scene import nobody_is_in, told
from tests.security.provider_scene import DOCTOR, NURSE, leave_to_link, links_of, owner
from tests.security.troubles import DESCRIBED, TROUBLES, is_clear
from tests.world import World

HERE = Origin("192.0.2.10", "Firefox", "request")
# These say nothing to whoever goes by the subject alone, and lets a login there be of any age.
READ = {
    one: told
    for one, told in TROUBLES.items()
    if one not in {Trouble.NO_IDENTIFIER, Trouble.ODD_IDENTIFIER, Trouble.NOT_NOW}
}


@pytest.mark.parametrize("trouble", READ, ids=lambda one: one.value)
def test_br_006_nobody_is_logged_in_by_an_answer_that_does_not_hold(house, there, trouble):
    browser = arrive(house)
    url = leave_for(browser, KIND)
    there.choose(trouble)
    browser.get(there.log_in(url, DOCTOR))
    assert nobody_is_in(house)
    assert told(house) == READ[trouble]
    is_clear(browser)
    there.choose(Trouble.NONE)
    answer = browser.get(there.log_in(leave_for(browser, KIND), DOCTOR))
    assert "code" in house.client("linked").answered(answer)


@pytest.mark.parametrize("trouble", READ, ids=lambda one: one.value)
def test_br_006_nothing_is_linked_by_an_answer_that_does_not_hold(house, there, trouble):
    browser = owner(house, "infirmiere")
    url = leave_to_link(browser)
    there.choose(trouble)
    browser.get(there.log_in(url, NURSE))
    assert links_of(house, "infirmiere") == []
    assert browser.last.request.path == "/account/providers"
    assert browser.page.select_one("#form-error") is not None


@pytest.mark.parametrize("trouble", DESCRIBED, ids=lambda one: one.value)
def test_br_005_a_poisoned_description_sends_nobody_anywhere(house, there, trouble):
    there.choose(trouble)
    browser = arrive(house)
    assert leave_for(browser, KIND) == ""
    assert told(house) == DESCRIBED[trouble]
    nurse = owner(house, "infirmiere")
    leave_to_link(nurse)
    assert nurse.last.request.path == "/account/providers"
    assert nurse.page.select_one("#form-error") is not None


def test_br_001_an_answer_counts_in_the_browser_that_left_alone(house, there):
    mine, theirs = arrive(house), arrive(house)
    back = there.log_in(leave_for(mine, KIND), DOCTOR)
    theirs.get(back)
    assert theirs.problem == "journey-other-browser"
    assert nobody_is_in(house)
    assert "code" in house.client("linked").answered(mine.get(back))


def test_br_003_an_answer_counts_once_and_not_for_long(house, there, clock):
    browser = arrive(house)
    back = there.log_in(leave_for(browser, KIND), DOCTOR)
    browser.get(back)
    browser.get(back)
    assert len(house.events("login.proved")) == 1
    late = arrive(house)
    back = there.log_in(leave_for(late, KIND), DOCTOR)
    clock.pass_by(601)
    late.get(back)
    assert told(house)[0] == "expired"


@pytest.mark.parametrize("other", ["psc", KIND, "idp/other", "password"])
def test_br_004_an_answer_comes_back_to_the_address_of_whom_it_was_asked(house, there, other):
    browser = arrive(house)
    back = there.log_in(leave_for(browser, KIND), DOCTOR)
    browser.get(back.replace(f"/upstream/idp/{ALIAS}", f"/upstream/{other}"))
    assert nobody_is_in(house)
    assert "code" in house.client("linked").answered(browser.get(back))


def test_br_010_the_same_name_elsewhere_is_somebody_else(house, there):
    # The nurse's name there is linked, of another issuer.
    account = house.cast["infirmiere"].id
    peer = Peer(ALIAS, 1, "https://other.example", NURSE.subject)
    with house.core.database.write() as tx:
        refused = house.provider.services.peers.link(
            tx, account, "session", Level.TWO_FACTORS, peer, HERE
        )
    assert refused is Reason.CLOSED
    browser = arrive(house)
    browser.get(there.log_in(leave_for(browser, KIND), NURSE))
    assert told(house)[0] == "not-linked"


def test_br_010_an_e_mail_address_finds_nobody(house, there):
    nurse = known("infirmiere", more={"email": "claire.durand@chu.example", "email_verified": True})
    there.reader.person = nurse
    keep(house, added(there, email="email"))
    browser = arrive(house)
    browser.get(there.log_in(leave_for(browser, KIND), nurse))
    assert nobody_is_in(house)
    assert told(house)[0] == "not-linked"


def test_br_010_a_number_that_is_not_trusted_finds_nobody(house, there):
    # It tells one, and nobody said that it may.
    keep(house, added(there, national_id="SubjectNameID"))
    browser = arrive(house)
    browser.get(there.log_in(leave_for(browser, KIND), NURSE))
    assert nobody_is_in(house)
    assert told(house)[0] == "not-linked"


def test_br_010_a_name_and_a_number_of_two_people_open_neither(house, there):
    keep(house, added(there, finding="number", national_id="SubjectNameID"))
    link(house, there, "infirmiere", "f:another")
    with house.core.database.write() as tx:
        house.core.provider_links.drop(tx, house.cast["medecin"].id, ALIAS)
        house.core.provider_links.drop(tx, house.cast["infirmiere"].id, ALIAS)
    link(house, there, "infirmiere", DOCTOR.subject)
    browser = arrive(house)
    browser.get(there.log_in(leave_for(browser, KIND), DOCTOR))
    assert nobody_is_in(house)
    assert told(house)[0] == "conflict"
    assert len(house.events("arrival.conflict")) == 1


def test_br_011_what_somebody_proved_there_is_linked_for_them_alone(house, there):
    browser = owner(house, "infirmiere")
    back = there.log_in(leave_to_link(browser), NURSE)
    # Somebody else logs in in this browser before it comes back.
    browser.get("/logout")
    browser.submit("/logout")
    browser.get("/login")
    browser.log_in("medecin")
    browser.get(back)
    assert links_of(house, "infirmiere") == []
    assert links_of(house, "medecin") == [DOCTOR.subject]
    assert not house.events("provider.linked")


def test_br_011_nor_in_another_session_of_theirs_or_another_browser(house, there):
    browser = owner(house, "infirmiere")
    back = there.log_in(leave_to_link(browser), NURSE)
    other = owner(house, "infirmiere")
    other.get(back)
    assert other.problem == "journey-other-browser"
    browser.get("/logout")
    browser.submit("/logout")
    browser.get("/login")
    browser.log_in("infirmiere")
    browser.get(back)
    assert links_of(house, "infirmiere") == []


def test_br_011_it_is_linked_once_and_by_a_proof_of_now(house, there):
    browser = owner(house, "infirmiere")
    url = leave_to_link(browser)
    there.choose(Trouble.NOT_NOW)
    browser.get(there.log_in(url, NURSE))
    assert links_of(house, "infirmiere") == []
    there.choose(Trouble.NONE)
    browser.get("/account/providers/new")
    back = there.log_in(leave_to_link(browser), NURSE)
    browser.get(back)
    browser.get(back)
    assert links_of(house, "infirmiere") == [NURSE.subject]
    assert len(house.events("provider.linked")) == 1


def test_br_011_of_two_who_link_one_name_at_once_one_does(house, there):
    peer = Peer(ALIAS, 1, there.issuer, NURSE.subject)

    def make(who: str) -> Any:
        account = house.cast[who].id
        with house.core.database.write() as tx:
            return house.provider.services.peers.link(
                tx, account, "session", Level.TWO_FACTORS, peer, HERE
            )

    # The doctor has another name there already: the patient and the nurse have none.
    done = at_once(make, ["infirmiere", "patient"])
    assert sorted(isinstance(one, Linked) for one in done) == [False, True]
    assert [one for one in done if not isinstance(one, Linked)] == [Reason.CONFLICT]
    assert len(links_of(house, "infirmiere")) + len(links_of(house, "patient")) == 1


@pytest.mark.parametrize(
    "change",
    [{"enabled": False}, {"link_only": True}, {"name_fr": "autrement"}],
    ids=["closed", "links alone", "changed"],
)
def test_br_012_what_closes_while_somebody_is_there_opens_nothing(house, there, change):
    browser = arrive(house)
    back = there.log_in(leave_for(browser, KIND), DOCTOR)
    keep(house, added(there, **change))
    browser.get(back)
    assert nobody_is_in(house)
    assert told(house)[0] == "closed"


@pytest.mark.parametrize("change", [{"enabled": False}, {"link_only": True}])
def test_br_012_nor_on_a_node_that_has_not_looked_yet(house, there, beside, change):
    browser = arrive(beside)
    back = there.log_in(leave_for(browser, KIND), DOCTOR)
    keep(house, added(there, **change))
    browser.get(back)
    assert nobody_is_in(house)
    assert told(house)[0] == "closed"


def test_br_012_nor_where_it_closes_while_its_answer_is_judged(house, there, monkeypatch):
    browser = arrive(house)
    back = there.log_in(leave_for(browser, KIND), DOCTOR)
    who = Way.who

    def closing(self: Way, *given: Any) -> Any:
        found = who(self, *given)
        keep(house, added(there, enabled=False))
        return found

    monkeypatch.setattr(Way, "who", closing)
    browser.get(back)
    assert nobody_is_in(house)
    assert told(house)[0] == "closed"


def test_br_012_a_form_of_before_leads_nowhere(house, there):
    browser = arrive(house)
    shown = browser.page.select_one("form[action^='/login/']")
    journey = str(shown["action"]).split("/")[2].partition("?")[0]
    browser.get(f"/login/{journey}?means={KIND}")
    url, fields = browser.form(f"/{KIND}")
    keep(house, added(there, enabled=False))
    browser.post(url, fields)
    assert not browser.last.headers.get("Location", "").startswith(there.address)


def test_br_012_who_came_by_it_enters_nothing_more(house, there, clock):
    browser = arrive(house)
    answer = browser.get(there.log_in(leave_for(browser, KIND), DOCTOR))
    tokens = house.client("linked")
    assert "code" in tokens.answered(answer)
    keep(house, added(there, enabled=False))
    clock.pass_by(2)
    # At the next door they are asked to log in another way; at one that has none, refused.
    house.client("linked").ask(browser)
    assert browser.page.select_one("form[action*='/password']") is not None
    refused = house.client("alone").ask(browser)
    assert "code" not in str(refused.headers.get("Location", ""))
    keep(house, added(there))
    clock.pass_by(2)
    assert "code" in house.client("linked").answered(house.client("linked").ask(browser))


def test_br_012_the_gate_asks_again_where_this_node_has_not_looked(house, there, beside):
    browser = arrive(beside)
    browser.get(there.log_in(leave_for(browser, KIND), DOCTOR))
    keep(house, added(there, enabled=False))
    refused = beside.client("alone").ask(browser)
    assert "code=" not in str(refused.headers.get("Location", ""))


def test_br_012_what_it_opened_is_renewed_no_more(house, there, clock):
    """Nor by a password that lies beside: what would be told is what the provider said."""
    browser = arrive(house)
    browser.log_in("medecin")
    client = house.client("linked")
    client.ask(browser, prompt="login", scope="openid offline_access")
    answer = browser.get(there.log_in(leave_for(browser, KIND), DOCTOR))
    given = client.redeem(client.answered(answer)["code"]).json
    renewed = client.refresh(given["refresh_token"])
    assert renewed.status == 200
    keep(house, added(there, enabled=False))
    assert client.refresh(renewed.json["refresh_token"]).status == 400


def test_br_012_nor_are_the_pages_of_an_account_or_of_the_console(house, there, clock):
    office = house.provider.services.office
    with house.core.database.write() as tx:
        root = office.authorities.of_command(HERE)
        assert office.roles.give(tx, root, house.cast["medecin"].id, Held(Role.SUPER)) is True
    keep(house, added(there, levels={"eidas1": 2}))
    browser = arrive(house)
    browser.get(there.log_in(leave_for(browser, KIND), DOCTOR))
    for page in ("/account", "/admin"):
        assert browser.get(page).status_code == 200
        assert browser.last.request.path == page
    keep(house, added(there, levels={"eidas1": 2}, enabled=False))
    clock.pass_by(2)
    for page in ("/account", "/account/password", "/admin", "/admin/providers"):
        browser.get(page)
        assert browser.last.request.path.startswith("/login/"), page
    # Nobody opens it again who was let in by it alone.
    browser.post(f"/admin/providers/{ALIAS}/state", {"to": "open"})
    with house.core.database.read() as tx:
        assert not house.core.providers.load(tx, ALIAS).enabled


def test_br_012_a_closed_one_links_nothing(house, there):
    browser = owner(house, "infirmiere")
    back = there.log_in(leave_to_link(browser), NURSE)
    keep(house, added(there, enabled=False))
    browser.get(back)
    assert links_of(house, "infirmiere") == []


def test_br_013_a_word_that_is_not_in_the_table_is_worth_the_lowest(house, there):
    keep(house, added(there, levels={"eidas2": 3}))
    browser = arrive(house)
    answer = browser.get(there.log_in(leave_for(browser, KIND), DOCTOR))
    assert "code" in house.client("linked").answered(answer)
    [proved] = house.events("login.proved")
    assert proved.level == 1
    # And what asks for more is not opened by it.
    house.client("strong").ask(browser)
    assert browser.page.select_one(f"form[action$='{KIND}']") is not None


def test_br_013_whoever_comes_by_what_is_worth_too_little_is_told(house, there):
    keep(house, added(there, levels={"eidas2": 3}))
    browser = arrive(house, "strong")
    url = leave_for(browser, KIND)
    assert browser.page.select_one("#form-error") is None
    browser.get(there.log_in(url, DOCTOR))
    [proved] = house.events("login.proved")
    assert proved.level == 1
    # At an address without what they came with, and each time that it is looked at.
    assert browser.last.request.path.startswith("/login/")
    for _ in range(2):
        assert browser.page.select_one(f"form[action$='{KIND}'] #form-error") is not None
        browser.get(browser.last.request.path)
    # Another application has not been tried by it yet.
    house.client("strong").ask(browser)
    assert browser.page.select_one(f"form[action$='{KIND}']") is not None
    assert browser.page.select_one("#form-error") is None


def test_br_013_a_link_opens_no_more_than_its_owner_had_proved(house, there):
    keep(house, added(there, levels={"eidas1": 3}))
    browser = arrive(house)
    answer = browser.get(there.log_in(leave_for(browser, KIND), DOCTOR))
    assert "code" in house.client("linked").answered(answer)
    assert [one.level for one in house.events("login.proved")] == [2]
    nurse = owner(house, "infirmiere")
    nurse.get(there.log_in(leave_to_link(nurse), NURSE))
    with house.core.database.read() as tx:
        [made] = house.core.provider_links.of_account(tx, house.cast["infirmiere"].id)
    assert made.level == 2


def test_what_one_node_adds_another_offers(house, there, beside, clock):
    keep(house, added(there, name_fr="la clinique"))
    clock.pass_by(2)
    browser = arrive(beside)
    back = there.log_in(leave_for(browser, KIND), DOCTOR)
    answer = browser.get(back)
    assert "code" in beside.client("linked").answered(answer)


def test_wb_050_a_provider_that_somebody_wrote_into_the_database_is_none(house: World, there):
    with house.core.database.write() as tx:
        tx.exec_driver_sql("UPDATE providers SET version = version + 1")
    house.provider.services.added.look_again()
    assert not arrive(house).page.select("a[href*='means=idp']")
