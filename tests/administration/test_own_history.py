# SPDX-License-Identifier: Apache-2.0
"""What a person reads of what administrators did, and nothing of where those sit."""

from idp.accounts.values import State
from tests.administration.kit import DESK, Opened


def test_wb_013_an_administrators_desk_is_not_shown(sqlite_office: Opened) -> None:
    desk, core = sqlite_office.world.provider.services.office, sqlite_office.world.core
    account = sqlite_office["medecin"].id
    with core.database.write() as tx:
        chu = sqlite_office.authority("chu")
        desk.people.unlock(tx, chu, account)
        desk.people.set_state(tx, chu, account, State.DISABLED)
        desk.people.set_state(tx, chu, account, State.ACTIVE)
    sqlite_office.world.clock.pass_by(1)
    browser = sqlite_office.enter("medecin")
    browser.get("/account/history", headers={"Accept-Language": "en"})
    shown = browser.page.get_text()
    assert DESK.address not in shown
    [unlocked] = sqlite_office.world.events("account.unlocked")
    assert unlocked.address == DESK.address
