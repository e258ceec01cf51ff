# SPDX-License-Identifier: Apache-2.0
"""The answer to a request, read to the letter (SAML Profiles §4.1.4.3): believed, or refused.

First the envelope, then the one assertion in it. Whatever becomes a claim is read from the element
that the assertion's own signature was found to be over, and from nothing beside it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from cryptography import x509

from relying_parties.kit.outcome import Reason, Refused
from relying_parties.kit.saml import names
from relying_parties.kit.saml.assertion import Expected, Told, read_assertion
from relying_parties.kit.saml.encryption import decrypt
from relying_parties.kit.saml.names import ds, saml, samlp
from relying_parties.kit.saml.settings import SamlProvider
from relying_parties.kit.saml.signatures import Unverified, verify
from relying_parties.kit.saml.xml import (
    Element,
    Malformed,
    is_identifier,
    only,
    parse,
    read_moment,
    text,
)

RESPONSE = samlp("Response")
ASSERTION = saml("Assertion")
ENCRYPTED = saml("EncryptedAssertion")
# SAML Core §3.2.2.2: the second level, where it says more than the first.
REASONS: Mapping[str, Reason] = {
    f"{names.STATUS}AuthnFailed": Reason.ACCESS_DENIED,
    f"{names.STATUS}RequestDenied": Reason.ACCESS_DENIED,
    f"{names.STATUS}UnknownPrincipal": Reason.ACCESS_DENIED,
    f"{names.STATUS}NoPassive": Reason.LOGIN_REQUIRED,
    f"{names.STATUS}NoAuthnContext": Reason.LEVEL_NOT_REACHED,
}
# Our own rule for how long an answer may be on its way.
OLDEST = 600


@dataclass(frozen=True, slots=True)
class ByWhom:
    """Whose keys count, and for whom an answer is encrypted."""

    provider: SamlProvider
    certificates: Sequence[x509.Certificate]


class NotByThem(Refused):
    """No known key made the signature: the provider may have a new one."""


def read_answer(document: bytes, by: ByWhom, expected: Expected) -> Told | Refused:
    """What an answer says of somebody, or why nothing of it is believed."""
    root = parse(document, RESPONSE)
    if isinstance(root, Malformed):
        return refuse(root.value)
    # The signature of the whole is not asked for, but where there is one it holds.
    signed = root.find(ds("Signature")) is not None
    if signed:
        found = verify(root, RESPONSE, by.certificates)
        if isinstance(found, Unverified):
            return unverified("response", found)
        root = found
    fault = _envelope_fault(root, expected, signed=signed)
    if fault is not None:
        return refuse(fault)
    stopped = _read_status(root, signed=signed)
    if stopped is not None:
        return stopped
    assertion = _the_assertion(root, by)
    if isinstance(assertion, Refused):
        return assertion
    return read_assertion(assertion, expected)


def _envelope_fault(root: Element, expected: Expected, *, signed: bool) -> str | None:
    """SAML Core §3.2.2, Bindings §3.5.5.2: from whom, to where, to what, and when."""
    if root.get("Version") != names.VERSION or not is_identifier(root.get("ID")):
        return "response: Version or ID"
    if root.get("InResponseTo") != expected.request:
        # SM-050: what nobody asked for is not taken, and neither is the answer to another.
        return "response: InResponseTo"
    destination = root.get("Destination")
    if destination != expected.acs and (destination is not None or signed):
        return "response: Destination"
    issued = read_moment(root.get("IssueInstant"))
    if issued is None or not -expected.leeway <= expected.now - issued <= OLDEST:
        return "response: IssueInstant"
    issuers = root.findall(saml("Issuer"))
    if len(issuers) > 1 or any(not _names(one, expected.issuer) for one in issuers):
        # SM-052: whoever else answers.
        return "response: Issuer"
    return "response: no Issuer" if signed and not issuers else None


def _names(issuer: Element, expected: str) -> bool:
    named = issuer.get("Format", names.ENTITY) == names.ENTITY
    return named and text(issuer) == expected


def _read_status(root: Element, *, signed: bool) -> Refused | None:
    code = only(root, samlp("Status"), samlp("StatusCode"))
    if code is None:
        return refuse("response: no status")
    if code.get("Value") == names.SUCCESS:
        return None
    if _assertions(root):
        return refuse("an assertion beside a status that is no success")
    second = only(code, samlp("StatusCode"))
    detail = "" if second is None else second.get("Value", "")
    # Who says so without a signature is told to the log alone.
    reason = REASONS.get(detail, Reason.PROVIDER_ERROR) if signed else Reason.PROVIDER_ERROR
    return Refused(reason, f"status: {code.get('Value')!r:.120} {detail!r:.120}")


def _assertions(root: Element) -> list[Element]:
    return [*root.iter(ASSERTION), *root.iter(ENCRYPTED)]


def _the_assertion(root: Element, by: ByWhom) -> Element | Refused:
    """The one that there is, decrypted, as it was signed."""
    found = _assertions(root)
    if len(found) != 1 or found[0].getparent() is not root:
        # SM-003 to SM-008, SM-022: of two, somebody would take the wrong one.
        return refuse(f"{len(found)} assertions, or not in their place")
    inside = found[0]
    if inside.tag == ENCRYPTED:
        opened = decrypt(inside, by.provider.key)
        parsed = Malformed.BROKEN if opened is None else parse(opened, ASSERTION)
        if isinstance(parsed, Malformed):
            return refuse("an encrypted assertion that can't be read")
        inside = parsed
    elif by.provider.encrypted:
        return refuse("an assertion in clear")
    # The signature of the response says nothing of what was encrypted before it: this one does.
    signed = verify(inside, ASSERTION, by.certificates)
    return unverified("assertion", signed) if isinstance(signed, Unverified) else signed


def refuse(detail: str) -> Refused:
    """An answer that is not the one expected."""
    return Refused(Reason.ANSWER_REFUSED, detail)


def unverified(what: str, why: Unverified) -> Refused:
    """The same, told apart where another key might have made it."""
    kind = NotByThem if why is Unverified.WRONG else Refused
    return kind(Reason.ANSWER_REFUSED, f"{what}: {why.value}")
