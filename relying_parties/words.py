# SPDX-License-Identifier: Apache-2.0
"""Sentences for people: errors, means of authentication, who somebody is."""

from collections.abc import Mapping
from typing import NamedTuple

from flask_babel import gettext as _
from flask_babel import lazy_gettext as later

from relying_parties.kit.outcome import Reason
from relying_parties.kit.strict_json import Claims


class ErrorText(NamedTuple):
    """A page's title, what happened, and the words on its button."""

    title: object
    body: object
    button: object


RPPS = 12

TRY_AGAIN = later("Try again")
START_AGAIN = later("Start again")
CONTINUE = later("Continue")
HOME = later("Back to the home page")

ERRORS: Mapping[object, ErrorText] = {
    Reason.ACCESS_DENIED: ErrorText(
        later("Access was not granted"),
        later(
            "You cancelled, or your account does not open this application. If you need it, write"
            " to the support below."
        ),
        START_AGAIN,
    ),
    Reason.LOGIN_REQUIRED: ErrorText(
        later("Please sign in"),
        later("You are not signed in any more. Sign in to continue."),
        START_AGAIN,
    ),
    Reason.LEVEL_NOT_REACHED: ErrorText(
        later("A stronger means is needed"),
        later(
            "This page asks for a stronger proof of who you are than the one used. Sign in with"
            " another means, or write to the support below if you have none."
        ),
        TRY_AGAIN,
    ),
    Reason.LOGIN_EXPIRED: ErrorText(
        later("This sign-in is over"),
        later("It took too long or was already used. Nothing is lost: start again."),
        START_AGAIN,
    ),
    Reason.LOGIN_MISMATCH: ErrorText(
        later("This sign-in was started elsewhere"),
        later(
            "It belongs to another browser, so we stopped it to protect you. If you did not follow"
            " a link from somebody else, start again."
        ),
        START_AGAIN,
    ),
    Reason.ANSWER_REFUSED: ErrorText(
        later("The sign-in could not be checked"),
        later("The answer of the sign-in server was not the one expected, so it was not used."),
        START_AGAIN,
    ),
    Reason.PROVIDER_ERROR: ErrorText(
        later("The sign-in did not succeed"),
        later("The sign-in server reported a problem. Try again in a moment."),
        TRY_AGAIN,
    ),
    Reason.PROVIDER_UNREACHABLE: ErrorText(
        later("The sign-in server does not answer"),
        later("It is not your fault, and nothing is lost. Try again in a moment."),
        TRY_AGAIN,
    ),
    Reason.STEP_UP_NEEDED: ErrorText(
        later("Please confirm who you are"),
        later(
            "What you sent was not saved yet: it needs a new or stronger sign-in first. You will"
            " come back to the same page."
        ),
        CONTINUE,
    ),
    Reason.FORM_EXPIRED: ErrorText(
        later("This form is out of date"),
        later("You signed in again since the page was opened. Open it anew and send it again."),
        CONTINUE,
    ),
    404: ErrorText(
        later("Page not found"), later("This address does not lead to anything here."), HOME
    ),
    500: ErrorText(
        later("Something broke"), later("The fault is ours and was recorded. Try again."), HOME
    ),
}
UNREADABLE = ErrorText(
    later("The request was not understood"), later("Go back to the home page and try again."), HOME
)

# RFC 8176 values, as Sceau sends them in `amr`.
MEANS: Mapping[str, object] = {
    "pwd": later("Identifier and password"),
    "otp": later("One-time code"),
    "sms": later("Code by SMS"),
    "hwk": later("Security key"),
    "swk": later("Passkey"),
    "sc": later("CPS card"),
    "pop": later("Proof by key"),
    "pin": later("PIN code"),
    "user": later("Presence confirmed"),
    "mfa": later("Several factors"),
}


def error_text(reason: object) -> ErrorText:
    """The page for a refusal or a status."""
    return ERRORS.get(reason, UNREADABLE)


def means_text(claims: Claims) -> str:
    """How the person proved who they are."""
    methods = claims.get("amr")
    if not isinstance(methods, list) or not methods:
        return str(_("Not stated"))
    return ", ".join(str(MEANS.get(method, method)) for method in methods if method != "mfa")


def strongest_name(claims: Claims) -> str:
    """What to call the person, from the best claim that came."""
    parts = [claims.get("given_name"), claims.get("family_name")]
    full = " ".join(part for part in parts if isinstance(part, str) and part)
    for name in (claims.get("name"), full, claims.get("preferred_username")):
        if isinstance(name, str) and name:
            return name
    return str(_("Somebody"))


def profession_of(claims: Claims) -> str:
    """The person's profession in words, where the provider says it."""
    profession = claims.get("profession")
    return profession if isinstance(profession, str) and profession else str(_("Not stated"))


def national_number(claims: Claims) -> str:
    """The number that the national register knows the person by, in the words of the register."""
    number = claims.get("SubjectNameID")
    if not isinstance(number, str) or not number:
        return ""
    # NOS, TRE_G08: an 8 before eleven digits says that these are an RPPS number.
    if len(number) == RPPS and number.isascii() and number.isdigit() and number[0] == "8":
        return str(_("RPPS %(number)s", number=number[1:]))
    return str(_("National number %(number)s", number=number))
