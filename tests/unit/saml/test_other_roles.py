# SPDX-License-Identifier: Apache-2.0
"""Metadata as AD FS and Entra ID write it: what they are by WS-Federation stands in it, too."""

from io import BytesIO

import pytest

from idp.saml.aggregate import Proved, entities, prove
from idp.saml.described import described
from idp.saml.followed import proved
from idp.saml.signatures import bare
from idp.saml.upstream.described import Described, read_described
from idp.saml.xml import Malformed
from tests import saml_following, saml_metadata, saml_upstream
from tests.saml_federation import FEDERATION, aggregate, entity
from tests.saml_kit import certificate
from tests.world import START

MARK = b"\xef\xbb\xbf"
# WS-Federation 1.2 §3.1.2, written here as their files have it.
ROLE = (
    '<md:RoleDescriptor xmlns:fed="http://docs.oasis-open.org/wsfed/federation/200706" '
    'xmlns:ds="http://www.w3.org/2000/09/xmldsig#" '
    'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="fed:{}" '
    'protocolSupportEnumeration="http://docs.oasis-open.org/wsfed/federation/200706">'
    "{}<fed:TokenTypesOffered><fed:TokenType "
    'Uri="urn:oasis:names:tc:SAML:2.0:assertion"/></fed:TokenTypesOffered></md:RoleDescriptor>'
)
PROVIDER, APPLICATION = "<md:IDPSSODescriptor", "<md:SPSSODescriptor"


def role(kind: str, key: str) -> str:
    return ROLE.format(kind, key)


def provider(inside: str) -> bytes:
    written = saml_upstream.metadata().decode()
    return written.replace(PROVIDER, inside + PROVIDER, 1).encode()


def application(inside: str) -> tuple[str, str]:
    return (APPLICATION, inside + APPLICATION)


SERVICE = role("SecurityTokenServiceType", saml_metadata.key("another"))
USER = role("ApplicationServiceType", saml_metadata.key("another"))


def test_a_provider_is_read_beside_it() -> None:
    found = read_described(MARK + provider(SERVICE), saml_upstream.NOW)
    assert found == saml_upstream.known()
    # A key of that role signs no answer.
    assert isinstance(found, Described)
    assert len(found.certificates) == 1


def test_an_application_is_read_beside_it() -> None:
    plain = saml_metadata.metadata()
    written = plain.replace(*application(USER))
    assert described("\ufeff" + written, START) == described(plain, START)
    assert not described(plain, START).faults


def test_what_is_followed_is_read_beside_it() -> None:
    pin = bare(certificate(saml_following.SIGNER))
    document = saml_following.published(application(USER))
    found = proved(MARK + document, pin, START)
    assert found == proved(saml_following.published(), pin, START)


def test_an_application_of_a_federation_is_read_beside_it() -> None:
    source = BytesIO(aggregate(entity(1, application(USER))))
    aside = BytesIO()
    whole = prove(source.read, aside, bare(certificate(FEDERATION)), START)
    assert isinstance(whole, Proved)
    [found] = entities(aside, whole, START, lambda _name, _title: True)
    assert found.member.fault is None


@pytest.mark.parametrize(
    "written",
    [
        provider(SERVICE).replace(b"<md:SingleSignOnService", b"<md:Nothing/><md:SingleSignOn"),
        provider(SERVICE.replace("md:RoleDescriptor", "fed:RoleDescriptor")),
        # In the place of the role that is read, it is none.
        provider("").replace(b"IDPSSODescriptor", b"RoleDescriptor"),
    ],
    ids=["around it", "of another namespace", "instead of it"],
)
def test_all_else_is_held_against_the_schema(written: bytes) -> None:
    assert read_described(written, saml_upstream.NOW) == Malformed.INVALID.value
