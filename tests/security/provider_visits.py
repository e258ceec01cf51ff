# SPDX-License-Identifier: Apache-2.0
"""A provider that an administrator added: linking to it, and what is said once it is closed."""

from dataclasses import replace
from typing import Any
from unittest import mock

from connectors.base import Redirect, Verified, VerifiedIdentity
from connectors.capabilities import Introduction, Peer
from connectors.recounted import recounted
from connectors.upstream_oidc.connector import OidcConnector
from idp.accounts.establishments import Establishment
from idp.origin import Origin
from idp.providers.links import Link
from tests.administration.kit import Opened
from tests.administration.scene_parts import BY_BROWSER, PROVIDER
from tests.provider_values import changed
from tests.world import World

ALIAS, SITE = "ailleurs", "https://login.ailleurs.example"
ELSEWHERE = changed(
    PROVIDER,
    alias=ALIAS,
    issuer=SITE,
    description=f"{SITE}/.well-known/openid-configuration",
    populations=("professional",),
    domains=("ailleurs.example",),
    establishments=("370000994",),
)
# The sites that pages lead to.
MARKED = "<b>Zoé</b> \"'><img src=x>"
SITES = {SITE, PROVIDER.issuer, "https://idp.example"}


def answered(_self: Any, attempt: Any, evidence: Any) -> Any:
    """As if the provider were there, and always told of the nurse."""
    if not evidence.query:
        return Redirect(SITE, {"state": f"{attempt.id}.x"})
    peer = Peer(ALIAS, 1, SITE, "nurse")
    who = Introduction(national_id="", family="", first_name="", last_name="", peer=peer)
    return Verified(VerifiedIdentity("nurse", {"introduction": who}))


def hostile(_self: Any, attempt: Any, evidence: Any) -> Any:
    """Whatever it tells is markup."""
    if not evidence.query:
        return Redirect(PROVIDER.issuer, {"state": f"{attempt.id}.x"})
    peer = Peer(PROVIDER.alias, 1, PROVIDER.issuer, MARKED, MARKED)
    who = Introduction("", "provider", MARKED, MARKED, peer=peer)
    told = recounted({MARKED: MARKED, "list": [MARKED, "\ud800\x00"]}, MARKED)
    return Verified(VerifiedIdentity(MARKED, {"introduction": who, **told}))


def visit_trial(office: Opened) -> None:
    """A provider tried by an administrator; what it told, shown once."""
    browser = office.enter("administrateur")
    page = f"/admin/providers/{PROVIDER.alias}"
    with mock.patch.object(OidcConnector, "resume", hostile):
        browser.get(f"{page}/try")
        browser.submit(f"{page}/try")
        browser.get(f"/upstream/idp/{PROVIDER.alias}?state=provider-trial~.x")
    assert browser.page.select_one("#trial[data-came=yes]") is not None
    assert MARKED in browser.page.select_one("#told").text


def visit_providers(world: World) -> None:
    """Linked, refused, unlinked; then closed while somebody is on their way."""
    core, added = world.core, world.provider.services.added
    nurse, doctor = world.cast["infirmiere"].id, world.cast["medecin"].id
    origin = Origin("192.0.2.80", "test", "test")
    with core.database.write() as tx:
        core.establishments.put(tx, Establishment("370000994", "<b>Ailleurs</b>"), origin)
        core.establishments.join(tx, doctor, "370000994", origin)
        assert core.providers.add(tx, ELSEWHERE)
        made = Link(ALIAS, SITE, "nurse", nurse, 2, "<b>nurse</b>", 0, None)
        assert core.provider_links.make(tx, made)
    added.look_again()
    browser = world.browser("192.0.2.81")
    browser.get("/login")
    browser.log_in()
    with mock.patch.object(OidcConnector, "resume", answered):
        browser.get("/account/providers/new")
        browser.submit("/account/providers/new")
        with core.database.read() as tx:
            journey = tx.exec_driver_sql(
                "SELECT id FROM journeys WHERE request LIKE '%\"linking\"%'"
            ).scalar_one()
        browser.get(f"/upstream/idp/{ALIAS}?state={journey}.x")
        assert browser.problem == "link-conflict"
    browser.get(f"/account/providers?why=not-reached&of={ALIAS}")
    with core.database.write() as tx:
        made = Link(ALIAS, SITE, "doctor", doctor, 2, "<b>doctor</b>", 0, None)
        assert core.provider_links.make(tx, made)
    browser.get("/account/providers")
    browser.get(f"/account/providers/{ALIAS}/unlink")
    browser.submit("/unlink")
    visitor = world.browser("192.0.2.83")
    visitor.get("/login")
    where = str(visitor.page.select_one("form[action^='/login/']")["action"]).split("/")[2]
    visitor.get(f"/login/{where}?means=idp:{ALIAS}")
    visitor.get(f"/login/{where}?means=password")
    visitor.submit("/password", identifier="who@ailleurs.example", password="wrong wrong")
    assert visitor.page.select_one("form[data-offer]") is not None
    with core.database.write() as tx:
        assert core.providers.replace(tx, replace(ELSEWHERE, version=1, enabled=False))
    added.look_again()
    visitor.get(f"/upstream/idp/{ALIAS}?state={where}.x")
    assert visitor.problem == "provider-closed"
    _visit_one_that_posts(world)


def _visit_one_that_posts(world: World) -> None:
    """What another site posts to nobody's login; and what we say of ourselves there."""
    with world.core.database.write() as tx:
        world.core.providers.add(tx, BY_BROWSER)
    world.provider.services.added.look_again()
    door, stranger = f"/upstream/saml/{BY_BROWSER.alias}", world.browser("192.0.2.84")
    assert stranger.request("POST", door, data={"SAMLResponse": "x"}).status_code == 400
    stranger.post(door, {"SAMLResponse": "x", "RelayState": "<b>x</b>"})
    assert stranger.problem == "journey-unknown"
    assert stranger.request("GET", f"{door}/metadata").status_code == 200
