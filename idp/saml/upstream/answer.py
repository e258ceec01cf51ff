# SPDX-License-Identifier: Apache-2.0
"""The answer of another provider, read to the letter (SAML Profiles §4.1.4.3): believed, or not.

First the envelope, then the one assertion in it. Whatever is told of somebody is read from the
element that a signature of theirs was found to be over, and from nothing beside it.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from cryptography import x509

from connectors.asserted import Asserted, Unfit
from idp.saml import names
from idp.saml.names import ds, saml, samlp
from idp.saml.signatures import Unverified, verify
from idp.saml.upstream.assertion import Meant, read_assertion
from idp.saml.writing import read_moment
from idp.saml.xml import Element, Malformed, is_identifier, parse, text, valid

RESPONSE = samlp("Response")
ASSERTION = saml("Assertion")
ENCRYPTED = saml("EncryptedAssertion")
# SAML Core §3.2.2.2: of the second level, what says that the person turned back or was refused.
STOPPED = frozenset(
    f"{names.STATUS}{word}"
    for word in ("AuthnFailed", "RequestDenied", "UnknownPrincipal", "NoAuthnContext")
)
# For how long an answer may be on its way: our own rule.
OLDEST = 600


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """What the answer to one request must be."""

    issuer: str
    certificates: Sequence[x509.Certificate]
    audience: str
    acs: str
    request: str
    now: int
    leeway: int
    # A proof counts from here on.
    since: int


def read_answer(document: bytes, expected: Expected) -> Asserted | Unfit:
    """What an answer says of somebody, or why nothing of it is believed."""
    root = parse(document, RESPONSE)
    if isinstance(root, Malformed):
        return Unfit(f"response: {root.value}")
    if not valid(root):
        return Unfit(f"response: {Malformed.INVALID.value}")
    # The signature of the whole is not asked for, but where there is one it holds.
    signed = root.find(ds("Signature")) is not None
    if signed:
        found = verify(root, RESPONSE, expected.certificates)
        if isinstance(found, Unverified):
            return Unfit(f"response: {found.value}")
        root = found
    fault = _envelope_fault(root, expected, signed=signed)
    if fault is not None:
        return Unfit(f"response: {fault}")
    stopped = _status(root)
    if stopped is not None:
        return stopped
    return _assertion_of(root, expected)


def _envelope_fault(root: Element, expected: Expected, *, signed: bool) -> str | None:
    """SAML Core §3.2.2, Bindings §3.5.5.2: from whom, to where, to what, and when."""
    if root.get("Version") != names.VERSION or not is_identifier(root.get("ID")):
        return "Version or ID"
    if root.get("InResponseTo") != expected.request:
        # SM-050: what nobody asked for is not taken, and neither is the answer to another.
        return "InResponseTo"
    destination = root.get("Destination")
    if destination != expected.acs and (destination is not None or signed):
        return "Destination"
    issued = read_moment(root.get("IssueInstant"))
    if issued is None or not -expected.leeway <= expected.now - issued <= OLDEST:
        return "IssueInstant"
    issuer = root.find(saml("Issuer"))
    if issuer is not None and not _is(issuer, expected.issuer):
        # SM-052, BR-004: whoever else answers.
        return "Issuer"
    return "no Issuer" if signed and issuer is None else None


def _is(issuer: Element, expected: str) -> bool:
    return issuer.get("Format", names.ENTITY) == names.ENTITY and text(issuer) == expected


def _status(root: Element) -> Asserted | Unfit | None:
    """Nothing where they say that somebody is there."""
    code = root.find(f"{samlp('Status')}/{samlp('StatusCode')}")
    if code is None:
        return Unfit("response: no status")
    if code.get("Value") == names.SUCCESS:
        return None
    if _assertions(root):
        return Unfit("an assertion beside a status that is no success")
    second = code.find(samlp("StatusCode"))
    detail = "" if second is None else second.get("Value", "")
    if detail in STOPPED:
        # Whoever can write this with the right request in it can also close the page.
        return Asserted(stopped=True)
    return Unfit(f"status: {code.get('Value')!r:.120} {detail!r:.120}")


def _assertions(root: Element) -> list[Element]:
    return [*root.iter(ASSERTION), *root.iter(ENCRYPTED)]


def _assertion_of(root: Element, expected: Expected) -> Asserted | Unfit:
    found = _assertions(root)
    if len(found) != 1 or found[0].getparent() is not root:
        # SM-003 to SM-008, SM-022: of two, somebody would take the wrong one.
        return Unfit(f"{len(found)} assertions, or not in their place")
    if found[0].tag == ENCRYPTED:
        # Our metadata names no key for it: only we could have been meant by mistake.
        return Unfit("an encrypted assertion, for which no key of ours was published")
    signed = verify(found[0], ASSERTION, expected.certificates)
    if isinstance(signed, Unverified):
        return Unfit(f"assertion: {signed.value}")
    meant = Meant(
        issuer=expected.issuer,
        audience=expected.audience,
        acs=expected.acs,
        request=expected.request,
        now=expected.now,
        leeway=expected.leeway,
        since=expected.since,
    )
    return read_assertion(signed, meant)
