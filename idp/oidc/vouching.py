# SPDX-License-Identifier: Apache-2.0
"""Who may vouch for people towards an application (RFC 7523 §2.1): its settings."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from connectors.base import Level
from idp.applications.faults import Unfit, What
from idp.http.addresses import address_fault
from idp.oidc.client_keys import ClientKey, holds_secrets, read_keys
from idp.oidc.reading import Reading

BEARER: Final = "urn:ietf:params:oauth:grant-type:jwt-bearer"
VOUCHING: Final = frozenset({"bearer_issuers"})
MOST: Final = 20
LONGEST: Final = 512
MEMBERS: Final = {"issuer", "jwks", "jwks_uri", "subject", "level"}
# How a person is named: as this server names them to the application, or by the national number.
OURS: Final = "sub"
NATIONAL: Final = "national_id"


class Unvouched(What):
    """What may be wrong with these settings."""

    BEARER_PROOF = "the JWT bearer grant needs a client that authenticates"
    BEARER_ISSUER = (
        "each needs an issuer of its own, either jwks or jwks_uri, a subject of sub or "
        "national_id, a level of 1 to 3, and nothing else"
    )
    BEARER_NONE = "the JWT bearer grant needs at least one issuer"
    BEARER_GRANT = "is of use with the JWT bearer grant alone"


@dataclass(frozen=True, slots=True)
class Voucher:
    """Somebody whose signed word is believed, and as how much."""

    issuer: str
    keys: tuple[ClientKey, ...] = field(default=(), repr=False)
    jwks_uri: str = ""
    subject: str = OURS
    level: Level = Level.PASSWORD


def read_vouchers(reading: Reading, grants: tuple[str, ...], method: str) -> Mapping[str, Voucher]:
    """By issuer, each fault noted."""
    listed = reading.settings.get("bearer_issuers", [])
    registered = BEARER in grants
    if registered and method == "none":
        reading.note("grant_types", Unvouched.BEARER_PROOF)
    if not isinstance(listed, list) or not all(isinstance(one, Mapping) for one in listed):
        reading.note("bearer_issuers", Unfit.TABLES)
        return {}
    if bool(listed) != registered:
        why = Unvouched.BEARER_NONE if registered else Unvouched.BEARER_GRANT
        reading.note("bearer_issuers", why)
    if len(listed) > MOST:
        reading.note("bearer_issuers", Unfit.TOO_MANY, most=str(MOST))
        return {}
    found: dict[str, Voucher] = {}
    for one in listed:
        voucher = _read(one)
        if voucher is None or voucher.issuer in found:
            reading.note("bearer_issuers", Unvouched.BEARER_ISSUER)
        else:
            found[voucher.issuer] = voucher
    return found


def _read(one: Mapping[str, Any]) -> Voucher | None:
    issuer, uri = one.get("issuer"), one.get("jwks_uri", "")
    level, subject = one.get("level", 1), one.get("subject", OURS)
    if not set(one) <= MEMBERS or not isinstance(issuer, str) or not 1 <= len(issuer) <= LONGEST:
        return None
    if subject not in {OURS, NATIONAL} or type(level) is not int or level not in set(Level):
        return None
    if not isinstance(uri, str) or bool(uri) == ("jwks" in one):
        return None
    if uri:
        return None if address_fault(uri) else Voucher(issuer, (), uri, subject, Level(level))
    keys = () if holds_secrets(one["jwks"]) else read_keys(one["jwks"])
    return Voucher(issuer, keys, "", subject, Level(level)) if keys else None
