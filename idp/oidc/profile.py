# SPDX-License-Identifier: Apache-2.0
"""FAPI 2.0 as one switch of an application: all that it demands, and nothing of it for others.

What the switch can decide by itself, it decides; what contradicts it, whoever registers is told.
"""

from dataclasses import replace
from typing import Final

from idp.applications.faults import What
from idp.oidc.asking import WEAK as WEAK_REQUESTS
from idp.oidc.asking import Asking, Unaskable
from idp.oidc.binding import Bound
from idp.oidc.client_keys import has_signing
from idp.oidc.client_tls import TLS_METHODS
from idp.oidc.reading import Reading
from idp.oidc.response_types import CODE_ALONE, AnswerRules

NONE: Final = ""
SECURITY: Final = "fapi2"
# With Message Signing, as far as requests go: answers are signed for whoever asks for that.
SIGNING: Final = "fapi2-signed"
PROFILES: Final = (NONE, SECURITY, SIGNING)
STRONG: Final = frozenset(("private_key_jwt", *TLS_METHODS))
# FAPI 2.0 §5.4.1 knows it not.
WEAK: Final = "RS256"
# What we sign for it.
SIGNED_BY_US: Final = (
    "id_token_signed_response_alg",
    "authorization_signed_response_alg",
    "userinfo_signed_response_alg",
)


class Unsafe(What):
    """What an application of this profile cannot be."""

    FAPI_PROOF = "FAPI 2.0 wants private_key_jwt or a certificate"
    FAPI_CODE = "FAPI 2.0 answers by a code alone"
    FAPI_ALGORITHM = "FAPI 2.0 wants ES256 or EdDSA"
    FAPI_PKCE = "FAPI 2.0 wants PKCE"


def read_profile(reading: Reading, answers: AnswerRules) -> str:
    """Which one, and whether the other settings can go with it."""
    profile = reading.one_of("profile", PROFILES)
    if profile == NONE:
        return profile
    settings = reading.settings
    if profile == SIGNING and not has_signing(settings):
        reading.note("jwks", Unaskable.SIGNS_BY_KEYS)
    if settings.get("token_endpoint_auth_method") not in STRONG:
        reading.note("token_endpoint_auth_method", Unsafe.FAPI_PROOF)
    for name in SIGNED_BY_US:
        if settings.get(name) == WEAK:
            reading.note(name, Unsafe.FAPI_ALGORITHM)
    if settings.get("request_object_signing_alg") in WEAK_REQUESTS:
        reading.note("request_object_signing_alg", Unsafe.FAPI_ALGORITHM)
    if settings.get("old_signatures"):
        reading.note("old_signatures", Unsafe.FAPI_ALGORITHM)
    if settings.get("pkce") == "optional":
        reading.note("pkce", Unsafe.FAPI_PKCE)
    if answers.types != CODE_ALONE.types:
        reading.note("response_types", Unsafe.FAPI_CODE)
    return profile


def tightened(profile: str, method: str, asking: Asking, bound: Bound) -> tuple[Asking, Bound]:
    """What it decides: requests are pushed, and tokens bound to what the application proves by."""
    if profile == NONE:
        return asking, bound
    if not (bound.to_key or bound.to_certificate):
        by_certificate = method in TLS_METHODS
        bound = replace(bound, to_key=not by_certificate, to_certificate=by_certificate)
    signs = asking.must_sign or profile == SIGNING
    return replace(asking, must_push=True, must_sign=signs), bound
