# SPDX-License-Identifier: Apache-2.0
"""What comes from a browser, read by the library into values, or into nothing at all."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

from webauthn import verify_authentication_response
from webauthn.helpers import parse_authentication_credential_json, parse_client_data_json
from webauthn.helpers.structs import AuthenticationCredential

from connectors.ports import Passkey, Site

Result = TypeVar("Result")

# An answer takes one or two kilobytes: whatever is much longer is read by nobody.
LONGEST = 16 * 1024


@dataclass(frozen=True, slots=True)
class Assertion:
    """An authenticator's answer, not judged yet, and what it says that it answers to."""

    answer: AuthenticationCredential = field(repr=False)
    challenge: bytes = field(repr=False)

    @property
    def credential(self) -> bytes:
        """The passkey that is said to have signed."""
        return bytes(self.answer.raw_id)

    @property
    def handle(self) -> bytes | None:
        """The account that the authenticator keeps it for."""
        return self.answer.response.user_handle


@dataclass(frozen=True, slots=True)
class Signed:
    """What a genuine answer tells."""

    counter: int
    backed_up: bool


def safely(read: Callable[[], Result]) -> Result | None:
    """The result; None for whatever the library could not digest.

    JSON, base64 and CBOR from outside make it raise almost anything. It only reads and computes:
    nothing is left half done.
    """
    try:
        return read()
    except Exception:  # noqa: BLE001 - a refusal, see above
        return None


def read_assertion(text: str) -> Assertion | None:
    """The answer to a login, where it has the shape of one."""
    if len(text) > LONGEST:
        return None
    answer = safely(lambda: parse_authentication_credential_json(text))
    challenge = answer and challenge_of(answer.response.client_data_json)
    return Assertion(answer, challenge) if answer and challenge else None


def challenge_of(client_data: bytes) -> bytes | None:
    """What a browser says that it had signed, unless it was for a page inside another's."""
    found = safely(lambda: parse_client_data_json(client_data))
    # WebAuthn §7.1 step 10, §7.2 step 13: our pages are never shown in a frame.
    return found.challenge if found and not found.cross_origin else None


def verify(site: Site, passkey: Passkey, assertion: Assertion) -> Signed | None:
    """Type, origin, site, presence, verification of the user, signature: WebAuthn §7.2.

    Whether the challenge is ours and the counter goes on is judged elsewhere: both need a memory.
    """
    verified = safely(
        lambda: verify_authentication_response(
            credential=assertion.answer,
            expected_challenge=assertion.challenge,
            expected_rp_id=site.host,
            expected_origin=site.origin,
            credential_public_key=passkey.public_key,
            credential_current_sign_count=0,
            require_user_verification=True,
        )
    )
    return Signed(verified.new_sign_count, verified.credential_backed_up) if verified else None
