# SPDX-License-Identifier: Apache-2.0
"""Faults of a registration in the reader's language, each at its field, row and cell."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from flask_babel import lazy_gettext as _

from idp.applications.faults import Fault
from idp.web.admin.application_sections import FORMS

CHOOSE: Final = _("Choose one of the list.")
UNREAD: Final = _("It cannot be read: type it anew.")
# By the key of a kind of fault; a test asks that each has its words.
SENTENCES: Final[Mapping[str, Any]] = {
    # Of any registration.
    "unknown": _("It is not known here."),
    "unspoken": CHOOSE,
    "text": UNREAD,
    "switch": UNREAD,
    "table": UNREAD,
    "texts": UNREAD,
    "tables": UNREAD,
    "missing": _("It is missing."),
    "one-of": CHOOSE,
    "not-known": _("It is not known here."),
    "web-address": _("A web address is expected."),
    "https-address": _("An https address is expected."),
    "key": _("Between 1 and 128 simple characters are expected."),
    "key-letters": _("Letters, digits, dots, hyphens and underscores are expected."),
    "key-taken": _("There is one of this name already."),
    "key-fixed": _("It cannot be changed."),
    "name-taken": _("Another application bears this name already."),
    "level": _("1, 2 or 3 is expected."),
    "seconds": _("A number of seconds is expected."),
    "too-many": _("%(most)s at most can be registered."),
    "too-long": _("%(most)s characters at most are expected."),
    "named-twice": _("This header is named twice."),
    "several-hosts": _("Addresses of several hosts: name the group that they form."),
    "always-asked": _("Whoever administers is always asked."),
    "two-factors": _("Whoever administers logs in with two factors: 2 or 3 is expected."),
    "opens-more": _("It opens more than you may give."),
    "granted-alone": _("A super-administrator alone may grant it."),
    "passed-on": _("A page that imitates ours could pass it on: only card and passkey serve here."),
    "profile-spoken": _("Applications of OpenID Connect alone can lean on this server so."),
    # Of an address.
    "address-letters": _("An address may not hold such characters."),
    "no-address": _("This is no address."),
    "address-extras": _("Neither a fragment (#) nor a user name may be in it."),
    "not-https": _("It must be https, except on one’s own machine."),
    # Of OpenID Connect.
    "no-return": _("Logins need at least one."),
    "needs-grant": _("For that, %(known)s has to be ticked, too."),
    "other-site": _("It must be on a site that people come back to."),
    "fapi-proof": _("FAPI 2.0 wants its own key (private_key_jwt) or a certificate."),
    "fapi-code": _("FAPI 2.0 answers by a code alone."),
    "fapi-algorithm": _("FAPI 2.0 wants ES256 or EdDSA."),
    "fapi-pkce": _("FAPI 2.0 wants PKCE."),
    "exchange-proof": _("Going on elsewhere is for applications that prove themselves."),
    "exchange-target": _("Name at least one application that it may go on to."),
    "exchange-grant": _("It is of use only where token-exchange is ticked."),
    "bearer-proof": _("Others vouch only towards applications that prove themselves."),
    "bearer-issuer": _(
        "Of each is needed: issuer, jwks or jwks_uri; subject is sub or national_id, level 1 to 3."
    ),
    "bearer-none": _("Name at least one who may vouch."),
    "bearer-grant": _("It is of use only where jwt-bearer is ticked."),
    "public-pkce": _("Without a secret it is always needed."),
    "needs-proof": _("Access in its own name is for applications that prove themselves."),
    "device-unsigned": _("Devices do not sign what they ask: not where each request must be."),
    "certificate-needed": _("Its certificate is needed among its keys (x5c), or their address."),
    "name-one": _("Of an authority’s certificate exactly one name is expected."),
    "name-unfit": _("This is no such name."),
    "bound-front": _("A token that goes through the browser is bound to nothing."),
    "bound-twice": _("Tokens are bound to a key or to a certificate, not to both."),
    "keys-twice": _("Give the keys or their address, not both."),
    "keys-needed": _("Its public keys, or their address, are needed."),
    "keys-private": _("There is a private key in it: that key must not be used any more."),
    "keys-unfit": _("There is no public key in it that can be used here."),
    "encryption-alone": _("Choose how it is encrypted, in the field before."),
    "no-recipient": _(
        "To encrypt, a public key for %(known)s that is meant for it (use=enc) is needed among its "
        "keys, or their address."
    ),
    "signs-by-keys": _("Signed requests need its public keys, or their address."),
    "unsigned-lies": _("Unsigned requests lie at addresses alone, and can't be demanded signed."),
    "ciba-proof": _("Asking for people elsewhere is for applications that prove themselves."),
    "ping-address": _("To be told, it needs an address."),
    "asks-often": _("Write a whole number from 1 to %(most)s."),
    "lasting-grant": _("For that, access that lasts (refresh_token) has to be ticked, too."),
    "lasting-proof": _(
        "It is for applications that prove themselves, or whose tokens are bound to a key or to a "
        "certificate."
    ),
    "lasting-leans": _("It is not for a service that leans on this server for each login."),
    "lasting-alone": _("It is of use only where access goes on after a logout."),
    "signals-grant": _("It asks for them in its own name: tick that access, too."),
    "detail-type": _("Letters without accents, digits and signs are expected, without spaces."),
    "tenant": _("Up to 128 letters without accents, digits and signs . : _ - are expected."),
    "finess": _("This is no FINESS number."),
    # Of SAML.
    "entity-id": _("Its name is missing, or holds a space or a letter with an accent."),
    "no-answer": _("Logins need at least one address."),
    "index": _("0 to %(most)s."),
    "index-twice": _("Another address has this number already."),
    "default-twice": _("Another address is the usual one already."),
    "certificate": _(
        "This is no certificate that can be used here: a whole one is expected, with a strong key."
    ),
    "certificate-rsa": _("To encrypt for it, a certificate with an RSA key is needed."),
    "signed-needs-one": _("Signed requests need at least one certificate."),
    "artifact-needs-one": _("An application that fetches its answers needs at least one."),
    "encrypted-needs-one": _("To encrypt what it is told, at least one is needed."),
    "methods": _("This is no list of algorithms."),
    "no-rsa": _("To encrypt for it, a certificate with an RSA key is needed."),
    "no-cipher": _("None of these ciphers is used here: tick one with GCM."),
    "no-transport": _("None of these ways of the key is used here: tick one with OAEP."),
    "name-twice": _("Another detail is told under this name already."),
    "name-letters": _("Letters without accents, digits and signs are expected."),
    "name-reserved": _("This name is kept for what this server itself vouches for."),
    "vihf-text": _("%(most)s characters at most are expected."),
    "vihf-activity": _("National services are told of one activity: let people choose theirs."),
    "vihf-factors": _("National services ask for two factors: 2 or 3 is expected."),
    # Of forwarded headers.
    "no-origin": _("At least one address is needed."),
    "origin": _("Scheme and host in small letters are expected, as https://old.example.org."),
    "origin-port": _("This port is the usual one: leave it out."),
    "no-header": _("At least one header is needed."),
    "header-name": _("No header may be called so here."),
    "life": _("A number from 1 to %(most)s is expected."),
    "logout-path": _("A path of its own is expected, as /logout."),
    "leads-away": _("It must be at one of the application’s addresses."),
}
# Sets a value apart from what is said of it, where several stand in one field.
APART: Final = " – "


def sentence(one: Fault) -> str:
    """What a person reads. What they typed is named where the field holds more than that."""
    text = str(SENTENCES[one.what.key])
    for name, value in one.facts.items():
        # The sentence is ours; what is put into it is text, and no format of its own (WB-008).
        text = text.replace(f"%({name})s", value)
    typed = one.facts.get("value", "")
    return f"{typed}{APART}{text}" if typed and one.row is None else text


def by_field(faults: Iterable[Fault], values: Mapping[str, Any] | None = None) -> dict[str, str]:
    """A sentence for each field that has a fault: « saml.acs », « saml.acs.0.url »."""
    found: dict[str, list[str]] = {}
    for one in faults:
        found.setdefault(_spot(one, values or {}), []).append(sentence(one))
    return {name: " ".join(dict.fromkeys(sentences)) for name, sentences in found.items()}


def in_words(faults: Iterable[Fault]) -> str:
    """One sentence each, begun by the name of its field, for pages that have no such field."""
    return " ".join(dict.fromkeys(f"{_named(one)}{sentence(one)}" for one in faults))


def _named(one: Fault) -> str:
    for section in (each for form in FORMS.values() for each in form):
        for field in section.fields:
            if field.name == one.place:
                number = f" {one.row + 1}" if isinstance(one.row, int) else ""
                return f"{field.label}{number}{APART}"
    return ""


def _spot(one: Fault, values: Mapping[str, Any]) -> str:
    row = one.row
    if isinstance(row, str):
        # A table names its rows; the form counts them.
        rows = values.get(one.place) or ()
        row = next((at for at, cells in enumerate(rows) if cells.get("name") == row), None)
    parts = [one.place, *([] if row is None else [str(row), one.part])]
    return ".".join(part for part in parts if part)
