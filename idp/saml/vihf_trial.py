# SPDX-License-Identifier: Apache-2.0
"""The VIHF of a trial: what it would say, name by name. No key signs it, and it names no issuer."""

from lxml import etree

from idp.accounts.values import Account
from idp.administration.rules.protocols import Detail
from idp.clock import Entropy
from idp.grants.admission import Admission
from idp.saml.names import ds, saml
from idp.saml.signatures import SigningKey
from idp.saml.vihf import write
from idp.saml.vihf_facts import Lack, Settings, vihf_of
from idp.saml.xml import Element, new_parser


def tried_vihf(
    settings: Settings,
    account: Account,
    admission: Admission,
    key: SigningKey,
    entropy: Entropy,
    now: int,
) -> tuple[tuple[Detail, ...], Element] | Lack:
    """What stands in it, and the whole; or why there would be none."""
    said = vihf_of(settings, account, admission)
    if isinstance(said, Lack):
        return said
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


def _shown(value: Element) -> str:
    """A text; or a term of a nomenclature, which HL7 writes in attributes."""
    if not len(value):
        return str(value.text or "")
    return " · ".join(str(value[0].get(name, "")) for name in ("code", "displayName", "codeSystem"))
