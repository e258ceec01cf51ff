# SPDX-License-Identifier: Apache-2.0
"""Facts about means that come and go."""

from collections.abc import Iterator, Mapping
from operator import attrgetter
from types import SimpleNamespace

import pytest

from connectors.base import Level
from idp.login.views import View


class Coming(Mapping):
    """Means of which some are closed: they can still be read."""

    def __init__(self) -> None:
        self.known = {
            "password": SimpleNamespace(level=Level.PASSWORD, after=None),
            "otp": SimpleNamespace(level=Level.TWO_FACTORS, after="password"),
        }
        self.closed: set[str] = set()

    def __getitem__(self, kind: str):
        return self.known[kind]

    def __contains__(self, kind: object) -> bool:
        return kind in self.known and kind not in self.closed

    def __iter__(self) -> Iterator[str]:
        return (kind for kind in self.known if kind in self)

    def __len__(self) -> int:
        return len(list(iter(self)))


def test_means_that_come_later_are_seen():
    means = Coming()
    levels = View(means, attrgetter("level"))
    assert dict(levels) == {"password": Level.PASSWORD, "otp": Level.TWO_FACTORS}
    means.known["key"] = SimpleNamespace(level=Level.CARD, after=None)
    assert levels["key"] is Level.CARD
    assert len(levels) == 3


def test_means_that_have_no_such_fact_are_none_of_them():
    bases = View(Coming(), attrgetter("after"))
    assert dict(bases) == {"otp": "password"}
    assert "password" not in bases
    assert bases.get("password") is None
    with pytest.raises(KeyError):
        bases["nothing"]


def test_one_that_closes_between_two_looks_is_still_read():
    means = Coming()
    levels = View(means, attrgetter("level"))
    assert "otp" in levels
    means.closed.add("otp")
    assert levels["otp"] is Level.TWO_FACTORS
    assert "otp" not in levels
    assert list(levels) == ["password"]
