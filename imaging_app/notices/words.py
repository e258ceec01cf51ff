# SPDX-License-Identifier: Apache-2.0
"""What a mail says: that there is something to look at, and where. Nothing of anybody's health.

A mail lies open on its way and on a shared screen: who did what stands behind the login alone.
"""

from collections.abc import Mapping

from babel.support import Translations

from imaging_app.notices.outbox import To, What
from imaging_app.paths import TRANSLATIONS


def gettext(text: str) -> str:
    """Marked for the catalogue, translated when it is sent."""
    return text


SUBJECT = gettext("Something new in your space")
FOR_STAFF = gettext("Something to look at in your establishment’s space")
SAID: Mapping[tuple[To, What], str] = {
    (To.PATIENT, What.EMERGENCY): gettext(
        "A professional has opened your space in an emergency. You see there who it was and when."
    ),
    (To.PATIENT, What.CODE_USED): gettext(
        "Somebody has used a sharing code of yours. You see there who it was, and can revoke it."
    ),
    (To.PATIENT, What.CODE_LOCKED): gettext(
        "Somebody has typed a sharing code of yours wrongly too often. It is locked for a while."
    ),
    (To.ESTABLISHMENT, What.EMERGENCY): gettext(
        "An emergency access waits to be reviewed in your establishment’s space."
    ),
    (To.ESTABLISHMENT, What.CODE_LOCKED): gettext(
        "A sharing code of your establishment’s was typed wrongly too often. It is locked for a"
        " while."
    ),
}
OTHERWISE = gettext("There is something new for you.")
HELLO = gettext("Hello,")
LOG_IN = gettext("Log in to see it:")
ALONE = gettext(
    "This mail names nobody on purpose, and asks for nothing: we never ask for a password by mail."
)


def letter_of(to: To, what: What, link: str, language: str) -> tuple[str, str]:
    """Subject and text, in the reader's language; where there is no catalogue, as written here."""
    translate = Translations.load(str(TRANSLATIONS), [language]).gettext
    said = SAID.get((to, what), OTHERWISE)
    paragraphs = (HELLO, said, LOG_IN, link, ALONE)
    text = "\n\n".join(one if one == link else translate(one) for one in paragraphs)
    return translate(SUBJECT if to is To.PATIENT else FOR_STAFF), f"{text}\n"
