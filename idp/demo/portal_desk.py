# SPDX-License-Identifier: Apache-2.0
"""What the imaging portal needs of the demo: its consent desk's client, and who its people are."""

import tomllib
from collections.abc import Mapping
from typing import Any, Final

from idp.accounts import service
from idp.administration.authority import Held, application_subject
from idp.administration.rights import Role as Duty
from idp.cli.place import Place
from idp.demo.addresses import registrations
from idp.demo.cast import CAST, ESTABLISHMENTS
from idp.office import open_office

PORTAL_DESK: Final = "imaging-desk"
# By the key of a person, what tokens for each application name them by.
Subjects = Mapping[str, Mapping[str, str]]


def portal_desk() -> dict[str, Any]:
    """Its registration: it acts in its own name, and is no place that anybody opens."""
    return tomllib.loads((registrations() / f"{PORTAL_DESK}.toml").read_text("utf-8"))


def let_it_enrol(place: Place) -> None:
    """At each establishment of the demo, as an operator would by `sceau roles give`."""
    office = open_office(place.core, place.secrets)
    root, subject = office.authorities.of_command(place.origin), application_subject(PORTAL_DESK)
    with place.core.database.write() as tx:
        for one in ESTABLISHMENTS:
            office.roles.give(tx, root, subject, Held(Duty.ESTABLISHMENT, one.key))


def subjects_of(place: Place) -> Subjects:
    """Everybody's, of the applications that name people by one."""
    desk = open_office(place.core, place.secrets).applications
    with place.core.database.read() as tx:
        every = place.core.applications.every(tx)
        accounts = {role.key: service.find(tx, role.person.identifier) for role in CAST}
    return {
        key: {
            one.key: subject
            for one in every
            if account and (subject := desk.speaks(one).subject(one, account))
        }
        for key, account in accounts.items()
    }
