# SPDX-License-Identifier: Apache-2.0
"""Accounts as a table to take away, by the filters of the list."""

from idp.administration.authority import Denied
from idp.administration.csv_out import MEDIA_TYPE, export
from idp.administration.people.csv_accounts import HEADER
from idp.administration.people.search import Query as Wanted
from idp.administration.rights import Right
from idp.api.routing import Asked, Done, Operation, Outcome
from idp.api.v1.accounts import AccountChoice
from idp.api.words import N_


def take(asked: Asked) -> Outcome:
    """Everybody found, while it is sent."""
    wanted = Wanted(**asked.query.model_dump())
    found = asked.services.office.account_export.rows(asked.authority, wanted)
    if isinstance(found, Denied):
        return found
    return Done(pieces=export(HEADER, found), file_name="accounts.csv")


OPERATIONS = (
    Operation(
        "GET",
        "/accounts/export",
        "exportAccounts",
        N_("The accounts of a list as a table; that it was taken away is kept"),
        take,
        Right.ACCOUNTS_EXPORT,
        query=AccountChoice,
        media_type=MEDIA_TYPE.partition(";")[0],
        fresh=True,
    ),
)
