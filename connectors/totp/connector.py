# SPDX-License-Identifier: Apache-2.0
"""The authenticator app: one field, or the field for a code on paper."""

from typing import ClassVar, Final

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
from connectors.capabilities import Pairing
from connectors.ports import AuthenticatorStore, Clock, RecoveryStore
from connectors.totp.codes import find_step, read_code
from connectors.totp.enrol import address_of, draw

APP: Final = "app"
PAPER: Final = "paper"
LONGEST: Final = 64
# Compared with for somebody without an app, so that they take as long.
NO_SEED: Final = "A" * 32


class TotpConnector:
    """Asks for what the app shows now."""

    kind: ClassVar[str] = "totp"
    methods: ClassVar[tuple[str, ...]] = ("pwd", "otp", "mfa")
    level: ClassVar[Level] = Level.TWO_FACTORS
    after: ClassVar[str | None] = "password"

    def __init__(self, store: AuthenticatorStore, recovery: RecoveryStore, clock: Clock) -> None:
        self._store = store
        self._recovery = recovery
        self._clock = clock

    def lacks(self, account: str) -> str | None:
        """An app that was set up."""
        return None if self._store.is_set_up(account) else "not-set-up"

    def begin(self, attempt: Attempt) -> Answer:
        """Show the field of the way last chosen."""
        return _show(PAPER if attempt.state.get("way") == PAPER else APP)

    def claimed(self, attempt: Attempt, evidence: Evidence) -> str | None:
        """The person known from the password; the form never says who."""
        return attempt.account

    def secret_of(self, evidence: Evidence) -> str:
        """Whoever guesses at the app does not lock the codes on paper (CR-012)."""
        # To turn to the paper is a step towards it: an app that is closed does not bar the way.
        return PAPER if PAPER in evidence.form or evidence.form.get("way") == PAPER else ""

    def resume(self, attempt: Attempt, evidence: Evidence) -> Answer:
        """Judge a code, or turn to the other field."""
        account, form = attempt.account, evidence.form
        if account is None:
            return Refused(Reason.MALFORMED)
        if form.get("way") in {APP, PAPER}:
            return _show(form["way"])
        if PAPER in form:
            right = self._is_on_paper(attempt, account, form[PAPER])
        else:
            right = self._is_shown_now(attempt, account, form.get("code", ""))
        return Verified(VerifiedIdentity(account)) if right else Refused(Reason.WRONG)

    def _is_shown_now(self, attempt: Attempt, account: str, typed: str) -> bool:
        code = read_code(typed) if len(typed) <= LONGEST else None
        if code is None:
            return False
        seed = self._store.seed(account)
        step = find_step(seed or NO_SEED, code, self._clock.now())
        if seed is None or step is None:
            return False
        # CR-004, CR-008: a step is taken once, and none before it ever after.
        return attempt.in_vain or self._store.take(account, step)

    def _is_on_paper(self, attempt: Attempt, account: str, typed: str) -> bool:
        if len(typed) > LONGEST:
            return False
        return self._recovery.use(account, typed, keep=attempt.in_vain)

    def pairing(self, seed: str, issuer: str, name: str) -> Pairing:
        """How an app learns this seed."""
        address = address_of(seed, issuer, name)
        return Pairing(address, draw(address))

    def step_of(self, seed: str, typed: str) -> int | None:
        """The step of a code typed to show that the app has learned its seed."""
        code = read_code(typed) if len(typed) <= LONGEST else None
        return find_step(seed, code, self._clock.now()) if code else None


def _show(way: str) -> Ask:
    return Ask({"way": way}, {"way": way} if way == PAPER else {})
