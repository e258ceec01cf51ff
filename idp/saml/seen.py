# SPDX-License-Identifier: Apache-2.0
"""A request as whoever connects an application wants to read it: neither people nor keys."""

from dataclasses import replace

from idp.saml.names import UNSPECIFIED
from idp.saml.receive import Brought, Received, Untrusted
from idp.saml.requests import AuthnRequest
from idp.saml.writing import moment


def facts_of(brought: Brought, received: Received | Untrusted) -> dict[str, str]:
    """What was read, in the protocol's words; of who is expected only that somebody is."""
    request = received.request
    issuer = received.issuer if isinstance(received, Untrusted) else received.application.entity_id
    facts = {"Binding": "HTTP-POST" if brought.query is None else "HTTP-Redirect"}
    facts["Signature"] = "yes" if _is_signed(brought) else "no"
    if issuer:
        facts["Issuer"] = issuer
    if brought.relay_state:
        facts["RelayState"] = f"{len(brought.relay_state.encode())} bytes"
    return facts | (_asked(request) if request is not None else {})


def known_of(received: Received, doubt: Untrusted) -> Untrusted:
    """A doubt with the request that it is about."""
    entity_id = received.application.entity_id
    return replace(doubt, issuer=entity_id, request=received.request)


def _asked(request: AuthnRequest) -> dict[str, str]:
    asked = {
        "IssueInstant": "" if request.issued_at is None else moment(request.issued_at),
        "Destination": request.destination,
        "AssertionConsumerServiceURL": request.acs_url or "",
        "AssertionConsumerServiceIndex": request.acs_index or "",
        "ProtocolBinding": request.binding or "",
        "ForceAuthn": "true" if request.force else "",
        "IsPassive": "true" if request.passive else "",
        "NameIDPolicy": "" if request.subject_format == UNSPECIFIED else request.subject_format,
        "SPNameQualifier": request.sp_qualifier,
        "Subject": "given" if request.subject is not None or request.other_subject else "",
    }
    if request.classes is not None:
        asked["RequestedAuthnContext"] = " ".join((request.comparison, *request.classes))
    return {name: value for name, value in asked.items() if value}


def _is_signed(brought: Brought) -> bool:
    """Whether there is a signature, of whatever worth."""
    if brought.query is not None:
        return brought.query.is_signed
    return b"SignatureValue>" in brought.message
