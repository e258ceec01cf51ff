# SPDX-License-Identifier: Apache-2.0
"""Faults of a registration in the reader's language, field by field."""

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

from flask_babel import lazy_gettext as _

# What the readers of registrations say, and what a person reads.
SENTENCES: Final[tuple[tuple[str, Any], ...]] = (
    (r"is missing", _("It is missing.")),
    (r"an http or https address is expected", _("A web address is expected.")),
    (r"an https address is expected", _("An https address is expected.")),
    (r"'(?P<what>.*)' must be https.*", _("%(what)s: it must be https.")),
    (r"'(?P<what>.*)' holds characters.*", _("%(what)s: an address may not hold such characters.")),
    (r"'(?P<what>.*)' is not an address", _("%(what)s: this is no address.")),
    (
        r"'(?P<what>.*)' may hold neither.*",
        _("%(what)s: neither a fragment (#) nor a user name may be in it."),
    ),
    (r"at least one is needed for the code flow", _("Logins need at least one.")),
    (r"a number of seconds is expected", _("A number of seconds is expected.")),
    (r"1, 2 or 3 is expected", _("1, 2 or 3 is expected.")),
    (r"'(?P<what>.*)' is not known here", _("%(what)s is not known here.")),
    (r"'(?P<what>.*)' is unknown", _("%(what)s is not known here.")),
    (r"there is one of this name already", _("There is one of this name already.")),
    (
        r"letters, digits, dots.*",
        _("Letters, digits, dots, hyphens and underscores are expected."),
    ),
    (r"between 1 and 128.*", _("Between 1 and 128 simple characters are expected.")),
    (r"it can't be changed", _("It cannot be changed.")),
    (r"a public client always needs it", _("Without a secret it is always needed.")),
    (
        r"client_credentials needs.*",
        _("Access in its own name is for applications that prove themselves."),
    ),
    (r"only one of jwks.*", _("Give the keys or their address, not both.")),
    (r"private_key_jwt needs.*", _("Its public keys, or their address, are needed.")),
    (
        r"holds a private or symmetric.*",
        _("There is a private key in it: that key must not be used any more."),
    ),
    (r"holds no public key.*", _("There is no public key in it that can be used here.")),
    (r"'(?P<what>.*)' opens more than.*", _("%(what)s opens more than you may give.")),
    (r"people who administer are always asked", _("Whoever administers is always asked.")),
    (
        r"people who administer prove.*",
        _("Whoever administers logs in with two factors: 2 or 3 is expected."),
    ),
    (
        r"several hosts.*|.*sector.*",
        _("Addresses of several hosts: name the group that they form."),
    ),
)


def by_field(faults: Iterable[str]) -> dict[str, str]:
    """A sentence for each field that has a fault; what is about none stands under ""."""
    found: dict[str, list[str]] = {}
    for fault in faults:
        name, parted, text = fault.partition(": ")
        place = name if parted and " " not in name else ""
        found.setdefault(place, []).append(_sentence(text if place else fault))
    return {name: " ".join(dict.fromkeys(sentences)) for name, sentences in found.items()}


def _sentence(text: str) -> str:
    for pattern, words in SENTENCES:
        match = re.fullmatch(pattern, text)
        if match:
            return _filled(words, match.groupdict())
    return text


def _filled(words: Any, named: Mapping[str, str]) -> str:
    # The sentence is ours; what is put into it is text, and no format of its own (WB-008).
    text = str(words)
    for name, value in named.items():
        text = text.replace(f"%({name})s", value)
    return text
