# SPDX-License-Identifier: Apache-2.0
"""Establishments, and who of the cast belongs to them or administers them."""

from idp.accounts.establishments import Establishment, Standing
from idp.administration.authority import Held
from idp.administration.patients.consents import By
from idp.administration.rights import Role
from tests.protocol.kit import ELSEWHERE
from tests.world import World

HOSPITAL = Establishment("0B0057881", "CHU d’essai", "Tours")
CLINIC = Establishment("0B0062154", "Clinique d’essai", "Blois")
CLOSED = Establishment("0B0071113", "Maison fermée", "Blois", state=Standing.CLOSED)


def house(world: World) -> None:
    """The doctor works for two, and administers two; one of each is closed."""
    core, office = world.core, world.provider.services.office
    root = office.authorities.of_command(ELSEWHERE)
    doctor = world.cast["medecin"].id
    with core.database.write() as tx:
        for one in (HOSPITAL, CLINIC, CLOSED):
            core.establishments.put(tx, one, ELSEWHERE)
        for one in (HOSPITAL, CLOSED):
            core.establishments.join(tx, doctor, one.key, ELSEWHERE)
        by = By("desk", ELSEWHERE)
        office.consents.give(tx, world.cast["patient"], HOSPITAL.key, "1", by)
        for key in (CLINIC.key, CLOSED.key):
            held = Held(Role.ESTABLISHMENT, key)
            assert office.roles.give(tx, root, doctor, held) is True
        region = Held(Role.REGION)
        assert office.roles.give(tx, root, world.cast["administrateur"].id, region) is True
