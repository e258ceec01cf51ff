# SPDX-License-Identifier: Apache-2.0
"""How somebody is named towards an application, by the format that it registered."""

from idp.accounts.subjects import Subjects
from idp.accounts.values import Account
from idp.saml.application import SamlApplication
from idp.saml.names import EMAIL, PERSISTENT, TRANSIENT


def name_of(
    application: SamlApplication, account: Account, subjects: Subjects, fresh: str
) -> str | None:
    """The value of the name; None where this person has none of that kind.

    `fresh` is for a format that names nobody: another value each time.
    """
    if application.subject_format == PERSISTENT:
        return subjects.of(application.sector, account.id)
    if application.subject_format == TRANSIENT:
        return fresh
    if application.subject_format == EMAIL:
        # An address that nobody has confirmed may be somebody else's.
        return account.person.email if account.person.email_verified else None
    return account.person.identifier
