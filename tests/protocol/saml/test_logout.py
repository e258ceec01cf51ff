# SPDX-License-Identifier: Apache-2.0
"""Logout asked by an application: by Redirect, POST and SOAP, and what it is answered."""

import pytest

from tests.protocol.kit import session_of, settled
from tests.saml_kit import SAMLP, register_saml
from tests.saml_logout import (
    SLO_SOAP,
    answer_of,
    ask,
    ask_by_soap,
    by_redirect,
    enter,
    logout_request,
    party_with_slo,
    soap_answer,
)
from tests.world import ISSUER, World


def test_an_application_logs_somebody_out(world: World) -> None:
    party = party_with_slo(world)
    browser = settled(world)
    known = enter(party, browser)
    ask(party, browser, logout_request(party, known.name, known.index))
    answered = answer_of(party, browser)
    assert answered.codes == ["Success"]
    assert answered.url == f"https://{party.key}.example/slo/redirect"
    assert answered.in_response_to == party.last_id
    assert answered.relay == "their-own"
    assert session_of(world, browser) is None
    ended = world.events("session.ended")
    assert [(one.account, one.detail) for one in ended] == [
        (world.cast["medecin"].id, '{"why":"application"}')
    ]


@pytest.mark.parametrize("written", ["transient", "email", "unspecified"])
def test_by_whatever_name_it_knows(sqlite_world: World, written: str) -> None:
    party = party_with_slo(sqlite_world, subject_format=written)
    browser = settled(sqlite_world)
    known = enter(party, browser)
    ask(party, browser, logout_request(party, known.name, known.index))
    assert answer_of(party, browser).codes == ["Success"]
    assert session_of(sqlite_world, browser) is None


def test_a_posted_request_needs_no_cookie(sqlite_world: World) -> None:
    """The signed index names the session: cookies don't come with another site's form."""
    party = party_with_slo(sqlite_world, "redirect", "post")
    browser = settled(sqlite_world)
    known = enter(party, browser)
    message = logout_request(party, known.name, known.index)
    party.post(browser, party.signed(message), path="/saml/slo")
    answered = answer_of(party, browser)
    assert answered.codes == ["Success"]
    # By the binding that it came by, where the application has an address for it.
    assert answered.url.endswith("/slo/post")
    assert session_of(sqlite_world, browser) is None


def test_a_server_asks_without_a_browser(world: World) -> None:
    party = party_with_slo(world, "soap")
    browser = settled(world)
    known = enter(party, browser)
    message = logout_request(party, known.name, known.index, Destination=ISSUER + SLO_SOAP)
    answered = soap_answer(party, ask_by_soap(party, message))
    assert answered.codes == ["Success"]
    assert answered.in_response_to == party.last_id
    assert session_of(world, browser) is None


def test_soap_needs_no_destination(sqlite_world: World) -> None:
    party = party_with_slo(sqlite_world, "soap")
    known = enter(party, settled(sqlite_world))
    message = logout_request(party, known.name, known.index, Destination=None)
    assert soap_answer(party, ask_by_soap(party, message)).codes == ["Success"]


def test_without_an_index_every_session_of_the_person_there_ends(sqlite_world: World) -> None:
    party = party_with_slo(sqlite_world)
    first, second, apart = (settled(sqlite_world) for _ in range(3))
    known = enter(party, first)
    assert enter(party, second).name == known.name
    ask(party, first, logout_request(party, known.name))
    assert answer_of(party, first).codes == ["Success"]
    assert session_of(sqlite_world, first) is None
    assert session_of(sqlite_world, second) is None
    # The application was not opened in this one: it has no say there.
    assert session_of(sqlite_world, apart) is not None


def test_an_index_ends_its_session_alone(sqlite_world: World) -> None:
    party = party_with_slo(sqlite_world)
    first, second = (settled(sqlite_world) for _ in range(2))
    known, other = enter(party, first), enter(party, second)
    assert known.index != other.index
    ask(party, first, logout_request(party, known.name, known.index))
    assert session_of(sqlite_world, first) is None
    assert session_of(sqlite_world, second) is not None


def test_who_is_logged_out_already_is_told_that_all_is_well(sqlite_world: World) -> None:
    """The application's own session has outlived ours: its logout must come to an end."""
    party = party_with_slo(sqlite_world)
    browser = settled(sqlite_world)
    known = enter(party, browser)
    for _time in range(2):
        ask(party, browser, logout_request(party, known.name, known.index))
        assert answer_of(party, browser).codes == ["Success"]


def test_a_logout_leaves_nothing_in_the_browser(sqlite_world: World) -> None:
    party = party_with_slo(sqlite_world)
    browser = settled(sqlite_world)
    known = enter(party, browser)
    response = ask(party, browser, logout_request(party, known.name, known.index))
    assert response.headers["Clear-Site-Data"] == '"cache", "storage"'
    assert not browser.cookie("session")


def test_the_session_of_somebody_else_in_this_browser_stays(sqlite_world: World) -> None:
    party = party_with_slo(sqlite_world)
    known = enter(party, settled(sqlite_world))
    other = settled(sqlite_world, "infirmiere")
    ask(party, other, logout_request(party, known.name, known.index))
    assert answer_of(party, other).codes == ["Success"]
    assert session_of(sqlite_world, other) is not None


def test_an_application_without_an_address_for_answers_leaves_the_person_here(
    sqlite_world: World,
) -> None:
    party = register_saml(sqlite_world)
    browser = settled(sqlite_world)
    known = enter(party, browser)
    assert ask(party, browser, logout_request(party, known.name, known.index)).status_code == 200
    assert browser.page.find("h1").text == "Vous êtes déconnecté"
    assert session_of(sqlite_world, browser) is None


def test_an_answer_goes_to_the_address_registered_for_answers(sqlite_world: World) -> None:
    slo = {
        "url": "https://apart.example/slo",
        "binding": "redirect",
        "response_url": "https://apart.example/slo/back?of=1",
    }
    party = register_saml(sqlite_world, saml={"slo": [slo]})
    browser = settled(sqlite_world)
    known = enter(party, browser)
    response = ask(party, browser, logout_request(party, known.name, known.index))
    assert response.headers["Location"].startswith(slo["response_url"] + "&SAMLResponse=")


def test_a_link_scanner_uses_nothing_up(sqlite_world: World) -> None:
    party = party_with_slo(sqlite_world)
    browser = settled(sqlite_world)
    known = enter(party, browser)
    url = by_redirect(party, logout_request(party, known.name, known.index))
    assert browser.request("HEAD", url).status_code == 405
    assert session_of(sqlite_world, browser) is not None
    assert browser.request("GET", url).status_code == 303


def test_metadata_names_the_doors(sqlite_world: World) -> None:
    page = sqlite_world.browser().get("/saml/metadata").get_data(as_text=True)
    for binding, place in (("HTTP-Redirect", ""), ("HTTP-POST", ""), ("SOAP", "/soap")):
        assert (
            f'<md:SingleLogoutService Binding="urn:oasis:names:tc:SAML:2.0:bindings:{binding}" '
            f'Location="{ISSUER}/saml/slo{place}"/>'
        ) in page
    assert SAMLP in page
