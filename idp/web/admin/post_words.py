# SPDX-License-Identifier: Apache-2.0
"""Messages and alarms in the words of the console; a test asks that nothing lacks its words."""

from typing import Any, Final

from flask_babel import lazy_gettext as _

from idp.messages.alarms import Cause
from idp.web.admin.webhook_words import LABELS as EVENTS

STATES: Final[dict[str, Any]] = {
    "queued": _("Waits"),
    "sending": _("Being sent"),
    "sent": _("Sent"),
    "delivered": _("Delivered"),
    "failed": _("Failed"),
    "worthless": _("Dropped"),
}
CHANNELS: Final[dict[str, Any]] = {
    "email": _("E-mail"),
    "sms": _("SMS"),
    "logout": _("Notices of logout"),
    "task": _("Tasks"),
    "webhook": _("Webhooks"),
    "ping": _("Answers to applications"),
    "signal": _("Signals to applications"),
}
PURPOSES: Final[dict[str, Any]] = {
    "login-code": _("Code to log in"),
    "address-code": _("Code for an address"),
    "address-taken": _("Address was asked for again"),
    "account-code": _("Code for a change of the account"),
    "account-changed": _("Account was changed"),
    "account-disabled": _("Account was closed"),
    "reset-link": _("Link to a new password"),
    "temporary-password": _("Temporary password"),
    "password-changed": _("Password was changed"),
    "password-expiry": _("Password ends soon"),
    "address-changed": _("Address was changed"),
    "means-added": _("Means was added"),
    "means-removed": _("Means was removed"),
    "means-disabled": _("Means was switched off"),
    "new-device": _("Login from a new device"),
    "registration-confirm": _("Registration: confirm the address"),
    "registration-resume": _("Registration: link to go on"),
    "registration-received": _("Registration was received"),
    "registration-known": _("Registration of somebody who has an account"),
    "request-approved": _("Request approved: link to begin"),
    "request-approved-password": _("Request approved: temporary password"),
    "request-attached": _("Request put with an account"),
    "request-refused": _("Request refused"),
    "request-returned": _("Request returned with a question"),
    "requests-waiting": _("Requests that wait"),
    "alarm": _("Alarm"),
    "logout": _("Notice of logout"),
    "forgotten": _("Forgotten password"),
    "approval-asked": _("Request of an application"),
    "approval": _("Answer to a request of an application"),
    "signal": _("Signal"),
}
CAUSES: Final[dict[str, Any]] = {
    Cause.LOGINS.value: _("Many logins by password fail"),
    Cause.COUNTRY.value: _("Codes by SMS to a country are not used"),
    Cause.SMS.value: _("Codes by SMS are not used"),
    Cause.BUDGET.value: _("The SMS of the day are spent"),
    Cause.REVOCATION.value: _("Lists of revoked cards can’t be renewed"),
    Cause.UNSURE.value: _("Cards pass though nobody says whether they are revoked"),
    Cause.WEBHOOKS.value: _("A webhook was stopped after failing for days"),
    Cause.DESCRIPTIONS.value: _("Applications’ metadata can’t be renewed"),
    Cause.AUDIT.value: _("The audit does not prove whole"),
}


def state_words(state: str) -> str:
    """Where a message stands."""
    return str(STATES.get(state, state))


def channel_words(channel: str) -> str:
    """By which way."""
    return str(CHANNELS.get(channel, channel))


def purpose_words(purpose: str) -> str:
    """What a message is for; that of a webhook is the event that it tells of."""
    return str(PURPOSES.get(purpose) or EVENTS.get(purpose, purpose))


def cause_words(cause: Cause) -> str:
    """What an alarm is about."""
    return str(CAUSES[cause.value])
