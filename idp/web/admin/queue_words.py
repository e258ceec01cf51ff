# SPDX-License-Identifier: Apache-2.0
"""The queue in words: stages, what happened, what two have in common, what became of an act."""

from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext, ngettext

from idp.administration.authority import Denied
from idp.administration.requests.matches import Why
from idp.administration.requests.outcomes import Approved, Blocked, CardBound, Unfit
from idp.registration.decisions import Act, Stale
from idp.registration.values import Happening, Request, Stage

_l = lazy_gettext
STAGES = {
    Stage.PENDING: (_l("To decide"), "info"),
    Stage.RETURNED: (_l("Waits for the person"), "warn"),
    Stage.APPROVED: (_l("Approved"), "good"),
    Stage.REFUSED: (_l("Turned down"), "bad"),
}
DONE = {
    "claimed": _l("You have this request now."),
    "released": _l("Everybody may take this request again."),
    "assigned": _l("The request was given to somebody."),
    "noted": _l("The note was kept."),
    "passed-on": _l("The request was passed on to the region."),
    "approved": _l("Approved. The person was sent the way into their account."),
    "attached": _l("What was asked for was added to the account that is there."),
    "refused": _l("Refused. The person was told why; you can take it back for a while."),
    "returned": _l("The person was asked for more, with a link to their form."),
    "reopened": _l("The refusal was taken back: the request waits for a decision again."),
}
ACTS = {
    "sent": _l("Request sent"),
    "confirmed": _l("Mailbox confirmed"),
    "corrected": _l("Completed and sent again"),
    "withdrawn": _l("Withdrawn"),
    "disowned": _l("Told not to be of the mailbox’s owner"),
    Act.ASSIGNED: _l("Given to"),
    Act.RELEASED: _l("Given back to everybody"),
    Act.NOTED: _l("Note"),
    Act.PASSED_ON: _l("Passed on to the region"),
    Act.APPROVED: _l("Approved"),
    Act.ATTACHED: _l("Added to an account that is there"),
    Act.RETURNED: _l("More was asked for"),
    Act.REFUSED: _l("Turned down"),
    Act.REOPENED: _l("Refusal taken back"),
}
WHYS = {
    Why.NUMBER: _l("same national identifier"),
    Why.CARD: _l("same card"),
    Why.EMAIL: _l("same e-mail address"),
    Why.RENUMBERED: _l("same name, under an ADELI number"),
    Why.NAME: _l("same name"),
}
CARDS = {
    CardBound.BOUND: _l("The card is bound to the account."),
    CardBound.THERE: _l("The card was bound to the account already."),
    CardBound.EXPIRED: _l("The card is not bound: it is no longer valid."),
    CardBound.REVOKED: _l("The card is not bound: it was revoked."),
    CardBound.UNBELIEVED: _l("The card is not bound: its authority is no longer believed."),
    CardBound.OTHERS: _l("The card is not bound: it is somebody else’s."),
}
UNFITS = {
    "missing": _l("Say what the person will be told."),
    "too-long": _l("This is too long: 2,000 characters at most."),
    "characters": _l("Some of these characters can’t be shown."),
    "communities": _l(
        "One of these communities was not asked for, is gone, "
        "or only the region puts people into it."
    ),
    "not-a-decider": _l("This person does not decide on this request."),
    "regional": _l("This request is the region’s already."),
    "account-closed": _l("This account is not open."),
    "not-a-professional": _l("This account is not a professional’s."),
    "too-late": _l("It is too late to take this refusal back. The person can make a new request."),
    "approved": _l(
        "An approval made an account, and is not taken back. Disable the account instead."
    ),
    "open": _l("There is no refusal to take back."),
    "unfit": _l("No account can be made of this: ask the person to correct their request."),
    "no-password": _l("The temporary password is missing. Try again."),
}
# What is told to people; each can be changed before it is sent.
REASONS = (
    (
        "identity",
        _l("Identity"),
        _l("We could not make sure who you are by what you sent."),
    ),
    (
        "number",
        _l("Number"),
        _l("The number that you gave is not yours in the national register, or not any more."),
    ),
    (
        "not-concerned",
        _l("Not concerned"),
        _l("The services of this region are not meant for your profession or place of work."),
    ),
    ("known", _l("Known already"), _l("You have an account already: log in with it.")),
)
ASKED = (
    ("proof", _l("Proof"), _l("Send us a copy of your diploma or of your professional card.")),
    (
        "number",
        _l("Number"),
        _l("Check your RPPS or ADELI number: the register knows another name."),
    ),
    ("address", _l("Address"), _l("Give the address of the place where you work.")),
)


def why_words(why: tuple[Why, ...]) -> str:
    """What two have in common."""
    return ", ".join(str(WHYS[one]) for one in why)


def act_words(line: Happening, names: dict[str, str]) -> str:
    """One line of the history."""
    said = str(ACTS.get(line.what, line.what))
    return f"{said} {names.get(line.note, '')}" if line.what == Act.ASSIGNED else said


def noted(line: Happening) -> str:
    """What a line of the history says in somebody's own words."""
    told = {Act.NOTED, Act.RETURNED, Act.REFUSED}
    return line.note if line.what in told else ""


def waited(seconds: int) -> str:
    """How long, in the unit that people would say."""
    days, hours, minutes = seconds // 86_400, seconds // 3600, seconds // 60
    if days:
        return str(ngettext("%(num)s day", "%(num)s days", days))
    if hours:
        return str(ngettext("%(num)s hour", "%(num)s hours", hours))
    if minutes:
        return str(ngettext("%(num)s minute", "%(num)s minutes", minutes))
    return str(_("less than a minute"))


def outcome_words(outcome: Any) -> tuple[str, str]:
    """What became of one request of several, and its tone."""
    if isinstance(outcome, Approved):
        card = CARDS.get(outcome.card)
        return " ".join([_("Approved"), *([str(card)] if card else [])]), "good"
    if isinstance(outcome, Request):
        label, tone = STAGES[outcome.stage]
        pending = outcome.stage is Stage.PENDING
        return (_("Given to somebody"), "good") if pending else (str(label), tone)
    if isinstance(outcome, Stale):
        return _("Somebody else was faster: nothing was done"), "warn"
    if isinstance(outcome, Blocked):
        return _("To be looked at one by one: there may be an account already"), "warn"
    if isinstance(outcome, Unfit):
        return str(UNFITS.get(outcome.why, outcome.why)), "bad"
    return (_("Not allowed") if outcome is Denied.NOT_ALLOWED else _("Not found")), "bad"
