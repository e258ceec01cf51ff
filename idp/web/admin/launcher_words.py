# SPDX-License-Identifier: Apache-2.0
"""Establishments' software in words: fields, faults of a form, and what is wrong with a launch."""

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

DONE = {
    "added": _l("The software is registered."),
    "kept": _l("The change is kept."),
}
FAULTS = {
    "key": _l("Small letters, digits and hyphens, 64 at most: hopital-manager."),
    "taken": _l("Software with this key is there already."),
    "too-many": _l("There are as many as this server takes."),
    "name": _l("A name is a text on one line, of 128 characters at most."),
    "establishment": _l("Choose the establishment that answers for it."),
    "issuer": _l("A name without spaces, which no other software bears."),
    "algorithm": _l("Choose one of the list."),
    "jwks": _l("One of the three, and public keys of this algorithm alone, each with its “kid”."),
    "jwks_uri": _l("One of the three, and an address that begins with https://."),
    "certificate": _l("One of the three, and a valid certificate of this algorithm, in PEM."),
    "applications": _l("Choose one at least, and none that you may not change."),
    "numbers": _l("The first characters of national identifiers, separated by spaces."),
}


def label_of(name: str) -> str:
    """A field's name."""
    labels = {
        "key": _("Key"),
        "name": _("Name"),
        "establishment": _("Establishment"),
        "issuer": _("Its name in launches (iss)"),
        "algorithm": _("Algorithm"),
        "jwks": _("Its public keys (JWK Set)"),
        "jwks_uri": _("Address of its public keys"),
        "certificate": _("Its certificate"),
        "level": _("What its word is worth"),
        "applications": _("Applications that it may open"),
        "numbers": _("Of whom it may speak"),
        "active": _("Its launches are taken"),
        "state": _("State"),
    }
    return str(labels.get(name, name))


def fault_words(fault: str) -> str:
    """What is wrong with a launch; nothing where it was taken."""
    words = {
        "": "",
        "form": _("It is no signed token, or longer than 16 KiB."),
        "typ": _("Its header must say “typ”: “launch+jwt”."),
        "header": _("Its header holds more than “alg”, “typ” and “kid”."),
        "iss": _("No software is registered by the name in “iss”."),
        "alg": _("It is signed by another algorithm than the one registered."),
        "kid": _("No registered key has its “kid”, or the certificate has run out."),
        "keys": _("The address of its keys does not answer as it should."),
        "signature": _("Its signature does not hold."),
        "aud": _("Its “aud” must be the address of this server, as one text."),
        "times": _("It must say “iat” and “exp” as whole seconds, at most 60 apart."),
        "future": _("It was made in the future: look at the clock of its server."),
        "old": _("It is more than a minute old: look at the clock of its server."),
        "jti": _("Its “jti” must be a text of 16 to 256 characters, another one each time."),
        "replayed": _("It has come before."),
        "sub": _("Its “sub” must be the national identifier of a person, with its first digit."),
        "perimeter": _("It speaks of somebody of whom this software may not speak."),
        "names": _("“given_name” and “family_name” are texts on one line."),
        "application": _("Its “application” is closed, or has no address where it could begin."),
        "patient": _("Its “patient” must have “file” and “birth_date”, and names alone beside."),
        "disabled": _("This software is disabled."),
        "not-allowed": _("It may not open this application."),
        "means": _("This application does not take logins by establishments’ software."),
        "level": _("This application asks for more than this software’s word is worth."),
        "no-context": _("This application can’t be told which file is meant."),
        "handle": _("The application brought back what was not for it, or too late."),
    }
    return str(words.get(fault, fault))
