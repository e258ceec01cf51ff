# SPDX-License-Identifier: Apache-2.0
"""A doctor who practises in a hospital and in a practice of her own."""

from idp.accounts import activities
from idp.accounts.activities import Activity
from tests.world import World

HOSPITAL = Activity(
    profession_code="10",
    profession="Médecin",
    category="C",
    speciality_code="SM36",
    speciality="Oncologie option médicale",
    mode="S",
    sector="SA01",
    finess="370000481",
    structure="CHU DE TOURS",
    town="TOURS",
)
PRACTICE = Activity(
    profession_code="10",
    profession="Médecin",
    category="C",
    speciality_code="SM36",
    speciality="Oncologie option médicale",
    mode="L",
    sector="SA07",
    structure="CABINET DU DR DURAND",
    town="AMBOISE",
    structure_number="499700000013008",
)
BOTH = (HOSPITAL, PRACTICE)


def practises(world: World, *known: Activity, who: str = "medecin") -> None:
    """What somebody of the cast practises from now on."""
    with world.core.database.write() as tx:
        activities.write(tx, world.cast[who].id, known)
