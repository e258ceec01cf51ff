# SPDX-License-Identifier: Apache-2.0
"""What an application is told that it alone reads: their fields in its form."""

from collections.abc import Iterator
from typing import Any, Final

from flask_babel import lazy_gettext as _

from idp.web.admin.application_shapes import Field, Section

WAYS: Final = ("RSA-OAEP-256", "ECDH-ES", "ECDH-ES+A256KW")
CIPHERS: Final = ("A128CBC-HS256", "A256GCM", "A128GCM", "A256CBC-HS512")
PLACES: Final = (
    ("id_token", _("ID tokens")),
    ("userinfo", _("The person’s details (userinfo)")),
    ("authorization", _("Answers that are asked for signed (JARM)")),
    ("introspection", _("What it is told of tokens (introspection)")),
)


def _fields() -> Iterator[Field]:
    for place, label in PLACES:
        yield _choice(f"{place}_encrypted_response_alg", label, (("", _("Not encrypted")),), WAYS)
        usual = (("", _("As usual (A128CBC-HS256)")),)
        yield _choice(f"{place}_encrypted_response_enc", _("with the cipher"), usual, CIPHERS)


def _choice(name: str, label: Any, first: tuple[tuple[str, Any], ...], words: Any) -> Field:
    return Field(f"oidc.{name}", label, "choice", options=(*first, *((one, one) for one in words)))


ENCRYPTION: Final = Section(
    _("What it alone can read"),
    _(
        "For applications that ask for it. Each is signed, then encrypted to a key that the "
        "application gave above for that (use=enc). Where there is no such key, it is told nothing."
    ),
    tuple(_fields()),
    seldom=True,
)
