# SPDX-License-Identifier: Apache-2.0
"""The one parser: what no message needs is refused at the door, and nothing is read twice."""

import socket

import pytest
from lxml import etree

from idp.saml.names import SAMLP, XML, ds, md, saml, samlp
from idp.saml.signatures import Unverified, sign, verify
from idp.saml.xml import MESSAGE, METADATA, Bounds, Malformed, parse, text, valid
from tests.protocol.saml.messages import (
    ASSERTION,
    authn_request,
    response,
    signed,
    signed_assertion,
    signing_key,
    trusted,
)

REQUEST = samlp("AuthnRequest")
RESPONSE = samlp("Response")


def refused(data, tag=REQUEST, bounds=MESSAGE):
    found = parse(data, tag, bounds)
    return found if isinstance(found, Malformed) else None


def test_sm_016_control_a_plain_message_is_read():
    assert refused(authn_request()) is None
    assert refused(b'<?xml version="1.0" encoding="UTF-8"?>\n' + authn_request()) is None
    assert refused(b"<?xml version='1.0' standalone='yes' ?>" + authn_request()) is None


@pytest.mark.parametrize(
    "before",
    [
        "<!DOCTYPE x>",
        "<!DOCTYPE x []>",
        '<!DOCTYPE x SYSTEM "http://localhost:9/x.dtd">',
        '<!DOCTYPE x PUBLIC "-//x" "http://localhost:9/x.dtd">',
        '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>',
        '<!DOCTYPE x [<!ENTITY % p SYSTEM "http://localhost:9/p">%p;]>',
        "<!DOCTYPE x [<!ENTITY a 'a'>]>",
        '<!DOCTYPE x [<!ATTLIST x ID ID "a">]>',
        "\n\n<!DOCTYPE x>",
        "<!doctype x>",
        "<?xml-stylesheet href='http://localhost:9/x.xsl'?>",
        "<!-- first -->",
    ],
)
@pytest.mark.parametrize("declaration", ["", '<?xml version="1.0"?>'])
@pytest.mark.parametrize("bounds", [MESSAGE, METADATA], ids=["message", "metadata"])
def test_sm_016_no_document_type_and_no_instruction(before, declaration, bounds):
    data = declaration.encode() + before.encode() + authn_request()
    is_remark = before.startswith(("<!--", "<?"))
    # Whoever writes metadata by hand writes comments: they are gone before it is read.
    assert refused(data, bounds=bounds) is (
        None if is_remark and bounds.remarks else Malformed.FORBIDDEN
    )


def test_sm_016_an_entity_that_nobody_declared():
    assert refused(authn_request(issuer="&xxe;")) is Malformed.BROKEN


def test_sm_016_xinclude_is_not_followed():
    included = (
        '<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="file:///etc/passwd" '
        'parse="text"/>'
    )
    root = parse(authn_request(issuer=included), REQUEST)
    assert text(root.find(saml("Issuer"))) is None
    assert b"root:" not in etree.tostring(root)
    assert not valid(root)


def test_sm_016_the_schemas_are_read_from_beside_the_code(monkeypatch):
    def no_network(*_args, **_options):
        raise AssertionError("the schemas' addresses were asked for")

    monkeypatch.setattr(socket, "getaddrinfo", no_network)
    assert valid(parse(response(), RESPONSE))


def many_attributes(count):
    return " ".join(f'a{number}="1"' for number in range(count))


def many_prefixes(count):
    return " ".join(f'xmlns:n{number}="u{number}"' for number in range(count))


def laugh(number):
    again = f"&l{number - 1};" * 10
    return f'<!ENTITY l{number} "{again}">'


LAUGHS = "".join(laugh(number) for number in range(1, 10))
HUGE = {
    "billion laughs": f'<!DOCTYPE x [<!ENTITY l0 "lol">{LAUGHS}]><x>&l9;</x>',
    "quadratic": f"<!DOCTYPE x [<!ENTITY a '{'a' * 50_000}'>]><x>{'&a;' * 50_000}</x>",
    "deep": "<x>" * 100_000,
    "attributes": f"<x {many_attributes(100_000)}/>",
    "text": f"<x>{'a' * 10_000_000}</x>",
    "elements": f"<x>{'<y/>' * 100_000}</x>",
    "prefixes": f"<x {many_prefixes(100_000)}/>",
}


@pytest.mark.parametrize("how", HUGE)
@pytest.mark.parametrize("bounds", [MESSAGE, METADATA], ids=["message", "metadata"])
def test_sm_017_nothing_huge_is_built(how, bounds, monkeypatch):
    def never(*_args, **_options):
        raise AssertionError("it was given to the parser")

    # The first look at the bytes is enough for all of these but the elements of a large document.
    small = len(HUGE[how]) <= bounds.size
    if not small or "<!" in HUGE[how]:
        monkeypatch.setattr(etree, "fromstring", never)
    assert refused(HUGE[how].encode(), "x", bounds) is not None


@pytest.mark.parametrize(
    ("inside", "why"),
    [
        ("<y>" * 40 + "</y>" * 40, Malformed.TOO_DEEP),
        ("<y/>" * 5_000, Malformed.TOO_MANY),
        (f"<y {many_attributes(41)}/>", Malformed.TOO_MANY),
        (f"<y {many_prefixes(41)}/>", Malformed.TOO_MANY),
        (f"<y {many_prefixes(21)} {many_attributes(20)}/>", Malformed.TOO_MANY),
        ("<y>" * 3_000 + "</y>" * 3_000, Malformed.BROKEN),
    ],
)
def test_sm_017_what_fits_in_bytes_is_counted(inside, why):
    assert refused(f"<x>{inside}</x>".encode(), "x") is why


def test_sm_017_control_just_inside_of_the_bounds():
    assert refused(f"<x>{'<y>' * 39}{'</y>' * 39}</x>".encode(), "x") is None
    assert refused(f"<x>{'<y/>' * 4_999}</x>".encode(), "x") is None
    assert refused(f"<x>{f'<y {many_prefixes(40)}/>' * 9}</x>".encode(), "x") is None
    assert refused(b"<x/>", "x", Bounds(size=4)) is None
    assert refused(b"<x />", "x", Bounds(size=4)) is Malformed.TOO_LARGE


CUT = ["<!-- -->", "<?cut here?>", "<![CDATA[]]>", "<![CDATA[.evil.example]]>", "<!---->"]


@pytest.mark.parametrize("cut", CUT)
@pytest.mark.parametrize("place", ["NameID", "AttributeValue", "Issuer"])
def test_sm_019_no_value_can_be_cut_in_two(cut, place):
    data = signed_assertion().decode()
    start = data.rindex(f"<saml:{place}")
    inside = data.index(">", start) + 4
    assert refused((data[:inside] + cut + data[inside:]).encode(), RESPONSE) is Malformed.FORBIDDEN


@pytest.mark.parametrize("cut", ["<!-- -->", "<?cut here?>", "<!---->"])
def test_sm_019_where_remarks_are_dropped_the_value_is_whole(cut):
    data = signed(authn_request()).replace(b">https://sp.", f">https://sp.{cut}".encode())
    root = parse(data, REQUEST, METADATA)
    assert text(root.find(saml("Issuer"))) == "https://sp.example/saml"
    assert root.find(saml("Issuer")).text == "https://sp.example/saml"
    # Gone before the signature is looked at, too: what is verified is what is read.
    found = verify(root, REQUEST, trusted())
    assert text(found.find(saml("Issuer"))) == "https://sp.example/saml"


def test_sm_019_text_with_elements_inside_is_no_text():
    root = parse(authn_request(issuer="a<b/>c"), REQUEST)
    assert text(root.find(saml("Issuer"))) is None
    assert text(root.find(saml("Nothing"))) is None
    whole = parse(authn_request(issuer="a&amp;b&#x63;"), REQUEST).find(saml("Issuer"))
    assert text(whole) == "a&bc"


OTHER_READINGS = {
    "utf-16": authn_request().decode().encode("utf-16"),
    "utf-16 by guess": authn_request().decode().encode("utf-16-le"),
    "utf-16 the other way round": f"<!DOCTYPE x>{authn_request().decode()}".encode("utf-16-be"),
    "utf-32": authn_request().decode().encode("utf-32-le"),
    "utf-16 said": b'<?xml version="1.0" encoding="UTF-16"?>' + authn_request(),
    "utf-7": b'<?xml version="1.0" encoding="UTF-7"?>' + authn_request(),
    "utf-7 of a document type": b"<?xml version='1.0' encoding='UTF-7'?>+ADw-!DOCTYPE x+AD4-<x/>",
    "latin-1": '<?xml version="1.0" encoding="ISO-8859-1"?><x>é</x>'.encode("latin-1"),
    "latin-1 said": b'<?xml version="1.0" encoding="ISO-8859-1"?>' + authn_request(),
    "ebcdic": '<?xml version="1.0" encoding="cp037"?><x/>'.encode("cp037"),
    "byte order mark": b"\xef\xbb\xbf" + authn_request(),
    "no utf-8": authn_request(issuer="?").replace(b"?", b"\xc0\xaf"),
    "surrogates": authn_request(issuer="?").replace(b"?", b"\xed\xa0\x80"),
    "nul": authn_request(issuer="a\x00b"),
    "control": authn_request(issuer="a&#1;b"),
    "xml 1.1": b'<?xml version="1.1"?>' + authn_request(),
    "two roots": authn_request() + authn_request("_second"),
    "something behind": authn_request() + b"<",
    "something before": b"x" + authn_request(),
    "prefix of nobody": authn_request().replace(b"xmlns:saml=", b"xmlns:other="),
    "xml for another": authn_request().replace(b"<saml:Issuer", b'<saml:Issuer xmlns:xml="urn:x"'),
    "xmlns declared": authn_request().replace(b"<saml:Issuer", b'<saml:Issuer xmlns:xmlns="urn:x"'),
    "an attribute twice": authn_request().replace(b"Version=", b'Version="2.0" Version='),
    "by two prefixes": b'<x xmlns:a="u" xmlns:b="u" a:c="1" b:c="2"/>',
    "nothing": b"",
    "no element": b"saml",
}


@pytest.mark.parametrize("reading", OTHER_READINGS)
def test_sm_020_what_another_parser_might_read_otherwise_is_refused(reading):
    for bounds in (MESSAGE, METADATA):
        assert refused(OTHER_READINGS[reading], bounds=bounds) in {
            Malformed.NOT_UTF8,
            Malformed.BROKEN,
        }


def test_sm_020_a_prefix_means_what_was_declared_where_it_stands():
    data = response().replace(
        b"<saml:Assertion ", b'<saml:Assertion xmlns:samlp="urn:other" xmlns:x="urn:y" '
    )
    root = etree.fromstring(data)
    sign(root.find(ASSERTION), signing_key())
    found = verify(parse(etree.tostring(root), RESPONSE).find(ASSERTION), ASSERTION, trusted())
    assert found.tag == ASSERTION
    redeclared = authn_request().replace(
        b"<saml:Issuer>", b'<saml:Issuer xmlns:saml="urn:oasis:names:tc:SAML:1.0:assertion">'
    )
    assert not valid(parse(redeclared, REQUEST))


def test_sm_020_line_ends_are_one_reading():
    """XML 1.0 §2.11 and §3.3.3: signed as normalised, and read as signed."""
    root = etree.fromstring(authn_request(issuer="a&#13;b\nc"))
    sign(root, signing_key())
    wire = etree.tostring(root)
    assert b"&#13;" in wire
    found = verify(parse(wire.replace(b"\nc", b"\r\nc"), REQUEST), REQUEST, trusted())
    assert text(found.find(saml("Issuer"))) == "a\rb\nc"


def with_attribute(element, attribute):
    return signed_assertion().replace(f"<{element}".encode(), f"<{element} {attribute}".encode(), 1)


@pytest.mark.parametrize(
    ("element", "attribute"),
    [
        ("saml:NameID", 'ID="_assertion"'),
        ("saml:AttributeStatement", 'ID="_response"'),
        ("saml:NameID", 'Id="_other"'),
        ("saml:NameID", 'id="_other"'),
        ("saml:NameID", 'xml:id="_assertion"'),
        ("saml:NameID", 'xmlns:x="urn:x" x:ID="_assertion"'),
        ("ds:Reference", 'Id="_assertion"'),
        ("ds:Reference", 'ID="_other"'),
        ("ds:Reference", 'Id=" _other"'),
        ("saml:AttributeStatement", 'ID=""'),
        ("saml:AttributeStatement", 'ID="1"'),
        ("saml:AttributeStatement", f'ID="{"a" * 257}"'),
        ("saml:AttributeStatement", 'ID="a&#39;b"'),
    ],
)
def test_sm_009_an_identifier_stands_once_and_where_it_belongs(element, attribute):
    assert refused(with_attribute(element, attribute), RESPONSE) is Malformed.AMBIGUOUS_ID


def test_sm_009_nor_on_an_element_of_somebody_else():
    strange = response('<x:y xmlns:x="urn:x" ID="_other"/>')
    assert refused(strange, RESPONSE) is Malformed.AMBIGUOUS_ID
    assert refused(response(f'<y xmlns:xml="{XML}"/>'), RESPONSE) is None


def test_sm_009_control_each_may_have_its_own():
    assert refused(with_attribute("ds:Reference", 'Id="_other"'), RESPONSE) is None


def test_only_the_expected_element_is_a_message():
    assert refused(authn_request(), RESPONSE) is Malformed.UNEXPECTED_ROOT
    assert refused(authn_request(), (RESPONSE, REQUEST)) is None
    assert refused(authn_request().replace(SAMLP.encode(), b"urn:other")) is (
        Malformed.UNEXPECTED_ROOT
    )
    unnamed = authn_request().replace(f' xmlns:samlp="{SAMLP}"'.encode(), b"")
    assert refused(unnamed.replace(b"samlp:", b"")) is Malformed.UNEXPECTED_ROOT


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b' Version="2.0"', b""),
        (b"2026-11-22T02:00:00Z", b"yesterday"),
        (b"</saml:Issuer>", b"</saml:Issuer><saml:Issuer/>"),
        (b"</saml:Issuer>", b"</saml:Issuer><samlp:Nothing/>"),
        (b' Version="2.0"', b' Version="2.0" Unheard="1"'),
        (b' Version="2.0"', b' Version="2.0" AssertionConsumerServiceIndex="many"'),
    ],
)
def test_a_message_is_held_against_the_schema(old, new):
    assert valid(parse(authn_request(), REQUEST))
    assert not valid(parse(authn_request().replace(old, new), REQUEST))


def test_a_signature_is_held_against_its_schema_too():
    root = parse(signed(authn_request()), REQUEST)
    assert valid(root)
    root.find(ds("Signature")).append(etree.Element(ds("Nothing")))
    assert not valid(root)


def test_metadata_has_its_own_schema_and_remarks():
    data = (
        f'<!-- ours --><md:EntityDescriptor xmlns:md="{md("")[1:-1]}" entityID="https://sp.example">'
        "<md:Organization><?old?>"
        '<md:OrganizationName xml:lang="fr">a<!-- b -->c</md:OrganizationName>'
        '<md:OrganizationDisplayName xml:lang="fr">a</md:OrganizationDisplayName>'
        '<md:OrganizationURL xml:lang="fr">https://a.example</md:OrganizationURL>'
        "</md:Organization></md:EntityDescriptor>"
    ).encode()
    assert refused(data, md("EntityDescriptor")) is Malformed.FORBIDDEN
    root = parse(data, md("EntityDescriptor"), METADATA)
    assert text(root.find(f".//{md('OrganizationName')}")) == "ac"
    # A descriptor describes something: one without any role is not valid.
    assert not valid(root)
    assert verify(root, md("EntityDescriptor"), trusted()) is Unverified.UNEXPECTED_ELEMENT
