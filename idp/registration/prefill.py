# SPDX-License-Identifier: Apache-2.0
"""What is known of somebody before they type it: by their card, by a provider where they logged
in, or by the national register.

Nothing that was typed is replaced, but for what a card or provider says of who somebody is.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from connectors.capabilities import Practice
from idp.accounts.spelling import written, written_town
from idp.directory import nomenclature
from idp.directory.values import Practitioner
from idp.messages.numbers import canonical_number
from idp.registration.details import FRANCE, labelled, number_on
from idp.registration.values import CardShown, Content, Details, Introduced


def with_card(content: Content, card: CardShown) -> Content:
    """The card is bound to the request, and says whose it is."""
    known = replace(
        content.details,
        number=number_on(card),
        last_name=written(card.last_name),
        first_name=written(card.first_name),
        profession=content.details.profession or _current(card.profession),
    )
    return replace(content, has_card=True, card=card, introduced=None, details=labelled(known))


def with_introduction(
    content: Content, who: Introduced, place: Practice | None, establishment: str
) -> Content:
    """The provider says who they are; where they practise is only proposed."""
    known = replace(
        content.details,
        number=number_on(who),
        last_name=written(who.last_name),
        first_name=written(who.first_name),
        profession=content.details.profession or _current(who.profession),
        establishment=content.details.establishment or establishment,
    )
    if place is not None:
        known = _filled(known, _at(place))
    return replace(content, has_card=False, card=None, introduced=who, details=labelled(known))


def _at(place: Practice) -> dict[str, str]:
    return {
        "speciality": _speciality(place.speciality_code),
        "post_code": place.post_code,
        "city": written_town(place.town),
        "phone": canonical_number(place.phone) or "",
        "country": FRANCE,
    }


def _speciality(code: str) -> str:
    """A code that the form offers, or nothing."""
    found = nomenclature.speciality(code)
    return code if found is not None and found.current else ""


def _filled(details: Details, known: Mapping[str, str]) -> Details:
    filled: dict[str, Any] = {name: getattr(details, name) or text for name, text in known.items()}
    return replace(details, **filled)


def _current(profession: str) -> str:
    """A code that the form offers, or nothing."""
    found = nomenclature.profession(profession)
    return profession if found is not None and found.current else ""


def with_register(details: Details, found: Practitioner) -> Details:
    """What the register says, where nothing was typed."""
    place = found.activities[0] if found.activities else None
    known = {
        "last_name": written(found.last_name),
        "first_name": written(found.first_name),
        "title": found.title,
        "civility": found.civility,
    }
    if place is not None:
        known |= {
            "profession": _current(place.profession_code),
            "speciality": place.speciality_code,
            "post_code": place.post_code,
            "city": written_town(place.town),
            "phone": canonical_number(place.phone) or "",
            "country": FRANCE,
        }
    return labelled(_filled(details, known))
