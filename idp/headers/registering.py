# SPDX-License-Identifier: Apache-2.0
"""Forwarded headers as the administration asks for them."""

from collections.abc import Callable, Mapping, Sequence

from idp.accounts.activities import Activity
from idp.accounts.values import Account
from idp.administration.rules.protocols import (
    Certified,
    Complained,
    Complaint,
    Detail,
    Imported,
    Told,
)
from idp.applications.faults import Fault
from idp.applications.values import Application
from idp.grants.admission import Admission
from idp.headers.attributes import PERSON, READERS, Known, as_percent
from idp.headers.identity import TYPE, SubjectOf
from idp.headers.site import Site, check_site, read_site

# The session's name towards an application.
Label = Callable[[str, str], str]
# In the place of what proves our word.
TAKEN_OUT = "taken-out"


class HeadersRegistering:
    """Fills `Speaks`."""

    def __init__(self, subject_of: SubjectOf, label: Label, issuer: str) -> None:
        self._issuer = issuer
        self._subject_of = subject_of
        self._label = label

    def faults(self, application: Application) -> list[Fault]:
        """Every fault of the settings."""
        return check_site(application)

    def scopes(self, application: Application) -> tuple[str, ...]:
        """What it is told of a person; it has no tokens, and nothing of ours is lent to it."""
        return () if check_site(application) else read_site(application).scopes

    def subject(self, _application: Application, _account_id: str) -> str:
        """It is given no tokens."""
        return ""

    def for_people(self, _application: Application) -> bool:
        """People enter it, and nothing else."""
        return True

    def by_secret(self, _application: Application) -> bool:
        """Its proxy proves itself by a secret."""
        return True

    def vouched_for(self, application: Application) -> bool:
        """Nothing of the kind is given by it."""
        return False

    def imported(self, _document: object) -> Imported:
        """It describes itself in no format."""
        return Imported({}, faults=("an application known by headers has no description",))

    def tellable(self) -> Mapping[str, str]:
        """Each in a header of any name."""
        return dict.fromkeys(READERS, "")

    def certified(self, _text: str) -> Certified | None:
        """Its proxy proves itself by none."""
        return None

    def connecting(self, application: Application) -> tuple[Detail, ...]:
        """What its proxy is configured with."""
        site = read_site(application)
        told = [
            Detail("auth_request", f"{self._issuer}/headers/check", "nginx"),
            Detail("forward_auth", f"{self._issuer}/headers/forward", "Traefik, Caddy, nginx"),
            Detail("Authorization", f"Basic base64({application.key}:SECRET)"),
            *(Detail("X-Forwarded-Host", one) for one in site.origins),
        ]
        if site.signed_header:
            told.append(Detail(site.signed_header, f"{self._issuer}/oidc/jwks", TYPE))
        return tuple(told)

    def registered(self, application: Application) -> Mapping[str, tuple[Detail, ...]]:
        """Its headers."""
        site = read_site(application)
        return {"headers": tuple(Detail(name, of, site.values) for name, of in site.names)}

    def told(
        self,
        application: Application,
        account: Account,
        admission: Admission | None,
        activities: Sequence[Activity] = (),
    ) -> Told:
        """The headers that its proxy would be given."""
        site = read_site(application)
        # As the application reads them: bytes of UTF-8 are letters to it.
        write = as_percent if site.values == "percent" else str
        values = self._values(site, account, admission)
        told = [
            Detail(name, write(values[attribute]), attribute)
            for name, attribute in site.names
            if attribute in values
        ]
        if admission is not None and site.signed_header:
            told.append(Detail(site.signed_header, TAKEN_OUT, TYPE))
        complaints = []
        if application.secret_hash is None:
            complaints.append(Complained(Complaint.NO_SECRET))
        if empty := tuple(one.name for one in told if not one.value):
            complaints.append(Complained(Complaint.NOT_KNOWN, empty))
        document = "\n".join(f"{one.name}: {one.value}" for one in told)
        return Told({"headers": tuple(told)}, document, tuple(complaints))

    def _values(self, site: Site, account: Account, admission: Admission | None) -> dict[str, str]:
        """Attribute by attribute; without a login, those that any login tells."""
        subject = self._subject_of(site.sector, account.id)
        if admission is None:
            of_person = {name: read(account.person) for name, read in PERSON.items()}
            return {"subject": subject, **of_person}
        session = self._label(admission.session, site.application.key)
        known = Known(account.person, admission, subject, session)
        return {name: read(known) for name, read in READERS.items()}
