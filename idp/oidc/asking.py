# SPDX-License-Identifier: Apache-2.0
"""How an application may bring its requests, as it is registered: its settings about them."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from idp.applications.faults import Unfit, What
from idp.http.addresses import Unaddressed, address_fault
from idp.oidc.client_keys import ALGORITHMS, OLD, has_signing
from idp.oidc.reading import Reading

MOST_ADDRESSES: Final = 50
MOST_TYPES: Final = 50
# Shown to people, and compared as it is.
DETAIL_TYPE: Final = re.compile(r"[!-~]{1,128}")
# Not signed at all: taken from where a registered address leads, and from nowhere else.
UNSIGNED: Final = "none"
# OIDC Core §6: for applications that are registered so; the console warns of them.
WEAK: Final = (OLD, UNSIGNED)
KNOWN = frozenset(
    {
        "require_pushed_authorization_requests",
        "require_signed_request_object",
        "request_object_signing_alg",
        "request_uris",
        "authorization_details_types",
        "old_signatures",
    }
)


class Unaskable(What):
    """What may be wrong with these settings."""

    SIGNS_BY_KEYS = "signed requests need jwks or jwks_uri"
    UNSIGNED_LIES = "unsigned requests need request_uris, and never require_signed_request_object"
    DETAIL_TYPE = "1 to 128 printable ASCII characters without spaces are expected"


@dataclass(frozen=True, slots=True)
class Asking:
    """By which ways requests may come, and which must."""

    must_push: bool = False
    must_sign: bool = False
    # Nothing: any that we verify.
    algorithm: str = ""
    signs: bool = False
    request_uris: tuple[str, ...] = ()
    detail_types: tuple[str, ...] = ()
    # Of applications that know no better: RS256 at logins, and requests that nobody signed.
    old: bool = False

    @property
    def demands(self) -> bool:
        """Whether parameters in the address alone are not enough."""
        return self.must_push or self.must_sign

    @property
    def verified(self) -> tuple[str, ...]:
        """The algorithms of what it signs: assertions, and requests where none is registered."""
        return (*ALGORITHMS, OLD) if self.old else ALGORITHMS

    @property
    def unsigned(self) -> bool:
        """Whether requests may be signed by nobody, at its addresses at least."""
        return self.algorithm == UNSIGNED or (
            self.old and not self.algorithm and not self.must_sign
        )

    @property
    def weak(self) -> tuple[str, ...]:
        """What of this is, by name."""
        if self.old:
            return WEAK
        return (self.algorithm,) if self.algorithm in WEAK else ()


def read_asking(reading: Reading) -> Asking:
    """The group of settings, each fault noted."""
    settings: Mapping[str, Any] = reading.settings
    signs = has_signing(settings)
    algorithm = reading.one_of("request_object_signing_alg", ("", *ALGORITHMS, *WEAK))
    must_sign = reading.switch("require_signed_request_object")
    addresses = _addresses(reading)
    for name, said in (
        ("require_signed_request_object", must_sign),
        ("request_object_signing_alg", algorithm),
        ("request_uris", addresses),
    ):
        if said and not signs and algorithm != UNSIGNED:
            reading.note(name, Unaskable.SIGNS_BY_KEYS)
    if algorithm == UNSIGNED and (must_sign or not addresses):
        reading.note("request_object_signing_alg", Unaskable.UNSIGNED_LIES)
    return Asking(
        must_push=reading.switch("require_pushed_authorization_requests"),
        must_sign=must_sign,
        algorithm=algorithm,
        signs=signs,
        request_uris=addresses,
        detail_types=_detail_types(reading),
        old=reading.switch("old_signatures"),
    )


def _addresses(reading: Reading) -> tuple[str, ...]:
    """OIDC Core §6.2: these may end in a fragment, the hash of what they hold."""
    found = reading.texts("request_uris")
    if len(found) > MOST_ADDRESSES:
        reading.note("request_uris", Unfit.TOO_MANY, most=str(MOST_ADDRESSES))
    for uri in found:
        address, _, fragment = uri.partition("#")
        why = address_fault(address)
        if why is None and fragment and not DETAIL_TYPE.fullmatch(fragment):
            why = Unaddressed.ADDRESS_LETTERS
        if why is not None:
            reading.note("request_uris", why, value=uri)
    return found


def _detail_types(reading: Reading) -> tuple[str, ...]:
    """RFC 9396 §10."""
    found = reading.texts("authorization_details_types")
    if len(found) > MOST_TYPES:
        reading.note("authorization_details_types", Unfit.TOO_MANY, most=str(MOST_TYPES))
    for one in found:
        if not DETAIL_TYPE.fullmatch(one):
            reading.note("authorization_details_types", Unaskable.DETAIL_TYPE, value=one)
    return found
