# SPDX-License-Identifier: Apache-2.0
"""What a request holds, as JSON and back. What an older version wrote opens as well."""

from collections.abc import Mapping
from dataclasses import asdict, fields
from typing import Any

from idp.accounts.particulars import Visibility
from idp.registration.values import CardShown, Content, Details, Introduced, Wishes


def pack(content: Content) -> dict[str, Any]:
    """As JSON."""
    return asdict(content)


def unpack(packed: Mapping[str, Any]) -> Content:
    """The value; a member that it does not know is left out."""
    details = _known(Details, packed.get("details", {}))
    if "visibility" in details:
        details["visibility"] = Visibility(details["visibility"])
    wishes = _known(Wishes, packed.get("wishes", {}))
    card, introduced = packed.get("card"), packed.get("introduced")
    return Content(
        has_card=packed.get("has_card"),
        card=CardShown(**_known(CardShown, card)) if card else None,
        introduced=Introduced(**_known(Introduced, introduced)) if introduced else None,
        details=Details(**details),
        wishes=Wishes(**{name: tuple(one) for name, one in wishes.items()}),
    )


def _known(kind: type[Any], packed: Mapping[str, Any]) -> dict[str, Any]:
    names = {one.name for one in fields(kind)}
    return {name: value for name, value in packed.items() if name in names}
