# SPDX-License-Identifier: Apache-2.0
"""Whoever was let in at an address that can't be shown again goes on at the journey's own."""

from idp.http.services import Core
from idp.http.wire import Answer, Page, see_other
from idp.login.journeys import Stopped
from idp.web.login import address_of
from idp.web.visit import Visit


def at_its_own_address(core: Core, visit: Visit, journey: str, answer: Answer) -> Answer:
    """The answer; where it asks somebody who is in for something more, the way to its page.

    A journey that ended with this very answer has no page any more: a form that leads on to the
    application, or a refusal, is shown where it is.
    """
    cookies = [one for one in answer.headers if one[0] == "Set-Cookie"]
    if not isinstance(answer, Page) or not cookies:
        return answer
    with core.database.read() as tx:
        if isinstance(core.journeys.find(tx, journey, visit.browser), Stopped):
            return answer
    again = see_other(address_of(journey))
    again.headers += cookies
    return again
