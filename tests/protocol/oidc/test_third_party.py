# SPDX-License-Identifier: Apache-2.0
"""A login that begins here (OIDC Core §4): the portal leads where the application starts it."""

from urllib.parse import parse_qs, urlsplit

import pytest

from idp.launches.entrances import opened_at
from tests.protocol.kit import register, settled
from tests.world import World

BEGINS = "https://guest.example/login"


def tiles_of(world: World) -> dict[str, str]:
    browser = settled(world)
    browser.get("/")
    links = [(one.select_one(".tile-name"), one.find("a")) for one in browser.page.select(".tile")]
    return {name.text.strip(): link["href"] for name, link in links if name and link}


@pytest.mark.parametrize("begins", [BEGINS, f"{BEGINS}?tenant=1"])
def test_the_portal_leads_where_its_logins_begin(sqlite_world: World, begins: str) -> None:
    settings = {"initiate_login_uri": begins}
    guest = register(sqlite_world, name="Invitée", home_url="", oidc=settings)
    found = urlsplit(tiles_of(sqlite_world)["Invitée"])
    assert f"{found.scheme}://{found.netloc}{found.path}" == BEGINS
    told = parse_qs(found.query)
    assert told.pop("iss") == [sqlite_world.issuer]
    assert told in ({}, {"tenant": ["1"]})
    # From there it asks as ever, and is answered.
    assert guest.tokens(settled(sqlite_world), scope="openid")["id_token"]


def test_a_home_page_goes_first(sqlite_world: World) -> None:
    guest = register(sqlite_world, oidc={"initiate_login_uri": BEGINS})
    with sqlite_world.core.database.read() as tx:
        application = sqlite_world.core.applications.load(tx, guest.key)
    assert application is not None
    assert opened_at(application, sqlite_world.issuer) == application.home_url
