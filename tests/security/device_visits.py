# SPDX-License-Identifier: Apache-2.0
"""What people see who connect a device, names that hold markup included."""

from tests.protocol.oidc.devices import asked, decide, poll, television, type_code
from tests.world import World

MARKED = "<b>Écran</b> \"'><img src=x>"


def visit_devices(world: World) -> None:
    """The code, wrong ones and right ones; agreed, refused, over."""
    client = television(world, key="television", name=MARKED)
    browser = world.browser("192.0.2.90")
    for typed in (MARKED, "BCDF", "BCDF-GHJK"):
        type_code(browser, typed)
    browser.get(f"/device?user_code={MARKED}")
    given = asked(client)
    poll(client, given)
    poll(client, given)
    type_code(browser, given["user_code"])
    browser.log_in("infirmiere")
    decide(browser)
    poll(client, given)
    poll(client, given)
    type_code(browser, asked(client)["user_code"])
    decide(browser, "refuse")
    late = asked(client)
    type_code(browser, late["user_code"])
    with world.core.database.write() as tx:
        tx.exec_driver_sql("UPDATE device_requests SET expires_at = 1")
    decide(browser)
    for guess in ("BCDF-GHJL", "BCDF-GHJM", "BCDF-GHJN", "BCDF-GHJP", "BCDF-GHJQ", "BCDF-GHJR"):
        type_code(browser, guess)
