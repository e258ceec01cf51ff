# SPDX-License-Identifier: Apache-2.0
"""The pages that stand before a first second factor, for the crawl."""

from unittest import mock

from sqlalchemy import text

from idp.credentials import resets
from tests.world import CONFIRM, World


def visit_enrolment(world: World) -> None:
    """Somebody with a password alone, at pages that want something beside it."""
    browser = world.browser("192.0.2.63")
    browser.reads_mail = False
    browser.get("/account/data")
    browser.log_in("infirmiere")
    account = world.cast["infirmiere"].id
    with world.core.database.write() as tx:
        tx.execute(text("DELETE FROM passkeys WHERE account_id = :id"), {"id": account})
    browser.get("/account/data")
    with world.core.database.write() as tx:
        tx.execute(text("UPDATE accounts SET email_verified = 1 WHERE id = :id"), {"id": account})
    browser.get("/account/data")
    browser.submit(CONFIRM, channel="email")
    with mock.patch.object(world.core.post, "is_up", return_value=True):
        browser.submit(CONFIRM, channel="email")
    browser.submit(CONFIRM, code="000000")
    with world.core.database.write() as tx:
        resets.note(tx, account, "email", world.clock.now())
    browser.get("/account/data")
    with world.core.database.write() as tx:
        world.core.otp.enable(tx, account)
    browser.get("/account/data")
