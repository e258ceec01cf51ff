# SPDX-License-Identifier: Apache-2.0
"""A federation's aggregate, as a foreign hand would write and sign it."""

from base64 import b64encode
from hashlib import sha256
from io import BytesIO
from typing import Any

from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.hashes import SHA256
from lxml import etree

from tests.pki import key as rsa_key
from tests.saml_following import DAY, moment
from tests.saml_metadata import bare, key, metadata
from tests.world import START

EXCLUSIVE = "http://www.w3.org/2001/10/xml-exc-c14n#"
SIGNATURE = (
    '<ds:Signature xmlns:ds="http://www.w3.org/2000/09/xmldsig#"><ds:SignedInfo>'
    f'<ds:CanonicalizationMethod Algorithm="{EXCLUSIVE}">{{listed}}</ds:CanonicalizationMethod>'
    '<ds:SignatureMethod Algorithm="http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"/>'
    '<ds:Reference URI="#_all"><ds:Transforms><ds:Transform '
    'Algorithm="http://www.w3.org/2000/09/xmldsig#enveloped-signature"/>'
    f'<ds:Transform Algorithm="{EXCLUSIVE}">{{listed}}</ds:Transform></ds:Transforms>'
    '<ds:DigestMethod Algorithm="http://www.w3.org/2001/04/xmlenc#sha256"/>'
    "<ds:DigestValue>{digest}</ds:DigestValue></ds:Reference></ds:SignedInfo>"
    "<ds:SignatureValue></ds:SignatureValue></ds:Signature>"
)
SHOWN = (
    '<ds:KeyInfo xmlns:ds="http://www.w3.org/2000/09/xmldsig#"><ds:X509Data><ds:X509Certificate>'
    "{certificate}</ds:X509Certificate></ds:X509Data></ds:KeyInfo>"
)
FEDERATION = "federation signer"
GROUP = (
    '<md:EntitiesDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata" '
    'xmlns:ds="http://www.w3.org/2000/09/xmldsig#" xmlns:unused="urn:x-unused"'
)
ODD = (
    '<md:Extensions xmlns="urn:x-odd" xmlns:a="urn:x-a" xmlns:b="urn:x-a">'
    '<info b:one=" 1 &#9; two " a:two="&lt;&quot;&amp;é" xmlns:c="urn:x-c">é &lt; &gt; &#13; ]]&gt;'
    '<c:in xmlns:a="urn:x-other" a:x="y" xml:lang="fr"/><a:in xmlns=""><in/></a:in></info>'
    "</md:Extensions>"
)
PROVIDER = (
    '<md:EntityDescriptor entityID="https://idp.example/"><md:IDPSSODescriptor '
    'protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol">'
    '<md:SingleSignOnService Binding="x:y" Location="https://idp.example/sso"/>'
    "</md:IDPSSODescriptor></md:EntityDescriptor>"
)


def entity(number: int, *swaps: tuple[str, str], keys: str = "") -> str:
    """One application of it, of a site of its own."""
    written = metadata(keys=keys or key("saml application")).partition("-->")[2].strip()
    written = written.replace("sp.example", f"sp{number}.example")
    written = written.replace("Messagerie du CHU", f"Messagerie {number}")
    for old, new in swaps:
        assert old in written, old
        written = written.replace(old, new)
    return written


def aggregate(
    *entities: str,
    until: int | None = START + 7 * DAY,
    by: str = FEDERATION,
    prefixes: tuple[str, ...] = (),
    more: str = "",
) -> bytes:
    """The whole, signed."""
    ends = "" if until is None else f' validUntil="{moment(until)}"'
    head = f'{GROUP} ID="_all" Name="urn:x-federation"{ends}{more}>\n'
    whole = head + "\n  ".join(entities) + "\n</md:EntitiesDescriptor>"
    return signed_whole(whole, by, prefixes)


def signed_whole(whole: str, by: str = FEDERATION, prefixes: tuple[str, ...] = ()) -> bytes:
    """Signed by hand: what signs elsewhere does not write the prefixes that it signed by."""
    root = etree.fromstring(whole.encode())
    listed = (
        f'<ec:InclusiveNamespaces xmlns:ec="{EXCLUSIVE}" PrefixList="{" ".join(prefixes)}"/>'
        if prefixes
        else ""
    )
    digest = b64encode(sha256(canonical(root, prefixes)).digest()).decode()
    root.insert(0, etree.fromstring(SIGNATURE.format(listed=listed, digest=digest)))
    octets = canonical(etree.fromstring(etree.tostring(root))[0][0], prefixes)
    value = rsa_key(by).sign(octets, padding.PKCS1v15(), SHA256())
    root[0][1].text = b64encode(value).decode()
    root[0].append(etree.fromstring(SHOWN.format(certificate=bare(by))))
    return b'<?xml version="1.0" encoding="UTF-8"?>\n' + etree.tostring(root, encoding="utf-8")


def canonical(element: Any, prefixes: tuple[str, ...]) -> bytes:
    return etree.tostring(
        element,
        method="c14n",
        exclusive=True,
        with_comments=False,
        inclusive_ns_prefixes=list(prefixes) or None,
    )


def reading(document: bytes):
    return BytesIO(document).read
