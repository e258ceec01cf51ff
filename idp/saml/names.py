# SPDX-License-Identifier: Apache-2.0
"""Names of SAML, XML Signature and XML Encryption, as they stand on the wire."""

from typing import Final

SAML: Final = "urn:oasis:names:tc:SAML:2.0:assertion"
SAMLP: Final = "urn:oasis:names:tc:SAML:2.0:protocol"
MD: Final = "urn:oasis:names:tc:SAML:2.0:metadata"
ALG: Final = "urn:oasis:names:tc:SAML:metadata:algsupport"
DS: Final = "http://www.w3.org/2000/09/xmldsig#"
DS11: Final = "http://www.w3.org/2009/xmldsig11#"
EC: Final = "http://www.w3.org/2001/10/xml-exc-c14n#"
XENC: Final = "http://www.w3.org/2001/04/xmlenc#"
XENC11: Final = "http://www.w3.org/2009/xmlenc11#"
SOAP: Final = "http://schemas.xmlsoap.org/soap/envelope/"
XML: Final = "http://www.w3.org/XML/1998/namespace"
# WS-Trust 1.3, with the names that it leans on.
WST: Final = "http://docs.oasis-open.org/ws-sx/ws-trust/200512"
WSU: Final = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd"
WSA: Final = "http://www.w3.org/2005/08/addressing"
AUTH: Final = "http://docs.oasis-open.org/wsfed/authorization/200706"
XSI: Final = "http://www.w3.org/2001/XMLSchema-instance"

# One prefix a namespace, everywhere: service providers that merge declarations change what was
# signed where two prefixes stand for one namespace.
PREFIXES: Final = {
    "saml": SAML,
    "samlp": SAMLP,
    "md": MD,
    "alg": ALG,
    "ds": DS,
    "xenc": XENC,
    "xenc11": XENC11,
    "soap": SOAP,
    "wst": WST,
    "wsu": WSU,
    "wsa": WSA,
    "auth": AUTH,
}


def saml(name: str) -> str:
    """A name of the assertion namespace, as lxml writes it."""
    return f"{{{SAML}}}{name}"


def samlp(name: str) -> str:
    """A name of the protocol namespace."""
    return f"{{{SAMLP}}}{name}"


def md(name: str) -> str:
    """A name of the metadata namespace."""
    return f"{{{MD}}}{name}"


def alg(name: str) -> str:
    """A name of the algorithms that metadata tells."""
    return f"{{{ALG}}}{name}"


def ds(name: str) -> str:
    """A name of XML Signature."""
    return f"{{{DS}}}{name}"


def xenc(name: str) -> str:
    """A name of XML Encryption."""
    return f"{{{XENC}}}{name}"


def wst(name: str) -> str:
    """A name of WS-Trust."""
    return f"{{{WST}}}{name}"


def wsu(name: str) -> str:
    """A name of WS-Security's utilities."""
    return f"{{{WSU}}}{name}"


def wsa(name: str) -> str:
    """A name of WS-Addressing."""
    return f"{{{WSA}}}{name}"


def auth(name: str) -> str:
    """A name of the claims of WS-Federation."""
    return f"{{{AUTH}}}{name}"


def soap(name: str) -> str:
    """A name of the SOAP envelope."""
    return f"{{{SOAP}}}{name}"


VERSION: Final = "2.0"

# SAML Bindings §3.
REDIRECT: Final = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect"
POST: Final = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST"
ARTIFACT: Final = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Artifact"
SOAP_BINDING: Final = "urn:oasis:names:tc:SAML:2.0:bindings:SOAP"
DEFLATE: Final = "urn:oasis:names:tc:SAML:2.0:bindings:URL-Encoding:DEFLATE"

# SAML Core §8.3.
PERSISTENT: Final = "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent"
TRANSIENT: Final = "urn:oasis:names:tc:SAML:2.0:nameid-format:transient"
EMAIL: Final = "urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress"
UNSPECIFIED: Final = "urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified"
ENTITY: Final = "urn:oasis:names:tc:SAML:2.0:nameid-format:entity"

# SAML Core §8.2.
BASIC: Final = "urn:oasis:names:tc:SAML:2.0:attrname-format:basic"
URI: Final = "urn:oasis:names:tc:SAML:2.0:attrname-format:uri"
UNSPECIFIED_NAME: Final = "urn:oasis:names:tc:SAML:2.0:attrname-format:unspecified"

BEARER: Final = "urn:oasis:names:tc:SAML:2.0:cm:bearer"

# SAML Core §3.2.2.2: the first level, then the second.
STATUS: Final = "urn:oasis:names:tc:SAML:2.0:status:"
SUCCESS: Final = f"{STATUS}Success"
REQUESTER: Final = f"{STATUS}Requester"
RESPONDER: Final = f"{STATUS}Responder"
VERSION_MISMATCH: Final = f"{STATUS}VersionMismatch"
AUTHN_FAILED: Final = f"{STATUS}AuthnFailed"
INVALID_NAMEID_POLICY: Final = f"{STATUS}InvalidNameIDPolicy"
NO_AUTHN_CONTEXT: Final = f"{STATUS}NoAuthnContext"
NO_PASSIVE: Final = f"{STATUS}NoPassive"
PARTIAL_LOGOUT: Final = f"{STATUS}PartialLogout"
PROXY_COUNT_EXCEEDED: Final = f"{STATUS}ProxyCountExceeded"
REQUEST_DENIED: Final = f"{STATUS}RequestDenied"
REQUEST_UNSUPPORTED: Final = f"{STATUS}RequestUnsupported"
REQUEST_VERSION_DEPRECATED: Final = f"{STATUS}RequestVersionDeprecated"
UNKNOWN_PRINCIPAL: Final = f"{STATUS}UnknownPrincipal"
UNSUPPORTED_BINDING: Final = f"{STATUS}UnsupportedBinding"

# RFC 9231 §2; XML Signature §6.
RSA_SHA256: Final = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"
RSA_SHA384: Final = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha384"
RSA_SHA512: Final = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha512"
ECDSA_SHA256: Final = "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256"
ECDSA_SHA384: Final = "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha384"
ECDSA_SHA512: Final = "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha512"
SHA1: Final = f"{DS}sha1"
SHA256: Final = f"{XENC}sha256"
SHA384: Final = "http://www.w3.org/2001/04/xmldsig-more#sha384"
SHA512: Final = f"{XENC}sha512"
ENVELOPED: Final = f"{DS}enveloped-signature"
EXCLUSIVE: Final = EC

# XML Encryption 1.1 §5.
AES128_GCM: Final = f"{XENC11}aes128-gcm"
AES192_GCM: Final = f"{XENC11}aes192-gcm"
AES256_GCM: Final = f"{XENC11}aes256-gcm"
RSA_OAEP_MGF1P: Final = f"{XENC}rsa-oaep-mgf1p"
RSA_OAEP: Final = f"{XENC11}rsa-oaep"
MGF1_SHA256: Final = f"{XENC11}mgf1sha256"
ENCRYPTED_ELEMENT: Final = f"{XENC}Element"
