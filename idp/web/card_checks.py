# SPDX-License-Identifier: Apache-2.0
"""What the toolbox can say of the card reader: its program, the reader, the card.

Somebody who has no card lacks nothing: where no program answers, it is worth a note.
"""

from flask_babel import gettext as _

from idp.web.toolbox_answers import BAD, GOOD, NOTE, Check, Told, skipped, unseen
from idp.web.trial_check import trial_check


def card_checks(agent_url: str, *, trial: bool) -> tuple[Check, ...]:
    """From the program to the card in the reader: each is looked at through the one before."""
    checks = (_agent(agent_url), _reader(), _card(), _validity())
    return (*checks, trial_check()) if trial else checks


def _agent(url: str) -> Check:
    link = (url, _("Get the Sceau agent")) if url else None
    return Check(
        "agent",
        _("Program of the reader"),
        (
            Told("found", GOOD, _("The Sceau agent answers, version"), measured=True),
            Told(
                "absent",
                NOTE,
                _("No Sceau agent answers on this computer."),
                _(
                    "It is needed only to log in with a card in a reader. Start it, or have it "
                    "installed, and allow this site to reach it if the browser asks. If it runs, "
                    "it was not set up for this site: tell support."
                ),
                link,
            ),
            Told(
                "other",
                BAD,
                _("The Sceau agent is of another version than this server."),
                _("Have the version installed that your support offers."),
                link,
            ),
            unseen(),
        ),
        "unseen",
    )


def _reader() -> Check:
    return Check(
        "reader",
        _("Card reader"),
        (
            Told("found", GOOD, _("Plugged in:"), measured=True),
            Told(
                "absent",
                BAD,
                _("No card reader is seen."),
                _(
                    "Plug it into this computer, if need be into another socket, and install the "
                    "driver that came with it."
                ),
            ),
            skipped(),
            unseen(),
        ),
        "unseen",
    )


def _card() -> Check:
    return Check(
        "card",
        _("Card"),
        (
            Told("present", GOOD, _("A card answers:"), measured=True),
            Told(
                "absent",
                NOTE,
                _("There is no card in the reader."),
                _("Put it in, chip first, then check again."),
            ),
            Told(
                "reading",
                NOTE,
                _("The card is being read."),
                _("Leave it in the reader, and check again in a moment."),
            ),
            Told(
                "mute",
                BAD,
                _("What is in the reader does not answer."),
                _(
                    "Take it out, wipe the chip, check which way round it is, and put it in again. "
                    "If it is a CPS card, the program that came with it must be installed."
                ),
            ),
            Told(
                "last-try",
                BAD,
                _("Only one try of the PIN is left for the card:"),
                _(
                    "No PIN is asked for here any more, so that it is not blocked. Type the right "
                    "one once in the program of your card."
                ),
                measured=True,
            ),
            Told(
                "blocked",
                BAD,
                _("Too many wrong PINs have blocked the card:"),
                _("Unblock it with its unblocking code and the program of your card."),
                measured=True,
            ),
            skipped(),
            unseen(),
        ),
        "unseen",
    )


def _validity() -> Check:
    renew = _("Ask for your new card if it has not come by then.")
    return Check(
        "validity",
        _("Validity of the card"),
        (
            Told("valid", GOOD, _("The card is valid until"), measured=True),
            Told("soon", NOTE, _("The card runs out on"), renew, measured=True),
            Told(
                "over",
                BAD,
                _("The card ran out on"),
                _("Use your new card. If you have none, ask for it; support knows where."),
                measured=True,
            ),
            Told(
                "untold",
                NOTE,
                _("The card does not tell until when it is valid."),
                _("It is found out at the login."),
            ),
            skipped(),
            unseen(),
        ),
        "unseen",
    )
