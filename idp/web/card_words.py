# SPDX-License-Identifier: Apache-2.0
"""Why a card did not open the way, in words: what happened, and what to do now."""

from collections.abc import Mapping
from dataclasses import dataclass

from flask_babel import gettext as _

from connectors.base import Reason


@dataclass(frozen=True, slots=True)
class Words:
    """What happened, and the next step; the page adds other ways where there are any."""

    title: str
    sentence: str
    # Where that step is made, if it is a page of ours.
    link: str = ""
    # Nothing is wrong: it was their own wish.
    calm: bool = False


def _of_the_card() -> Mapping[Reason, tuple[str, str]]:
    return {
        Reason.NO_CERTIFICATE: (
            _("Your browser showed no card"),
            _(
                "Put your card in the reader, wait until its light stays on, and try again. "
                "If nothing changes, close the browser, open it again and come back."
            ),
        ),
        Reason.WRONG_CARD: (
            _("What your browser showed is not the certificate that a card logs in with"),
            _("Try again, and choose the authentication certificate of your CPS card."),
        ),
        Reason.NOT_PERSONAL: (
            _("This card is a service's: it does not name a person"),
            _("Log in with your own card."),
        ),
        Reason.TEST_CARD: (
            _("This is a test card, and this server takes real ones only"),
            _("Log in with your own card."),
        ),
        Reason.UNKNOWN_AUTHORITY: (
            _("This card was not issued by an authority that is known here"),
            _("Check that the card in the reader is your CPS card, or contact support."),
        ),
        Reason.NOT_YET_VALID: (
            _("Your card is not valid yet"),
            _("Check the date and time of your workstation, or contact support."),
        ),
        Reason.RAN_OUT: (
            _("Your card has run out"),
            _(
                "Log in with your new card. If you have not received it, ask for it at the "
                "Agence du Numérique en Santé."
            ),
        ),
        Reason.REVOKED: (
            _("Your card was revoked: it opens nothing any more"),
            _("Log in with your new card. If you did not ask for this, contact support."),
        ),
        Reason.REVOCATION_UNKNOWN: (
            _("For the moment nobody can tell us whether your card is still good"),
            _("Try again in a few minutes."),
        ),
        Reason.WEAK: (
            _("Your card is of an old kind that is not safe enough any more"),
            _("Ask for a new card."),
        ),
    }


def _of_the_person() -> Mapping[Reason, tuple[str, str]]:
    return {
        Reason.NO_ACCOUNT: (
            _("Your card is good, and there is no account for it here yet"),
            _("Ask for one: your card fills in part of the form."),
        ),
        Reason.ACCOUNT_CLOSED: (
            _("Your card is good, and your account is closed"),
            _("Contact support to have it opened again."),
        ),
        Reason.OTHER_PERSON: (
            _("This card belongs to somebody else than the person logged in"),
            _("Put your own card in the reader, or log out first."),
        ),
        Reason.NOT_WATCHED: (
            _("This application asks that your card stay in its reader"),
            _("Log in by the program of the reader, which tells when the card is taken out."),
        ),
        Reason.CONFLICT: (
            _("Your card and your account do not agree on who you are"),
            _("Contact support: nobody can log in with this card until it is put right."),
        ),
    }


CARD_REASONS = frozenset(
    {
        Reason.NO_CERTIFICATE,
        Reason.WRONG_CARD,
        Reason.NOT_PERSONAL,
        Reason.TEST_CARD,
        Reason.UNKNOWN_AUTHORITY,
        Reason.NOT_YET_VALID,
        Reason.RAN_OUT,
        Reason.REVOKED,
        Reason.REVOCATION_UNKNOWN,
        Reason.WEAK,
        Reason.NO_ACCOUNT,
        Reason.ACCOUNT_CLOSED,
        Reason.OTHER_PERSON,
        Reason.CONFLICT,
        Reason.NOT_WATCHED,
    }
)


def card_words(reason: Reason) -> Words | None:
    """The words for a reason; None for one that has none of its own."""
    if reason not in CARD_REASONS:
        return None
    found = {**_of_the_card(), **_of_the_person()}[reason]
    link = "/registration" if reason is Reason.NO_ACCOUNT else ""
    return Words(str(found[0]), str(found[1]), link)
