# SPDX-License-Identifier: Apache-2.0
"""Any provider, by the names of attributes that an administrator gave."""

import json
from typing import Final

from connectors.asserted import Asserted
from connectors.base import Level
from connectors.introduced import UNTOLD, Introducing, Read


class AttributesReader:
    """One provider."""

    untold: Final = UNTOLD

    def __init__(self, issuer: str, introducing: Introducing) -> None:
        self._issuer = issuer
        self._introducing = introducing

    @property
    def highest(self) -> Level:
        """The most that any of its classes is worth."""
        return self._introducing.highest

    def read(self, asserted: Asserted) -> Read | str:
        """Somebody, by the name that the provider signs."""

        def value_of(name: str) -> str | None:
            # Of several values it would matter which is read.
            values = asserted.attributes.get(name, ())
            return values[0] if len(values) == 1 else None

        name = name_of(self._issuer, asserted)
        return self._introducing.read(self._issuer, name, asserted.context, value_of)


def name_of(issuer: str, asserted: Asserted) -> str:
    """BR-010: a name with its kind and for whom it was made; without them it may be another's."""
    # SAML Core §8.3.7: whoever leaves the qualifier out means themselves.
    qualifier = "" if asserted.qualifier == issuer else asserted.qualifier
    return json.dumps([asserted.format, qualifier, asserted.subject], ensure_ascii=False)
