# SPDX-License-Identifier: Apache-2.0
"""E-mails, handed to one SMTP server (RFC 5321), by TLS and with a password where it asks for one.

Every try of a message carries the same Message-ID and Date, so that mail servers and readers may
recognise a second copy. Nothing that people typed reaches a header as it is (CR-023): addresses
are parsed, and a line break ends the message, not the header.
"""

import smtplib
import ssl
import time
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP

from idp.config.means import SmtpSettings
from idp.messages.outcome import Later, Never, Outcome, Parcel, Render, Rendered, Sent

# Steps that one e-mail takes, each within the time set; those after which nothing is handed over.
STEPS = 6
STEPS_BEFORE_DATA = 4


class NoTls(Exception):
    """The server does not offer what the settings ask for: nothing goes to it in clear."""


@dataclass(frozen=True, slots=True)
class From:
    """Whom e-mails come from: the name that people know, and our own host for ids."""

    name: str
    host: str


class SmtpSender:
    """The channel `email`."""

    one_provider = True

    def __init__(self, settings: SmtpSettings, render: Render, sender: From) -> None:
        self._settings = settings
        self._render = render
        self._from = sender
        self._tls = _tls(settings.ca_file)
        self.longest = settings.timeout * STEPS

    def send(self, parcel: Parcel) -> Outcome:
        """Hand one e-mail over."""
        rendered = self._render("email", parcel.purpose, parcel.locale, parcel.values)
        try:
            message = self._compose(parcel, rendered)
        except (ValueError, IndexError, MessageError):
            return Never("this is no e-mail address")
        until = time.monotonic() + self._settings.timeout * STEPS_BEFORE_DATA
        try:
            return self._hand_over(message, parcel.recipient, until)
        except NoTls:
            return Later("the mail server offers no STARTTLS")
        except ssl.SSLCertVerificationError as fault:
            return Later(f"the mail server's certificate is refused: {fault.verify_message}")
        except smtplib.SMTPAuthenticationError as fault:
            return Later(f"the mail server refuses our login: {fault.smtp_code}")
        except smtplib.SMTPResponseException as fault:
            return Later(f"the mail server answered {fault.smtp_code}")
        except smtplib.SMTPException as fault:
            return Later(f"the mail server did not go along: {type(fault).__name__}")
        except OSError as fault:
            return Later(f"the mail server was not reached: {_reason(fault)}")

    def _hand_over(self, message: EmailMessage, recipient: str, until: float) -> Outcome:
        server = self._connect()
        try:
            return _deliver(server, message, self._settings.sender, recipient, until)
        finally:
            # It has said what becomes of the message: whatever happens now changes nothing.
            with suppress(smtplib.SMTPException, OSError):
                server.quit()
            server.close()

    def _connect(self) -> smtplib.SMTP:
        settings = self._settings
        # Our own name is given: to ask the system for it may take long.
        host, timeout, own = self._from.host, settings.timeout, settings.host
        server: smtplib.SMTP
        if settings.security == "tls":
            server = smtplib.SMTP_SSL(own, settings.port, host, timeout=timeout, context=self._tls)
        else:
            server = smtplib.SMTP(own, settings.port, host, timeout=timeout)
        try:
            server.ehlo_or_helo_if_needed()
            if settings.security == "starttls":
                self._go_tls(server)
            if settings.user:
                server.login(settings.user, settings.password.reveal())
        except BaseException:
            server.close()
            raise
        return server

    def _go_tls(self, server: smtplib.SMTP) -> None:
        # RFC 3207 §6: whoever strips the offer must get nothing in clear.
        if not server.has_extn("starttls"):
            raise NoTls
        server.starttls(context=self._tls)
        server.ehlo()

    def _compose(self, parcel: Parcel, rendered: Rendered) -> EmailMessage:
        """The e-mail; raises where the recipient is no address."""
        message = EmailMessage(policy=SMTP)
        name, _, domain = self._settings.sender.rpartition("@")
        message["From"] = Address(_one_line(self._from.name), name, domain)
        message["To"] = Address(addr_spec=parcel.recipient)
        message["Subject"] = _one_line(rendered.subject)
        message["Date"] = datetime.fromtimestamp(parcel.created_at, UTC)
        message["Message-ID"] = f"<{parcel.id}@{self._from.host}>"
        # RFC 3834 §5: nobody's absence is to be answered to us.
        message["Auto-Submitted"] = "auto-generated"
        message["X-Auto-Response-Suppress"] = "All"
        message.set_content(rendered.text, cte="quoted-printable")
        if rendered.html:
            message.add_alternative(rendered.html, subtype="html", cte="quoted-printable")
        return message


def _deliver(
    server: smtplib.SMTP, message: EmailMessage, sender: str, recipient: str, until: float
) -> Outcome:
    """MAIL, RCPT, DATA: each of its refusals means something else."""
    code, _said = server.mail(sender)
    if code != 250:
        return Later(f"the mail server refuses our address: {code}")
    code, _said = server.rcpt(recipient)
    if code not in {250, 251}:
        why = f"the mail server refuses the recipient: {code}"
        # RFC 5321 §4.2.1: 4yz may be tried again (greylisting), 5yz never.
        return Never(why) if code >= 500 else Later(why, outage=False)
    if time.monotonic() > until:
        # The lease on the message may end while it is handed over.
        return Later("the mail server is too slow")
    code, _said = server.data(message.as_bytes())
    if code != 250:
        why = f"the mail server refuses the message: {code}"
        return Never(why) if code >= 500 else Later(why)
    return Sent()


def _tls(ca_file: str) -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if ca_file:
        context.load_verify_locations(ca_file)
    return context


def _one_line(text: str) -> str:
    return " ".join("".join(one if one.isprintable() else " " for one in text).split())


def _reason(fault: OSError) -> str:
    return fault.strerror or type(fault).__name__
