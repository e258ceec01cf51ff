# SPDX-License-Identifier: Apache-2.0
"""Levels in SAML's words: what an AuthnContextClassRef proves, and by which means."""

from collections.abc import Mapping

from relying_parties.kit.levels import level_of

CLASSES = "urn:oasis:names:tc:SAML:2.0:ac:classes:"
# What Sceau answers, beside `urn:sceau:level:N`. Anything else proves nothing.
LEVELS: Mapping[str, int] = {
    f"{CLASSES}Password": 1,
    f"{CLASSES}PasswordProtectedTransport": 1,
    f"{CLASSES}TimeSyncToken": 2,
    f"{CLASSES}MobileTwoFactorUnregistered": 2,
    f"{CLASSES}MobileTwoFactorContract": 2,
    "https://refeds.org/profile/mfa": 2,
    f"{CLASSES}Smartcard": 3,
    f"{CLASSES}SmartcardPKI": 3,
    f"{CLASSES}X509": 3,
    f"{CLASSES}TLSClient": 3,
}
# RFC 8176, as OpenID Connect would tell it: pages speak of means in one way.
MEANS: Mapping[str, str] = {
    f"{CLASSES}Password": "pwd",
    f"{CLASSES}PasswordProtectedTransport": "pwd",
    f"{CLASSES}TimeSyncToken": "otp",
    f"{CLASSES}Smartcard": "sc",
    f"{CLASSES}SmartcardPKI": "sc",
}


def level_of_class(named: str) -> int:
    """The level that a class proves."""
    return LEVELS.get(named, level_of(named))


def means_of_class(named: str) -> list[str]:
    """The means that a class tells of, where it tells of one."""
    return [MEANS[named]] if named in MEANS else []
