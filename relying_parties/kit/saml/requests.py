# SPDX-License-Identifier: Apache-2.0
"""What the application says: requests, answers to logouts, and its own metadata."""

from relying_parties.kit.levels import acr_of
from relying_parties.kit.saml.names import (
    AES128_GCM,
    AES256_GCM,
    POST,
    REDIRECT,
    RSA_OAEP,
    RSA_OAEP_MGF1P,
    SAMLP,
    SOAP_BINDING,
    VERSION,
    ds,
    md,
    saml,
    samlp,
)
from relying_parties.kit.saml.settings import SamlProvider
from relying_parties.kit.saml.signatures import bare
from relying_parties.kit.saml.xml import Element, element, moment, written
from relying_parties.kit.store import PendingLogin, Session

# How long a request for logout is good for.
LOGOUT_LIFE = 300


def authn_request(
    provider: SamlProvider, login: PendingLogin, destination: str, *, force: bool, silent: bool
) -> bytes:
    """SAML Core §3.4.1: by POST, to us, and at this level at least."""
    heading = {
        "ID": login.nonce,
        "Version": VERSION,
        "IssueInstant": moment(login.started),
        "Destination": destination,
        "ForceAuthn": "true" if force else None,
        "IsPassive": "true" if silent else None,
        "AssertionConsumerServiceURL": provider.acs_url,
        "ProtocolBinding": POST,
    }
    policy = {"Format": provider.subject_format, "AllowCreate": "true"}
    wanted = element(saml("AuthnContextClassRef"), text=acr_of(login.level))
    made = element(
        samlp("AuthnRequest"),
        heading,
        _issuer(provider),
        element(samlp("NameIDPolicy"), policy),
        element(samlp("RequestedAuthnContext"), {"Comparison": "minimum"}, wanted),
    )
    return written(made)


def logout_request(
    provider: SamlProvider, session: Session, destination: str, identifier: str, now: int
) -> bytes:
    """SAML Core §3.7.1: of this person's session, by the name that the provider gave them."""
    heading = {
        "ID": identifier,
        "Version": VERSION,
        "IssueInstant": moment(now),
        "Destination": destination,
        "NotOnOrAfter": moment(now + LOGOUT_LIFE),
        "Reason": "urn:oasis:names:tc:SAML:2.0:logout:user",
    }
    name = element(saml("NameID"), session.named, text=session.subject)
    made = element(samlp("LogoutRequest"), heading, _issuer(provider), name)
    if session.sid is not None:
        made.append(element(samlp("SessionIndex"), text=session.sid))
    return written(made)


def logout_response(
    provider: SamlProvider,
    destination: str | None,
    answered: str | None,
    status: str,
    identifier: str,
    now: int,
) -> Element:
    """SAML Core §3.7.2."""
    heading = {
        "ID": identifier,
        "Version": VERSION,
        "IssueInstant": moment(now),
        "Destination": destination,
        "InResponseTo": answered,
    }
    code = element(samlp("StatusCode"), {"Value": status})
    told = element(samlp("Status"), {}, code)
    return element(samlp("LogoutResponse"), heading, _issuer(provider), told)


def own_metadata(provider: SamlProvider) -> bytes:
    """The application as a provider registers it (Metadata §2.4.4)."""
    service = {"Binding": POST, "Location": provider.acs_url, "index": "0", "isDefault": "true"}
    role = element(
        md("SPSSODescriptor"),
        {
            "AuthnRequestsSigned": "true",
            "WantAssertionsSigned": "true",
            "protocolSupportEnumeration": SAMLP,
        },
        _key(provider, "signing"),
        _key(provider, "encryption", AES256_GCM, AES128_GCM, RSA_OAEP_MGF1P, RSA_OAEP),
        _logout(SOAP_BINDING, provider.soap_url),
        _logout(REDIRECT, provider.logout_url),
        element(md("NameIDFormat"), text=provider.subject_format),
        element(md("AssertionConsumerService"), service),
    )
    return written(element(md("EntityDescriptor"), {"entityID": provider.entity_id}, role))


def _issuer(provider: SamlProvider) -> Element:
    return element(saml("Issuer"), text=provider.entity_id)


def _logout(binding: str, location: str) -> Element:
    return element(md("SingleLogoutService"), {"Binding": binding, "Location": location})


def _key(provider: SamlProvider, use: str, *methods: str) -> Element:
    value = element(ds("X509Certificate"), text=bare(provider.key.certificate))
    info = element(ds("KeyInfo"), {}, element(ds("X509Data"), {}, value))
    declared = (element(md("EncryptionMethod"), {"Algorithm": one}) for one in methods)
    return element(md("KeyDescriptor"), {"use": use}, info, *declared)
