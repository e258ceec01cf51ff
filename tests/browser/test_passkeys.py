# SPDX-License-Identifier: Apache-2.0
"""Passkeys in a real browser: added, used alone and as second factor, proposed quietly, refused."""

import base64
import json
from urllib.parse import parse_qs, urlencode

import pytest
from playwright.sync_api import Route, expect
from sqlalchemy import text

from tests.browser.pages import Visit
from tests.browser.passkeys import (
    NEW,
    ask_by_passkey,
    button,
    enrol,
    enter,
    forget_passkeys,
    give_device,
    leave,
    say,
)

ERROR = "#form-error"


@pytest.fixture
def owner(visit):
    """Somebody with a passkey, logged out, whose browser proposes nothing; and their device."""
    somebody = visit()
    somebody.context.add_init_script(
        "PublicKeyCredential.isConditionalMediationAvailable = async () => false"
    )
    device = enrol(somebody, "Ordinateur")
    leave(somebody)
    return somebody, device


def changed(route: Route, **changes: str) -> str:
    """The form on its way to the server, with other words of the browser."""
    fields = {name: values[0] for name, values in parse_qs(route.request.post_data or "").items()}
    credential = json.loads(fields["credential"])
    client = credential["response"]["clientDataJSON"]
    told = json.loads(base64.urlsafe_b64decode(client + "=="))
    spoken = base64.urlsafe_b64encode(json.dumps(told | changes).encode())
    credential["response"]["clientDataJSON"] = spoken.rstrip(b"=").decode()
    return urlencode(fields | {"credential": json.dumps(credential)})


def test_added_then_alone_it_opens_an_application(owner) -> None:
    somebody, device = owner
    [held] = device.credentials
    assert held["isResidentCredential"]
    assert held["rpId"] == "localhost"
    ask_by_passkey(somebody)
    button(somebody).click()
    somebody.expect_arrival("either")


def test_the_next_time_it_comes_first(owner) -> None:
    somebody, _device = owner
    ask_by_passkey(somebody)
    button(somebody).click()
    somebody.expect_arrival("either")
    leave(somebody)
    somebody.ask("either")
    expect(button(somebody)).to_be_visible()


def test_it_lifts_a_password_to_two_factors(owner) -> None:
    somebody, _device = owner
    somebody.ask("either")
    somebody.log_in("keyed")
    somebody.expect_arrival("either")
    somebody.ask("firm")
    expect(somebody.page.locator(".door-person")).to_contain_text("Marchand")
    button(somebody).click()
    somebody.expect_arrival("firm")


def test_the_browser_proposes_it_in_the_field_of_the_identifier(visit) -> None:
    somebody = visit()
    enrol(somebody)
    leave(somebody)
    somebody.ask("either")
    # Nobody types anything: the authenticator's user has chosen.
    somebody.expect_arrival("either")


def test_whoever_takes_nothing_up_types_a_password(visit) -> None:
    somebody = visit()
    give_device(somebody)
    somebody.ask("either")
    expect(somebody.page.locator("#identifier")).to_have_attribute(
        "autocomplete", "username webauthn"
    )
    somebody.log_in("keyed")
    somebody.expect_arrival("either")


def test_a_user_who_is_not_verified_is_told_calmly_and_tries_again(owner) -> None:
    somebody, device = owner
    device.verifies(willing=False)
    ask_by_passkey(somebody)
    button(somebody).click()
    expect(say(somebody)).to_be_visible()
    expect(somebody.page.locator(ERROR)).to_have_count(0)
    device.verifies(willing=True)
    button(somebody).click()
    somebody.expect_arrival("either")


@pytest.mark.parametrize(
    "changes",
    [{"origin": "https://evil.example"}, {"type": "webauthn.create"}, {"challenge": "AAAA"}],
    ids=["origin", "type", "challenge"],
)
def test_a_doctored_answer_is_refused(owner, changes: dict[str, str]) -> None:
    somebody, _device = owner
    ask_by_passkey(somebody)
    somebody.page.route(
        "**/login/*/passkey", lambda route: route.continue_(post_data=changed(route, **changes))
    )
    button(somebody).click()
    expect(somebody.page.locator(ERROR)).to_be_visible()


def test_an_answer_presented_twice_opens_once(owner) -> None:
    somebody, _device = owner
    ask_by_passkey(somebody)
    statuses = []

    def twice(route: Route) -> None:
        for _time in range(2):
            answer = route.fetch(max_redirects=0)
            statuses.append(answer.status)
        route.fulfill(response=answer)

    somebody.page.route("**/login/*/passkey", twice)
    button(somebody).click()
    expect(somebody.page.locator("#error")).to_be_visible()
    assert statuses == [303, 410]


def test_a_counter_that_goes_back_is_refused(owner) -> None:
    somebody, device = owner
    ask_by_passkey(somebody)
    button(somebody).click()
    somebody.expect_arrival("either")
    leave(somebody)
    before = copies_seen(somebody)
    device.rewind()
    somebody.ask("either")
    button(somebody).click()
    expect(somebody.page.locator(ERROR)).to_be_visible()
    assert copies_seen(somebody) == before + 1


def copies_seen(somebody: Visit) -> int:
    """How often the audit tells of a copied passkey."""
    with somebody.site.database() as database, database.read() as tx:
        return int(
            tx.execute(
                text("SELECT count(*) FROM audit_events WHERE kind = 'passkey.cloned'")
            ).scalar_one()
        )


def test_a_removed_passkey_opens_nothing(owner) -> None:
    somebody, _device = owner
    forget_passkeys(somebody)
    ask_by_passkey(somebody)
    button(somebody).click()
    expect(somebody.page.locator(ERROR)).to_be_visible()


def test_it_is_renamed_and_removed_in_the_account(visit) -> None:
    somebody = visit()
    device = enrol(somebody, "Ordinateur")
    expect(somebody.main.locator(".entry")).to_contain_text("Ordinateur")
    somebody.page.locator("a[href$='/name']").click()
    somebody.page.locator("#name").fill("Portable")
    somebody.main.locator("button[type=submit]").click()
    expect(somebody.main.locator(".entry")).to_contain_text("Portable")
    somebody.page.locator("a[href$='/remove']").click()
    # It asks for the best that the account has: the passkey itself.
    button(somebody).click()
    somebody.page.locator("#sure").check()
    somebody.page.locator("form[action$='/remove'] button").click()
    expect(somebody.main.locator(".entry")).to_have_count(0)
    assert len(device.credentials) == 1


def test_a_device_that_holds_one_already_says_so(visit) -> None:
    somebody = visit()
    enrol(somebody)
    somebody.open(NEW)
    button(somebody).click()
    expect(somebody.page.locator("#name")).to_be_visible()
    button(somebody).click()
    expect(say(somebody)).to_be_visible()
    expect(somebody.page.locator("#name")).to_be_visible()


def test_a_device_that_cannot_says_so(visit) -> None:
    somebody = visit()
    forget_passkeys(somebody)
    device = give_device(somebody)
    device.verifies(willing=False)
    enter(somebody, NEW)
    somebody.page.locator("#name").fill("Ma clé")
    button(somebody).click()
    expect(say(somebody)).to_be_visible()
    expect(somebody.page.locator("#name")).to_have_value("Ma clé")


def test_a_security_key_is_as_good(visit) -> None:
    somebody = visit()
    forget_passkeys(somebody)
    give_device(somebody, "usb")
    enter(somebody, NEW)
    button(somebody).click()
    expect(somebody.main.locator(".entry")).to_have_count(1)


def test_a_browser_without_passkeys_says_so(visit) -> None:
    somebody = visit()
    somebody.context.add_init_script("delete window.PublicKeyCredential")
    ask_by_passkey(somebody)
    expect(say(somebody)).to_be_visible()
    expect(button(somebody)).to_be_hidden()
    somebody.follow(somebody.page.locator("a.way[href$='means=password']"))
    somebody.log_in("keyed")
    somebody.expect_arrival("either")


def test_without_script_the_page_says_so_and_offers_the_rest(visit) -> None:
    somebody = visit(javascript=False)
    ask_by_passkey(somebody)
    expect(somebody.page.locator("noscript .notice")).to_be_visible()
    expect(button(somebody)).to_be_hidden()
    somebody.follow(somebody.page.locator("a.way[href$='means=password']"))
    somebody.log_in("keyed")
    somebody.expect_arrival("either")
