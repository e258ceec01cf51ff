# SPDX-License-Identifier: Apache-2.0
"""People who go to Pro Santé Connect for a page of ours, and come back to it."""

import json

from tests.registration_kit import NUMBER, Applicant
from tests.world import Browser, World

from idp.demo.sandbox.people import Place, Professional  # isort: skip

HOUSE = "0B0139374"
# Who asks for an account in `tests.registration_kit`.
APPLYING = Professional(
    f"8{NUMBER}",
    "ELODIE",
    "LEFEVRE",
    "MME",
    "10",
    "SM26",
    (Place("HOPITAL GENERIQUE", "S", "SA01", HOUSE, f"1{HOUSE}", "TOURS", "37000"),),
)


def applicant_leaving(world: World) -> tuple[Applicant, str]:
    """Somebody at step 1 who goes there; where the browser is sent."""
    applicant = Applicant(world.browser())
    applicant.begin()
    return applicant, leave_again(applicant.browser)


def leave_again(browser: Browser) -> str:
    browser.get("/registration/card")
    answer = browser.submit("/registration/card/elsewhere")
    location: str = answer.headers.get("Location", "")
    return location


def unnumbered(world: World, who: str = "medecin") -> str:
    """Somebody of the cast whose number nobody has written down; their account."""
    account = world.cast[who].id
    with world.core.database.write() as tx:
        tx.exec_driver_sql(f"UPDATE accounts SET national_id = NULL WHERE id = '{account}'")
    return account


def owner_leaving(browser: Browser) -> str:
    """From account management, by somebody who has just proved that it is theirs."""
    browser.get("/account/prosante/link")
    answer = browser.submit("/account/prosante/link")
    location: str = answer.headers.get("Location", "")
    return location


def number_of(world: World, account: str) -> str | None:
    with world.core.database.read() as tx:
        found: str | None = tx.exec_driver_sql(
            f"SELECT national_id FROM accounts WHERE id = '{account}'"
        ).scalar()
    return found


def whys(world: World, kind: str = "errand.failed") -> list[str]:
    """Why proofs were refused, as the audit has it."""
    return [json.loads(one.detail)["why"] for one in world.events(kind)]
