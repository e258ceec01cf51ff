# SPDX-License-Identifier: Apache-2.0
"""What applications do while people are away: said by form, seen and ended on a person's page."""

from typing import Any

from idp.oidc.client import DEVICE
from tests.administration.application_kit import HERE, documents, fields_of, fold_of
from tests.administration.kit import Opened
from tests.protocol.kit import session_of
from tests.protocol.oidc.away import agreed, is_dead, lasting
from tests.world import World

SAID = {"refresh": "lasting", "refresh_idle": "3600", "refresh_life": "86400"}


def asked_for(office: Opened, **oidc: Any) -> Any:
    """The form of an application, sent with these."""
    browser = office.enter("regionale")
    browser.get(f"{HERE}/plain/edit")
    form = fields_of(browser) | {f"oidc.{name}": value for name, value in oidc.items()}
    return browser, browser.post(f"{HERE}/plain/edit", form)


def test_it_is_said_by_form(sqlite_office: Opened) -> None:
    browser, _ = asked_for(sqlite_office, **SAID)
    told = documents(sqlite_office, "plain").document["oidc"]
    assert {name: told[name] for name in SAID} == {
        "refresh": "lasting",
        "refresh_idle": 3600,
        "refresh_life": 86400,
    }
    browser.get(f"{HERE}/plain/edit")
    shown = fields_of(browser)
    assert {name: shown[f"oidc.{name}"] for name in SAID} == {n: [v] for n, v in SAID.items()}
    assert fold_of(browser, "oidc.refresh").has_attr("open")


def test_most_leave_it_folded(sqlite_office: Opened) -> None:
    browser = sqlite_office.enter("regionale")
    browser.get(f"{HERE}/plain/edit")
    assert not fold_of(browser, "oidc.refresh").has_attr("open")


def test_a_fault_stands_at_its_field(sqlite_office: Opened) -> None:
    before = documents(sqlite_office, "plain").document["oidc"]
    browser, answer = asked_for(sqlite_office, refresh="lasting", token_endpoint_auth_method="none")
    assert answer.status_code == 422
    assert browser.page.find(id="oidc.refresh-error")
    browser, answer = asked_for(sqlite_office, refresh_life="86400")
    assert answer.status_code == 422
    assert browser.page.find(id="oidc.refresh_life-error")
    browser, answer = asked_for(sqlite_office, refresh="lasting", refresh_idle="bientôt")
    assert answer.status_code == 422
    assert browser.page.find(id="oidc.refresh_idle-error")
    assert documents(sqlite_office, "plain").document["oidc"] == before


def test_without_logins_nothing_is_answered_to_them(sqlite_office: Opened) -> None:
    """Whoever unticks the logins need not look for what hangs on them, in a part that is folded."""
    _, answer = asked_for(
        sqlite_office, grant_types=[DEVICE, "refresh_token"], response_types=["code"]
    )
    assert answer.status_code == 200
    told = documents(sqlite_office, "plain").document["oidc"]
    assert set(told["grant_types"]) == {DEVICE, "refresh_token"}
    assert "response_types" not in told


def test_what_is_wrong_is_named_above_the_form(sqlite_office: Opened) -> None:
    browser, _ = asked_for(sqlite_office, response_types=["code", "id_token"])
    field = browser.page.select_one("[name='oidc.response_types']").find_parent("fieldset")
    label = field.find("legend").get_text(strip=True)
    named = [one.get_text(strip=True) for one in browser.page.select("#form-error li")]
    assert named == [label]


def let_in(office: Opened) -> tuple[Any, dict[str, Any]]:
    """The doctor let an application in."""
    world: World = office.world
    client, browser = lasting(world), world.browser()
    browser.get("/account")
    browser.log_in()
    assert session_of(world, browser) is not None
    return client, agreed(client, browser)


def test_an_administrator_sees_it_and_ends_it(sqlite_office: Opened) -> None:
    client, tokens = let_in(sqlite_office)
    account = sqlite_office["medecin"].id
    browser = sqlite_office.enter("chu")
    browser.get(f"/admin/accounts/{account}")
    address = f"/admin/accounts/{account}/lasting?application={client.key}"
    assert browser.page.select_one(f"a[href='{address}']") is not None
    browser.get(address)
    browser.submit("/lasting")
    assert is_dead(client, tokens)
    assert browser.page.select_one(f"a[href='{address}']") is None
    (event,) = sqlite_office.world.events("lasting.ended")
    assert (event.account, event.application) == (account, client.key)
    # The agreement lets nothing in again.
    with sqlite_office.world.core.database.read() as tx:
        given = sqlite_office.world.core.consents.given(tx, account, client.key)
    assert given == {"profile"}
    browser.get(address)
    assert browser.last.status_code == 404
