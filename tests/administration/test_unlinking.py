# SPDX-License-Identifier: Apache-2.0
"""The help desk unlinks a provider for somebody who asks for it."""

import pytest

from idp.administration.authority import Denied
from idp.administration.outcomes import Unfit
from idp.providers.links import Link
from tests.administration.console_kit import send, texts
from tests.administration.kit import Opened
from tests.administration.scene_parts import PROVIDER
from tests.outbox import waiting
from tests.provider_values import changed

ALIAS = PROVIDER.alias


@pytest.fixture
def linked(office: Opened) -> Opened:
    core, desk = office.world.core, office.world.provider.services.office
    with core.database.write() as tx:
        assert not isinstance(
            desk.providers.add(tx, office.authority("administrateur"), PROVIDER), Denied | Unfit
        )
        made = Link(ALIAS, PROVIDER.issuer, "x", office["medecin"].id, 2, "c.durand@chu", 0, None)
        assert core.provider_links.make(tx, made)
    office.world.provider.services.added.look_again()
    return office


def links_of(office: Opened) -> int:
    with office.world.core.database.read() as tx:
        return len(office.world.core.provider_links.of_account(tx, office["medecin"].id))


def test_the_help_desk_sees_it_and_unlinks_it(linked):
    page = f"/admin/accounts/{linked['medecin'].id}"
    owner = linked.world.browser()
    owner.get("/login")
    owner.log_in("medecin")
    browser = linked.enter("assistance")
    browser.get(page)
    [way] = browser.page.select(f"a[href='{page}/unlink?of={ALIAS}']")
    row = way.find_parent("tr").text
    assert "c.durand@chu" in row
    browser.get(way["href"])
    assert send(browser, "/unlink") == 200
    assert browser.last.request.path == page
    assert links_of(linked) == 0
    assert browser.page.select_one("a[href*='/unlink']") is None
    [event] = linked.world.events("provider.unlinked")
    assert (event.account, event.means) == (linked["medecin"].id, PROVIDER.kind)
    assert linked["assistance"].id in event.detail
    # Its owner is told, and whoever came by it is out.
    [letter] = waiting(linked.world, "means-removed")
    assert letter.values["means"] == "provider"
    assert letter.values["label"] == PROVIDER.name_fr
    assert owner.get("/account").request.path != "/account"


def test_a_number_that_goes_on_opening_the_account_is_told_of(linked):
    core, account = linked.world.core, linked["medecin"]
    assert account.person.national_id
    page = f"/admin/accounts/{account.id}"
    browser = linked.enter("assistance")
    by_link = browser.get(f"{page}/unlink?of={ALIAS}") and texts(browser, "p")
    with core.database.write() as tx:
        known = core.providers.load(tx, ALIAS)
        found = changed(known, finding="number", national_id="sub")
        assert core.providers.replace(tx, found)
    linked.world.provider.services.added.look_again()
    browser.get(f"{page}/unlink?of={ALIAS}")
    assert texts(browser, "p") != by_link
    assert send(browser, "/unlink") == 200
    assert browser.last.request.args["done"] == "unlinked-number"
    assert links_of(linked) == 0


def test_whoever_may_not_see_the_account_unlinks_nothing(linked):
    people, account = linked.world.provider.services.office.people, linked["medecin"].id
    with linked.world.core.database.write() as tx:
        for who in ("auditrice",):
            assert people.unlink(tx, linked.authority(who), account, ALIAS) is Denied.NOT_ALLOWED
        assert people.unlink(tx, linked.authority("assistance"), account, "other") is False
    assert links_of(linked) == 1


@pytest.mark.parametrize("of", ["", "other", "x" * 5000, "%00"])
def test_what_is_not_linked_is_not_found(linked, of):
    browser = linked.enter("assistance")
    page = f"/admin/accounts/{linked['medecin'].id}"
    assert browser.get(f"{page}/unlink?of={of}").status_code == 404
    # Nor is it a means to be taken away.
    regional = linked.enter("regionale")
    assert regional.get(f"{page}/means?kind=provider&key={ALIAS}").status_code == 404
