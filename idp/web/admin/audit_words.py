# SPDX-License-Identifier: Apache-2.0
"""Events of the audit in words; what has none yet is shown as the audit names it."""

import json
from collections.abc import Mapping
from typing import Any, Final

from flask_babel import format_date, lazy_gettext
from flask_babel import gettext as _

from idp.audit.retention import Retention
from idp.audit.search import Found
from idp.audit.start import latest_start
from idp.db import Tx
from idp.messages.shown import local_time
from idp.web.admin.charts import grouped
from idp.web.means import label_of

MICROSECONDS: Final = 1_000_000
COMMAND_LINE: Final = "command line"

KINDS: Final[Mapping[str, Any]] = {
    "login.proved": lazy_gettext("Login: a proof was accepted"),
    "login.failed": lazy_gettext("Login: a try failed"),
    "login.refused": lazy_gettext("Login: an application stayed closed"),
    "login.admitted": lazy_gettext("An application was opened"),
    "launch.received": lazy_gettext("Opening received from an establishment’s software"),
    "launch.refused": lazy_gettext("Opening from an establishment’s software refused"),
    "launch.handed": lazy_gettext("Application opened from an establishment’s software"),
    "launch.told": lazy_gettext("Application told of an opening from an establishment’s software"),
    "session.ended": lazy_gettext("Session ended"),
    "signals.made": lazy_gettext("Stream of signals opened by an application"),
    "signals.changed": lazy_gettext("Stream of signals changed by its application"),
    "signals.state": lazy_gettext("Stream of signals paused or opened by its application"),
    "signals.dropped": lazy_gettext("Stream of signals given up by its application"),
    "signals.paused": lazy_gettext("Stream of signals paused"),
    "signals.resumed": lazy_gettext("Stream of signals opened again"),
    "signals.removed": lazy_gettext("Stream of signals given up"),
    "signals.stopped": lazy_gettext("Stream of signals paused by this server"),
    "session.weakened": lazy_gettext("Session lost a proof"),
    "stay.opened": lazy_gettext("Application entered through its proxy"),
    "token.given": lazy_gettext("Token given to an application"),
    "lasting.given": lazy_gettext("Application let in while the person is away"),
    "lasting.ended": lazy_gettext("Access while the person is away, ended"),
    "token.exchanged": lazy_gettext("Access exchanged to go on elsewhere"),
    "assertion.taken": lazy_gettext("Somebody else vouched for a person"),
    "token.revoked": lazy_gettext("Token given back"),
    "grant.revoked": lazy_gettext("What an application was given was taken back"),
    "code.replayed": lazy_gettext("A login code was presented twice"),
    "device.approved": lazy_gettext("Device connected"),
    "device.refused": lazy_gettext("Device refused"),
    "device.failed": lazy_gettext("Code of a device not found"),
    "client.failed": lazy_gettext("An application did not prove itself"),
    "request.repeated": lazy_gettext("A request named something twice"),
    "approval.asked": lazy_gettext("An application asked for somebody elsewhere"),
    "approval.given": lazy_gettext("Agreed to an application, elsewhere"),
    "approval.refused": lazy_gettext("Refused an application, elsewhere"),
    "approval.unanswered": lazy_gettext("The phone did not answer what an application asked"),
    "consent.given": lazy_gettext("Agreed to share details"),
    "activity.chosen": lazy_gettext("Chose in which activity to come"),
    "vihf.issued": lazy_gettext("National services told who comes (VIHF)"),
    "vihf.withheld": lazy_gettext("VIHF not made"),
    "account.activities": lazy_gettext("Activities written down"),
    "upstream.logout": lazy_gettext("Told of a logout elsewhere"),
    "upstream.answer": lazy_gettext("Answer from elsewhere that nobody asked for"),
    "account.told": lazy_gettext("Taken over from where the person logs in"),
    "activity.forgotten": lazy_gettext("Will choose the activity anew"),
    "consent.withdrawn": lazy_gettext("Withdrew what was shared"),
    "registration.begun": lazy_gettext("Request for an account begun"),
    "registration.sent": lazy_gettext("Request for an account sent"),
    "registration.confirmed": lazy_gettext("Address of a request confirmed"),
    "registration.resumed": lazy_gettext("Request for an account taken up elsewhere"),
    "registration.disowned": lazy_gettext("Request told not to be of this mailbox’s owner"),
    "registration.withdrawn": lazy_gettext("Request for an account given up"),
    "password.set": lazy_gettext("Password set"),
    "password.renewed": lazy_gettext("Password replaced"),
    "password.forgotten": lazy_gettext("Forgotten password reported"),
    "passkey.cloned": lazy_gettext("Passkey refused: it may have been copied"),
    "otp.enabled": lazy_gettext("One-time codes switched on"),
    "otp.disabled": lazy_gettext("One-time codes switched off"),
    "otp.sent": lazy_gettext("One-time code sent"),
    "otp.not_sent": lazy_gettext("One-time code not sent"),
    "otp.burned": lazy_gettext("One-time code given up after wrong tries"),
    "recovery.renewed": lazy_gettext("New recovery codes"),
    "recovery.used": lazy_gettext("Recovery code used"),
    "account.linked": lazy_gettext("National identifier proved at another provider"),
    "account.link_refused": lazy_gettext("National identifier proved elsewhere, and not taken"),
    "errand.failed": lazy_gettext("Proof at another provider refused"),
    "registration.introduced": lazy_gettext("Applicant told by another provider"),
    "means.added": lazy_gettext("Means of logging in added"),
    "means.removed": lazy_gettext("Means of logging in removed"),
    "means.disabled": lazy_gettext("Means switched off after too many tries"),
    "account.created": lazy_gettext("Account created"),
    "account.changed": lazy_gettext("Account changed"),
    "account.state": lazy_gettext("Account opened or closed"),
    "account.edited": lazy_gettext("Details of an account corrected"),
    "account.reset": lazy_gettext("Way to a new password sent"),
    "account.merged": lazy_gettext("Duplicate account joined to this one"),
    "account.absorbed": lazy_gettext("Account given up for another one"),
    "proposal.made": lazy_gettext("Act proposed to a second administrator"),
    "proposal.agreed": lazy_gettext("Proposed act agreed to, and done"),
    "proposal.declined": lazy_gettext("Proposed act declined"),
    "proposal.withdrawn": lazy_gettext("Proposed act taken back"),
    "account.unlocked": lazy_gettext("Account unlocked"),
    "account.called": lazy_gettext("Program's own name for the account changed"),
    "account.viewed": lazy_gettext("What somebody sees was looked at"),
    "account.joined": lazy_gettext("Joined a community"),
    "account.left": lazy_gettext("Left a community"),
    "account.exported": lazy_gettext("Copy of one’s own data taken"),
    "account.withdrawn": lazy_gettext("Consent withdrawn"),
    "account.email_changed": lazy_gettext("E-mail address changed"),
    "account.email_verified": lazy_gettext("E-mail address verified"),
    "account.phone_changed": lazy_gettext("Mobile number changed"),
    "account.phone_verified": lazy_gettext("Mobile number verified"),
    "account.phone_removed": lazy_gettext("Mobile number removed"),
    "patient.enrolled": lazy_gettext("Patient enrolled at consent"),
    "patient.consented": lazy_gettext("Patient’s consent noted"),
    "patient.withdrew": lazy_gettext("Patient’s consent withdrawn"),
    "patient.unmatched": lazy_gettext("Consent not noted: identifier and birth date are nobody’s"),
    "letter.printed": lazy_gettext("Letter printed, with a new temporary password"),
    "letter.handed": lazy_gettext("Letter handed over"),
    "import.read": lazy_gettext("File of people read"),
    "import.map": lazy_gettext("Columns of an import said, and tried out"),
    "import.start": lazy_gettext("Import carried out"),
    "import.stop": lazy_gettext("Import stopped"),
    "import.resume": lazy_gettext("Import gone on with"),
    "import.undo": lazy_gettext("Import taken back"),
    "import.drop": lazy_gettext("Import given up"),
    "import.exported": lazy_gettext("Report of an import taken away"),
    "accounts.exported": lazy_gettext("List of accounts taken away"),
    "account.removed": lazy_gettext("Unused account of an import removed"),
    "card.added": lazy_gettext("Card bound"),
    "card.revoked": lazy_gettext("Card revoked"),
    "card.restored": lazy_gettext("Card restored"),
    "calculette.added": lazy_gettext("Calculette bound"),
    "calculette.removed": lazy_gettext("Calculette taken away"),
    "calculette.disabled": lazy_gettext("Calculette switched off"),
    "calculette.enabled": lazy_gettext("Calculette switched on again"),
    "application.registered": lazy_gettext("Application registered"),
    "application.changed": lazy_gettext("Application changed"),
    "application.state": lazy_gettext("Application opened or closed"),
    "application.secret": lazy_gettext("Application’s secret replaced"),
    "application.put_back": lazy_gettext("Application put back to an earlier version"),
    "application.logo": lazy_gettext("Application’s logo replaced"),
    "application.followed": lazy_gettext("Application’s metadata followed"),
    "application.unfollowed": lazy_gettext("Application’s metadata followed no more"),
    "application.described": lazy_gettext("Application changed by its metadata"),
    "application.refreshed": lazy_gettext("Application’s metadata renewed again"),
    "application.refresh_failed": lazy_gettext("Application’s metadata not taken over"),
    "application.tried": lazy_gettext("Application tried from the console"),
    "invitation.made": lazy_gettext("Invitation of applications made"),
    "invitation.withdrawn": lazy_gettext("Invitation of applications withdrawn"),
    "policy.set": lazy_gettext("Password policy changed"),
    "policy.reset": lazy_gettext("Password policy put back"),
    "role.given": lazy_gettext("Role given"),
    "launcher.added": lazy_gettext("Establishment’s software registered"),
    "launcher.changed": lazy_gettext("Establishment’s software changed"),
    "webhook.added": lazy_gettext("Webhook added"),
    "webhook.changed": lazy_gettext("Webhook changed"),
    "webhook.removed": lazy_gettext("Webhook removed"),
    "webhook.resent": lazy_gettext("Webhook’s event sent again"),
    "webhook.rotated": lazy_gettext("Webhook’s secret renewed"),
    "webhook.stopped": lazy_gettext("Webhook stopped after failing for days"),
    "role.taken": lazy_gettext("Role taken away"),
    "establishment.changed": lazy_gettext("Establishment changed"),
    "directory.import_asked": lazy_gettext("An import of a national register was asked for"),
    "directory.imported": lazy_gettext("A national register was imported"),
    "directory.import_ended": lazy_gettext("An import of a national register ended"),
    "community.named": lazy_gettext("Community named"),
    "community.called": lazy_gettext("Program's own name for the community changed"),
    "community.opened": lazy_gettext("Community opened to establishments, or no longer"),
    "community.removed": lazy_gettext("Community given up"),
    "announcement.added": lazy_gettext("Announcement added"),
    "announcement.ended": lazy_gettext("Announcement ended"),
    "keys.rotated": lazy_gettext("Signing key replaced when due"),
    "signing.rotated": lazy_gettext("Signing key replaced"),
    "signing.revoked": lazy_gettext("Signing key revoked"),
    "provider.described": lazy_gettext("Provider’s metadata taken over"),
    "provider.refreshed": lazy_gettext("Provider’s metadata fetched again"),
    "provider.refresh_failed": lazy_gettext("Provider’s metadata not taken over"),
    "provider.added": lazy_gettext("Provider added"),
    "provider.changed": lazy_gettext("Provider changed"),
    "provider.logo": lazy_gettext("Picture of a provider replaced or taken away"),
    "provider.tried": lazy_gettext("Provider tried by an administrator"),
    "provider.opened": lazy_gettext("Provider opened"),
    "provider.closed": lazy_gettext("Provider closed"),
    "provider.linked": lazy_gettext("A provider was linked to the account"),
    "provider.unlinked": lazy_gettext("A provider was unlinked from the account"),
    "provider.link_refused": lazy_gettext("A provider was not linked: it opens another account"),
    "trust.added": lazy_gettext("Authority of cards added"),
    "trust.removed": lazy_gettext("Authority of cards removed"),
    "trust.refreshed": lazy_gettext("List of revoked cards fetched"),
    "trust.refresh_failed": lazy_gettext("List of revoked cards not fetched"),
    "trust.unsure": lazy_gettext("Card let through unchecked"),
    "message.hastened": lazy_gettext("Message sent again at once"),
    "message.cancelled": lazy_gettext("Message cancelled"),
    "messages.channel_down": lazy_gettext("A channel of messages fails"),
    "messages.channel_up": lazy_gettext("A channel of messages works again"),
    "messages.budget_spent": lazy_gettext("The day’s messages are spent"),
    "audit.day": lazy_gettext("A day on which nothing else happened"),
    "audit.removed": lazy_gettext("Old events removed by the retention rule"),
    "alarm.raised": lazy_gettext("Alarm raised"),
    "alarm.ended": lazy_gettext("Alarm over"),
    "account.affiliated": lazy_gettext("Put into an establishment"),
    "account.unaffiliated": lazy_gettext("Taken out of an establishment"),
    "calculette.resynchronised": lazy_gettext("Calculette put back in step"),
    "registration.assigned": lazy_gettext("Registration request assigned"),
    "registration.noted": lazy_gettext("Note on a registration request"),
    "registration.approved": lazy_gettext("Registration request approved"),
    "registration.attached": lazy_gettext("Registration request attached to an account"),
    "registration.refused": lazy_gettext("Registration request refused"),
    "registration.reopened": lazy_gettext("Registration request opened again"),
    "registration.returned": lazy_gettext("More asked of a registration request"),
    "audit.exported": lazy_gettext("Audit taken away as a file"),
    "audit.verification_asked": lazy_gettext("Proof of the audit asked for"),
    "statistics.counted_anew": lazy_gettext("Figures counted anew"),
    "installation.prepared": lazy_gettext("Installation prepared"),
    "ring.resealed": lazy_gettext("Secrets sealed anew"),
}


def kind_words(kind: str) -> str:
    """What happened."""
    return str(KINDS.get(kind, kind))


def outcome_words(outcome: str) -> str:
    """How it ended."""
    words = {
        "ok": _("Done"),
        "refused": _("Refused"),
        "failed": _("Failed"),
        "flagged": _("To be looked at"),
    }
    return str(words.get(outcome, outcome))


def reason_words(why: str) -> str:
    """Why somebody was not let in."""
    words = {
        "wrong": _("Wrong password, code or answer"),
        "unknown": _("Unknown identifier"),
        "locked": _("Paused after too many tries"),
        "expired": _("Came too late"),
        "cancelled": _("Given up by the person"),
        "malformed": _("Unreadable"),
        "no-certificate": _("No certificate shown"),
        "wrong-card": _("Not a card of this kind"),
        "not-personal": _("Not a person’s certificate"),
        "test-card": _("Test card"),
        "unknown-authority": _("Authority not believed"),
        "not-yet-valid": _("Card not valid yet"),
        "ran-out": _("Card has run out"),
        "revoked": _("Card revoked"),
        "revocation-unknown": _("Nobody says whether the card is revoked"),
        "weak": _("Certificate too weak"),
        "no-account": _("No account of this person"),
        "account-closed": _("Account closed"),
        "other-person": _("Another person was logged in"),
        "conflict": _("Two people by one identifier"),
        "not-watched": _("Card not watched by an agent"),
        "login-required": _("A login was needed"),
        "interaction-required": _("A page was needed"),
        "consent-required": _("Consent was needed"),
        "consent-refused": _("Consent refused by the person"),
        "level-unreachable": _("Not strong enough"),
        "application-closed": _("Application closed"),
        "population": _("Not for this kind of account"),
        "community": _("Not a member of a community"),
        "directory-hidden": _("Not visible in the directory"),
        "no-activity": _("No activity known"),
        "activity-required": _("An activity was to be chosen"),
        "refused": _("Refused"),
    }
    if why.startswith("renewal"):
        return str(_("Password to be replaced first"))
    return str(words.get(why, why))


def facts_of(found: Found) -> list[tuple[str, str]]:
    """The detail, a fact a line, as it was written."""
    try:
        detail = json.loads(found.detail or "{}")
    except ValueError:
        return [("?", found.detail or "")]
    if not isinstance(detail, dict):
        return [("?", str(detail))]
    return [(str(name), str(value)) for name, value in detail.items()]


def means_words(means: str | None) -> str:
    """The means, one after the other."""
    return " + ".join(label_of(one) for one in (means or "").split())


def kept_words(tx: Tx, retention: Retention) -> str:
    """For how long events are kept, and what has been removed."""
    start = latest_start(tx)
    rule = (
        _("Events are kept for %(days)s days.", days=grouped(retention.days))
        if retention.days
        else _("Events are kept for good.")
    )
    if not start.number:
        return str(rule)
    before = local_time(start.sealed_at).date()
    gone = _("What happened before %(date)s has been removed.", date=format_date(before, "long"))
    return f"{rule} {gone}"
