# SPDX-License-Identifier: Apache-2.0
"""OA-047 and BR-013 for logins from elsewhere: what comes out of each, at every kind of door.

Each way, by what the application asks, by whether it allows the way, by whether it asks for a fresh
login, by who is logged in before. What is expected is worked out here from the words of the
specification, not from the code that decides.
"""

from collections.abc import Iterator
from itertools import product
from typing import Any

import pytest

from tests.brokered import WAYS, Way, house_of, offered
from tests.phones import Phones
from tests.protocol.gate.brokered_rows import (
    CARD,
    PASSWORD,
    REACH,
    SECOND,
    Held,
    Out,
    Row,
    amiss,
    hold,
    of_id_token,
    told_by,
)
from tests.protocol.headers.kit import Visitor
from tests.protocol.headers.kit import register as register_headers
from tests.protocol.kit import register
from tests.saml_kit import register_saml
from tests.world import Browser

SMARTCARD = "urn:oasis:names:tc:SAML:2.0:ac:classes:SmartcardPKI"


def expected(way: Way, row: Row) -> Out:
    """By the specification: what an application allows counts, and nothing beside it."""
    reach = REACH | {way.means: way.most}
    able = frozenset(one for one in row.means if reach[one] >= row.level)
    if not able:
        return Out(refused="level-unreachable")
    held = [one for one in row.before if one[0] in row.means]
    if any(one[1] >= row.level for one in held) and not row.fresh:
        return Out("", frozenset(), *told_by(held))
    if way.means not in able:
        return Out(asked=able)
    held = [one for one in held if one[0] != way.means]
    held.append((way.means, way.level, way.methods))
    if way.level < row.level:
        # They came, and it is not enough: asked on.
        return Out(asked=able)
    return Out("", able, *told_by(held))


class Door:
    """One kind of application: how it asks, and what it is told."""

    def __init__(self, phones: Phones, row: Row) -> None:
        self.phones = phones
        self.row = row
        self.policy = {"means": list(row.means), "level": row.level}
        self.browser: Browser = phones.here.browser()

    def ask(self) -> Any:
        raise NotImplementedError

    def told(self, answer: Any) -> tuple[int, frozenset[str]] | None:
        """Level and methods, where they got in."""
        raise NotImplementedError


class Oidc(Door):
    def __init__(self, phones: Phones, row: Row) -> None:
        super().__init__(phones, row)
        self.client = register(phones.here, policy=self.policy)

    def ask(self) -> Any:
        return self.client.ask(self.browser, **({"prompt": "login"} if self.row.fresh else {}))

    def told(self, answer: Any) -> tuple[int, frozenset[str]] | None:
        if not answer.headers.get("Location", "").startswith(self.client.redirect_uri):
            return None
        return of_id_token(self.client.redeem(self.client.answered(answer)["code"]))


class Saml(Door):
    def __init__(self, phones: Phones, row: Row) -> None:
        super().__init__(phones, row)
        self.party = register_saml(phones.here, policy=self.policy)

    def ask(self) -> Any:
        return self.party.go(self.browser, **({"ForceAuthn": "true"} if self.row.fresh else {}))

    def told(self, answer: Any) -> tuple[int, frozenset[str]] | None:
        if self.browser.page.find("form", id="post") is None:
            return None
        told = self.party.told(self.browser)
        assert told.codes == ["Success"]
        known = {
            SMARTCARD: 3,
            "urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport": 1,
        }
        found = known.get(told.class_ref)
        # A class that names a card is told of those who came by card, and of nobody else.
        assert told.class_ref != SMARTCARD or CARD in self.row.before
        return found or int(told.class_ref.removeprefix("urn:sceau:level:")), frozenset()


class Headers(Door):
    def __init__(self, phones: Phones, row: Row) -> None:
        super().__init__(phones, row)
        key = f"old-{phones.here.core.entropy.token(6).lower().strip('-_')}"
        site = f"https://{key}.example".replace("_", "-")
        register_headers(phones.here, key, policy=self.policy, headers={"origins": [site]})
        self.visitor = Visitor(phones.here, self.browser, key, site)

    def ask(self) -> Any:
        return self.visitor.go()

    def told(self, answer: Any) -> tuple[int, frozenset[str]] | None:
        answer = self.visitor.follow(answer)
        if "X-Remote-Level" not in answer.headers:
            return None
        return int(answer.headers["X-Remote-Level"]), frozenset()


def come_out(door: type[Door], phones: Phones, way: Way, row: Row) -> Out:
    """Ask, and go as far as this way leads."""
    made = door(phones, row)
    # Nobody's limits of a row before.
    phones.here.clock.pass_by(700)
    if row.before:
        hold(phones.here, made.browser, *row.before)
    answer = made.ask()
    entered = made.told(answer)
    if entered is not None:
        return Out("", frozenset(), *entered)
    if made.browser.problem:
        return Out(refused=made.browser.problem)
    asked = frozenset(offered(made.browser))
    if way.means not in asked:
        return Out(asked=asked)
    entered = made.told(way.go(phones, made.browser))
    if entered is not None:
        return Out("", asked, *entered)
    # Told why, and asked on by the same.
    assert made.browser.page.select_one("#form-error") is not None, made.browser.page
    assert frozenset(offered(made.browser)) == asked
    return Out(asked=asked)


def rows_of(way: Way, *, fresh: bool) -> Iterator[Row]:
    own: Held = (way.means, way.level, way.methods)
    befores: tuple[tuple[Held, ...], ...] = (
        (),
        (PASSWORD,),
        (PASSWORD, SECOND),
        (CARD,),
        (own,),
    )
    for level, before in product((1, 2, 3), befores):
        for anew in (False, True) if fresh else (False,):
            yield Row(("password", "cps", way.means), level, before, anew)
        # Allowed alone; and not at all.
        yield Row((way.means,), level, before)
        yield Row(("password",), level, before)


@pytest.fixture
def phones(
    request: pytest.FixtureRequest, sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Phones]:
    with house_of(request.param, sqlite_url, monkeypatch) as opened:
        yield opened


def without_methods(out: Out) -> Out:
    """As protocols tell it that have no word for them."""
    return Out(out.refused, out.asked, out.level)


EACH = pytest.mark.parametrize(
    ("phones", "way"), [(one, one) for one in WAYS], ids=str, indirect=["phones"]
)


@EACH
def test_br_013_what_comes_out_at_openid_connect(phones: Phones, way: Way) -> None:
    rows = list(rows_of(way, fresh=True))
    found = {row: come_out(Oidc, phones, way, row) for row in rows}
    assert amiss(found, {row: expected(way, row) for row in rows}) == {}


@EACH
def test_br_013_what_comes_out_at_saml(phones: Phones, way: Way) -> None:
    rows = [row for row in rows_of(way, fresh=True) if len(row.means) == 3]
    found = {row: come_out(Saml, phones, way, row) for row in rows}
    assert amiss(found, {row: without_methods(expected(way, row)) for row in rows}) == {}


@EACH
def test_br_013_what_comes_out_behind_a_proxy(phones: Phones, way: Way) -> None:
    rows = [row for row in rows_of(way, fresh=False) if len(row.means) == 3]
    found = {row: come_out(Headers, phones, way, row) for row in rows}
    assert amiss(found, {row: without_methods(expected(way, row)) for row in rows}) == {}
