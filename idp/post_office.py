# SPDX-License-Identifier: Apache-2.0
"""Composition of the messages: which sender a channel has, by the settings.

Apart from `idp.app`, since a worker of its own opens it without any page.
"""

import math
from collections.abc import Mapping
from pathlib import Path

from idp.config import Settings
from idp.headers.answer import HeadersTeller
from idp.http.letters import Letters
from idp.http.services import Core
from idp.http.wire import Endpoint
from idp.login.answers import Teller
from idp.login.approving import CHANNEL as PING
from idp.login.forgotten import Helper
from idp.login.teller_sender import TellerSender
from idp.messages.delivery import Delivery
from idp.messages.desk import DeskSender
from idp.messages.messages_thread import MessagesThread
from idp.messages.noting import Noting
from idp.messages.outcome import Render, Sender
from idp.messages.post import desk_of
from idp.messages.smtp import From, SmtpSender
from idp.oidc.absent_ping import PingSender
from idp.oidc.backchannel import BackchannelTeller, open_teller
from idp.oidc.signals.sender import SignalSender
from idp.outgoing import Fetcher
from idp.programs.telling import CHANNEL as WEBHOOK
from idp.programs.webhook_sender import LARGEST_ANSWER, WebhookSender
from idp.saml.edge import open_saml
from idp.sessions.notices import CHANNEL as LOGOUT
from idp.signals.waiting import CHANNEL as SIGNAL

# A worker of its own is never nudged: it looks more often.
APART_PAUSE = 0.2
INSIDE_PAUSE = 1.0


def open_tellers(core: Core, pairwise: bytes) -> dict[str, Teller]:
    """How applications are told of a logout, for programs without pages."""
    return tellers_of(open_teller(core, pairwise), open_saml(core, pairwise).teller)


def tellers_of(oidc: Teller, saml: Teller) -> dict[str, Teller]:
    """By the protocol of the application."""
    return {"oidc": oidc, "saml": saml, "headers": HeadersTeller()}


def patience(settings: Settings) -> float:
    """How long somebody who logs out waits for applications to be told."""
    return settings.outgoing.timeout + 0.5


def hold(settings: Settings) -> int:
    """How long a notice is held for who ends a session: longer than any try that they begin."""
    return math.ceil(2 * patience(settings)) + 15


def open_senders(core: Core, tellers: Mapping[str, Teller]) -> dict[str, Sender]:
    """The way out of each channel that has one."""
    settings = core.settings
    render = Letters(settings).render
    longest = settings.outgoing.timeout + 1
    senders: dict[str, Sender] = {
        LOGOUT: TellerSender(core.database, core.applications, tellers, longest),
        "task": Helper(core.forgotten),
        PING: PingSender(core, longest),
        WEBHOOK: WebhookSender(
            core.database,
            core.clock,
            core.ring,
            Fetcher(settings.outgoing.allow, settings.outgoing.timeout, LARGEST_ANSWER),
            core.audit,
            core.alarms,
            longest,
        ),
    }
    teller = tellers.get("oidc")
    if isinstance(teller, BackchannelTeller):
        # Whoever can tell of a logout knows people by their names towards applications.
        senders[SIGNAL] = SignalSender(core, teller.clients, teller.subjects, longest)
    if settings.smtp.host:
        known_as = From(settings.region.name, settings.server.host)
        senders["email"] = SmtpSender(settings.smtp, render, known_as)
    if settings.sms.provider == "twilio":
        senders["sms"] = _twilio(settings, render)
    if desk := desk_of(settings):
        for channel in ("email", "sms"):
            if channel not in senders:
                senders[channel] = DeskSender(
                    channel, Path(desk), render, core.clock, demo=settings.demo.enabled
                )
    return senders


def open_delivery(core: Core, tellers: Mapping[str, Teller]) -> Delivery:
    """What a worker does."""
    return Delivery(
        core.database,
        core.ring,
        core.clock,
        core.entropy,
        Noting(core.clock, core.audit),
        open_senders(core, tellers),
    )


def open_thread(
    core: Core, tellers: Mapping[str, Teller], pause: float = INSIDE_PAUSE
) -> MessagesThread:
    """A worker."""
    return MessagesThread(core.database, open_delivery(core, tellers), core.post, pause)


def callbacks(core: Core) -> dict[str, Endpoint]:
    """Where providers report, by the folder of its addresses."""
    if core.settings.sms.provider != "twilio":
        return {}
    # The package is an extra: whoever sends no SMS need not have it.
    from idp.http.callbacks import TwilioCallback
    from idp.messages.twilio import CALLBACK_PATH

    return {CALLBACK_PATH: TwilioCallback(core, Noting(core.clock, core.audit))}


def _twilio(settings: Settings, render: Render) -> Sender:
    from idp.messages.twilio import TwilioSender

    outgoing = settings.outgoing
    # A fetcher of its own: the same door, with the time that this provider is given.
    fetcher = Fetcher(outgoing.allow, settings.sms.timeout, outgoing.max_bytes)
    return TwilioSender(settings.sms, fetcher, render, settings.server.issuer)
