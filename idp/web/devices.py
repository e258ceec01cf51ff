# SPDX-License-Identifier: Apache-2.0
"""A browser and its system by name, and where it is, as far as these tell."""

from ipaddress import ip_address, ip_network

from flask_babel import gettext as _

from idp.login.phone_desk import KIND as PHONE
from idp.messages.shown import browser_and_system
from idp.sessions.values import Session

# RFC 1918 §3, RFC 4193 §3.1, RFC 4291 §2.5.3 and §2.5.6: networks that nobody reaches from outside.
INTERNAL = tuple(
    ip_network(one)
    for one in (
        "10.0.0.0/8",
        "172.16.0.0/12",
        "192.168.0.0/16",
        "127.0.0.0/8",
        "::1/128",
        "fc00::/7",
        "fe80::/10",
    )
)


def describe_place(address: str) -> str:
    """An address, and that it is one of a hospital's or a home's own network.

    No more is guessed: an address tells the town of a provider, not of a person.
    """
    try:
        parsed = ip_address(address)
    except ValueError:
        return address
    if any(parsed in one for one in INTERNAL if one.version == parsed.version):
        return str(_("%(address)s (internal network)", address=address))
    return address


def describe_device(user_agent: str) -> str:
    """« Firefox on Windows », or that it isn't known."""
    browser, system = browser_and_system(user_agent)
    if browser and system:
        return str(_("%(browser)s on %(system)s", browser=browser, system=system))
    return browser or system or str(_("Unknown device"))


def describe_session(session: Session) -> str:
    """The device of a session; one that a phone opened for an application is in no browser."""
    if not session.user_agent and PHONE in session.means:
        return str(_("By phone, in no browser"))
    return describe_device(session.user_agent)
