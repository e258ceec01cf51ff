# SPDX-License-Identifier: Apache-2.0
"""Launches: from an establishment's software straight into an application, in context."""

import json
from copy import copy

import pytest
from joserfc.jwk import ECKey
from sqlalchemy import text

from connectors.base import Level
from idp.accounts import service as accounts
from idp.credentials import devices
from relying_parties.hospital.app import PATIENTS
from relying_parties.hospital.launches import Person, Signer
from tests import cast
from tests.cast import PEOPLE
from tests.launching import APPLICATIONS, HOSPITAL, PATIENT, Software, handed, register, tokens_of
from tests.races import at_once
from tests.world import ISSUER, Browser, open_world


@pytest.fixture
def here(database_url, monkeypatch):
    for key, document in APPLICATIONS.items():
        monkeypatch.setitem(cast.APPLICATIONS, key, document)
    opened = open_world(database_url)
    register(opened.core)
    yield opened
    opened.close()


@pytest.fixture
def software(here):
    found = Software(here)
    found.register()
    return found


def test_a_pushed_launch_opens_the_application_in_context(here, software):
    browser = here.browser()
    answer = browser.get(software.pushed())
    assert handed(answer)["iss"] == ISSUER
    told = tokens_of(here, browser, answer)
    assert told["launch_context"] == {
        "source": {
            "iss": software.issuer,
            "name": "Hôpital Manager",
            "establishment": HOSPITAL,
        },
        "patient": PATIENT,
    }
    [proved] = here.events("login.proved")
    assert (proved.means, proved.level, proved.account) == ("launch", 2, here.cast["medecin"].id)
    kinds = [one.kind for one in here.events() if one.kind.startswith("launch.")]
    assert kinds == ["launch.received", "launch.handed", "launch.told"]


def test_a_form_of_the_browser_opens_it_as_well(here, software):
    browser = here.browser()
    answer = browser.post("/launch", {"launch": software.token()})
    assert tokens_of(here, browser, answer)["launch_context"]["patient"] == PATIENT


def test_whoever_launches_without_a_file_is_told_of_none(here, software):
    browser = here.browser()
    answer = browser.get(software.pushed(patient=None))
    assert "patient" not in tokens_of(here, browser, answer)["launch_context"]


def test_an_application_that_takes_no_context_is_entered_at_its_home(here, software):
    browser = here.browser()
    answer = browser.get(software.pushed(application="homely", patient=None))
    assert answer.headers["Location"] == "https://homely.example/"
    client = here.client("homely")
    assert "code" in client.answered(client.ask(browser))


def test_the_person_who_is_there_already_is_asked_nothing(here, software):
    browser = here.browser()
    here.client("plain").code_for(browser)
    answer = browser.get(software.pushed())
    assert tokens_of(here, browser, answer)["launch_context"]["patient"] == PATIENT
    assert not here.events("session.ended")


def test_somebody_else_is_asked_first_and_nothing_is_taken(here, software):
    browser = here.browser()
    here.client("plain").code_for(browser, "infirmiere")
    browser.get(software.pushed())
    assert browser.page.find(id="launch-question") is not None
    assert browser.page.find(id="launch-named").text == "Claire Durand"
    assert not [one for one in here.events("login.proved") if one.means == "launch"]
    # Shown again it says the same, and the application is still theirs who were there.
    again = browser.get(browser.last.request.path)
    assert again.status_code == 200
    answer = browser.submit("/launch")
    assert tokens_of(here, browser, answer)["launch_context"]["patient"] == PATIENT
    assert [one.account for one in here.events("login.proved")][-1] == here.cast["medecin"].id


def test_somebody_else_who_leaves_all_as_it_is_stays_logged_in(here, software):
    browser = here.browser()
    here.client("plain").code_for(browser, "infirmiere")
    browser.get(software.pushed())
    browser.submit("/cancel")
    assert not [one for one in here.events("login.proved") if one.means == "launch"]
    client = here.client("file")
    client.redeem(client.answered(client.ask(browser))["code"])
    assert here.events("login.admitted")[-1].account == here.cast["infirmiere"].id


def test_somebody_new_gets_an_account_where_the_application_wishes_it(here, software):
    browser = here.browser()
    newcomer = {"sub": "899700000001", "given_name": "Noé", "family_name": "ALISIER"}
    answer = browser.get(software.pushed(application="filemaker", **newcomer))
    assert tokens_of(here, browser, answer, "filemaker")["launch_context"]["patient"] == PATIENT
    with here.core.database.read() as tx:
        account = accounts.load(tx, accounts.by_national_id(tx, "899700000001"))
    assert (account.person.first_name, account.person.last_name) == ("Noé", "Alisier")


def test_somebody_new_is_told_that_there_is_no_account(here, software):
    browser = here.browser()
    browser.get(software.pushed(sub="899700000002"))
    assert browser.page.find(id="form-error") is not None
    assert browser.page.find(href="/registration") is not None
    assert not here.events("login.proved")


def test_what_the_establishment_is_not_trusted_for_is_asked_of_the_person(here, software):
    software.register(level=Level.PASSWORD, applications=("file", "lifted"))
    with here.core.database.write() as tx:
        document = APPLICATIONS["file"] | {"key": "lifted"}
        policy = {"means": ["password", "totp", "launch"], "level": 2, "consent": False}
        here.core.applications.register(tx, document | {"policy": policy})
    browser = here.browser()
    answer = browser.get(software.pushed(application="lifted"))
    assert answer.status_code == 200
    assert "Location" not in answer.headers
    assert not here.events("launch.handed")
    [proved] = here.events("login.proved")
    assert proved.level == 1


def test_cr_002_a_launch_makes_no_browser_known(here, software):
    claire = here.cast["medecin"].id
    here.client("plain").code_for(here.browser())
    elsewhere = here.browser()
    for _ in range(3):
        here.clock.pass_by(1)
        handed(elsewhere.get(software.pushed()))
    device = here.core.lookup.hash(elsewhere.cookie("device"))
    with here.core.database.read() as tx:
        assert not devices.is_known(tx, claire, device)
        # Its owner was told of this browser, and not at each launch.
        told = tx.execute(text("SELECT id FROM messages WHERE purpose = 'new-device'")).all()
    assert len(told) == 1
    with here.core.database.write() as tx:
        devices.forget_others(tx, claire, None)
        assert devices.is_new(tx, claire, device)


def test_a_second_software_ends_nothing_that_the_first_one_opened(here, software):
    second = Software(here, issuer="https://other-hm.example")
    software.register(applications=("file",))
    second.register(key="other", applications=("filemaker",))
    browser, client = here.browser(), here.client("file")
    told = tokens_of(here, browser, browser.get(software.pushed()))
    handed(browser.get(second.pushed(application="filemaker")), "filemaker")
    assert client.refresh(told["refresh_token"]).status == 200
    assert "code" in client.answered(client.ask(browser))


def test_the_means_is_not_among_those_that_a_page_offers(here, software):
    browser = here.browser()
    here.client("file").ask(browser)
    assert "means=launch" not in browser.last.text
    assert browser.page.find(id="begins-elsewhere") is None


def test_br_003_of_many_who_send_it_at_once_one_is_taken(here, software):
    token = software.token()
    answers = at_once(lambda _: software.push(token).status_code, range(6))
    assert sorted(answers) == [201] + [400] * 5


def test_br_003_of_many_who_open_it_at_once_one_is_in(here, software):
    address = software.pushed()
    browsers = [here.browser() for _ in range(4)]
    at_once(lambda browser: browser.get(address), browsers)
    assert sum(bool(one.cookie("session")) for one in browsers) == 1
    assert len(here.events("login.proved")) == 1


def test_br_003_of_many_who_answer_the_question_at_once_one_takes_it(here, software):
    browser = here.browser()
    here.client("plain").code_for(browser, "infirmiere")
    browser.get(software.pushed())
    url, fields = browser.form("/launch")
    launched = [one for one in here.events("login.proved") if one.means == "launch"]
    assert not launched
    at_once(lambda _: Browser.post(copy(browser), url, fields), range(3))
    launched = [one for one in here.events("login.proved") if one.means == "launch"]
    assert len(launched) == 1


def test_br_003_a_context_is_told_once_to_whoever_is_first(here, software):
    browser = here.browser()
    handle = handed(browser.get(software.pushed()))["launch"]
    client = here.client("file")
    codes = [client.answered(client.ask(browser, launch=handle))["code"] for _ in range(3)]
    told = at_once(lambda code: client.redeem(code).json, codes)
    assert sum("launch_context" in one for one in told) == 1


def test_what_is_over_is_forgotten(here, software):
    software.pushed()
    browser = here.browser()
    handed(browser.get(software.pushed()))
    here.clock.pass_by(1000)
    here.provider.background()._chores.do()
    with here.core.database.read() as tx:
        assert tx.execute(text("SELECT count(*) FROM launches")).scalar() == 0


def test_the_sample_software_makes_launches_that_are_taken(here, software):
    key = ECKey.generate_key("P-256", {"kid": "sample"})
    signer = Signer(software.issuer, ISSUER, "file", key)
    software.register(jwks=json.dumps(signer.published()))
    person = PEOPLE["medecin"]
    at_work = Person(person.national_id, person.first_name, person.last_name)
    token = signer.sign(at_work, PATIENTS[0], here.clock.now())
    assert software.push(token).status_code == 201
    assert software.push(signer.sign(at_work, None, here.clock.now())).status_code == 201
    assert "d" not in signer.published()["keys"][0]
