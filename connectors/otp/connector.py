# SPDX-License-Identifier: Apache-2.0
"""The connector of one-time codes: choose how to get one, then type it."""

from collections.abc import Mapping
from typing import Any, ClassVar

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
from connectors.ports import CodeDesk, Judged, Posting

METHODS: Mapping[str, tuple[str, ...]] = {
    "email": ("pwd", "otp", "mfa"),
    "sms": ("pwd", "otp", "sms", "mfa"),
}


class OtpConnector:
    """Sends a code where the person chooses, and asks for it."""

    kind: ClassVar[str] = "otp"
    methods: ClassVar[tuple[str, ...]] = METHODS["email"]
    level: ClassVar[Level] = Level.TWO_FACTORS
    after: ClassVar[str | None] = "password"

    def __init__(self, desk: CodeDesk) -> None:
        self._desk = desk

    def lacks(self, account: str) -> str | None:
        """What this person lacks to be sent codes."""
        return self._desk.lacks(account)

    def begin(self, attempt: Attempt) -> Answer:
        """The choice of a channel, or the field for the code that was sent."""
        if attempt.account is None:
            return Refused(Reason.MALFORMED)
        return self._page(attempt, attempt.account)

    def claimed(self, attempt: Attempt, evidence: Evidence) -> str | None:
        """The person who is there already, and nobody else."""
        return attempt.account

    def resume(self, attempt: Attempt, evidence: Evidence) -> Answer:
        """Send a code, or judge one."""
        # CR-021: nothing is sent for somebody who has not proved a first factor.
        if attempt.account is None:
            return Refused(Reason.MALFORMED)
        channel = evidence.form.get("channel", "")
        if channel in METHODS:
            return self._send(attempt, attempt.account, channel, evidence)
        return self._judge(attempt, attempt.account, evidence.form.get("code", ""))

    def _send(self, attempt: Attempt, account: str, channel: str, evidence: Evidence) -> Answer:
        if self._desk.lacks(account) is not None:
            # The rule may have turned against them since the page was shown.
            return Refused(Reason.EXPIRED)
        posted = self._desk.send(
            account,
            attempt.id,
            channel,
            attempt.application,
            evidence.address,
            known=evidence.known_browser,
        )
        return self._page(attempt, account, channel, posted)

    def _judge(self, attempt: Attempt, account: str, typed: str) -> Answer:
        if self._desk.lacks(account) is not None:
            return Refused(Reason.EXPIRED)
        judged, channel = self._desk.judge(account, attempt.id, typed, keep=attempt.in_vain)
        if judged is Judged.RIGHT:
            return Verified(VerifiedIdentity(account), METHODS[channel])
        return Refused(Reason.WRONG if judged is Judged.WRONG else Reason.EXPIRED)

    def _page(
        self, attempt: Attempt, account: str, asked: str = "", posted: Posting | None = None
    ) -> Ask:
        """What the page shows. Nothing is put aside: the host knows which code belongs here."""
        sent = self._desk.last(account, attempt.id)
        live = sent if sent is not None and sent.left > 0 else None
        ways = [
            {"channel": one.channel, "shown": one.shown, "up": one.up}
            for one in self._desk.ways(account)
        ]
        values: dict[str, Any] = {
            "step": "code" if live else "send",
            "ways": ways,
            "sent": None,
            # A code was sent, and it can't be used any more.
            "over": sent is not None and live is None,
            "asked": asked,
            "posted": posted.value if posted else None,
        }
        if live is not None:
            values["sent"] = {
                "channel": live.channel,
                "shown": live.shown,
                "left": live.left,
                "resend_in": live.resend_in,
            }
        return Ask(values, attempt.state)
