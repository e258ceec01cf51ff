# SPDX-License-Identifier: Apache-2.0
"""The means in words: their names as people know them, and what somebody lacks to use one."""

from flask_babel import gettext as _


def label_of(kind: str) -> str:
    """The name of a means, as people know it."""
    labels = {
        "password": _("Identifier and password"),
        "otp": _("One-time code"),
        "totp": _("Authenticator app"),
        "passkey": _("Passkey"),
    }
    return str(labels.get(kind, kind))


def description_of(kind: str) -> str:
    """A means in a few words, where its name is not enough."""
    descriptions = {
        "otp": _("By SMS or e-mail, after your password"),
        "totp": _("After your password"),
        "passkey": _("With your phone, computer or security key"),
    }
    return str(descriptions.get(kind, ""))


def sentence_of(kind: str, lack: str) -> str:
    """What somebody lacks to use a means, and what to do about it."""
    sentences = {
        "not-set-up": _("You have not set it up yet. You can do so in your account."),
    }
    found = sentences.get(lack, _("It is not ready for your account yet."))
    return str(_("%(means)s: %(why)s", means=label_of(kind), why=found))
