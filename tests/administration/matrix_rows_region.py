# SPDX-License-Identifier: Apache-2.0
"""Rows of what belongs to no establishment: who may at all, whatever it is done to.

Some verbs open transactions of their own: they are asked apart, outside of one.
"""

from collections.abc import Callable
from dataclasses import replace
from io import BytesIO
from typing import Any

from idp.administration.authority import Authority
from idp.administration.imports.runs import Upload
from idp.administration.people.readers import ReaderFile
from idp.administration.people.search import Query
from idp.administration.region.webhooks import Wished
from idp.administration.rules.following import Found, Named
from idp.administration.rules.protocols import Described
from idp.administration.rules.trust_desk import Offered
from idp.applications.terms import Terms
from idp.db import Tx
from idp.launches.sources import Source
from tests.administration.kit import CHU
from tests.administration.scene_parts import PROVIDER
from tests.launching import SIGNED_WITH

# In the order S R E H h A a (`matrix_rows.CLERKS`).
SUPER = "+------"
REGION = "++-----"
SEEN = "++---+-"
SOFTWARE = Source(
    "other", "Autre", CHU, "https://other.example", jwks=SIGNED_WITH, applications=("dcc",)
)
TERMS = Terms()
WISHED = Wished("Un", "https://hooks.example/one", ("account.created",))
NAMED = Named("https://sp.example/metadata", "ab" * 32)
FILE = ReaderFile(b"<x/>", "B")
FOUND = Found(NAMED.url, Described("x", {}, "", "", "", 0))
Call = Callable[[Any, Tx, Authority, Any], Any]

REGIONAL: dict[str, tuple[str, Call]] = {
    "webhooks.every": (REGION, lambda s, tx, a, x: s.every(tx, a)),
    "webhooks.load": (REGION, lambda s, tx, a, x: s.load(tx, a, x.webhook)),
    "webhooks.add": (REGION, lambda s, tx, a, x: s.add(tx, a, WISHED)),
    "webhooks.edit": (REGION, lambda s, tx, a, x: s.edit(tx, a, x.webhook, 1, WISHED)),
    "webhooks.remove": (REGION, lambda s, tx, a, x: s.remove(tx, a, x.webhook)),
    "webhooks.rotate": (REGION, lambda s, tx, a, x: s.rotate(tx, a, x.webhook)),
    "webhooks.ping": (REGION, lambda s, tx, a, x: s.ping(tx, a, x.webhook)),
    "webhooks.deliveries": (REGION, lambda s, tx, a, x: s.deliveries(tx, a, x.webhook)),
    "webhooks.resend": (REGION, lambda s, tx, a, x: s.resend(tx, a, x.webhook, x.delivery)),
    "inviting.every": (REGION, lambda s, tx, a, x: s.every(tx, a)),
    "inviting.one": (REGION, lambda s, tx, a, x: s.one(tx, a, x.invitation)),
    "inviting.make": (REGION, lambda s, tx, a, x: s.make(tx, a, "One", 1, 60, TERMS)),
    "inviting.withdraw": (REGION, lambda s, tx, a, x: s.withdraw(tx, a, x.invitation)),
    "signals.shown": (SEEN, lambda s, tx, a, x: s.shown(tx, a, "dcc")),
    "signals.pause": (REGION, lambda s, tx, a, x: s.pause(tx, a, "dcc")),
    "signals.resume": (REGION, lambda s, tx, a, x: s.resume(tx, a, "dcc")),
    "signals.drop": (REGION, lambda s, tx, a, x: s.drop(tx, a, "dcc")),
    "launchers.every": (SEEN, lambda s, tx, a, x: s.every(tx, a)),
    "launchers.load": (SEEN, lambda s, tx, a, x: s.load(tx, a, "hm")),
    "launchers.received": (SEEN, lambda s, tx, a, x: s.received(tx, a, "hm")),
    "launchers.history": (SEEN, lambda s, tx, a, x: s.history(tx, a, "hm")),
    "launchers.add": (REGION, lambda s, tx, a, x: s.add(tx, a, SOFTWARE)),
    "launchers.edit": (REGION, lambda s, tx, a, x: s.edit(tx, a, "", replace(SOFTWARE, key="hm"))),
    "launchers.undo": (
        REGION,
        lambda s, tx, a, x: s.undo(tx, a, "hm", x.region.changes["launcher"]),
    ),
    # Each part of it by its own right (`test_console_today.py`).
    "today.board": ("*******", lambda s, tx, a, x: s.board(tx, a)),
}
# For something inside, outside, and of nobody.
Alone = Callable[[Any, Authority, Any], Any]
ALONE: dict[str, tuple[str, str, str, Alone]] = {
    "applications.imported": (REGION, REGION, REGION, lambda s, a, x: s.imported(a, "oidc", "")),
    "applications.fetched": (REGION, REGION, REGION, lambda s, a, x: s.fetched(a, "no-address")),
    "following.look": (REGION, REGION, REGION, lambda s, a, x: s.look(a, "dcc", NAMED)),
    "following.members": (
        REGION,
        REGION,
        REGION,
        lambda s, a, x: s.members(a, Named(NAMED.url, "no certificate")),
    ),
    "following.again": (REGION, REGION, REGION, lambda s, a, x: s.again(a, "dcc")),
    # There is nothing at this address to be looked at.
    "providers.look": (SUPER, SUPER, SUPER, lambda s, a, x: s.look(a, "nowhere")),
    "providers.agrees": (SUPER, SUPER, SUPER, lambda s, a, x: s.agrees(a, PROVIDER)),
    "providers.look_at_metadata": (
        SUPER,
        SUPER,
        SUPER,
        lambda s, a, x: s.look_at_metadata(a, b"nothing"),
    ),
    "trust.look": (SUPER, SUPER, SUPER, lambda s, a, x: s.look(a, Offered("", "x"))),
    # There is no list to fetch here.
    "trust.refresh": (SUPER, SUPER, SUPER, lambda s, a, x: s.refresh(a)),
    "readers.bring_in": (
        REGION,
        REGION,
        REGION,
        lambda s, a, x: s.bring_in(a, FILE, only_look=False),
    ),
    "readers.plan": (REGION, REGION, REGION, lambda s, a, x: s.plan(a, FILE)),
    "registers.bring": (
        REGION,
        REGION,
        REGION,
        lambda s, a, x: s.bring(a, "none", "x", BytesIO(b"x")),
    ),
    "imports.read": (
        "+++----",
        "++.----",
        # A file without an establishment: each of its lines has to name one that is theirs.
        "+++----",
        lambda s, a, x: s.read(a, Upload("accounts", "a.csv", x.house), BytesIO(b"a;b\n1;2\n")),
    ),
    "imports.report": (
        "+++----",
        "++.----",
        "++.----",
        lambda s, a, x: s.report(a, x.runs["done"]),
    ),
    # What is in it is asked where it is made: everybody takes away their own.
    "account_export.rows": ("+++----", "+++----", "+++----", lambda s, a, x: s.rows(a, Query())),
}
