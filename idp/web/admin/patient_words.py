# SPDX-License-Identifier: Apache-2.0
"""What the consent desk says: of a field, of a refusal, of what was just done."""

from typing import Any, Final

from flask_babel import gettext as _
from flask_babel import lazy_gettext

from idp.accounts.service import Duplicate, NotCreated
from idp.administration.patients.enrolment import NotShown
from idp.administration.patients.letters import NotPrinted

_l = lazy_gettext
DONE: Final = {
    "enrolled": _l("The account is open. Print the letter, and hand it to the patient."),
    "collected": _l("The consent is noted on the account that the patient had already."),
    "renewed": _l("The consent is noted anew, and the account is open."),
    "withdrawn": _l("The withdrawal is noted. The patient can give their consent anew here."),
    "handed": _l("The hand-over is noted."),
}
FIELDS: Final = {
    ("last_name", "missing"): _l("Type the last name."),
    ("first_name", "missing"): _l("Type the first name."),
    ("birth_date", "missing"): _l("Type the birth date, as day/month/year."),
    ("birth_date", "day"): _l("This is not a date: type day/month/year, such as 30/11/1948."),
    ("birth_date", "past"): _l("Nobody living was born on that day."),
    ("email", "address"): _l("This is not an e-mail address."),
    ("email", "one-needed"): _l("An e-mail address or a mobile is needed: codes go there."),
    ("email", "differs"): _l("The two addresses are not the same."),
    ("email", "taken"): _l(
        "Another account logs in with this address. Leave it out and give the mobile, or another."
    ),
    ("phone", "number"): _l("This is not a telephone number that takes messages."),
    ("phone", "country"): _l("No messages are sent to numbers of this country."),
    ("ins", "length"): _l("A national health identity has 15 characters, with its key."),
    ("ins", "digits"): _l("This character can't be in a national health identity."),
    ("ins", "check"): _l("The key does not fit: check each digit."),
    ("ins", "taken"): _l("Another account has this national health identity."),
    ("establishment", "missing"): _l("Choose the establishment that collects the consent."),
    ("consent", "missing"): _l("Without the patient's consent there is no account."),
}
SHOWN: Final = {
    NotShown.NO_MATCH: _l(
        "No patient has this identifier and this birth date. Check both with the patient's letter."
    ),
    NotShown.STANDS: _l("Your establishment has this patient's consent already."),
    NotShown.CLOSED: _l("This account is closed for good. Ask the region's administrators."),
    NotShown.TOO_OFTEN: _l("Too many tries: wait a little before the next one."),
    NotShown.NEEDED: _l("Type the identifier and the birth date that the patient shows you."),
}
PRINTED: Final = {
    NotPrinted.CLOSED: _l("No letter: the account is disabled, or awaits a new consent."),
    NotPrinted.TOO_MANY: _l("Select 100 patients at most."),
    NotPrinted.DAY: _l("Type a day between the print and today."),
}


def field_error(name: str, why: str) -> str:
    """What is wrong with a field, in a sentence."""
    return str(FIELDS.get((name, why)) or _("This text can't be kept."))


def not_created(refused: NotCreated) -> dict[str, str]:
    """Why no account could be made, at its field."""
    match refused.duplicate:
        case Duplicate.EMAIL:
            return {"email": field_error("email", "taken")}
        case Duplicate.NATIONAL_ID:
            return {"ins": field_error("ins", "taken")}
    return {name: field_error(name, "text") for name in refused.unfit or ("last_name",)}


def refusal(word: str) -> str:
    """Why nothing was printed, or nothing."""
    return next((str(told) for why, told in PRINTED.items() if why.value == word), "")


def done_sentence(word: str) -> Any:
    """What was just done, or nothing."""
    return DONE.get(word, "")
