# SPDX-License-Identifier: Apache-2.0
"""The pages of registration, for the crawl."""

from dataclasses import replace
from unittest import mock

from idp.messages.quotas import Reason, Refused
from idp.registration.drafts import Drafts
from idp.registration.values import Stage
from tests.registration_kit import Applicant, link_of
from tests.world import World


def visit_registration(world: World) -> None:
    """Somebody who asks for an account, with all that may go wrong on the way."""
    applicant = Applicant(world.browser("192.0.2.64"))
    browser = applicant.browser
    browser.get("/registration")
    browser.submit("/registration", terms="")
    applicant.begin()
    browser.submit("/registration/card", has_card="")
    browser.submit("/registration/card", has_card="yes")
    browser.submit("/registration/card/agent", answer="{}", statement="{}")
    applicant.say_no_card()
    applicant.fill(last_name="<b>&</b>", phone="12", email="")
    applicant.fill(last_name="<b>Lefèvre</b>")
    browser.get("/registration/details")
    applicant.post_details(version="0", city="Blois")
    applicant.wish()
    applicant.finish("wrong")
    for kind in ("question", "image"):
        browser.submit("/registration/summary/puzzle", kind=kind)
    browser.get("/registration/summary/picture")
    applicant.finish()
    applicant.confirm()
    for word, stage in (("back", Stage.RETURNED), ("no", Stage.REFUSED), ("yes", Stage.APPROVED)):
        store = world.core.registration.store
        with world.core.database.write() as tx:
            store.change(tx, replace(applicant.request, stage=stage, answer=f"<i>{word}</i>"))
        browser.get("/registration/status")
    visit_refusals(world)
    visit_leaving(world)


def visit_refusals(world: World) -> None:
    """Closed, too often, lost, and links that are over."""
    browser = world.browser("192.0.2.66")
    with mock.patch.object(Drafts, "open", new=False):
        browser.get("/registration")
    browser.get("/registration")
    with mock.patch.object(
        world.core.quotas.__class__, "take_request", return_value=Refused(Reason.ADDRESS)
    ):
        browser.submit("/registration", terms="yes")
    for path in ("details", "status", "confirm", "resume/x", "withdraw"):
        browser.get(f"/registration/{path}")
    browser.get("/registration/back")
    browser.submit("/registration/back", email="nobody")


def visit_leaving(world: World) -> None:
    """Later, and not at all."""
    applicant = Applicant(world.browser("192.0.2.67"))
    applicant.steps(email="later@chu.example", email_again="later@chu.example")
    browser = applicant.browser
    browser.submit("/registration/later")
    browser.get(link_of(world, "registration-resume", "later@chu.example"))
    browser.submit("/registration/resume")
    browser.get("/registration/withdraw")
    browser.submit("/registration/withdraw")
