# SPDX-License-Identifier: Apache-2.0
"""What can go wrong at a provider, each on purpose: nobody may be logged in by any of it, or out.

One trouble at a time, until another is chosen. Two are none of its fault: keys that it renewed, and
a login that is worth little, which must go on as far as they reach.
"""

from enum import Enum


class Trouble(Enum):
    """By the name that its page and tests choose it by."""

    NONE = "none"
    # Of the answer that the browser brings.
    WRONG_STATE = "wrong-state"
    OTHER_ANSWERER = "other-answerer"
    NAMELESS_ANSWER = "nameless-answer"
    # Of the ID token.
    WRONG_NONCE = "wrong-nonce"
    NO_NONCE = "no-nonce"
    OTHER_ISSUER = "other-issuer"
    OTHER_AUDIENCE = "other-audience"
    OTHER_PARTY = "other-party"
    EXPIRED = "expired"
    AHEAD = "ahead"
    NO_EXPIRY = "no-expiry"
    UNSIGNED = "unsigned"
    SHARED_SECRET = "shared-secret"
    OTHER_KEY = "other-key"
    UNKNOWN_KEY = "unknown-key"
    WRONG_HASH = "wrong-hash"
    NO_SUBJECT = "no-subject"
    NUMBER_AS_SUBJECT = "number-as-subject"
    NOT_NOW = "not-now"
    # Of the userinfo.
    OTHER_PERSON = "other-person"
    USERINFO_UNSIGNED = "userinfo-unsigned"
    HUGE = "huge"
    NO_IDENTIFIER = "no-identifier"
    ODD_IDENTIFIER = "odd-identifier"
    # Of the whole.
    SLOW = "slow"
    BROKEN = "broken"
    HTML = "html"
    OTHER_DESCRIPTION = "other-description"
    ENDPOINTS_ELSEWHERE = "endpoints-elsewhere"
    REDIRECTS = "redirects"
    # Of what it says when somebody logs out there.
    NOTICE_NONCE = "notice-nonce"
    NOTICE_NO_EVENT = "notice-no-event"
    NOTICE_ODD_EVENT = "notice-odd-event"
    NOTICE_OF_NOBODY = "notice-of-nobody"
    NOTICE_NO_ID = "notice-no-id"
    NOTICE_OTHER_KIND = "notice-other-kind"
    NOTICE_TWICE = "notice-twice"
    # None of its fault.
    RENEWED_KEYS = "renewed-keys"
    LITTLE_WORTH = "little-worth"


HARMLESS = frozenset({Trouble.NONE, Trouble.RENEWED_KEYS, Trouble.LITTLE_WORTH})
# Logins are what they always are: these are of logouts alone.
NOTICES = frozenset(one for one in Trouble if one.value.startswith("notice-"))
