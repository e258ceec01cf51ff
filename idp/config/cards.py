# SPDX-License-Identifier: Apache-2.0
"""Settings of the card in a reader: its own address, the workstation agent, what is believed."""

from dataclasses import dataclass
from urllib.parse import urlsplit

from idp.config import checks
from idp.config.kinds import choice, flag, secret, setting, several, text, whole
from idp.config.secret import Secret

REVOCATION = ("refuse", "last-good", "accept")
MINUTE = 60
HOUR = 3600
DAY = 86400


@dataclass(frozen=True, slots=True, kw_only=True)
class CardsSettings:
    """Cards of the CPS family: how they are read, and when they are believed."""

    address: str = setting(
        text("https://host or https://host:port", checks.check_card_address),
        "Public address that asks browsers for the card's certificate: a host or port of its own.",
        "",
        shown="none: a card is read by the workstation agent alone",
    )
    port: int = setting(
        whole(0, 65535),
        "Port of that address's own small server, started beside the main one: it asks browsers "
        "for the certificate, or listens for the proxy that does. 0: none is started here.",
        0,
    )
    bind: str = setting(
        text("an IP address of this machine", checks.check_bind),
        "Address to listen on for it.",
        "127.0.0.1",
    )
    tls_certificate: str = setting(
        text("the path of a PEM file", checks.check_file),
        "Certificate of that address, with its chain; where no proxy asks in its place.",
        "",
        shown="none",
    )
    tls_key: str = setting(
        text("the path of a PEM file", checks.check_file),
        "Its private key.",
        "",
        shown="none",
    )
    proxy_header: str = setting(
        choice("none", "client-cert", "x-ssl-client-cert"),
        "Header in which a trusted proxy hands over the certificate that it asked for: RFC 9440, "
        "or PEM.",
        "none",
    )
    proxy_secret: Secret = setting(  # noqa: RUF009 - a field, made by our own helper
        secret("at least 32 characters", checks.check_proxy_secret),
        "What the proxy says in `X-Sceau-Proxy` so that its header is believed.",
        Secret(""),
        shown="none: no header is believed",
    )
    agents: tuple[str, ...] = setting(
        several("a list of http://localhost:port", checks.check_agent),
        "Addresses at which the login page looks for the agent of its workstation.",
        ("http://localhost:8006",),
        shown='`["http://localhost:8006"]`',
    )
    applications: bool = setting(
        flag(),
        "Applications, too, may show certificates of theirs at `address` (RFC 8705): tokens are "
        "given and taken there.",
        default=False,
    )
    heartbeat: int = setting(
        whole(2, 300, "seconds"), "The agent says so often that the card is still there.", 10
    )
    lost_after: int = setting(
        whole(5, 3600, "seconds"), "Unheard for so long, the card counts as removed.", 30
    )
    idle: int = setting(
        whole(MINUTE, DAY, "seconds"),
        "A card proves level 3 for so long after the session was last used, and level 2 after.",
        15 * MINUTE,
    )
    test_cards: bool = setting(
        flag(), "Cards of the test family are accepted as if they were real.", default=False
    )
    revocation: str = setting(
        choice(*REVOCATION),
        "Where neither list nor responder says whether a card is revoked: refuse it, believe the "
        "last good list for a while, or accept it.",
        "refuse",
    )
    revocation_grace: int = setting(
        whole(0, DAY, "seconds"), "How long after its end the last good list is believed.", 4 * HOUR
    )
    revocation_refresh: int = setting(
        whole(MINUTE, DAY, "seconds"), "Lists are fetched anew so often.", HOUR
    )

    @property
    def host(self) -> str:
        """Host and port of the card's address, as the `Host` header shows them."""
        return urlsplit(self.address).netloc

    @property
    def for_applications(self) -> str:
        """The address that asks applications for certificates; nothing where there is none."""
        return self.address if self.applications else ""
