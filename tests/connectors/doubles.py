# SPDX-License-Identifier: Apache-2.0
"""Doubles for tests: hashing that costs nothing, and means of the levels that none reaches yet."""

from collections.abc import Mapping
from typing import Any, ClassVar

import pytest
from jinja2 import ChoiceLoader, DictLoader

from connectors import registry
from connectors.base import (
    Answer,
    Ask,
    Attempt,
    Evidence,
    Level,
    Reason,
    Refused,
    Verified,
    VerifiedIdentity,
)
from idp import opening as root
from idp.credentials.hashing import normalise
from tests.cast import PASSWORD
from tests.world import World

PAGE = """<form method="post" action="{{ form.action }}">
<input type="hidden" name="csrf" value="{{ csrf }}"><input name="code">
<button name="send" value="1">{{ form["values"].get("step") or "" }}</button>
<p id="form-error">{{ form.error or "" }}</p></form>"""


class CheapHashing:
    """Stands in for `Hashing` where its cost would only slow a test: one password is right."""

    def __init__(self, right: str = PASSWORD) -> None:
        self.right = right
        self.asked = 0

    def hash(self, password: str) -> str:
        return f"cheap:{normalise(password)}"

    def matches(self, stored: str | None, password: str) -> bool:
        self.asked += 1
        if stored is not None and stored.startswith("cheap:"):
            return stored == self.hash(password)
        return stored is not None and normalise(password) == self.right

    def is_outdated(self, stored: str) -> bool:
        return False

    def close(self) -> None:
        """Nothing to close."""


class CodeConnector:
    """A second factor whose code everybody knows: the account's id backwards."""

    kind: ClassVar[str] = "pin"
    methods: ClassVar[tuple[str, ...]] = ("otp",)
    level: ClassVar[Level] = Level.TWO_FACTORS
    after: ClassVar[str | None] = None

    def begin(self, attempt: Attempt) -> Answer:
        return Ask()

    def claimed(self, attempt: Attempt, evidence: Evidence) -> str | None:
        return attempt.account or evidence.form.get("account")

    def resume(self, attempt: Attempt, evidence: Evidence) -> Answer:
        account = self.claimed(attempt, evidence)
        if account is None or evidence.form.get("code") != code_of(account):
            return Refused(Reason.WRONG)
        return Verified(VerifiedIdentity(account))


class BadgeConnector(CodeConnector):
    """The same, worth a card; it names its subject itself, as cards and providers do."""

    kind: ClassVar[str] = "badge"
    methods: ClassVar[tuple[str, ...]] = ("sc", "pin")
    level: ClassVar[Level] = Level.CARD

    def claimed(self, attempt: Attempt, evidence: Evidence) -> str | None:
        return evidence.form.get("account") or attempt.account


class SlipConnector:
    """A second factor of two steps, after a password: ask for a slip, then read what it says."""

    kind: ClassVar[str] = "slip"
    methods: ClassVar[tuple[str, ...]] = ("pwd", "otp", "mfa")
    level: ClassVar[Level] = Level.TWO_FACTORS
    after: ClassVar[str | None] = "password"
    # Those who have no slips.
    without: ClassVar[set[str]] = set()

    def lacks(self, account: str) -> str | None:
        return "not-set-up" if account in self.without else None

    def begin(self, attempt: Attempt) -> Answer:
        return Ask({"step": attempt.state.get("step", "ask")}, attempt.state)

    def claimed(self, attempt: Attempt, evidence: Evidence) -> str | None:
        return attempt.account

    def resume(self, attempt: Attempt, evidence: Evidence) -> Answer:
        if attempt.account is None:
            return Refused(Reason.MALFORMED)
        if evidence.form.get("send"):
            return Ask({"step": "read"}, {"step": "read"})
        if attempt.state.get("step") != "read" or evidence.form.get("code") != "right":
            return Refused(Reason.WRONG)
        return Verified(VerifiedIdentity(attempt.account), ("pwd", "otp", "sms"))


def code_of(account: str) -> str:
    """The code that proves an account to the doubles."""
    return account[::-1]


DOUBLES: Mapping[str, Any] = {"pin": CodeConnector, "badge": BadgeConnector, "slip": SlipConnector}


def offer_doubles(patch: pytest.MonkeyPatch) -> None:
    """Register the doubles beside the real means, before a provider is made."""
    more = {kind: (lambda _host, make=make: make()) for kind, make in DOUBLES.items()}
    patch.setattr(registry, "KINDS", {**registry.KINDS, **more})
    patch.setattr(root, "KNOWN_MEANS", frozenset({*root.KNOWN_MEANS, *DOUBLES}))


def give_pages(world: World) -> None:
    """Pages for the doubles."""
    pages = DictLoader({f"connectors/{kind}/ask.html": PAGE for kind in DOUBLES})
    web = world.provider.web
    web.jinja_loader = ChoiceLoader([pages, web.jinja_loader])
