# SPDX-License-Identifier: Apache-2.0
"""The VIHF of a trial: what it would say, name by name. No key signs it, and it names no issuer."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from lxml import etree

from connectors.base import Level
from idp.accounts.activities import Activity
from idp.administration.rules.protocols import Detail
from idp.clock import Entropy
from idp.saml.names import ds, saml
from idp.saml.signatures import SigningKey
from idp.saml.vihf import Login, Vihf, write
from idp.saml.vihf_facts import BY_METHOD, PSC, login_of
from idp.saml.xml import Element, new_parser
from idp.sessions.values import Proof

# Where it stands among what is told.
PLACE: Final = "vihf"
OR: Final = " | "


def tried_vihf(
    said: Vihf, key: SigningKey, entropy: Entropy, now: int
) -> tuple[tuple[Detail, ...], Element]:
    """What stands in it, and the whole."""
    # The seal of a structure vouches for what is asked in earnest, and for nothing else.
    nobody = SigningKey(lambda _octets: b"", key.certificate)
    made = etree.fromstring(write(said, nobody, entropy, now).document, new_parser())
    for tag in (ds("Signature"), saml("Issuer")):
        made.remove(made.find(tag))
    subject = made.findtext(f"{saml('Subject')}/{saml('NameID')}")
    context = made.findtext(f".//{saml('AuthnContextClassRef')}")
    named = [Detail("NameID", subject or ""), Detail("AuthnContextClassRef", context or "")]
    named += [
        Detail(str(one.get("Name")), _shown(value))
        for one in made.iter(saml("Attribute"))
        for value in one
    ]
    return tuple(named), made


def by_any(means: Iterable[str]) -> Login:
    """A login that nobody has made yet: what it may turn out to be, by each of these means."""
    logins = [login_of(0, (one,)) for kind in means for one in _possible(kind)]
    modes = dict.fromkeys(one.mode for one in logins)
    contexts = dict.fromkeys(one.context for one in logins)
    return Login(0, OR.join(modes), OR.join(contexts))


def _possible(means: str) -> Iterable[Proof]:
    """What a means may come to prove: one proof for each of its ways."""
    ways = [(one,) for one in BY_METHOD] if means == PSC else [()]
    return (Proof(means, Level.TWO_FACTORS, one, 0, "") for one in ways)


def titled(every: Sequence[Activity]) -> Sequence[tuple[str, Activity | None]]:
    """Each under a title of its own, where there are several."""
    if len(every) < 2:
        return [(PLACE, next(iter(every), None))]
    places = Counter(one.structure or one.structure_id for one in every)
    return [(f"{PLACE.upper()} · {_title(one, places)}", one) for one in every]


def _title(activity: Activity, places: Mapping[str, int]) -> str:
    place = activity.structure or activity.structure_id
    if places[place] == 1:
        return place
    told = (activity.profession, activity.structure_id, activity.sector, activity.mode)
    return f"{place} ({', '.join(one for one in told if one)})"


def _shown(value: Element) -> str:
    """A text; or a term of a nomenclature, which HL7 writes in attributes."""
    if not len(value):
        return str(value.text or "")
    return " · ".join(str(value[0].get(name, "")) for name in ("code", "displayName", "codeSystem"))
