# SPDX-License-Identifier: Apache-2.0
"""A request for a VIHF (WS-Trust 1.3 §3.1): of whom, what for, of which patient.

WS-Trust leaves open how whoever asks is known; here as in SAML's own messages: an `ID`, the moment,
the issuer, and an enveloped signature.
"""

import re
from dataclasses import dataclass
from typing import Final

from idp.directory.numbers import nir_fault
from idp.saml.names import AUTH, WST, auth, ds, saml, samlp, wsa, wst
from idp.saml.requests import Subject, read_name
from idp.saml.vihf import PATIENT, PURPOSE
from idp.saml.vihf_facts import BREAKING_GLASS, NORMAL, is_purpose
from idp.saml.writing import read_moment
from idp.saml.xml import Element, text

REQUEST: Final = wst("RequestSecurityToken")
TOKEN_TYPE: Final = "http://docs.oasis-open.org/wss/oasis-wss-saml-token-profile-1.1#SAMLV2.0"
ISSUE: Final = f"{WST}/Issue"
DIALECT: Final = f"{AUTH}/authclaims"
REASON: Final = "Mode_Acces_Raison"
LONGEST_REASON: Final = 256
# The INS as HL7 writes it (CX): the number, its authority, what kind it is.
INS: Final = re.compile(
    r"([0-9A-B]{15})\^\^\^&(1\.2\.250\.1\.213\.1\.4\.(?:8|9|10|11))&ISO\^NH", re.ASCII
)
# Whoever asks says all of it, and each once.
PARTS: Final = {
    saml("Issuer"),
    wst("TokenType"),
    wst("RequestType"),
    wst("Issuer"),
    wst("OnBehalfOf"),
}
MAY_BE: Final = {wst("Claims"), ds("Signature")}


@dataclass(frozen=True, slots=True)
class VihfRequest:
    """What an application asks."""

    id: str
    issued_at: int | None
    # Which token service it is for.
    addressed: str
    subject: Subject | None
    session_index: str
    purpose: str = NORMAL
    patient: str = ""
    reason: str = ""


def read_request(made: Element) -> VihfRequest | str:
    """The request of a verified element; or what is wrong, for whoever integrates."""
    there = [child.tag for child in made]
    if len(set(there)) < len(there) or not PARTS <= set(there) <= PARTS | MAY_BE:
        return "TokenType, RequestType, Issuer, OnBehalfOf and Claims are expected, each once"
    if _text(made, wst("TokenType")) != TOKEN_TYPE or _text(made, wst("RequestType")) != ISSUE:
        return "nothing else than issuing a SAML 2.0 token is done here"
    claims = _claims(made.find(wst("Claims")))
    if isinstance(claims, str):
        return claims
    behalf = made.find(wst("OnBehalfOf"))
    name = None if behalf is None else behalf.find(saml("NameID"))
    wanted = VihfRequest(
        id=made.get("ID", ""),
        issued_at=read_moment(made.get("IssueInstant")),
        addressed=_text(made, f"{wst('Issuer')}/{wsa('Address')}"),
        subject=None if name is None else read_name(name),
        session_index=_text(made, f"{wst('OnBehalfOf')}/{samlp('SessionIndex')}"),
        purpose=claims.get(PURPOSE, NORMAL),
        patient=claims.get(PATIENT, ""),
        reason=claims.get(REASON, ""),
    )
    return _fault(wanted) or wanted


def _fault(wanted: VihfRequest) -> str:
    if not wanted.session_index:
        return "OnBehalfOf: a NameID and a SessionIndex are expected"
    if not is_purpose(wanted.purpose):
        return f"{PURPOSE}: this is no purpose"
    if len(wanted.reason) > LONGEST_REASON or not wanted.reason.isprintable():
        return f"{REASON}: up to {LONGEST_REASON} characters in one line are expected"
    if wanted.purpose == BREAKING_GLASS and not wanted.reason.strip():
        return f"{REASON}: nobody breaks the glass without a reason in words"
    if wanted.patient and not is_ins(wanted.patient):
        return f"{PATIENT}: an INS is expected, as NUMBER^^^&OID&ISO^NH"
    return ""


def is_ins(value: str) -> bool:
    """Whether it is an INS with its authority, and the number's key is right."""
    found = INS.fullmatch(value)
    return found is not None and not nir_fault(found[1])


def _claims(claims: Element | None) -> dict[str, str] | str:
    if claims is None:
        return {}
    if claims.get("Dialect") != DIALECT:
        return f"Claims: Dialect must be {DIALECT}"
    found: dict[str, str] = {}
    for one in claims:
        name = one.get("Uri", "")
        if one.tag != auth("ClaimType") or name in found or name not in {PURPOSE, PATIENT, REASON}:
            return "Claims: a purpose, a patient and a reason may be told, each once"
        found[name] = _text(one, auth("Value"))
    return found


def _text(made: Element, path: str) -> str:
    return (text(made.find(path)) or "").strip()
