# SPDX-License-Identifier: Apache-2.0
"""Step 1 of a registration: a card read by the workstation's agent, or shown by TLS."""

import base64
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from idp.door import open_door
from idp.registration.values import Stage
from tests import cast
from tests.card_kit import BEHIND_A_PROXY, CARD_ADDRESS, CardWorld
from tests.cards import APPLICATIONS, Desk, log_in_by_card, said_on, sign, statement_on
from tests.registration_kit import EMAIL, NUMBER, Applicant, faults_of, link_of
from tests.world import open_world, settings_for

FACTS = {"national_id": f"8{NUMBER}", "last_name": "LEFEVRE", "first_name": "ELODIE"}


@dataclass(frozen=True)
class Shown:
    """A certificate as the proxy passes it on."""

    der: bytes

    @property
    def header(self) -> str:
        return f":{base64.b64encode(self.der).decode()}:"


@pytest.fixture
def desk(world):
    return Desk.at(world)


@pytest.fixture
def lone_desk(sqlite_world):
    return Desk.at(sqlite_world)


@pytest.fixture
def doors(database_url: str) -> Iterator[CardWorld]:
    """Both addresses, with the real means."""
    world = open_world(database_url, **BEHIND_A_PROXY)
    settings = settings_for(database_url, **BEHIND_A_PROXY)
    opened = CardWorld(world, open_door(settings, world.clock))
    yield opened
    opened.door.close()
    opened.world.provider.close()


def reading(world) -> Applicant:
    """Somebody who said that they have a card."""
    applicant = Applicant(world.browser())
    applicant.begin()
    applicant.browser.submit("/registration/card", has_card="yes")
    assert applicant.browser.page.find(attrs={"data-statement": True})
    return applicant


def read(applicant, issued, **said):
    """What the page's script does once the agent has signed."""
    statement = statement_on(applicant.browser)
    answer = sign(issued, statement, **said)
    return applicant.browser.submit("/registration/card/agent", statement=statement, answer=answer)


def test_a_card_read_by_the_agent_fills_in_and_is_bound(desk):
    applicant = reading(desk.world)
    card = desk.card(**FACTS)
    read(applicant, card)
    browser = applicant.browser
    assert browser.last.request.path == "/registration/details"
    number = browser.page.find(id="number")
    assert number["value"] == NUMBER
    assert number.has_attr("readonly")
    assert browser.page.find(id="last_name")["value"] == "Lefevre"
    # What a card says is not taken from a form.
    applicant.fill(number="10100000009")
    applicant.wish()
    applicant.finish()
    applicant.confirm()
    request = applicant.request
    assert request.stage is Stage.PENDING
    assert request.national_id == f"8{NUMBER}"
    shown = request.content.card
    assert shown is not None
    assert (shown.serial, shown.family) == ("2600301753", "cps")
    assert request.content.details.last_name == "Lefèvre"


def test_a_card_shown_by_tls_comes_back_to_the_request(doors):
    desk = Desk.at(doors.world)
    applicant = Applicant(doors.world.browser())
    applicant.begin()
    browser = applicant.browser
    browser.submit("/registration/card", has_card="yes")
    url, fields = browser.form("/registration/card/agent")
    away = browser.request("POST", "/registration/card/away", data=fields)
    address = away.headers["Location"]
    assert address.startswith(f"{CARD_ADDRESS}/card/")
    back = doors.request(address, Shown(desk.card(**FACTS).der))
    location = back.headers["Location"]
    assert location.startswith(f"{doors.world.issuer}/registration/card/")
    # In no other browser, not even with a request of its own.
    thief = Applicant(doors.world.browser())
    thief.begin()
    thief.browser.get(location)
    assert thief.request.content.card is None
    # And then not in the right one any more (XC-026): it is read anew.
    browser.get(location)
    assert applicant.request.content.card is None
    away = browser.request("POST", "/registration/card/away", data=fields)
    back = doors.request(away.headers["Location"], Shown(desk.card(**FACTS).der))
    browser.get(back.headers["Location"])
    assert browser.last.request.path == "/registration/details"
    assert applicant.request.content.card.national_id == f"8{NUMBER}"
    assert url == "/registration/card/agent"


def test_the_door_leads_back_to_the_request_where_no_card_came(doors):
    applicant = Applicant(doors.world.browser())
    applicant.begin()
    browser = applicant.browser
    browser.submit("/registration/card", has_card="yes")
    _url, fields = browser.form("/registration/card/agent")
    away = browser.request("POST", "/registration/card/away", data=fields)
    answer = doors.request(away.headers["Location"])
    assert doors.problem == "card-missing"
    assert f"{doors.world.issuer}/registration/card" in answer.get_data(as_text=True)


def test_somebody_known_is_told_to_log_in(lone_desk):
    applicant = reading(lone_desk.world)
    read(applicant, lone_desk.card("medecin"))
    assert said_on(applicant.browser)
    assert applicant.browser.page.find("main").find("a", href="/login")
    assert applicant.request.content.card is None


def test_a_signature_for_a_login_is_none_for_a_registration(lone_desk):
    applicant = reading(lone_desk.world)
    read(applicant, lone_desk.card(**FACTS), purpose="login")
    assert applicant.request.content.card is None
    assert said_on(applicant.browser)


def test_what_was_signed_for_one_request_is_nothing_to_another(lone_desk):
    first, second = reading(lone_desk.world), reading(lone_desk.world)
    statement = statement_on(first.browser)
    answer = sign(lone_desk.card(**FACTS), statement)
    second.browser.submit("/registration/card/agent", statement=statement, answer=answer)
    assert second.request.content.card is None
    # Where it belongs it counts, once.
    first.browser.submit("/registration/card/agent", statement=statement, answer=answer)
    assert first.request.content.card is not None
    first.say_no_card()
    first.browser.get("/registration/card?read=1")
    first.browser.submit("/registration/card/agent", statement=statement, answer=answer)
    assert first.request.content.card is None


def test_a_revoked_card_is_not_bound(lone_desk):
    applicant, card = reading(lone_desk.world), lone_desk.card(**FACTS)
    lone_desk.revoke(card)
    read(applicant, card)
    assert applicant.request.content.card is None
    assert said_on(applicant.browser)


def test_xc_010_another_name_than_the_cards_is_told_at_its_field(lone_desk):
    applicant = reading(lone_desk.world)
    read(applicant, lone_desk.card(**FACTS))
    applicant.fill(last_name="Mallory", first_name="Eve")
    assert applicant.browser.last.status_code == 422
    assert faults_of(applicant.browser) == {"last_name", "first_name"}
    applicant.browser.get("/registration/wishes")
    assert applicant.browser.last.request.path == "/registration/details"


def test_xc_010_a_draft_taken_up_by_mail_has_lost_its_card(desk):
    """M3: whoever reads a mistyped mailbox gets no request with somebody else's card."""
    world = desk.world
    applicant = reading(world)
    read(applicant, desk.card(**FACTS))
    wrong = "typo@chu.example"
    applicant.fill(email=wrong, email_again=wrong)
    applicant.browser.submit("/registration/later")
    thief = Applicant(world.browser())
    thief.browser.get(link_of(world, "registration-resume", wrong))
    thief.browser.submit("/registration/resume")
    assert thief.browser.last.request.path == "/registration/card"
    assert thief.request.content.card is None
    for path in ("details", "wishes", "summary"):
        thief.browser.get(f"/registration/{path}")
        assert thief.browser.last.request.path == "/registration/card"


def test_xc_010_a_sent_one_too_until_its_mailbox_is_confirmed(desk):
    world = desk.world
    applicant = reading(world)
    read(applicant, desk.card(**FACTS))
    applicant.fill()
    applicant.wish()
    applicant.finish()
    letter = link_of(world, "registration-confirm")
    applicant.browser.get("/registration/back")
    applicant.browser.submit("/registration/back", email=EMAIL)
    other = Applicant(world.browser())
    other.browser.get(link_of(world, "registration-resume"))
    other.browser.submit("/registration/resume")
    held = other.request
    assert (held.stage, held.content.card, held.national_id) == (Stage.DRAFT, None, "")
    other.browser.get(letter)
    assert other.browser.problem == "registration-link-over"


def test_a_confirmed_one_keeps_its_card(lone_desk):
    applicant = reading(lone_desk.world)
    read(applicant, lone_desk.card(**FACTS))
    applicant.fill()
    applicant.wish()
    applicant.finish()
    applicant.confirm()
    applicant.browser.get("/registration/back")
    applicant.browser.submit("/registration/back", email=EMAIL)
    other = Applicant(lone_desk.world.browser())
    other.browser.get(link_of(lone_desk.world, "registration-resume"))
    other.browser.submit("/registration/resume")
    assert other.request.content.card is not None


def test_a_card_can_be_taken_away_again(lone_desk):
    applicant = reading(lone_desk.world)
    read(applicant, lone_desk.card(**FACTS))
    browser = applicant.browser
    browser.get("/registration/card")
    browser.submit("/registration/card", has_card="no")
    assert applicant.request.content.card is None
    browser.get("/registration/details")
    assert not browser.page.find(id="number").has_attr("readonly")


def test_an_unknown_card_at_the_login_leads_to_registration(lone_desk, monkeypatch):
    for key, document in APPLICATIONS.items():
        monkeypatch.setitem(cast.APPLICATIONS, key, document)
    browser = lone_desk.world.browser()
    lone_desk.world.client("card").ask(browser)
    log_in_by_card(browser, lone_desk.card(**FACTS))
    assert browser.page.find(id="form-error").find("a", href="/registration")
