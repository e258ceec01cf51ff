# SPDX-License-Identifier: Apache-2.0
"""The means in words: their names, their steps, and what somebody lacks to use one."""

from flask_babel import get_locale
from flask_babel import gettext as _

from idp.accounts.values import Account
from idp.credentials.otp import SPENT
from idp.http.flask_app import current_server
from idp.providers.values import BY_NUMBER, Provider, is_kind
from idp.web.account_page import shown_moment


def label_of(kind: str) -> str:
    """The name of a means, as people know it."""
    labels = {
        "password": _("Identifier and password"),
        "otp": _("One-time code"),
        "totp": _("Authenticator app"),
        "passkey": _("Passkey"),
        "cps": _("CPS card reader"),
        "calculette": _("CPS calculette"),
        "psc": _("Pro Santé Connect"),
        "launch": _("Your establishment’s software"),
        "ecps": _("e-CPS"),
    }
    added = added_provider(kind)
    return added.name(get_locale().language) if added else str(labels.get(kind, kind))


def added_provider(kind: str) -> Provider | None:
    """The provider that a means is, where an administrator added it; closed or not."""
    return current_server().added.providers().get(kind) if is_kind(kind) else None


def opens_by_number(kind: str, account: Account) -> bool:
    """Whether a provider opens an account by its national identifier, linked or not."""
    added, person = added_provider(kind), account.person
    if added is None or added.finding != BY_NUMBER or not person.national_id:
        return False
    return person.population.value in added.populations


def folder_of(kind: str) -> str:
    """Where the form of a means is, among the templates."""
    return "added" if is_kind(kind) else kind


def description_of(kind: str) -> str:
    """A means in a few words, where its name is not enough."""
    descriptions = {
        "otp": _("By SMS or e-mail, after your password"),
        "totp": _("After your password"),
        "passkey": _("With your phone, computer or security key"),
        "cps": _("Your card in a reader, with its PIN"),
        "calculette": _("With your CPS card in the nomad reader"),
        "psc": _("With your CPS card or the e-CPS application"),
        "ecps": _("With the e-CPS application of your phone"),
    }
    return str(descriptions.get(kind, ""))


def sentence_of(kind: str, lack: str) -> str:
    """What somebody lacks to use a means, and what to do about it."""
    sentences = {
        "not-set-up": _("You have not set it up yet. You can do so in your account."),
        "no-card": _(
            "It works after a first login with your CPS card. Log in once with the card, "
            "then switch it on in your account."
        ),
        "card-expired": _(
            "Your CPS card has run out, and it works only while the card is valid. "
            "Log in once with your new card, and it works again."
        ),
        "card-revoked": _(
            "Your CPS card was revoked, and it works only while a card is valid. "
            "Log in once with your new card, or contact support."
        ),
        "no-such-card": _("Only health professionals carry a card of the CPS family."),
        "no-national-id": _(
            "Your account has no national identifier that a card could name. Contact support."
        ),
        "begins-elsewhere": _("Applications are opened from there, not from here."),
        "no-address": _(
            "There is no verified mobile number or e-mail address to send it to. "
            "You can add one in your account."
        ),
    }
    if kind == "calculette":
        sentences |= {
            "not-set-up": _("None is bound to a card of yours. Support can give you one."),
            "card-expired": _(
                "Your CPS card has run out, and the calculette works only while the card is valid. "
                "Support can bind one to your new card."
            ),
            "card-revoked": _(
                "Your CPS card was revoked, and the calculette works only while the card is valid. "
                "Support can bind one to your new card."
            ),
        }
    if kind in {"psc", "ecps"}:
        sentences |= {
            "no-such-card": _("Only health professionals log in there."),
            "no-national-id": _(
                "Your account has no national identifier by which you would be known. "
                "Contact support."
            ),
        }
    if is_kind(kind):
        sentences |= {
            "not-linked": _("It is not linked to your account yet. You can link it there."),
            "not-for-them": _("It is not meant for accounts like yours."),
        }
    found = sentences.get(lack, _("It is not ready for your account yet."))
    if lack.startswith(SPENT):
        found = _(
            "Your password was just renewed by the same address or number, so codes there prove "
            "nothing more until %(time)s. Until then use another way, or contact support.",
            time=shown_moment(int(lack.removeprefix(SPENT))),
        )
    return str(_("%(means)s: %(why)s", means=label_of(kind), why=found))


def blocked_sentence(kind: str, lack: str) -> str:
    """What somebody has set up and cannot use for now, where nothing else opens the page."""
    if lack == "no-address":
        # Adding one is behind the same door: it can't be the advice here.
        found = _("There is no verified mobile number or e-mail address left to send it to.")
        return str(_("%(means)s: %(why)s", means=label_of(kind), why=found))
    return sentence_of(kind, lack)


def steps_of(kind: str) -> list[str]:
    """The steps of a login by this means, where people know them by name."""
    if kind == "otp":
        # Translators: the three steps of a login by one-time code.
        return [_("Authentication"), _("Sending of the access code"), _("Access to the portal")]
    return []
