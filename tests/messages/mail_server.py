# SPDX-License-Identifier: Apache-2.0
"""A real SMTP server on loopback (aiosmtpd), with STARTTLS, logins, and refusals on demand."""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from tests.unit.ground.servers import Authority

USER, PASSWORD = "sceau", "a password for the mail server"


@dataclass
class MailServer:
    """What it received, and what it says to each step."""

    port: int = 0
    received: list[EmailMessage] = field(default_factory=list)
    envelopes: list[Envelope] = field(default_factory=list)
    logins: list[bytes] = field(default_factory=list)
    secured: list[bool] = field(default_factory=list)
    # Answers in place of an acceptance.
    to_recipient: str = ""
    to_data: str = ""

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: Any
    ) -> str:
        if self.to_recipient:
            return self.to_recipient
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(  # noqa: N802 - aiosmtpd's name
        self, _server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        if self.to_data:
            return self.to_data
        self.envelopes.append(envelope)
        self.secured.append(session.ssl is not None)
        content = envelope.content
        assert isinstance(content, bytes)
        found = message_from_bytes(content, policy=default)
        assert isinstance(found, EmailMessage)
        self.received.append(found)
        return "250 OK"

    def check(self, _server: Any, _session: Any, _envelope: Any, _mechanism: str, data: Any) -> Any:
        """Whether a login is the right one."""
        assert isinstance(data, LoginPassword)
        self.logins.append(data.login)
        right = (data.login, data.password) == (USER.encode(), PASSWORD.encode())
        return AuthResult(success=right, handled=right)


class OnAnyPort(Controller):
    """A controller that asks the system for a port, and then knows it."""

    def _trigger_server(self) -> None:
        assert self.server is not None
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()


@contextlib.contextmanager
def mail_server(
    authority: Authority, *, tls: bool = True, auth: bool = True, name: str = "127.0.0.1"
) -> Iterator[MailServer]:
    """Run one, whose certificate bears this name."""
    served = MailServer()
    words: dict[str, Any] = {}
    if tls:
        words |= {"tls_context": authority.server(name), "require_starttls": True}
    if auth:
        words |= {"authenticator": served.check, "auth_required": True, "auth_require_tls": tls}
    controller = OnAnyPort(served, hostname="127.0.0.1", port=0, **words)
    controller.start()
    try:
        served.port = controller.port
        yield served
    finally:
        controller.stop()
