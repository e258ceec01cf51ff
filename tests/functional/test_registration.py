# SPDX-License-Identifier: Apache-2.0
"""A professional asks for an account, in four steps."""

from dataclasses import replace

import pytest

from idp.chores import Chores
from idp.registration.details import NEEDED
from idp.registration.values import Stage
from tests.cast import PEOPLE, application
from tests.outbox import waiting
from tests.registration_kit import EMAIL, NUMBER, Applicant, faults_of, link_of

KNOWN = PEOPLE["medecin"].email


def test_the_four_steps_without_a_card(world):
    applicant = Applicant(world.browser())
    browser = applicant.browser
    applicant.begin()
    assert browser.last.request.path == "/registration/card"
    assert "2007-960" in browser.page.get_text()
    applicant.say_no_card()
    assert browser.last.request.path == "/registration/details"
    applicant.fill()
    assert browser.last.request.path == "/registration/wishes", faults_of(browser)
    applicant.wish(community=["onco-centre"], service=["Messagerie sécurisée"])
    assert browser.last.request.path == "/registration/summary"
    shown = browser.page.get_text()
    for text in ("Élodie", "Lefèvre", "29/02/1980", "2 boulevard Tonnellé", "Médecin", EMAIL):
        assert text in shown
    applicant.finish()
    assert browser.last.request.path == "/registration/status"
    assert applicant.request.stage is Stage.UNCONFIRMED
    applicant.confirm()
    request = applicant.request
    assert request.stage is Stage.PENDING
    assert request.national_id == f"8{NUMBER}"
    details = request.content.details
    assert (details.phone, details.mobile) == ("+33247474747", "+33639980102")
    assert details.birth_date == "1980-02-29"
    assert request.content.wishes.communities == ("onco-centre",)
    assert request.content.wishes.services == ("Messagerie sécurisée",)
    kinds = [one.kind for one in world.events() if one.kind.startswith("registration.")]
    assert kinds == ["registration.begun", "registration.sent", "registration.confirmed"]
    with world.core.database.read() as tx:
        history = world.core.registration.store.history(tx, request.id)
    assert [one.what for one in history] == ["sent", "confirmed"]


def test_the_terms_must_be_accepted(sqlite_world):
    browser = sqlite_world.browser()
    browser.get("/registration")
    browser.submit("/registration", terms="")
    assert browser.last.status_code == 422
    assert faults_of(browser) == {"terms"}
    assert not browser.cookie("registration")


def test_the_version_of_the_terms_is_recorded(sqlite_world):
    applicant = Applicant(sqlite_world.browser())
    applicant.begin()
    request = applicant.request
    assert request.terms_at == sqlite_world.clock.now()
    (event,) = sqlite_world.events("registration.begun")
    assert request.terms_version
    assert request.terms_version in event.detail


def test_every_needed_field_is_told_beside_itself_and_in_the_summary(sqlite_world):
    applicant = Applicant(sqlite_world.browser())
    applicant.begin()
    applicant.say_no_card()
    browser = applicant.browser
    needed = list(NEEDED)
    applicant.fill(**dict.fromkeys([*needed, "email_again"], ""))
    assert browser.last.status_code == 422
    assert faults_of(browser) == set(needed)
    linked = {one["href"] for one in browser.page.select(".registration-faults a")}
    assert linked == {f"#{name}" for name in needed}
    for name in needed:
        assert browser.page.find(id=name)["aria-invalid"] == "true"


@pytest.mark.parametrize(
    ("name", "typed"),
    [
        ("number", "10003456787"),
        ("number", "1234"),
        ("profession", "made-up"),
        ("post_code", "3700"),
        ("phone", "12"),
        ("email", "nobody"),
        ("email_again", "elodie.lefebvre@chu.example"),
        ("birth_date", "31/02/1980"),
        ("birth_date", "01/01/2040"),
        ("establishment", "999999999"),
        ("last_name", "123"),
        ("last_name", "x" * 200),
        ("first_name", "É\u202elodie"),
    ],
)
def test_what_is_wrong_is_told_and_nothing_typed_is_lost(sqlite_world, name, typed):
    applicant = Applicant(sqlite_world.browser())
    applicant.begin()
    applicant.say_no_card()
    applicant.fill(**{name: typed})
    assert applicant.browser.last.status_code == 422
    assert faults_of(applicant.browser) == {name}
    # Also for whoever comes back another time.
    applicant.browser.get("/registration/details")
    assert applicant.browser.page.find(id="street")["value"] == "2 boulevard Tonnellé"
    # And the next step stays shut.
    applicant.browser.get("/registration/wishes")
    assert applicant.browser.last.request.path == "/registration/details"


def test_going_back_and_forth_loses_nothing(sqlite_world):
    applicant = Applicant(sqlite_world.browser()).steps()
    applicant.wish(community=["onco-centre"])
    browser = applicant.browser
    for path in ("card", "details", "wishes"):
        browser.get(f"/registration/{path}")
        assert browser.last.request.path == f"/registration/{path}"
    assert browser.page.find("input", value="onco-centre").has_attr("checked")
    applicant.fill(city="Orléans")
    browser.get("/registration/summary")
    assert browser.last.request.path == "/registration/summary"
    assert "Orléans" in browser.page.get_text()


def test_the_national_identifier_is_never_shown_to_have_an_account(sqlite_world):
    """CR-030: the page is the same; the letter to the mailbox tells the truth."""
    pages = []
    for email in ("new@chu.example", KNOWN):
        applicant = Applicant(sqlite_world.browser())
        applicant.send(email=email, email_again=email)
        pages.append(applicant.browser.page.find("main").get_text().replace(email, "…"))
    assert pages[0] == pages[1]
    sent = {one.recipient: one.purpose for one in waiting(sqlite_world)}
    assert sent["new@chu.example"] == "registration-confirm"
    assert sent[KNOWN] == "registration-known"


def test_a_returned_request_is_corrected_without_another_confirmation(sqlite_world):
    applicant = Applicant(sqlite_world.browser())
    applicant.send()
    applicant.confirm()
    _return(sqlite_world, applicant)
    browser = applicant.browser
    browser.get("/registration/status")
    assert "Votre diplôme, s’il vous plaît." in browser.page.get_text()
    applicant.fill(city="Blois")
    applicant.wish()
    applicant.finish()
    assert applicant.request.stage is Stage.PENDING
    assert len(waiting(sqlite_world, "registration-confirm")) == 1


def test_a_returned_request_with_another_address_is_confirmed_anew(sqlite_world):
    applicant = Applicant(sqlite_world.browser())
    applicant.send()
    applicant.confirm()
    _return(sqlite_world, applicant)
    applicant.fill(email="e.lefevre@chu.example", email_again="e.lefevre@chu.example")
    applicant.wish()
    applicant.finish()
    assert applicant.request.stage is Stage.UNCONFIRMED
    # Not even by a detour over the form.
    browser = applicant.browser
    browser.submit("/registration/status/correct")
    browser.get("/registration/details")
    applicant.finish()
    assert applicant.request.stage is Stage.UNCONFIRMED


def _return(world, applicant):
    store, request = world.core.registration.store, applicant.request
    with world.core.database.write() as tx:
        back = replace(request, stage=Stage.RETURNED, answer="Votre diplôme, s’il vous plaît.")
        assert store.change(tx, back)


def test_a_mistyped_address_is_corrected_and_its_link_is_void(sqlite_world):
    applicant = Applicant(sqlite_world.browser())
    applicant.send()
    old = link_of(sqlite_world, "registration-confirm")
    applicant.browser.submit("/registration/status/correct")
    applicant.fill(email="e.lefevre@chu.example", email_again="e.lefevre@chu.example")
    applicant.wish()
    applicant.finish()
    stranger = sqlite_world.browser()
    stranger.get(old)
    assert stranger.problem == "registration-link-over"
    assert applicant.request.stage is Stage.UNCONFIRMED


def test_going_on_later_on_another_device(world):
    applicant = Applicant(world.browser())
    applicant.begin()
    applicant.say_no_card()
    applicant.fill()
    applicant.browser.submit("/registration/later")
    assert not applicant.browser.cookie("registration")
    phone = world.browser("198.51.100.20")
    phone.get(link_of(world, "registration-resume"))
    assert phone.last.request.path == "/registration/resume"
    phone.submit("/registration/resume")
    assert phone.last.request.path == "/registration/wishes"
    phone.get("/registration/details")
    assert phone.page.find(id="street")["value"] == "2 boulevard Tonnellé"
    # Once, and in that browser alone.
    other = world.browser()
    other.get(link_of(world, "registration-resume"))
    assert other.problem == "registration-link-over"


def test_a_lost_session_is_found_again_by_e_mail(sqlite_world):
    applicant = Applicant(sqlite_world.browser())
    applicant.begin()
    applicant.say_no_card()
    applicant.fill(street="")
    sqlite_world.clock.pass_by(7200)
    other = sqlite_world.browser()
    other.get("/registration/details")
    assert other.problem == "registration-lost"
    other.get("/registration/back")
    other.submit("/registration/back", email=EMAIL.upper())
    other.get(link_of(sqlite_world, "registration-resume"))
    other.submit("/registration/resume")
    assert other.page.find(id="city")["value"] == "Tours"
    # Whoever held it before does no more.
    assert applicant.held() is None


def test_a_form_made_before_the_last_change_is_shown_again_with_what_was_typed(sqlite_world):
    applicant = Applicant(sqlite_world.browser())
    applicant.begin()
    applicant.say_no_card()
    applicant.fill()
    browser = applicant.browser
    browser.get("/registration/details")
    url, fields = browser.form("/registration/details")
    applicant.post_details(city="Blois")
    old = {"csrf": fields["csrf"], "version": fields["version"]}
    browser.post(url, old | applicant.typed | {"city": "Chinon"})
    assert browser.last.status_code == 409
    assert browser.page.find(id="city")["value"] == "Chinon"
    assert applicant.request.content.details.city == "Blois"
    applicant.post_details(city="Chinon")
    assert applicant.request.content.details.city == "Chinon"


def test_the_same_form_twice_is_one_answer(sqlite_world):
    applicant = Applicant(sqlite_world.browser())
    applicant.begin()
    applicant.say_no_card()
    browser = applicant.browser
    url, fields = browser.form("/registration/details")
    sent = {"csrf": fields["csrf"], "version": fields["version"]} | applicant.typed
    for _press in range(2):
        browser.post(url, sent)
        assert browser.last.request.path == "/registration/wishes"
    applicant.wish()
    form = browser.page.find("form", action="/registration/summary")
    fields = {one["name"]: one.get("value", "") for one in form.find_all("input")}
    fields["answer"] = applicant.letters()
    for _press in range(2):
        browser.post("/registration/summary", fields)
        assert browser.last.request.path == "/registration/status"
    assert len(waiting(sqlite_world, "registration-confirm")) == 1


def test_giving_up_leaves_nothing(world):
    applicant = Applicant(world.browser())
    applicant.send()
    name = applicant.request.id
    applicant.browser.get("/registration/withdraw")
    applicant.browser.submit("/registration/withdraw")
    assert applicant.browser.last.request.path == "/registration/gone"
    with world.core.database.read() as tx:
        left = world.core.registration.store.load(tx, name)
    assert left is not None
    assert left.stage is Stage.ABANDONED
    assert left.content.details.last_name == ""
    assert left.national_id == ""
    other = world.browser()
    other.get(link_of(world, "registration-confirm"))
    assert other.problem == "registration-link-over"


def test_what_nobody_goes_on_with_is_dropped(world):
    applicant = Applicant(world.browser()).steps()
    name = applicant.request.id
    sent = Applicant(world.browser())
    sent.send(email="other@chu.example", email_again="other@chu.example")
    world.clock.pass_by(world.core.settings.registration.draft_life + 600)
    assert applicant.held() is None
    Chores(world.core).do()
    with world.core.database.read() as tx:
        assert world.core.registration.store.load(tx, name) is None


def test_the_receipt_shows_where_it_stands_and_nothing_that_was_typed(sqlite_world):
    applicant = Applicant(sqlite_world.browser())
    applicant.send()
    applicant.confirm()
    other = sqlite_world.browser()
    other.get(link_of(sqlite_world, "registration-received"))
    assert other.last.status_code == 200
    shown = other.page.find("main").get_text()
    assert "Lefèvre" not in shown
    assert EMAIL not in shown
    assert not other.page.find("main").find_all("form")


@pytest.fixture
def offering(sqlite_world):
    """Two applications that may be asked for, of which one needs its people to be found."""
    offered = {"registration": {"offered": True}}
    with sqlite_world.core.database.write() as tx:
        register = sqlite_world.core.applications.register
        register(tx, application("agenda", policy={"directory": "visible"}) | offered)
        register(tx, application("library") | offered)
    return sqlite_world


def test_hidden_and_an_application_that_must_find_its_people_do_not_go_together(offering):
    applicant = Applicant(offering.browser())
    applicant.begin()
    applicant.say_no_card()
    applicant.fill(visibility="hidden")
    browser = applicant.browser
    boxes = {one["value"] for one in browser.page.find_all("input", attrs={"name": "application"})}
    assert boxes == {"agenda", "library"}
    assert browser.page.find("input", value="agenda").has_attr("aria-describedby")
    assert not browser.page.find("input", value="library").has_attr("aria-describedby")
    applicant.wish(application=["agenda", "library"])
    assert browser.last.status_code == 422
    # Nothing is unticked for anybody.
    assert browser.page.find("input", value="agenda").has_attr("checked")
    browser.get("/registration/summary")
    assert browser.last.request.path == "/registration/wishes"
    applicant.wish(application=["library"])
    assert browser.last.request.path == "/registration/summary"


def test_the_rule_holds_for_whoever_hides_afterwards(offering):
    applicant = Applicant(offering.browser())
    applicant.begin()
    applicant.say_no_card()
    applicant.fill()
    applicant.wish(application=["agenda"])
    applicant.fill(visibility="hidden")
    applicant.finish()
    assert applicant.browser.last.request.path == "/registration/wishes"
    assert applicant.request.stage is Stage.DRAFT


def test_later_is_offered_once_there_is_an_address(sqlite_world):
    applicant = Applicant(sqlite_world.browser())
    applicant.begin()
    browser = applicant.browser
    assert not browser.page.find("form", action="/registration/later")
    _url, fields = browser.form("/registration/card")
    browser.post("/registration/later", {"csrf": fields["csrf"]})
    # Without a way back the request stays open here.
    assert applicant.held() is not None
    applicant.say_no_card()
    applicant.fill(street="")
    assert browser.page.find("form", action="/registration/later")
    for _each in range(3):
        browser.get("/registration/back")
        browser.submit("/registration/back", email=EMAIL)
    browser.get("/registration/details")
    browser.submit("/registration/later")
    assert browser.problem == "registration-too-often"
    assert applicant.held() is not None
