# SPDX-License-Identifier: Apache-2.0
"""Levels in the protocol's words: which class stands for which, and what a request asks.

A class names the least that it takes. Whoever proved more meets it, and is told of by the class
that was asked; the application's registered minimum holds whatever is asked.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from connectors.base import Level

OURS = "urn:sceau:level:"
CLASSES = "urn:oasis:names:tc:SAML:2.0:ac:classes:"
PASSWORD_PROTECTED = f"{CLASSES}PasswordProtectedTransport"
TIME_SYNC_TOKEN = f"{CLASSES}TimeSyncToken"
SMARTCARD_PKI = f"{CLASSES}SmartcardPKI"
LEVELS = {f"{OURS}{int(level)}": level for level in Level}
# SAML Authentication Context §3.4, as far as this server has means for them.
LEVELS |= {
    f"{CLASSES}unspecified": Level.PASSWORD,
    f"{CLASSES}Password": Level.PASSWORD,
    PASSWORD_PROTECTED: Level.PASSWORD,
    TIME_SYNC_TOKEN: Level.TWO_FACTORS,
    f"{CLASSES}MobileTwoFactorUnregistered": Level.TWO_FACTORS,
    f"{CLASSES}MobileTwoFactorContract": Level.TWO_FACTORS,
    "https://refeds.org/profile/mfa": Level.TWO_FACTORS,
    f"{CLASSES}Smartcard": Level.CARD,
    SMARTCARD_PKI: Level.CARD,
    f"{CLASSES}X509": Level.CARD,
    f"{CLASSES}TLSClient": Level.CARD,
}
# By the means that reached the level, where a class of the standard says just that.
BY_MEANS = {
    (Level.PASSWORD, "password"): PASSWORD_PROTECTED,
    (Level.TWO_FACTORS, "totp"): TIME_SYNC_TOKEN,
    (Level.CARD, "cps"): SMARTCARD_PKI,
}


class Comparison(StrEnum):
    """SAML Core §3.3.2.2.1."""

    EXACT = "exact"
    MINIMUM = "minimum"
    BETTER = "better"
    MAXIMUM = "maximum"


@dataclass(frozen=True, slots=True)
class Asked:
    """What a request demands of the login; `level` is the least that will do."""

    level: Level | None = None
    required: bool = False
    # Classes that the answer must name one of, and the level that it may not go beyond.
    classes: tuple[str, ...] = ()
    highest: Level | None = None


@dataclass(frozen=True, slots=True)
class Unmeetable:
    """Nothing that this server has is what was asked."""


def asked(comparison: Comparison, classes: Iterable[str], minimum: Level) -> Asked | Unmeetable:
    """What the classes of a request come to, for an application with this registered minimum."""
    known = tuple(one for one in classes if one in LEVELS)
    if not known:
        return Unmeetable()
    levels = [LEVELS[one] for one in known]
    if comparison is Comparison.EXACT:
        # Any of them would do.
        return Asked(min(levels), required=True, classes=known)
    if comparison is Comparison.MINIMUM:
        return Asked(min(levels), required=True)
    if comparison is Comparison.BETTER:
        above = [level for level in Level if level > max(levels)]
        return Asked(min(above), required=True) if above else Unmeetable()
    # As strong as it can be, and not beyond the strongest that was named.
    if minimum > max(levels):
        return Unmeetable()
    return Asked(max(levels), required=False, highest=max(levels))


def class_of(level: Level, means: Iterable[str]) -> str:
    """The class that says how a level was reached, or our own name of the level."""
    named = [BY_MEANS[level, one] for one in means if (level, one) in BY_MEANS]
    return named[0] if named else f"{OURS}{int(level)}"


def published(
    level: Level, means: Iterable[str], classes: Iterable[str], highest: Level | None
) -> str:
    """The class of an answer: one that was asked, where some were."""
    wanted = [one for one in classes if LEVELS[one] <= level]
    if wanted:
        return max(wanted, key=LEVELS.__getitem__)
    if highest is not None and highest < level:
        return class_of(highest, means)
    return class_of(level, means)
