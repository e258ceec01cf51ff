# SPDX-License-Identifier: Apache-2.0
"""The link that leads back to a request: to one mailbox, and dead once that is another."""

from dataclasses import replace

from idp.origin import Origin
from idp.registration.values import Stage
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
