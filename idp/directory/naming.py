# SPDX-License-Identifier: Apache-2.0
"""An activity told by codes gets the labels that the nomenclatures have for them."""

from dataclasses import replace

from idp.accounts.activities import Activity
from idp.directory import nomenclature


def named(activity: Activity) -> Activity:
    """With the labels of its codes; none for one that is not known."""
    profession = nomenclature.profession(activity.profession_code)
    speciality = nomenclature.speciality(activity.speciality_code)
    return replace(
        activity,
        profession=profession.label if profession else "",
        speciality=speciality.plain if speciality else "",
    )
