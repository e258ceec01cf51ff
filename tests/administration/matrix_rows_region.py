# SPDX-License-Identifier: Apache-2.0
"""Rows of what belongs to no establishment: who may at all, whatever it is done to.

`*` is anything but being told that they may not: there is nothing of the name used here.
"""

from collections.abc import Callable
from typing import Any

from idp.accounts.values import Population
from idp.administration.authority import Authority
from idp.administration.post_desk import Asked
from idp.administration.trust_desk import Offered
from idp.administration.webhooks import Wished
from idp.applications.values import Policy
from idp.db import Tx

# In the order S R E H h A a (`matrix_rows.CLERKS`).
SUPER = "*------"
REGION = "**-----"
SEES = "**---*-"
HELPS = "**-*---"
NONE = "no-such-thing"
WISHED = Wished("Un", "https://hooks.example/one", ("account.created",))
STAFF = Population.STAFF
Call = Callable[[Any, Tx, Authority, Any], Any]

REGIONAL: dict[str, tuple[str, Call]] = {
    "webhooks.every": (REGION, lambda s, tx, a, x: s.every(tx, a)),
    "webhooks.load": (REGION, lambda s, tx, a, x: s.load(tx, a, NONE)),
    "webhooks.add": (REGION, lambda s, tx, a, x: s.add(tx, a, WISHED)),
    "webhooks.edit": (REGION, lambda s, tx, a, x: s.edit(tx, a, NONE, 1, WISHED)),
    "webhooks.remove": (REGION, lambda s, tx, a, x: s.remove(tx, a, NONE)),
    "webhooks.rotate": (REGION, lambda s, tx, a, x: s.rotate(tx, a, NONE)),
    "webhooks.ping": (REGION, lambda s, tx, a, x: s.ping(tx, a, NONE)),
    "webhooks.deliveries": (REGION, lambda s, tx, a, x: s.deliveries(tx, a, NONE)),
    "webhooks.resend": (REGION, lambda s, tx, a, x: s.resend(tx, a, NONE, NONE)),
    "applications.listed": (SEES, lambda s, tx, a, x: s.listed(tx, a)),
    "applications.one": (SEES, lambda s, tx, a, x: s.one(tx, a, NONE)),
    "applications.history": (SEES, lambda s, tx, a, x: s.history(tx, a, NONE)),
    "applications.create": (REGION, lambda s, tx, a, x: s.create(tx, a, {"key": "x"})),
    "applications.edit": (REGION, lambda s, tx, a, x: s.edit(tx, a, NONE, 1, {})),
    "applications.new_secret": (REGION, lambda s, tx, a, x: s.new_secret(tx, a, NONE)),
    "applications.put_back": (REGION, lambda s, tx, a, x: s.put_back(tx, a, NONE, 1, 1)),
    "applications.put_logo": (REGION, lambda s, tx, a, x: s.put_logo(tx, a, NONE, None)),
    "applications.set_enabled": (
        REGION,
        lambda s, tx, a, x: s.set_enabled(tx, a, NONE, enabled=False),
    ),
    "access.of": (SEES, lambda s, tx, a, x: s.of(tx, a, Policy(means=("password",)), ())),
    "passwords.listed": (SEES, lambda s, tx, a, x: s.listed(tx, a)),
    "passwords.one": (SEES, lambda s, tx, a, x: s.one(tx, a, STAFF)),
    "passwords.set": (REGION, lambda s, tx, a, x: s.set(tx, a, STAFF, {"length": 20})),
    "passwords.reset": (REGION, lambda s, tx, a, x: s.reset(tx, a, STAFF)),
    "post.listed": ("**-*-*-", lambda s, tx, a, x: s.listed(tx, a, Asked())),
    "post.one": ("**-*-*-", lambda s, tx, a, x: s.one(tx, a, NONE)),
    "post.traffic": ("**-*-*-", lambda s, tx, a, x: s.traffic(tx, a)),
    "post.hasten": (HELPS, lambda s, tx, a, x: s.hasten(tx, a, NONE)),
    "post.cancel": (HELPS, lambda s, tx, a, x: s.cancel(tx, a, NONE)),
    # Whoever administers the region sees the keys; one above them replaces them.
    "keys.listed": (SEES, lambda s, tx, a, x: s.listed(tx, a)),
    "keys.rotate": (SUPER, lambda s, tx, a, x: s.rotate(tx, a, "ES256")),
    "keys.revoke": (SUPER, lambda s, tx, a, x: s.revoke(tx, a, NONE)),
    "trust.store": (SEES, lambda s, tx, a, x: s.store(tx, a)),
    "trust.add": (SUPER, lambda s, tx, a, x: s.add(tx, a, Offered("", "cps"))),
    "trust.remove": (SUPER, lambda s, tx, a, x: s.remove(tx, a, NONE)),
    # Each part of it by its own right (`test_console_today.py`).
    "today.board": ("*******", lambda s, tx, a, x: s.board(tx, a)),
}
