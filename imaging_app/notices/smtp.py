# SPDX-License-Identifier: Apache-2.0
"""E-mails, handed to one SMTP server (RFC 5321), by TLS and with a password where it asks for one.

Every try of a mail carries the same Message-ID and Date: a second copy can be recognised.
"""

import smtplib
import ssl
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path
from urllib.parse import urlsplit

from imaging_app.settings import Mail

# For each of its steps; all of them together stay within the lease of a notice.
SECONDS = 10


@dataclass(frozen=True, slots=True)
class Letter:
    """One mail: to whom, and what it says."""

    id: str
    to: str
    subject: str
    text: str
    at: int


@dataclass(frozen=True, slots=True)
class Failed:
    """It did not leave, and why; `final` where another try would be told the same."""

    why: str
    final: bool = False


class Post:
    """The way to the mail server."""

    def __init__(self, mail: Mail, name: str) -> None:
        self._mail = mail
        self._name = name
        self._host = urlsplit(mail.link).hostname or "localhost"
        self._tls = _tls(mail.ca_file)

    def send(self, letter: Letter) -> Failed | None:
        """Hand it over; None where the server has taken it."""
        try:
            message = self._compose(letter)
        except (ValueError, IndexError, MessageError):
            return Failed("no-address", final=True)
        try:
            server = self._connect()
            try:
                return self._deliver(server, message, letter.to)
            finally:
                # It has said what becomes of the mail: whatever happens now changes nothing.
                with suppress(smtplib.SMTPException, OSError):
                    server.quit()
                server.close()
        except smtplib.SMTPResponseException as fault:
            return Failed(f"answered {fault.smtp_code}")
        except smtplib.SMTPException as fault:
            return Failed(type(fault).__name__)
        except ssl.SSLCertVerificationError:
            return Failed("certificate refused")
        except OSError as fault:
            return Failed(f"not reached: {fault.strerror or type(fault).__name__}")

    def _connect(self) -> smtplib.SMTP:
        mail = self._mail
        own: smtplib.SMTP
        if mail.security == "tls":
            own = smtplib.SMTP_SSL(
                mail.host, mail.port, self._host, timeout=SECONDS, context=self._tls
            )
        else:
            own = smtplib.SMTP(mail.host, mail.port, self._host, timeout=SECONDS)
        try:
            own.ehlo_or_helo_if_needed()
            if mail.security == "starttls":
                # RFC 3207 §6: smtplib raises where the offer was stripped; nothing goes in clear.
                own.starttls(context=self._tls)
                own.ehlo()
            if mail.user:
                own.login(mail.user, read_password(mail))
        except BaseException:
            own.close()
            raise
        return own

    def _deliver(self, server: smtplib.SMTP, message: EmailMessage, to: str) -> Failed | None:
        code, _said = server.mail(self._mail.sender)
        if code != 250:
            return Failed(f"our address: {code}")
        # RFC 5321 §4.2.1: 4yz may be tried again, 5yz never.
        code, _said = server.rcpt(to)
        if code not in {250, 251}:
            return Failed(f"recipient: {code}", final=code >= 500)
        code, _said = server.data(message.as_bytes())
        return None if code == 250 else Failed(f"message: {code}", final=code >= 500)

    def _compose(self, letter: Letter) -> EmailMessage:
        message = EmailMessage(policy=SMTP)
        local, _, domain = self._mail.sender.rpartition("@")
        message["From"] = Address(self._name, local, domain)
        message["To"] = Address(addr_spec=letter.to)
        message["Subject"] = letter.subject
        message["Date"] = datetime.fromtimestamp(letter.at, UTC)
        message["Message-ID"] = f"<{letter.id}@{self._host}>"
        # RFC 3834 §5: nobody's absence is to be answered to us.
        message["Auto-Submitted"] = "auto-generated"
        message.set_content(letter.text, cte="quoted-printable")
        return message


def read_password(mail: Mail) -> str:
    """That of the mail server; read each time, so that it may be changed."""
    if mail.password_file is None:
        return ""
    return Path(mail.password_file).read_text("utf-8").strip()


def _tls(ca_file: Path | None) -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if ca_file is not None:
        context.load_verify_locations(ca_file)
    return context
