# SPDX-License-Identifier: Apache-2.0
"""Forwarded headers as the administration asks for them."""

from collections.abc import Mapping
from typing import Any

from idp.accounts.values import Account
from idp.administration.rules.protocols import Imported
from idp.applications.values import Application
from idp.grants.admission import Admission
from idp.headers.attributes import READERS, WRITERS, Known
from idp.headers.identity import SubjectOf
from idp.headers.site import check_site, read_site


class HeadersRegistering:
    """Fills `Speaks`."""

    def __init__(self, subject_of: SubjectOf) -> None:
        self._subject_of = subject_of

    def faults(self, application: Application) -> list[str]:
        """Every fault of the settings."""
        return check_site(application)

    def scopes(self, application: Application) -> tuple[str, ...]:
        """What it is told of a person; it has no tokens, and nothing of ours is lent to it."""
        return () if check_site(application) else read_site(application).scopes

    def for_people(self, _application: Application) -> bool:
        """People enter it, and nothing else."""
        return True

    def by_secret(self, _application: Application) -> bool:
        """Its proxy proves itself by a secret."""
        return True

    def imported(self, _document: object) -> Imported:
        """It describes itself in no format."""
        return Imported({}, faults=("an application known by headers has no description",))

    def released(
        self, application: Application, account: Account, admission: Admission
    ) -> Mapping[str, Mapping[str, Any]]:
        """The headers that its proxy would be given."""
        site = read_site(application)
        subject = self._subject_of(site.sector, account.id)
        known = Known(account.person, admission, subject, "")
        write = WRITERS[site.values]
        return {"headers": {name: write(READERS[one](known)) for name, one in site.names}}
