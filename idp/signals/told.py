# SPDX-License-Identifier: Apache-2.0
"""Which of what happens is a signal, and what is said of it: in CAEP's words, and never of whom."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

from idp.audit.record import Event

SESSION: Final = "session-revoked"
CREDENTIAL: Final = "credential-change"
# About the stream itself.
TRIAL: Final = "verification"
STREAM: Final = "stream-updated"
# What may be asked for.
KINDS: Final = (SESSION, CREDENTIAL)

USER, ADMIN, POLICY, SYSTEM = "user", "admin", "policy", "system"
# Why a session ended, by who wished it; the rest is of a kind, or the machinery's own doing.
SESSION_BY: Final = {
    "person": USER,
    "application": USER,
    "logout": USER,
    "replaced": USER,
    "withdrawn": USER,
    "password-changed": USER,
    "password-due": USER,
    "password-first": USER,
    "password-reset": USER,
    "administrator": ADMIN,
    "account-merged": ADMIN,
    "password-administrator": ADMIN,
    "too-many": POLICY,
    "idle": POLICY,
    "card-revoked": POLICY,
}
# The credential of each means, CAEP §3.3.1; the last two are words of ours.
CREDENTIALS: Final = {
    "password": "password",
    "totp": "app",
    "otp": "phone-sms",
    "card": "x509",
    "cps": "x509",
    "recovery": "recovery-code",
    "calculette": "otp-token",
}


@dataclass(frozen=True, slots=True)
class Signal:
    """Something that applications may want to know."""

    kind: str
    account: str
    # None where it is about the person, and no session of theirs.
    session: str | None = None
    facts: Mapping[str, str] = field(default_factory=dict)


def read(event: Event) -> Signal | None:
    """The signal in what was recorded; most events are none."""
    reader = READERS.get(event.kind)
    if reader is None or event.outcome != "ok" or event.account is None:
        return None
    return reader(event, event.account)


def _session(event: Event, account: str) -> Signal | None:
    if event.session is None:
        return None
    why = str(event.detail.get("why", ""))
    return Signal(SESSION, account, event.session, {"by": _wished(why), "why": why})


def _wished(why: str) -> str:
    if why in SESSION_BY:
        return SESSION_BY[why]
    if why.startswith("means-"):
        return USER
    return ADMIN if why.startswith("account-") or why.endswith("-removed") else SYSTEM


def _credential(change: str, means: str = "") -> Callable[[Event, str], Signal | None]:
    def reader(event: Event, account: str) -> Signal | None:
        kind = means or event.means or ""
        credential = _passkey(event) if kind == "passkey" else CREDENTIALS.get(kind)
        if credential is None:
            return None
        facts = {"change": change, "credential": credential, "by": _changed_by(event)}
        return Signal(CREDENTIAL, account, None, facts)

    return reader


def _phone(event: Event, account: str) -> Signal | None:
    """Codes go to another number, by somebody else's hand."""
    if "phone" not in str(event.detail.get("what", "")).split(","):
        return None
    facts = {"change": "update", "credential": CREDENTIALS["otp"], "by": ADMIN}
    return Signal(CREDENTIAL, account, None, facts)


def _passkey(event: Event) -> str:
    return "fido2-platform" if event.detail.get("built_in") else "fido2-roaming"


def _changed_by(event: Event) -> str:
    by = event.detail.get("by")
    if by == "authority" or event.kind == "means.disabled":
        return POLICY
    return ADMIN if by else USER


READERS: Final[Mapping[str, Callable[[Event, str], Signal | None]]] = {
    "session.ended": _session,
    "password.set": _credential("update", "password"),
    "means.added": _credential("create"),
    "means.removed": _credential("delete"),
    "means.disabled": _credential("revoke"),
    "otp.enabled": _credential("create", "otp"),
    "otp.disabled": _credential("delete", "otp"),
    "account.phone_changed": _credential("update", "otp"),
    "account.phone_removed": _credential("delete", "otp"),
    "account.edited": _phone,
    "recovery.renewed": _credential("update", "recovery"),
    "card.added": _credential("create", "card"),
    "card.revoked": _credential("revoke", "card"),
    "card.restored": _credential("update", "card"),
    "calculette.added": _credential("create", "calculette"),
    "calculette.removed": _credential("delete", "calculette"),
    "calculette.disabled": _credential("revoke", "calculette"),
    "calculette.enabled": _credential("update", "calculette"),
}
