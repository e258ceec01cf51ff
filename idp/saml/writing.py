# SPDX-License-Identifier: Apache-2.0
"""What all that we write has in common: elements, moments, identifiers."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime

from lxml import etree

from idp.clock import Entropy
from idp.saml.names import PREFIXES
from idp.saml.xml import Element

# SAML Core §1.3.4: 128 bits at least, 160 wished.
IDENTIFIER_BYTES = 20


def element(
    name: str,
    attributes: Mapping[str, str | None] | None = None,
    *inside: Element,
    text: str | None = None,
) -> Element:
    """An element of one of our namespaces; an attribute that is None is left out."""
    made = etree.Element(name, nsmap=_declared(name))
    for key, value in (attributes or {}).items():
        if value is not None:
            made.set(key, value)
    made.text = None if text is None else _ILLEGAL.sub("\N{REPLACEMENT CHARACTER}", text)
    made.extend(inside)
    return made


def identifier(entropy: Entropy) -> str:
    """A new identifier: unguessable, and a name that XML allows."""
    return f"_{entropy.bytes(IDENTIFIER_BYTES).hex()}"


def moment(seconds: int) -> str:
    """SAML Core §1.3.3: UTC, without a zone of its own."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def read_moment(value: str | None) -> int | None:
    """A moment that somebody else wrote, in whole seconds; None where it is none in UTC."""
    if value is None or not value.endswith("Z") or "T" not in value:
        return None
    try:
        return int(datetime.fromisoformat(value).timestamp())
    except ValueError:
        return None


def written(made: Element) -> bytes:
    """The bytes that travel."""
    data: bytes = etree.tostring(made, encoding="utf-8", xml_declaration=False)
    return data


# XML 1.0 §2.2: what no document can hold, however it is written.
_ILLEGAL = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_BY_NAMESPACE = {namespace: prefix for prefix, namespace in PREFIXES.items()}


def _declared(name: str) -> dict[str, str]:
    namespace = etree.QName(name).namespace
    return {_BY_NAMESPACE[namespace]: namespace}
