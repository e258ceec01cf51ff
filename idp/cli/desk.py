# SPDX-License-Identifier: Apache-2.0
"""The services of the administration, as commands call them: with every right, and by name."""

from dataclasses import dataclass

from idp.administration.authority import Authority
from idp.administration.office import Office
from idp.cli.place import Place
from idp.office import open_office


@dataclass(frozen=True, slots=True)
class Desk:
    """The services, and in whose name they are called."""

    office: Office
    authority: Authority


def desk_of(place: Place) -> Desk:
    """Whoever may read the installation's secrets may do everything anyhow."""
    office = open_office(place.core, place.secrets)
    return Desk(office, office.authorities.of_command(place.origin))
