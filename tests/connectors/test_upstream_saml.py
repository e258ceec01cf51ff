# SPDX-License-Identifier: Apache-2.0
"""Another provider that speaks SAML: how old its logins may be, and under which settings."""

from dataclasses import replace

import pytest

from connectors.asserted import Asked, Asserted, Unfit
from connectors.base import Attempt, Evidence, Level, Reason, Redirect, Refused, Verified
from connectors.capabilities import Introduction
from connectors.introduced import Read
from connectors.upstream_saml.connector import SamlConnector

NOW = 1_790_000_000
BACK = Evidence(query={"state": "journey.token"})


class Speaking:
    """Notes what was asked."""

    sites = ("https://idp.example",)

    def __init__(self):
        self.asked = []

    def way(self, asked: Asked, _relay: str, *, force: bool) -> str | Unfit:
        self.asked.append((asked, force))
        return "https://idp.example/sso"

    def read(self, _posted: str, _asked: Asked) -> Asserted | Unfit:
        return Asserted(subject="theirs", at=NOW)


class Reading:
    """Everybody is somebody."""

    highest = Level.TWO_FACTORS
    untold = ("user",)

    def read(self, _asserted: Asserted) -> Read | str:
        return Read(Introduction("", "provider", "", ""), Level.PASSWORD, self.untold)


def connector(speaker, **changes):
    return SamlConnector(
        "idp:chu", speaker, Reading(), lambda _one: None, lambda: "token", lambda: NOW, **changes
    )


def left(means, **changes):
    """Somebody who has left for it, and what was put aside."""
    attempt = Attempt("journey", None, "", **changes)
    sent = means.resume(attempt, Evidence())
    assert isinstance(sent, Redirect)
    told = means.read_post(sent.state, "")
    return replace(attempt, state={**sent.state, "told": told})


def test_br_012_whoever_left_under_other_settings_begins_once_more():
    speaker = Speaking()
    attempt = left(connector(speaker, version=1))
    assert isinstance(connector(speaker, version=1).resume(attempt, BACK), Verified)
    refused = connector(speaker, version=2).resume(attempt, BACK)
    assert refused == Refused(Reason.CLOSED, theirs=True)


@pytest.mark.parametrize(
    ("ours", "asked", "since", "force"),
    [
        (None, None, 0, False),
        (60, None, NOW - 60, True),
        (None, 0, NOW, True),
        (60, 30, NOW - 30, True),
        (60, 90, NOW - 60, True),
    ],
)
def test_br_013_the_younger_of_both_ages_is_asked_for(ours, asked, since, force):
    speaker = Speaking()
    left(connector(speaker, max_age=ours), max_age=asked)
    [(found, forced)] = speaker.asked
    assert (found.since, forced) == (since, force)
