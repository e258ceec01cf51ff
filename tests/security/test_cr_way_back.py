# SPDX-License-Identifier: Apache-2.0
"""The link that leads back to a request: to one mailbox, and dead once that is another."""

from dataclasses import replace

from idp.origin import Origin
from idp.registration.values import Stage
from tests.functional.account_kit import token_of
from tests.outbox import waiting
from tests.registration_kit import EMAIL, Applicant, link_of

ORIGIN = Origin("192.0.2.10", "Firefox", "0" * 16)
WRONG = "typo@chu.example"


def leave(applicant: Applicant) -> str:
    """« Go on later », in a browser that goes on all the same: the address typed."""
    with applicant.world.core.database.write() as tx:
        drafts = applicant.world.core.registration.drafts
        assert drafts.leave(tx, applicant.request, ORIGIN) is None
    return applicant.request.content.details.email


def test_cr_041_a_way_back_ends_where_the_address_is_corrected(world):
    applicant = Applicant(world.browser()).steps(email=WRONG, email_again=WRONG)
    link = link_of(world, "registration-resume", leave(applicant))
    applicant.fill()
    stranger = world.browser()
    stranger.get(link)
    assert stranger.problem == "registration-link-over"
    # Typed in other letters it is the same mailbox: nothing ends.
    link = link_of(world, "registration-resume", leave(applicant))
    applicant.fill(email=EMAIL.upper(), email_again=EMAIL.upper())
    stranger.get(link)
    assert stranger.last.request.path == "/registration/resume"


def test_cr_041_a_way_back_ends_where_the_mailbox_is_confirmed(world):
    applicant = Applicant(world.browser()).steps()
    link = link_of(world, "registration-resume", leave(applicant))
    applicant.finish()
    applicant.confirm()
    stranger = world.browser()
    stranger.get(link)
    assert stranger.problem == "registration-link-over"


def test_cr_041_a_way_back_goes_to_the_confirmed_mailbox_alone(world):
    applicant = Applicant(world.browser())
    applicant.send()
    applicant.confirm()
    with world.core.database.write() as tx:
        back = replace(applicant.request, stage=Stage.RETURNED)
        assert world.core.registration.store.change(tx, back)
    applicant.fill(email=WRONG, email_again=WRONG)
    leave(applicant)
    for address in (EMAIL, WRONG):
        applicant.browser.get("/registration/back")
        applicant.browser.submit("/registration/back", email=address)
    assert {one.recipient for one in waiting(world, "registration-resume")} == {EMAIL}


def test_cr_041_the_owner_of_a_mistyped_mailbox_sees_whose_request_it_is(world):
    applicant = Applicant(world.browser())
    applicant.send()
    owner = world.browser("203.0.113.5")
    owner.get(link_of(world, "registration-confirm"))
    assert "Élodie Lefèvre" in owner.page.main.text
    owner.submit("/registration/confirm/not-me")
    assert owner.last.status_code == 200
    # No letter leads anywhere any more, and nobody was asked to decide.
    owner.get(link_of(world, "registration-confirm"))
    assert owner.problem == "registration-link-over"
    assert applicant.request.stage is Stage.DRAFT
    assert [one.kind for one in world.events()][-1] == "registration.disowned"
    # Whoever mistyped is told, and loses nothing else.
    browser = applicant.browser
    browser.get("/registration/status")
    assert browser.last.request.path == "/registration/details"
    assert browser.page.select_one(".notice-warning")
    assert browser.page.find("input", attrs={"name": "email"})["value"] == ""
    assert browser.page.find("input", attrs={"name": "last_name"})["value"] == "Lefèvre"
    browser.submit(
        "/registration/details", email="own@mail.example", email_again="own@mail.example"
    )
    assert applicant.request.content.details.email == "own@mail.example"
    browser.get("/registration/details")
    assert not browser.page.select_one(".notice-warning")


def test_cr_041_who_has_no_link_disowns_nothing(world):
    applicant = Applicant(world.browser())
    applicant.send()
    other = world.browser("203.0.113.5")
    other.get("/registration/back")
    other.post("/registration/confirm/not-me", {"csrf": token_of(other)})
    assert other.problem == "registration-link-over"
    applicant.confirm()
    assert applicant.request.stage is Stage.PENDING
    # Nor does the link of what is confirmed.
    other.get(link_of(world, "registration-confirm"))
    other.post("/registration/confirm/not-me", {"csrf": token_of(other)})
    assert applicant.request.stage is Stage.PENDING
