# SPDX-License-Identifier: Apache-2.0
"""Settings of the server in the words of those who administer: names, values, lengths of time."""

from flask_babel import gettext as _
from flask_babel import lazy_gettext, ngettext

from idp.administration.rules.settings_desk import Value
from idp.web.admin.charts import grouped

_l = lazy_gettext
GROUPS = {
    "means": (_l("What the means need"), _l("Without a way for codes to leave, nobody gets one.")),
    "passwords": (
        _l("Passwords in the configuration"),
        _l("Where no rules are set above, those of a shipped profile hold."),
    ),
    "sessions": (_l("Sessions"), _l("When somebody who is logged in is asked again.")),
    "tokens": (_l("What applications receive"), _l("How long it is good for.")),
    "codes": (_l("Codes and links"), _l("How long somebody has to use one.")),
    "administration": (_l("Administrators and requests"), ""),
    "tries": (_l("Wrong tries"), _l("They slow a guesser down, and lock nobody out for long.")),
    "calculettes": (_l("Calculettes"), ""),
}
NAMES = {
    "smtp.host": _l("E-mails leave"),
    "sms.provider": _l("SMS are sent by"),
    "sms.countries": _l("Countries that SMS go to"),
    "sms.per_day": _l("SMS a day, all together"),
    "cards.address": _l("Address where browsers show a card"),
    "cards.test_cards": _l("Test cards are accepted"),
    "cards.revocation": _l("Where nobody can tell whether a card is revoked"),
    "cards.revocation_grace": _l("The last good list is believed after its end for"),
    "cards.revocation_refresh": _l("Lists of revoked cards are fetched every"),
    "policies.professional": _l("Profile of professionals"),
    "policies.patient": _l("Profile of patients"),
    "policies.staff": _l("Profile of staff"),
    "policies.breach_list": _l("List of passwords that are known to attackers"),
    "policies.temporary_life": _l("Temporary password from an administrator"),
    "policies.forgotten_life": _l("Temporary password of a patient who forgot theirs"),
    "policies.reset_life": _l("Link to a new password"),
    "policies.reset_cooling": _l("A new address or number renews no password for"),
    "session.idle": _l("A session ends unused after"),
    "session.absolute": _l("A session ends anyhow after"),
    "session.most": _l("Open sessions of one person"),
    "cards.idle": _l("A card proves its level, unused, for"),
    "cards.lost_after": _l("A card counts as removed, unheard of, after"),
    "journey.lifetime": _l("Time to finish a login"),
    "tokens.code": _l("Authorization code"),
    "tokens.access": _l("Access token"),
    "tokens.id_token": _l("Identity token"),
    "tokens.refresh_idle": _l("Refresh token, unused"),
    "tokens.refresh_absolute": _l("Refresh tokens of one login, all together"),
    "tokens.lasting_idle": _l("Access while people are away, unused: at most"),
    "tokens.lasting_absolute": _l("Access while people are away, all together: at most"),
    "signing.rotate_after": _l("A signing key signs for"),
    "signing.publish_lead": _l("A new key is published ahead by"),
    "signing.keep_after": _l("An old key stays published for"),
    "otp.life": _l("One-time code"),
    "otp.patient_life": _l("One-time code of a patient"),
    "otp.resend_after": _l("Another code may be asked for after"),
    "calculette.life": _l("A challenge can be answered for"),
    "registration.link_life": _l("Link that confirms an address or leads to a draft"),
    "approval.activation_life": _l("Link that opens an approved account"),
    "throttle.free_tries": _l("Wrong tries before the first delay"),
    "throttle.first_delay": _l("First delay, which then doubles"),
    "throttle.max_delay": _l("Longest delay"),
    "throttle.per_day": _l("Wrong tries a day on one means"),
    "throttle.disable_after": _l("Wrong tries in a row that switch the means off"),
    "throttle.address_free": _l("Wrong tries from one address before it waits"),
    "throttle.address_window": _l("They are counted over"),
    "throttle.network_free": _l("Wrong tries from one network before it waits"),
    "throttle.stranger_free": _l("From an unknown address while an alarm lasts"),
    "calculette.tries": _l("Wrong answers that end a challenge"),
    "calculette.free_tries": _l("Wrong answers in a row that lock it"),
    "calculette.first_delay": _l("First lock, which then doubles"),
    "calculette.max_delay": _l("Longest lock"),
    "administration.four_eyes": _l("What is grave needs a second administrator"),
    "administration.proposal_life": _l("What waits for a second administrator lapses after"),
    "audit.keep": _l("Events of the audit are removed after"),
    "registration.open": _l("Professionals may ask for an account"),
    "registration.draft_life": _l("A request that was not sent is dropped after"),
    "approval.digest_every": _l("New requests are announced at most every"),
    "approval.remind_after": _l("A reminder that a request waits comes after"),
    "approval.reopen_for": _l("A refusal can be taken back for"),
}
CHOICES = {
    ("sms.provider", "none"): _l("Nobody"),
    ("sms.provider", "twilio"): "Twilio",
    ("cards.revocation", "refuse"): _l("The card is refused"),
    ("cards.revocation", "last-good"): _l("The last good list is believed for a while"),
    ("cards.revocation", "accept"): _l("The card is accepted"),
}


def value_words(name: str, value: Value, unit: str) -> str:
    """A value as people say it."""
    if isinstance(value, bool):
        return str(_("Yes") if value else _("No"))
    if isinstance(value, tuple):
        return ", ".join(value) or str(_("None"))
    if isinstance(value, str):
        return str(CHOICES.get((name, value), value) or _("None"))
    if name == "audit.keep" and not value:
        return str(_("Never"))
    if unit == "seconds":
        return lasting(int(value))
    return grouped(int(value))


def lasting(seconds: int) -> str:
    """A length of time, exactly, from the largest unit down."""
    days, rest = divmod(seconds, 86_400)
    hours, rest = divmod(rest, 3600)
    minutes, left = divmod(rest, 60)
    parts = []
    if days:
        parts.append(ngettext("%(num)s day", "%(num)s days", days))
    if hours:
        parts.append(ngettext("%(num)s hour", "%(num)s hours", hours))
    if minutes:
        parts.append(ngettext("%(num)s minute", "%(num)s minutes", minutes))
    if left or not parts:
        parts.append(ngettext("%(num)s second", "%(num)s seconds", left))
    return " ".join(str(one) for one in parts)
