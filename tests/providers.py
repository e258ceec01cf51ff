# SPDX-License-Identifier: Apache-2.0
"""A provider that an administrator added: the one of `tests.prosante`, read by its claims."""

from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

from idp.http.services import Core
from idp.providers.links import Link
from idp.providers.values import Provider
from tests.cast import SECRET as APPLICATION_SECRET
from tests.cast import application
from tests.prosante import CLIENT, SECRET, Sandbox
from tests.provider_values import changed, provider
from tests.world import Browser, World

ALIAS, KIND = "chu", "idp:chu"
# Applications that are entered by it.
APPLICATIONS = {
    "linked": application("linked", policy={"means": ["password", KIND], "level": 1}),
    "alone": application("alone", policy={"means": [KIND], "level": 1}),
    "strong": application("strong", policy={"means": [KIND], "level": 2}),
    "open": application("open", policy={"means": [KIND], "level": 1, "card_accounts": "create"}),
}


def added(there: Sandbox, **changes: Any) -> Provider:
    """Its settings, as an administrator would have kept them."""
    found = provider(
        alias=ALIAS,
        name_fr="le CHU",
        name_en="the hospital",
        issuer=there.issuer,
        description=there.changes()["PSC_DESCRIPTION"],
        our_name=CLIENT,
        secret=SECRET,
        email="preferred_username",
    )
    return changed(found, **changes)


def settings_of(there: Sandbox) -> dict[str, str]:
    """What lets a server reach it."""
    return {"OUTGOING_ALLOW": urlsplit(there.address).netloc}


def keep(here: World, wished: Provider) -> None:
    """Add it, or put it in the place of what is there; other nodes see it at their next look."""
    core = here.core
    with core.database.write() as tx:
        before = core.providers.load(tx, wished.alias)
        if before is None:
            assert core.providers.add(tx, wished)
        else:
            assert core.providers.replace(tx, replace(wished, version=before.version))
    here.provider.services.added.look_again()


def register(core: Core) -> None:
    """The applications that are entered by it."""
    with core.database.write() as tx:
        for document in APPLICATIONS.values():
            core.applications.register(tx, document)
            core.applications.set_secret(tx, document["key"], APPLICATION_SECRET)


def link(here: World, there: Sandbox, who: str, subject: str, level: int = 2) -> None:
    """As if somebody had linked it."""
    account = here.cast[who].id
    with here.core.database.write() as tx:
        made = Link(ALIAS, there.issuer, subject, account, level, "", 0, None)
        assert here.core.provider_links.make(tx, made)


def arrive(here: World, key: str = "linked", **changes: str) -> Browser:
    """A browser at the login page of an application."""
    browser = here.browser()
    here.client(key).ask(browser, **changes)
    return browser
