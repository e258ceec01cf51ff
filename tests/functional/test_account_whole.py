# SPDX-License-Identifier: Apache-2.0
"""Somebody who has everything: what the pages say of them, badge or sentence, is in the copy."""

import re
from collections.abc import Iterator
from copy import copy as copied
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import pyotp
import pytest
from babel.dates import format_datetime
from babel.messages.pofile import read_po
from bs4 import Tag
from sqlalchemy import text

from idp import paths
from idp.messages.shown import SHOWN_ZONE
from tests.codes import EMAIL, PHONE, give_addresses, give_card
from tests.functional.account_kit import agree, enter
from tests.functional.test_account_data import NOTHING, exported, pages_of, shown, texts
from tests.world import Browser, World

SEED = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
# What is pressed, typed into or read as a label says nothing about the person.
ELSEWHERE = "a, button, label, legend, dt, h1, nav, script, noscript, .rules"
# Where words tell how something stands, a sentence that is always there would not.
STANDING = ".badge, strong, .notice, dd, .way-about"
# How that is said in the copy, for what it says in other words.
STATES = {
    "Synchronised": lambda copy: any(one["synchronised"] for one in keys(copy)),
    "This one": lambda copy: any(one["current"] for one in copy["sessions"]),
    "Not used for a while": lambda copy: any(one["idle"] for one in copy["sessions"]),
    "Verified": lambda copy: copy["addresses"]["email_verified"],
    "Switched on": lambda copy: codes(copy)["since"] is not None,
    "On": lambda copy: codes(copy)["ready"],
    "Off": lambda copy: not codes(copy)["ready"],
    "Not ready for your account": lambda copy: not codes(copy)["ready"],
    "One-time codes are switched on for your account.": lambda copy: codes(copy)["since"],
    "You have changed it a short while ago": lambda copy: ways(copy)["password"]["may_change_from"],
}
# Sentences of the overview that lead to a page, and of the forms: the same for everybody.
ALWAYS = {
    "What is known about you",
    "Used by you, and what they learn about you",
    "Logins, and tries that were refused",
    "Take a copy with you",
    "None",
}
# Pages that show nothing of the person.
OTHERS = {
    "/account/authenticator/new": "a key that is nobody's yet",
    "/account/passkeys/new": "what may go wrong while one is made",
    "/account/identity": "why the form is closed",
}


def ways(copy: dict[str, Any]) -> Any:
    return copy["ways_of_logging_in"]


def keys(copy: dict[str, Any]) -> Any:
    return ways(copy)["passkeys"]


def codes(copy: dict[str, Any]) -> Any:
    return ways(copy)["one_time_code"]


def everything(world: World) -> Browser:
    """Passkey, app, recovery codes, one-time codes, a card, consents, sessions, a history."""
    core, account = world.core, world.cast["medecin"].id
    give_addresses(world, "medecin", PHONE, EMAIL)
    give_card(world, "medecin")
    browser = enter(world)
    agree(world, browser, scope="openid profile email phone")
    world.client("dcc").tokens(browser)
    other = world.browser("198.51.100.77", **{"User-Agent": "Mozilla/5.0 (iPhone) Safari/605"})
    world.client("plain").tokens(other)
    stranger = world.browser("203.0.113.66")
    stranger.get("/login")
    stranger.log_in(password="wrong")
    with core.database.write() as tx:
        core.otp.enable(tx, account)
        core.authenticators.put(tx, account, SEED, "Téléphone de Claire", 0)
        core.recovery.renew(tx, account)
        tx.execute(
            text(
                "INSERT INTO passkeys (id, account_id, credential, public_key, counter, name,"
                " transports, model, backed_up, created_at, last_used_at)"
                " VALUES ('key', :account, :key, :key, 0, 'Clé bleue', '', '', 1, :now, :now)"
            ),
            {"account": account, "now": world.clock.now(), "key": b"key"},
        )
    return browser


def prove(world: World, browser: Browser) -> None:
    """The second factor, where a page asks for it."""
    browser.get("/account/data")
    if browser.last.request.path != "/account/data":
        browser.get(f"{browser.last.request.path}?means=totp")
        browser.submit("/totp", code=pyotp.HOTP(SEED).at(world.clock.now() // 30))
    assert browser.last.request.path == "/account/data"


@cache
def sentences() -> tuple[frozenset[str], tuple[re.Pattern[str], ...]]:
    """What the pages can say: as it stands, and with something of the person in it."""
    with Path(paths.translations(), "messages.pot").open("rb") as file:
        found = [message.id for message in read_po(file) if message.id]
    every = [one for each in found for one in ([each] if isinstance(each, str) else each)]
    filled = {one for one in every if "%(" in one}
    patterns = (re.sub(r"%\\\((\w+)\\\)[sd]", r"(.+?)", re.escape(one)) for one in filled)
    return frozenset(set(every) - filled), tuple(re.compile(one) for one in patterns)


def said(browser: Browser, page: str) -> Iterator[tuple[str, bool]]:
    """Every sentence of a page, and whether it stands where words tell how something stands."""
    browser.get(page)
    # What is taken away here is still on the page for whoever looks next.
    main = copied(browser.page).main
    assert isinstance(main, Tag)
    for part in main.select(ELSEWHERE):
        part.decompose()
    standing = main.select(STANDING)
    for one in main.find_all(string=True):
        if sentence := " ".join(one.split()):
            yield sentence, any(part in standing for part in one.parents)


def is_told(copy: dict[str, Any], known: set[str], sentence: str, *, standing: bool) -> bool:
    """Whether the copy says it, too; or it is the same for everybody."""
    if sentence in known | ALWAYS | NOTHING:
        return True
    if sentence in STATES:
        return bool(STATES[sentence](copy))
    fixed, filled = sentences()
    if sentence in fixed:
        return not standing
    matches = (one.fullmatch(sentence) for one in filled)
    return any(match and set(match.groups()) <= known for match in matches)


def known_from(copy: dict[str, Any]) -> set[str]:
    """The texts of the copy; its moments as pages write them, and how many there are of each."""
    found = texts(copy)
    for one in list(found):
        if re.fullmatch(r"\d{4}-\d\d-\d\dT[\d:]+Z", one):
            moment = datetime.fromisoformat(one).astimezone(UTC).astimezone(SHOWN_ZONE)
            forms = ("d MMMM y", "d MMMM y, HH:mm")
            found |= {format_datetime(moment, form, locale="en") for form in forms}
    lists = [value for value in (*copy.values(), *ways(copy).values()) if isinstance(value, list)]
    paper = ways(copy)["recovery_codes"]
    found |= {str(len(one)) for one in lists} | {str(paper["left"]), str(paper["used"])}
    address = copy["addresses"]
    return found | {f"{address['email']} · {address['phone']}"}


@pytest.mark.parametrize("later", [False, True], ids=["today", "card-revoked-later"])
def test_every_badge_and_every_sentence_is_in_the_copy(quick: World, *, later: bool):
    browser = everything(quick)
    if later:
        # The minimum age of the password is over, one session sleeps, the card opens nothing.
        quick.clock.pass_by(2 * 86_400)
        browser = enter(quick)
        with quick.core.database.write() as tx:
            tx.execute(text("UPDATE cards SET revoked_at = 1790000000"))
    prove(quick, browser)
    pages = [one for one in pages_of(quick) if one not in OTHERS]
    # Looked at before: that the copy was taken comes after it.
    facts = {page: shown(browser, page) for page in pages}
    read = {page: list(said(browser, page)) for page in pages}
    copy = exported(browser)
    known = known_from(copy)
    missing = [
        (page, sentence)
        for page in pages
        for sentence, standing in [*read[page], *((fact, True) for fact in facts[page])]
        if not is_told(copy, known, sentence, standing=standing)
    ]
    assert missing == []
    assert set(OTHERS) <= set(pages_of(quick))
    # It looked at something: what is easily left out was there.
    everywhere = {one for page in pages for one, _standing in read[page]}
    assert {"Clé bleue", "Synchronised", "This one", "10 codes left"} <= everywhere
    assert (codes(copy)["ready"], bool(codes(copy)["why"])) == (not later, later)
    assert bool(ways(copy)["password"]["may_change_from"]) is not later
