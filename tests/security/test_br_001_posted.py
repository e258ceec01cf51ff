# SPDX-License-Identifier: Apache-2.0
"""A posted answer counts for the browser that posted it, and began: of two people, for neither.

Whoever begins something here may send somebody else the way to their provider, where one click, or
none, has that one's answer posted to what they began.
"""

import json
from collections.abc import Iterator

import pytest

from tests import cast
from tests.administration.kit import open_office
from tests.prosante import leave_for
from tests.providers import ALIAS, APPLICATIONS, KIND, arrive, keep, register
from tests.saml_provider import DOCTOR, Left, answer_to, come_back, link_saml, post, read_way
from tests.saml_values import saml_provider
from tests.security.prosante_scene import nobody_is_in, told
from tests.security.provider_scene import leave_to_link, links_of, owner
from tests.world import Browser, StandingClock, World, open_world

TRY = f"/admin/providers/{ALIAS}/try"


@pytest.fixture
def house(database_url, monkeypatch) -> Iterator[World]:
    for key, document in APPLICATIONS.items():
        monkeypatch.setitem(cast.APPLICATIONS, key, document)
    opened = open_world(database_url, StandingClock())
    keep(opened, saml_provider())
    register(opened.core)
    link_saml(opened, "medecin", DOCTOR)
    yield opened
    opened.close()


def way_back(left: Left) -> str:
    """What whoever began knows of it."""
    return f"/upstream/idp/{ALIAS}?state={left.relay}"


def try_out(browser: Browser) -> Left:
    browser.get(TRY)
    browser.submit(TRY)
    return read_way(browser.last.headers["Location"])


def has_come(browser: Browser) -> bool:
    shown = browser.page.select_one("#trial")
    assert shown is not None, browser.last.request.path
    return shown["data-came"] == "yes"


@pytest.mark.parametrize("ticket", ["", "&answer=", "&answer=x", "&answer=x&answer=y"])
def test_br_001_whoever_began_is_not_who_posted(house, ticket):
    thief = arrive(house)
    left = read_way(leave_for(thief, KIND))
    # The doctor follows the way there, and posts from a browser that the thief knows nothing of.
    assert post(house, left, answer_to(house, left)).status_code == 303
    thief.get(f"{way_back(left)}{ticket}")
    assert nobody_is_in(house)
    assert told(house)[0] == "malformed"
    assert thief.page.select_one("#form-error") is not None


def test_br_001_what_another_browser_posted_and_came_for_waits_for_nobody(house):
    thief, doctor = arrive(house), arrive(house)
    left = read_way(leave_for(thief, KIND))
    back = post(house, left, answer_to(house, left)).headers["Location"]
    doctor.get(back)
    assert doctor.problem == "journey-other-browser"
    # Even if they learn the ticket by then.
    thief.get(back)
    assert nobody_is_in(house)
    assert told(house)[0] == "malformed"


def test_br_001_without_the_ticket_another_browser_takes_nothing_away(house):
    mine, theirs = arrive(house), arrive(house)
    left = read_way(leave_for(mine, KIND))
    back = post(house, left, answer_to(house, left)).headers["Location"]
    for ticket in ("", "&answer=x"):
        theirs.get(f"{way_back(left)}{ticket}")
        assert theirs.problem == "journey-other-browser"
    assert "code" in house.client("linked").answered(mine.get(back))


def test_br_001_a_page_that_posts_twice_in_haste_is_given_the_same(house):
    """Browsers follow the second answer, of which only the first has counted."""
    browser = arrive(house)
    left = read_way(leave_for(browser, KIND))
    document = answer_to(house, left)
    backs = [post(house, left, document).headers["Location"] for _time in range(2)]
    assert "code" in house.client("linked").answered(browser.get(backs[1]))


def test_br_001_a_ticket_is_of_one_answer_to_one_journey(house):
    """Whoever posts something of their own first is given one, too."""
    thief = arrive(house)
    left = read_way(leave_for(thief, KIND))
    own = post(house, left, answer_to(house, left, "the-thief")).headers["Location"]
    other = read_way(leave_for(arrive(house), KIND))
    document = answer_to(house, other)
    post(house, other, document)
    tickets = {
        own.partition("answer=")[2],
        post(house, left, document).headers["Location"].partition("answer=")[2],
        post(house, other, document).headers["Location"].partition("answer=")[2],
        post(house, left, document, alias=ALIAS, RelayState="x").headers["Location"][-64:],
    }
    assert len(tickets) == 4
    thief.get(own)
    assert nobody_is_in(house)
    assert told(house)[0] == "not-linked"


def test_br_001_whoever_began_to_link_links_nobody_elses_name(house):
    nurse = owner(house, "infirmiere")
    left = read_way(leave_to_link(nurse))
    post(house, left, answer_to(house, left, "somebody"))
    nurse.get(way_back(left))
    assert links_of(house, "infirmiere") == []
    assert nurse.last.request.path == "/account/providers"
    assert nurse.page.select_one("#form-error") is not None
    nurse.get("/account/providers/new")
    come_back(house, nurse, leave_to_link(nurse), "the-nurse")
    assert len(links_of(house, "infirmiere")) == 1


def test_br_001_whoever_began_a_trial_is_shown_nobody_else(house):
    clerk = open_office(house).enter("administrateur")
    left = try_out(clerk)
    post(house, left, answer_to(house, left))
    clerk.get(way_back(left))
    assert not has_come(clerk)
    [event] = house.events("errand.failed")
    assert json.loads(event.detail)["why"] == "malformed"
    left = try_out(clerk)
    back = post(house, left, answer_to(house, left)).headers["Location"]
    clerk.get(back)
    assert has_come(clerk)


def test_br_001_of_a_trial_too_nothing_waits(house):
    clerk = open_office(house).enter("administrateur")
    left = try_out(clerk)
    back = post(house, left, answer_to(house, left)).headers["Location"]
    stranger = house.browser()
    stranger.get(way_back(left))
    with house.core.database.read() as tx:
        assert house.core.errands.aside(tx, left.relay, KIND) is not None
    stranger.get(back)
    with house.core.database.read() as tx:
        assert house.core.errands.aside(tx, left.relay, KIND) is None
    clerk.get(back)
    assert not has_come(clerk)
