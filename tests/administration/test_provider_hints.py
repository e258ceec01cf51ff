# SPDX-License-Identifier: Apache-2.0
"""Whose people a provider is offered to first, as administrators keep it."""

from dataclasses import replace

import pytest

from idp.administration.outcomes import Unfit
from tests.administration.console_kit import send
from tests.administration.kit import CHU, Opened
from tests.administration.scene_parts import PROVIDER
from tests.provider_values import changed


@pytest.fixture
def kept(office: Opened) -> Opened:
    desk = office.world.provider.services.office.providers
    with office.world.core.database.write() as tx:
        assert not isinstance(desk.add(tx, office.authority("administrateur"), PROVIDER), Unfit)
    office.world.provider.services.added.look_again()
    return office


def now(office: Opened):
    with office.world.core.database.read() as tx:
        return office.world.core.providers.load(tx, PROVIDER.alias)


def test_domains_and_establishments_are_typed_and_shown(kept):
    browser = kept.enter("administrateur")
    page = f"/admin/providers/{PROVIDER.alias}"
    browser.get(f"{page}/edit")
    typed = {
        "domains": " CHU.example\nsomebody@hôpital.example\nchu.example",
        "establishments": CHU,
    }
    assert send(browser, "/edit", **typed) == 200
    assert now(kept).domains == ("chu.example", "hôpital.example".encode("idna").decode())
    assert now(kept).establishments == (CHU,)
    assert "chu.example" in browser.page.text
    browser.get(f"{page}/edit")
    assert browser.page.select_one("#domains").text.split()[0] == "chu.example"


@pytest.mark.parametrize(
    ("field", "value"),
    [("domains", "chu"), ("establishments", "12"), ("establishments", "999999999")],
    ids=["domain", "number", "unknown"],
)
def test_what_nobody_knows_is_told_at_its_field(kept, field, value):
    browser = kept.enter("administrateur")
    browser.get(f"/admin/providers/{PROVIDER.alias}/edit")
    assert send(browser, "/edit", **{field: value}) == 422
    assert browser.page.select_one(f"#{field}-error") is not None
    assert now(kept).version == 1


@pytest.mark.parametrize("field", ["domains", "establishments"])
def test_of_a_domain_or_establishment_there_is_one_provider(kept, field):
    office, core = kept, kept.world.core
    desk, who = office.world.provider.services.office.providers, office.authority("administrateur")
    value = {"domains": ("chu.example",), "establishments": (CHU,)}[field]
    hinted = changed(PROVIDER, version=1, secret="", **{field: value})
    other = changed(
        PROVIDER,
        alias="autre",
        issuer="https://autre.example",
        description="https://autre.example/d",
        **{field: value},
    )
    with core.database.write() as tx:
        assert not isinstance(desk.edit(tx, who, hinted), Unfit)
        assert desk.add(tx, who, other) == Unfit("taken", (field,))
        # Its own is not another's.
        again = replace(hinted, version=2, name_fr="Autre nom")
        assert not isinstance(desk.edit(tx, who, again), Unfit)
