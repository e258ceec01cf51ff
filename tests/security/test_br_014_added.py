# SPDX-License-Identifier: Apache-2.0
"""BR-014, of a provider that an administrator added: its word ends sessions, and nobody else's."""

import pytest
from werkzeug.test import Client

from idp.demo.sandbox.trouble import Trouble
from tests.prosante import Sandbox, leave_for
from tests.providers import ALIAS, KIND, added, arrive, keep
from tests.security.provider_scene import DOCTOR
from tests.security.test_br_014_logout import end, is_in, made, said
from tests.world import ISSUER, Browser, World

ADDRESS = f"/upstream/notices/{ALIAS}"


def post(here: World, token: str, address: str = ADDRESS) -> int:
    client = Client(here.provider.web)
    return client.post(address, data={"logout_token": token}, base_url=ISSUER).status_code


def log_in(here: World, there: Sandbox) -> Browser:
    browser = arrive(here)
    answer = browser.get(there.log_in(leave_for(browser, KIND), DOCTOR))
    assert "code" in here.client("linked").answered(answer)
    return browser


@pytest.fixture
def told(house: World, there: Sandbox) -> World:
    """A provider that hears what is said to it there."""
    there.tell = lambda _url, token: post(house, token)
    return house


def test_br_014_whoever_logs_out_there_is_out_here(told: World, there: Sandbox) -> None:
    browser = log_in(told, there)
    assert is_in(told, browser)
    assert end(there) == 200
    assert not is_in(told, browser)
    assert said(told) == [("ok", {"sessions": 1})]


@pytest.mark.parametrize("trouble", [Trouble.UNSIGNED, Trouble.OTHER_KEY, Trouble.NOTICE_NONCE])
def test_br_014_what_is_not_said_rightly_ends_nothing(
    told: World, there: Sandbox, trouble: Trouble
) -> None:
    browser = log_in(told, there)
    assert end(there, trouble) == 400
    assert is_in(told, browser)


def test_br_014_at_the_address_of_another_it_ends_nothing(told: World, there: Sandbox) -> None:
    browser = log_in(told, there)
    token = made(there)
    for address in ("/upstream/psc/logout", "/upstream/notices/other", f"/upstream/{KIND}/logout"):
        assert post(told, token, address) in {400, 403, 404, 405}, address
    assert is_in(told, browser)
    assert post(told, token) == 200
    # Once.
    assert post(told, token) == 400
    assert not is_in(told, browser)


def test_br_012_one_that_is_closed_is_not_listened_to(told: World, there: Sandbox) -> None:
    log_in(told, there)
    keep(told, added(there, enabled=False))
    assert post(told, made(there)) == 404
