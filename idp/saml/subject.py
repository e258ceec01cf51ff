# SPDX-License-Identifier: Apache-2.0
"""How somebody is named towards an application, by the format that it registered; and the way back.

Nothing is kept for it: names that are not the person's own are made of the account, or of the
session, and lead back to it.
"""

from idp.accounts import service as accounts
from idp.accounts.subjects import Subjects
from idp.accounts.values import Account, fold
from idp.db import Tx
from idp.saml.application import SamlApplication
from idp.saml.names import EMAIL, PERSISTENT, TRANSIENT

# Base64 may begin with a digit; an identifier of XML does not (SAML Core §8.3.8).
MARK = "_"


def name_of(
    application: SamlApplication, account: Account, subjects: Subjects, session: str
) -> str | None:
    """The value of the name; None where this person has none of that kind."""
    if application.subject_format == PERSISTENT:
        return subjects.of(application.sector, account.id)
    if application.subject_format == TRANSIENT:
        return MARK + subjects.of(_passing(application), session)
    if application.subject_format == EMAIL:
        # An address that nobody has confirmed may be somebody else's.
        return account.person.email if account.person.email_verified else None
    return account.person.identifier


def named_account(
    tx: Tx, application: SamlApplication, value: str, subjects: Subjects
) -> str | None:
    """The account that a name of the registered format names towards this application."""
    if application.subject_format == TRANSIENT:
        return None
    if application.subject_format == PERSISTENT:
        return subjects.account_of(application.sector, value)
    found = accounts.find(tx, value)
    account = accounts.load(tx, found) if found else None
    # People are found by whatever they type; here only by the name that the application is given.
    given = name_of(application, account, subjects, "") if account else None
    if account is None or given is None or fold(given) != fold(value):
        return None
    return account.id


def named_session(application: SamlApplication, value: str, subjects: Subjects) -> str | None:
    """The session of a name that holds for one session only."""
    if application.subject_format != TRANSIENT or not value.startswith(MARK):
        return None
    return subjects.account_of(_passing(application), value.removeprefix(MARK))


def _passing(application: SamlApplication) -> str:
    return f"saml-session|{application.application.key}"
