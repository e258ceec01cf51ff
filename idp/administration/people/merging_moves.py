# SPDX-License-Identifier: Apache-2.0
"""What becomes of everything that an account has, when it is given up for another.

Every table that knows accounts stands in one of these lists (a test compares).
"""

from dataclasses import dataclass
from typing import Final

from sqlalchemy import Table, Update, bindparam, exists, update

from idp.accounts.models import ActivityRow, AffiliationRow, MembershipRow, SourceRow
from idp.administration.models import PatientConsentRow, PatientLetterRow
from idp.credentials.models import CardRow, PasskeyRow, PasswordHistoryRow, PasswordRow
from idp.db import Tx, table_of
from idp.grants.models import ChosenActivityRow, ConsentRow
from idp.providers.models import ProviderLinkRow
from idp.registration.models import RequestRow

passkeys = table_of(PasskeyRow)


@dataclass(frozen=True, slots=True)
class Move:
    """Rows that go over to the account kept, but where it has one of the same keys already."""

    table: Table
    # None: each row is one of its own. Empty: an account has one at most.
    keys: tuple[str, ...] | None = None


MOVES: Final = (
    Move(table_of(MembershipRow), ("community",)),
    Move(table_of(AffiliationRow), ("establishment",)),
    Move(table_of(ActivityRow), ("mark",)),
    Move(table_of(SourceRow), ("source",)),
    Move(table_of(ConsentRow), ("application",)),
    Move(table_of(ChosenActivityRow), ("application",)),
    Move(table_of(CardRow)),
    Move(passkeys),
    # Before the password itself: it is asked for below.
    Move(table_of(PasswordHistoryRow), ()),
    Move(table_of(PasswordRow), ()),
    Move(table_of(RequestRow)),
    Move(table_of(ProviderLinkRow), ("issuer",)),
    # What is over has no keys in common with anything: `stands` is nothing there.
    Move(table_of(PatientConsentRow), ("establishment", "stands")),
    Move(table_of(PatientLetterRow)),
)
# `idp.administration.people.merging` sees to them, each in its own way.
ELSEWHERE: Final = frozenset(
    {
        "account_listings",
        "account_names",
        "account_particulars",
        "account_words",
        "former_national_ids",
    }
)
# They end with the account, or tell of it.
LEFT: Final = frozenset(
    {
        "account_changes",
        "grants",
        "known_devices",
        "one_time_codes",
        "otp_enrolments",
        "pending_secrets",
        "recovery_codes",
        "registration_digests",
        "reset_links",
        "saved_views",
        "sessions",
        "totp",
    }
)
# An authenticator goes on presenting the handle of the account that it was made for.
MADE_FOR = (
    update(passkeys)
    .where(passkeys.c.account_id == bindparam("given_up"), passkeys.c.made_for == "")
    .values(made_for=bindparam("given_up"))
)


def _statement(move: Move) -> Update:
    theirs = move.table.c.account_id == bindparam("given_up")
    made = update(move.table).where(theirs).values(account_id=bindparam("kept"))
    if move.keys is None:
        return made
    other = move.table.alias("other")
    same = [other.c[key] == move.table.c[key] for key in move.keys]
    held = exists().where(other.c.account_id == bindparam("kept"), *same)
    return made.where(~held)


STATEMENTS: Final = tuple(_statement(one) for one in MOVES)


def move_all(tx: Tx, given_up: str, kept: str) -> None:
    """Take over whatever the account kept does not have itself."""
    known = {"given_up": given_up, "kept": kept}
    tx.execute(MADE_FOR, {"given_up": given_up})
    for statement in STATEMENTS:
        tx.execute(statement, known)
