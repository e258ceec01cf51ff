# SPDX-License-Identifier: Apache-2.0
"""What the toolbox can say once a card has signed: whether this server accepts it, or why not."""

from flask_babel import gettext as _

from idp.web.toolbox_answers import BAD, GOOD, NOTE, Check, Told, skipped, unseen


def trial_check() -> Check:
    """The words of `connectors.capabilities.Tries`, and those of the workstation's program."""
    return Check(
        "trial",
        _("Trial of the card"),
        (*_before(), *_accepted(), *_refused(), *_unsigned(), skipped(), unseen()),
        "unseen",
    )


def _before() -> tuple[Told, ...]:
    return (
        Told(
            "untried",
            NOTE,
            _("Not tried yet."),
            _(
                "Press « Try the card »: its PIN is asked for in a window of this computer, never "
                "in this page. Nobody is logged in by it."
            ),
        ),
        Told(
            "asking",
            NOTE,
            _("Type your PIN in the window that has just opened on this computer."),
        ),
    )


def _accepted() -> tuple[Told, ...]:
    return (
        Told("accepted", GOOD, _("The card signs, and this server accepts it.")),
        Told(
            "unsure",
            NOTE,
            _("The card signs, and this server accepts it for now."),
            _("Whether it was revoked cannot be found out at this moment."),
        ),
    )


def _refused() -> tuple[Told, ...]:
    support = _("Tell support what you read here.")
    new_card = _("Use your new card. If you have none, ask for it; support knows where.")
    later = _("Try again in a few minutes. If it lasts, tell support.")
    authority = _("This server does not know the authority that issued the card.")
    return (
        Told("unknown-authority", BAD, authority, support),
        Told("expired", BAD, _("The card has run out."), new_card),
        Told("revoked", BAD, _("The card was revoked."), new_card),
        Told(
            "not-yet-valid",
            BAD,
            _("The card is not valid yet."),
            _("Wait until the day that is printed on it, or use the one before."),
        ),
        Told(
            "revocation-unknown",
            BAD,
            _("Whether the card was revoked cannot be found out at this moment."),
            later,
        ),
        Told("weak", BAD, _("The key of the card is too weak for today."), new_card),
        Told(
            "test",
            BAD,
            _("It is a card for trying out."),
            _("This server accepts real cards only: use your own."),
        ),
        Told(
            "nobody",
            BAD,
            _("The card bears nobody’s name."),
            _("Use a card of your own: it tells who you are."),
        ),
        Told(
            "other",
            BAD,
            _("What is in the reader is not a card of the CPS family."),
            _("Use your CPS, CPF, CPE or CPA card."),
        ),
    )


def _unsigned() -> tuple[Told, ...]:
    again = _("Try again.")
    return (
        Told("cancelled", NOTE, _("The window was closed: nothing was signed."), again),
        Told("late", NOTE, _("That took too long: nothing was checked."), again),
        Told(
            "wrong",
            BAD,
            _("What the card signed is not what was asked."),
            _("Try again. If it lasts, tell support."),
        ),
        Told(
            "failed",
            BAD,
            _("The card could not sign."),
            _("Check the card again, then try once more."),
        ),
    )
