# SPDX-License-Identifier: Apache-2.0
"""A new passkey: what the browser is asked to make, and what came of it."""

from collections.abc import Mapping
from typing import Any

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from webauthn import generate_registration_options, verify_registration_response
from webauthn.helpers import (
    decode_credential_public_key,
    decoded_public_key_to_cryptography,
    options_to_json_dict,
    parse_registration_credential_json,
)
from webauthn.helpers.cose import COSEAlgorithmIdentifier
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    RegistrationCredential,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)
from webauthn.registration.verify_registration_response import VerifiedRegistration

from connectors.passkey.reading import LONGEST, challenge_of, safely
from connectors.ports import NewPasskey, Site

# In the order in which they are preferred.
ALGORITHMS = [
    COSEAlgorithmIdentifier.ECDSA_SHA_256,
    COSEAlgorithmIdentifier.EDDSA,
    COSEAlgorithmIdentifier.RSASSA_PKCS1_v1_5_SHA_256,
]
SMALLEST_RSA = 2048
# WebAuthn §7.1 step 25.
LONGEST_CREDENTIAL = 1023
# WCAG 2.2.1: five minutes to find the key and remember its PIN; browsers may grant less.
PATIENCE = 300_000


def invitation(
    site: Site,
    challenge: bytes,
    handle: bytes,
    names: tuple[str, str],
    held: list[PublicKeyCredentialDescriptor],
) -> Mapping[str, Any]:
    """The options of `navigator.credentials.create`, as JSON."""
    name, shown = names
    options = generate_registration_options(
        rp_id=site.host,
        rp_name=site.name,
        user_id=handle,
        user_name=name,
        user_display_name=shown,
        challenge=challenge,
        timeout=PATIENCE,
        # Discoverable, so that it can be used alone; and its user is always verified.
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED,
            user_verification=UserVerificationRequirement.REQUIRED,
        ),
        # One authenticator holds one passkey of an account.
        exclude_credentials=held,
        supported_pub_key_algs=ALGORITHMS,
    )
    return options_to_json_dict(options)


def read_answer(text: str) -> tuple[RegistrationCredential, bytes] | None:
    """The answer of an authenticator and what it says that it answers to, not judged yet."""
    if len(text) > LONGEST:
        return None
    answer = safely(lambda: parse_registration_credential_json(text))
    challenge = answer and challenge_of(answer.response.client_data_json)
    return (answer, challenge) if answer and challenge else None


def verify(site: Site, answer: RegistrationCredential, challenge: bytes) -> NewPasskey | None:
    """Type, origin, site, presence, verification of the user, algorithm: WebAuthn §7.1."""
    made = safely(
        lambda: verify_registration_response(
            credential=answer,
            expected_challenge=challenge,
            expected_rp_id=site.host,
            expected_origin=site.origin,
            require_user_verification=True,
            supported_pub_key_algs=ALGORITHMS,
        )
    )
    if made is None or not _is_sound(made) or made.credential_id != answer.raw_id:
        return None
    return NewPasskey(
        challenge=challenge,
        credential=made.credential_id,
        public_key=made.credential_public_key,
        counter=made.sign_count,
        transports=tuple(sorted({one.value for one in answer.response.transports or ()})),
        model=made.aaguid,
        backed_up=made.credential_backed_up,
    )


def _is_sound(made: VerifiedRegistration) -> bool:
    """Whether its key can be used, and is no toy."""
    if len(made.credential_id) > LONGEST_CREDENTIAL:
        return False
    key = safely(
        lambda: decoded_public_key_to_cryptography(
            decode_credential_public_key(made.credential_public_key)
        )
    )
    if isinstance(key, RSAPublicKey):
        return key.key_size >= SMALLEST_RSA
    return key is not None
