# SPDX-License-Identifier: Apache-2.0
"""Names of SAML, XML Signature and XML Encryption, as they stand on the wire."""

from typing import Final

SAML: Final = "urn:oasis:names:tc:SAML:2.0:assertion"
SAMLP: Final = "urn:oasis:names:tc:SAML:2.0:protocol"
MD: Final = "urn:oasis:names:tc:SAML:2.0:metadata"
DS: Final = "http://www.w3.org/2000/09/xmldsig#"
EC: Final = "http://www.w3.org/2001/10/xml-exc-c14n#"
XENC: Final = "http://www.w3.org/2001/04/xmlenc#"
XENC11: Final = "http://www.w3.org/2009/xmlenc11#"
SOAP: Final = "http://schemas.xmlsoap.org/soap/envelope/"
XSI: Final = "http://www.w3.org/2001/XMLSchema-instance"
HL7: Final = "urn:hl7-org:v3"

PREFIXES: Final = {"saml": SAML, "samlp": SAMLP, "md": MD, "ds": DS, "soap": SOAP}


def saml(name: str) -> str:
    """A name of the assertion namespace, as lxml writes it."""
    return f"{{{SAML}}}{name}"


def samlp(name: str) -> str:
    """A name of the protocol namespace."""
    return f"{{{SAMLP}}}{name}"


def md(name: str) -> str:
    """A name of the metadata namespace."""
    return f"{{{MD}}}{name}"


def ds(name: str) -> str:
    """A name of XML Signature."""
    return f"{{{DS}}}{name}"


def xenc(name: str) -> str:
    """A name of XML Encryption."""
    return f"{{{XENC}}}{name}"


def soap(name: str) -> str:
    """A name of SOAP 1.1."""
    return f"{{{SOAP}}}{name}"


VERSION: Final = "2.0"
REDIRECT: Final = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect"
POST: Final = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST"
SOAP_BINDING: Final = "urn:oasis:names:tc:SAML:2.0:bindings:SOAP"
DEFLATE: Final = "urn:oasis:names:tc:SAML:2.0:bindings:URL-Encoding:DEFLATE"
PERSISTENT: Final = "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent"
UNSPECIFIED: Final = "urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified"
X509_SUBJECT: Final = "urn:oasis:names:tc:SAML:1.1:nameid-format:X509SubjectName"
ENTITY: Final = "urn:oasis:names:tc:SAML:2.0:nameid-format:entity"
BEARER: Final = "urn:oasis:names:tc:SAML:2.0:cm:bearer"

# The attribute of a login that carries a VIHF, an assertion of its own.
VIHF: Final = "urn:sceau:vihf"

# SAML Core §3.2.2.2.
STATUS: Final = "urn:oasis:names:tc:SAML:2.0:status:"
SUCCESS: Final = f"{STATUS}Success"
REQUESTER: Final = f"{STATUS}Requester"
RESPONDER: Final = f"{STATUS}Responder"
PARTIAL_LOGOUT: Final = f"{STATUS}PartialLogout"

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
MGF1_SHA1: Final = f"{XENC11}mgf1sha1"
MGF1_SHA256: Final = f"{XENC11}mgf1sha256"
ENCRYPTED_ELEMENT: Final = f"{XENC}Element"
