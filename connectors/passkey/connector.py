# SPDX-License-Identifier: Apache-2.0
"""The passkey connector: one signature over a fresh challenge, alone or after a first factor."""

import json
from collections.abc import Mapping
from typing import Any, ClassVar

from webauthn import generate_authentication_options
from webauthn.helpers import options_to_json_dict
from webauthn.helpers.structs import (
    AuthenticatorTransport,
    PublicKeyCredentialDescriptor,
    UserVerificationRequirement,
)

from connectors.base import (
    Answer,
    Ask,
    Attempt,
    Evidence,
    Level,
    Reason,
    Refused,
    Verified,
    VerifiedIdentity,
)
from connectors.passkey import enrol
from connectors.passkey.reading import Assertion, Signed, read_assertion, verify
from connectors.ports import Challenges, NewPasskey, Passkey, PasskeyStore, Site


class PasskeyConnector:
    """Asks the browser for a signature by an authenticator that has verified its user."""

    kind: ClassVar[str] = "passkey"
    # RFC 8176 §2: a key bound to its device, presence and verification of the user, two factors.
    methods: ClassVar[tuple[str, ...]] = ("hwk", "user", "mfa")
    level: ClassVar[Level] = Level.TWO_FACTORS
    after: ClassVar[str | None] = None

    def __init__(self, store: PasskeyStore, challenges: Challenges, site: Site) -> None:
        self._store = store
        self._challenges = challenges
        self._site = site

    def lacks(self, account: str) -> str | None:
        """Whether this person has a passkey at all."""
        return None if self._store.of(account) else "not-set-up"

    def begin(self, attempt: Attempt) -> Answer:
        """A fresh challenge; to whoever is known, by their own passkeys only."""
        options = generate_authentication_options(
            rp_id=self._site.host,
            challenge=self._challenges.issue(_binding(attempt)),
            timeout=enrol.PATIENCE,
            allow_credentials=self._held(attempt.account) if attempt.account else [],
            user_verification=UserVerificationRequirement.REQUIRED,
        )
        return Ask({"options": json.dumps(options_to_json_dict(options))})

    def claimed(self, attempt: Attempt, evidence: Evidence) -> str | None:
        """Whose passkey is said to have signed; a second factor never takes it from the form."""
        if attempt.account is not None:
            return attempt.account
        assertion = read_assertion(evidence.form.get("credential", ""))
        passkey = self._store.find(assertion.credential) if assertion else None
        return passkey.subject if passkey else None

    def resume(self, attempt: Attempt, evidence: Evidence) -> Answer:
        """Judge the signature, then take note of it: no answer counts twice."""
        assertion = read_assertion(evidence.form.get("credential", ""))
        if assertion is None:
            return Refused(Reason.MALFORMED)
        if not self._challenges.is_ours(_binding(attempt), assertion.challenge):
            return Refused(Reason.EXPIRED)
        passkey = self._store.find(assertion.credential)
        if passkey is None:
            return Refused(Reason.UNKNOWN)
        if not self._is_theirs(attempt, passkey, assertion):
            return Refused(Reason.WRONG)
        signed = verify(self._site, passkey, assertion)
        # In vain, it takes nothing: of one form sent many times, a try that may not count must
        # not be the one that wins.
        if signed is None or not (attempt.in_vain or self._take(passkey, assertion, signed)):
            return Refused(Reason.WRONG)
        # A passkey that is backed up lives in more than one device.
        methods = ("swk", "user", "mfa") if signed.backed_up else self.methods
        return Verified(VerifiedIdentity(passkey.subject), methods)

    def _take(self, passkey: Passkey, assertion: Assertion, signed: Signed) -> bool:
        return self._store.use(
            passkey, assertion.challenge, signed.counter, backed_up=signed.backed_up
        )

    def _is_theirs(self, attempt: Attempt, passkey: Passkey, assertion: Assertion) -> bool:
        """WebAuthn §7.2 step 6: a known person's own passkey, else one kept for its owner."""
        if attempt.account not in {None, passkey.subject}:
            return False
        if assertion.handle is None:
            return attempt.account is not None
        return assertion.handle == self._store.handle(passkey.made_for or passkey.subject)

    def invite(self, binding: str, subject: str, name: str, shown: str) -> Mapping[str, Any]:
        """What the browser is asked to make."""
        challenge, handle = self._challenges.issue(binding), self._store.handle(subject)
        return enrol.invitation(self._site, challenge, handle, (name, shown), self._held(subject))

    def judge(self, binding: str, answer: str) -> NewPasskey | Refused:
        """What the browser made; its challenge is yet to be taken."""
        read = enrol.read_answer(answer)
        if read is None:
            return Refused(Reason.MALFORMED)
        if not self._challenges.is_ours(binding, read[1]):
            return Refused(Reason.EXPIRED)
        return enrol.verify(self._site, *read) or Refused(Reason.WRONG)

    def _held(self, account: str) -> list[PublicKeyCredentialDescriptor]:
        return [
            PublicKeyCredentialDescriptor(
                one.credential, transports=[AuthenticatorTransport(way) for way in one.transports]
            )
            for one in self._store.of(account)
        ]


def _binding(attempt: Attempt) -> str:
    return f"login|{attempt.id}"
