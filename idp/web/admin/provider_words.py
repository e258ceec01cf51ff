# SPDX-License-Identifier: Apache-2.0
"""What the console says of providers: their fields, and what is wrong with one."""

from collections.abc import Mapping
from typing import Any, Final

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from idp.providers.spoken import ByBrowser, ByCall
from idp.web.account_page import shown_moment
from idp.web.admin import provider_hints as hints

LABELS: Final[Mapping[str, Any]] = {
    "alias": _l("Short name"),
    "name_fr": _l("Name on the button, in French"),
    "name_en": _l("Name on the button, in English"),
    "issuer": _l("Issuer"),
    "description": _l("Address of its description"),
    "origins": _l("Other sites of theirs"),
    "algorithm": _l("Algorithm of its signatures"),
    "our_name": _l("Name that it gave us"),
    "secret": _l("Secret that it gave us"),
    "scope": _l("What is asked of it beside openid (scope)"),
    "level_words": _l("Level that is asked of it"),
    "login": _l("Where browsers go"),
    "certificates": _l("Certificate that it signs by"),
    "valid_until": _l("Holds until"),
    "address": _l("Address of its metadata"),
    "signer": _l("Certificate that signs its metadata"),
    "levels": _l("What its logins are worth here"),
    "max_age": _l("Oldest login there, in seconds"),
    "finding": _l("How an account is found"),
    "national_id": _l("National identifier"),
    "first_name": _l("First name"),
    "last_name": _l("Last name"),
    "email": _l("What its owner is known by"),
    "populations": _l("Whose accounts it opens"),
    "link_only": _l("Only to be linked: nobody logs in by it"),
    **hints.LABELS,
    "enabled": _l("Open"),
    "protocol": _l("Protocol"),
}
FAULTS: Final[Mapping[str, Any]] = {
    "alias": _l("Small letters, digits and hyphens, 28 at most, beginning with a letter."),
    "name_fr": _l("A name is a text on one line, of 64 characters at most."),
    "name_en": _l("A name is a text on one line, of 64 characters at most."),
    "issuer": _l("An address that begins with https:// is needed, with nothing after a ? or a #."),
    "description": _l("An https:// address at the site of the issuer is needed."),
    "origins": _l("One site a line, https:// and a name, ten at most."),
    "algorithm": _l("Choose one of the list."),
    "our_name": _l("The name that it knows this server by is needed."),
    "secret": _l("The secret that it gave is needed, 512 characters at most."),
    "scope": _l("Words separated by spaces."),
    "level_words": _l("Words separated by spaces."),
    "login": _l("An https:// address is needed."),
    "certificates": _l("One to eight certificates are needed, of keys that are strong enough."),
    "address": _l("An https:// address is needed, and a certificate that signs what is there."),
    "levels": _l("One word a line, then = and a level from 1 to 3."),
    "max_age": _l("A number of seconds, a year at most, or nothing."),
    "finding": _l("Choose one of the list."),
    "national_id": _l("The name of the claim that tells it is needed."),
    "first_name": _l("The name of a claim, without spaces."),
    "last_name": _l("The name of a claim, without spaces."),
    "email": _l("The name of a claim, without spaces."),
    "populations": _l("Choose one at least."),
    **hints.FAULTS,
}
# By the one word that a look, or the keeping of it, ends with; at the field that it names.
WHY: Final[Mapping[str, Any]] = {
    "address": _l("This is no address."),
    "unreachable": _l("Nothing answers there, or it may not be reached from here. See the log."),
    "unreadable": _l("What answers there is no description of a provider."),
    "issuer": _l("It says that it is somebody else than who is at this address."),
    "endpoints": _l("Its description lacks an address that is needed."),
    "pkce": _l("It does not say that it takes PKCE with S256, which is needed."),
    "algorithm": _l("It signs by no algorithm that is accepted here."),
    "client": _l("It does not take a name and a secret in a header (client_secret_basic)."),
    "origins": _l("It serves at sites that are not listed here."),
    "no-provider": _l("It describes no identity provider, or several."),
    "no-key": _l("It names no certificate by which its answers could be verified."),
    "no-login": _l("It names no https:// address that takes requests by redirect."),
    "over": _l("It is out of date (validUntil)."),
    "unsigned": _l("It bears no signature."),
    "unproved": _l("Its signature does not hold, or is not of the certificate that is known."),
    "endless": _l("It does not say until when it holds (validUntil)."),
    "older": _l("It is older than the one that was taken over."),
    "other-name": _l("It describes another provider (entityID). Add it as a new one."),
    "stale": _l("Somebody else has changed it meanwhile. Look at it once more."),
    "unfit": _l("This can’t be kept as it is."),
    "taken": _l("Another provider has it already."),
    "secret-again": _l("Where it is sent to has changed: type the secret once more."),
    "too-many": _l("There are fifty providers already."),
    **hints.WHY,
}
FINDING: Final[Mapping[str, Any]] = {
    "link": _l("By what its owner has linked"),
    "number": _l("By the national identifier, which it is trusted to tell"),
}
POPULATIONS: Final[Mapping[str, Any]] = {
    "professional": _l("Professionals"),
    "patient": _l("Patients"),
    "staff": _l("Staff"),
}
DONE: Final[Mapping[str, Any]] = {
    "added": _l("The provider is added: applications can offer it now."),
    "kept": _l("The provider is changed. Logins under way begin once more."),
    "logo": _l("The logo is replaced."),
    "opened": _l("The provider is open."),
    "closed": _l("The provider is closed: nobody logs in by it, on any server."),
}
PROTOCOLS: Final[Mapping[str, str]] = {
    ByCall.protocol: "OpenID Connect",
    ByBrowser.protocol: "SAML 2.0",
}
# Fields that hold one of a few words, or some of them.
WORDS: Final[Mapping[str, Mapping[str, Any]]] = {
    "protocol": PROTOCOLS,
    "finding": FINDING,
    "populations": POPULATIONS,
}


def in_words(name: str, value: object) -> str:
    """What a field holds, as a line of text has it."""
    if value in ("", None, [], {}):
        return str(_("(nothing)"))
    if isinstance(value, bool):
        return str(_("Yes") if value else _("No"))
    if name == "valid_until" and isinstance(value, int):
        return shown_moment(value)
    if isinstance(value, Mapping):
        return ", ".join(f"{word} = {one}" for word, one in value.items())
    known = WORDS.get(name, {})
    several = value if isinstance(value, list | tuple) else (value,)
    return ", ".join(str(known.get(one, one)) for one in several)
