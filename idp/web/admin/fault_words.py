# SPDX-License-Identifier: Apache-2.0
"""Why something was not sent, or not fetched, in words of the console.

Faults are kept in English, for logs and for the command line. A test asks that each has its words.
"""

from typing import Any, Final

from flask_babel import lazy_gettext as _

BUSY: Final = _("This server is too busy")
NOT_RESOLVED: Final = _("Its name is not known")
NOT_HTTPS: Final = _("Its address is not one for https")
NOT_HTTP: Final = _("It does not answer as it should")
UNKNOWN_LIST: Final = _("It is not a revocation list as it should be")
NOT_SERVED: Final = _("It is a kind of list that is not supported")
WORDS: Final[dict[str, Any]] = {
    "a fault of this program: see its log": _("A fault of this program: see its log"),
    "not active": _("The webhook is not active"),
    "the webhook is not active": _("The webhook is not active"),
    "the application was not reached": _("The application was not reached"),
    "the stream was paused": _("The stream was paused"),
    "the application is closed": _("The application is closed"),
    "this is no number that takes SMS": _("This is no number that takes SMS"),
    "this is no e-mail address": _("This is no e-mail address"),
    "the mail server offers no STARTTLS": _("The mail server offers no STARTTLS"),
    "the mail server is too slow": _("The mail server is too slow"),
    "it took too long": _("It took too long"),
    "its answer is not HTTP as it should be": NOT_HTTP,
    "its name gives no address": NOT_RESOLVED,
    "its name was not resolved in time": NOT_RESOLVED,
    "its address is not a public one": _("Its address is not a public one"),
    "too many names are being resolved": BUSY,
    "no thread is left to resolve its name": BUSY,
    "its address is malformed": NOT_HTTPS,
    "its address is not https": NOT_HTTPS,
    "its address holds a user name": NOT_HTTPS,
    "its port is not one for https": NOT_HTTPS,
    "its host is neither a name nor an address": NOT_HTTPS,
    "its answer is too large": _("Its answer is too large"),
    "its answer was cut short": _("Its answer was cut short"),
    "it redirects, and redirects are not followed": _("It redirects, which is not followed"),
    "its answer is not a final one": NOT_HTTP,
    "its answer is compressed": NOT_HTTP,
    "its answer is framed in a way that is not accepted": NOT_HTTP,
    "it is not a revocation list as it should be": UNKNOWN_LIST,
    "it tells of all where it told of changes, or the other way round": UNKNOWN_LIST,
    "it is about fewer certificates than the one we have": _(
        "It is about fewer certificates than the one we have"
    ),
    "another authority has issued it": _("Another authority has issued it"),
    "its signature is weak": _("Its signature is too weak"),
    "its signature is not its authority's": _("Its signature is not its authority’s"),
    "it is of the future": _("It is of the future"),
    "its time is over": _("Its time is over"),
    "it is an indirect one": NOT_SERVED,
    "it tells of a part only": NOT_SERVED,
    "its place has no address": NOT_SERVED,
    "its number is out of bounds": UNKNOWN_LIST,
    "an entry demands what is not known here": NOT_SERVED,
}
# What begins so is told with the rest of the sentence, which is a number or a program's own name.
BEGINNINGS: Final[tuple[tuple[str, Any], ...]] = (
    ("the mail server's certificate is refused: ", _("The mail server’s certificate is refused")),
    ("the mail server refuses our login: ", _("The mail server refuses our login")),
    ("the mail server refuses our address: ", _("The mail server refuses our address")),
    ("the mail server refuses the recipient: ", _("The mail server refuses the recipient")),
    ("the mail server refuses the message: ", _("The mail server refuses the message")),
    ("the mail server answered ", _("The mail server answered")),
    ("the mail server did not go along: ", _("The mail server did not go along")),
    ("the mail server was not reached: ", _("The mail server was not reached")),
    ("Twilio was not reached: ", _("The provider was not reached")),
    ("Twilio answered ", _("The provider answered")),
    ("its certificate is refused: ", _("Its certificate is refused")),
    ("TLS failed: ", _("The encrypted connection failed")),
    ("the connection failed: ", _("The connection failed")),
    ("it is older than the one we have (", _("It is older than the one we have")),
    ("it demands what is not known here: ", NOT_SERVED),
    ("it answers ", _("It answered")),
    ("answered ", _("It answered")),
    ("refused: ", _("It refused")),
)


def fault_words(fault: str) -> str:
    """A fault as people read it; what has no words yet is shown as it was kept."""
    if fault in WORDS:
        return str(WORDS[fault])
    for beginning, words in BEGINNINGS:
        if fault.startswith(beginning):
            rest = fault.removeprefix(beginning).removesuffix(")")
            return f"{words} ({fault_words(rest)})"
    return fault
