# SPDX-License-Identifier: Apache-2.0
"""Why a login elsewhere did not open the way, in words: what happened, and what to do now."""

from collections.abc import Mapping

from flask_babel import gettext as _

from connectors.base import Reason
from idp.providers.values import is_kind
from idp.web.card_words import Words
from idp.web.means import label_of


def upstream_words(kind: str, reason: Reason) -> Words | None:
    """The words for a reason; None for one that has none of its own."""
    # A phone is a way to the same provider, and knows nobody itself.
    there = label_of("psc" if kind == "ecps" else kind)
    known = {**_of_the_provider(there), **_of_the_person(there)}
    if is_kind(kind):
        known[Reason.WEAK] = _worth_too_little(there)
    found = known.get(reason)
    link = "/registration" if reason is Reason.NO_ACCOUNT else ""
    calm = reason in {Reason.CANCELLED, Reason.LEFT}
    return Words(str(found[0]), str(found[1]), link, calm) if found else None


def _of_the_provider(there: str) -> Mapping[Reason, tuple[str, str]]:
    return {
        Reason.NOT_REACHED: (
            _("%(there)s does not answer", there=there),
            _("It is not your fault, and nothing is lost: try again in a few minutes."),
        ),
        Reason.NOT_BELIEVED: (
            _("What %(there)s answered can’t be relied on", there=there),
            _("For your safety nobody was logged in. Try again; if it stays, contact support."),
        ),
        Reason.MALFORMED: (
            _("This way back from %(there)s can’t be used", there=there),
            _("It has been used already, or belongs to another login. Begin once more."),
        ),
        Reason.WEAK: (
            _("How you logged in at %(there)s does not tell enough who you are", there=there),
            _("Begin again, and log in there with your card or the e-CPS of your phone."),
        ),
        Reason.EXPIRED: (_("That took too long"), _("Nothing is lost: try again.")),
        Reason.CANCELLED: (
            _("You turned back at %(there)s", there=there),
            _("Nothing was done. Begin again whenever you like."),
        ),
        Reason.LEFT: (
            _("You have logged out at %(there)s meanwhile", there=there),
            _("So nobody was logged in here either. Begin again whenever you like."),
        ),
        Reason.CLOSED: (
            _("Nobody logs in with %(there)s at the moment", there=there),
            _("It was closed or changed while you were on your way. Begin once more."),
        ),
    }


def _worth_too_little(there: str) -> tuple[str, str]:
    """Of one that was added: what it is worth is its word, and how it was linked (BR-013)."""
    return (
        _("Logging in with %(there)s is worth less than is asked for here", there=there),
        _(
            "Log in another way. If you have a stronger one, log in by it, then unlink and link "
            "%(there)s again in “My account”: from then on it may be enough.",
            there=there,
        ),
    )


def _of_the_person(there: str) -> Mapping[Reason, tuple[str, str]]:
    return {
        Reason.NO_ACCOUNT: (
            _("%(there)s knows you, and there is no account for you here yet", there=there),
            _("Ask for one: it takes a few minutes."),
        ),
        Reason.ACCOUNT_CLOSED: (
            _("%(there)s knows you, and your account here is closed", there=there),
            _("Contact support to have it opened again."),
        ),
        Reason.OTHER_PERSON: (
            _("Who is logged in at %(there)s is not who is logged in here", there=there),
            _("Log out there or here first, then begin again."),
        ),
        Reason.CONFLICT: (
            _("%(there)s and your account here do not agree on who you are", there=there),
            _("Contact support: nobody can log in this way until it is put right."),
        ),
        Reason.NOT_LINKED: (
            _("%(there)s is not linked to an account here yet", there=there),
            _(
                "Log in another way, then open “My account” and link it there: "
                "from then on it opens your account."
            ),
        ),
        Reason.NOT_FOR_THEM: (
            _("Your account does not open with %(there)s", there=there),
            _("It is meant for accounts of another kind. Log in another way."),
        ),
    }
