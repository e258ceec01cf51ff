# SPDX-License-Identifier: Apache-2.0
"""An application's metadata, as its own software would write it."""

from collections.abc import Iterable

from lxml import etree
from signxml import XMLSigner

from tests.pki import key as rsa_key
from tests.saml_kit import NS, certificate, pem

MD = 'xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata" xmlns:ds="http://www.w3.org/2000/09/xmldsig#"'
BINDINGS = "urn:oasis:names:tc:SAML:2.0:bindings:"
SPOKEN = "urn:oasis:names:tc:SAML:2.0:protocol"


def bare(name: str) -> str:
    return "".join(pem(name).splitlines()[1:-1])


def signed(document: str, by: str) -> str:
    """The document with its signature, by a foreign hand; it must bear an ID."""
    root = etree.fromstring(document.encode())
    for remark in root.xpath("//comment()[parent::*]"):
        remark.getparent().remove(remark)
    signer = XMLSigner(c14n_algorithm="http://www.w3.org/2001/10/xml-exc-c14n#")
    place = etree.Element(f"{{{NS['ds']}}}Signature", nsmap={"ds": NS["ds"]}, Id="placeholder")
    root.insert(0, place)
    made = signer.sign(
        root,
        key=rsa_key(by),
        cert=[certificate(by)],
        reference_uri=root.get("ID"),
        id_attribute="ID",
    )
    return etree.tostring(made, encoding="unicode")


def key(name: str, use: str = "", methods: Iterable[str] = ()) -> str:
    how = f' use="{use}"' if use else ""
    declared = "".join(f'<md:EncryptionMethod Algorithm="{one}"/>' for one in methods)
    return (
        f"<md:KeyDescriptor{how}><ds:KeyInfo><ds:X509Data><ds:X509Certificate>{bare(name)}"
        f"</ds:X509Certificate></ds:X509Data></ds:KeyInfo>{declared}</md:KeyDescriptor>"
    )


def metadata(keys: str = "", acs: str = "https://sp.example/acs", **changes: str) -> str:
    over = "".join(f' {name}="{value}"' for name, value in changes.items())
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<!-- made by hand -->
<md:EntityDescriptor {MD} entityID="https://sp.example/metadata"{over}>
  <md:SPSSODescriptor AuthnRequestsSigned="true" protocolSupportEnumeration="{SPOKEN}">
    {keys or key("saml application")}
    <md:SingleLogoutService Binding="{BINDINGS}SOAP" Location="https://sp.example/soap"/>
    <md:SingleLogoutService Binding="{BINDINGS}HTTP-Redirect" Location="https://sp.example/slo"/>
    <md:NameIDFormat>urn:oasis:names:tc:SAML:2.0:nameid-format:transient</md:NameIDFormat>
    <md:AssertionConsumerService Binding="{BINDINGS}HTTP-Artifact" index="0"
      Location="https://sp.example/artifact"/>
    <md:AssertionConsumerService Binding="urn:oasis:names:tc:SAML:2.0:bindings:PAOS" index="2"
      Location="https://sp.example/ecp"/>
    <md:AssertionConsumerService Binding="{BINDINGS}HTTP-POST" index="1" isDefault="true"
      Location="{acs}"/>
    <md:AttributeConsumingService index="0">
      <md:ServiceName xml:lang="fr">Messagerie</md:ServiceName>
      <md:RequestedAttribute Name="urn:oid:0.9.2342.19200300.100.1.3" FriendlyName="mail"
        NameFormat="urn:oasis:names:tc:SAML:2.0:attrname-format:uri"/>
      <md:RequestedAttribute Name="urn:oid:1.3.6.1.4.1.5923.1.5.1.1" FriendlyName="isMemberOf"/>
    </md:AttributeConsumingService>
  </md:SPSSODescriptor>
  <md:Organization>
    <md:OrganizationName xml:lang="fr">CHU</md:OrganizationName>
    <md:OrganizationDisplayName xml:lang="fr">Messagerie du CHU</md:OrganizationDisplayName>
    <md:OrganizationURL xml:lang="fr">https://sp.example/</md:OrganizationURL>
  </md:Organization>
  <md:ContactPerson contactType="support">
    <md:EmailAddress>mailto:aide@sp.example</md:EmailAddress>
  </md:ContactPerson>
</md:EntityDescriptor>"""
