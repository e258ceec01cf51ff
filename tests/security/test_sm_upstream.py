# SPDX-License-Identifier: Apache-2.0
"""What another provider answers by SAML is read to the letter: one row, one thing that is wrong."""

import pytest

from connectors.asserted import Asked, Asserted, Unfit
from idp.saml.names import MD, PERSISTENT, SAMLP, STATUS, TRANSIENT, saml, samlp
from idp.saml.signatures import Unverified
from idp.saml.upstream.described import origin_of, read_described
from idp.saml.upstream.speaker import own_metadata
from idp.saml.wire import REQUEST, read_query
from idp.saml.writing import moment
from idp.saml.xml import METADATA, parse, valid
from tests.protocol.saml.messages import EVIL, HONEST, certificate, signed
from tests.protocol.saml.wrapping import OF_AN_ASSERTION, OF_THE_MESSAGE
from tests.saml_upstream import (
    ASKED,
    LOGIN,
    NOW,
    US,
    answer,
    assertion,
    known,
    metadata,
    posted,
    query_of,
    response,
    speaker,
)

ASSERTION = saml("Assertion")


@pytest.fixture
def us(sqlite_world):
    """This server towards that provider."""
    return speaker(sqlite_world.core.keys)


def read(us, document, asked=ASKED):
    return us.read(posted(document), asked)


def test_sm_050_what_is_right_is_believed_word_by_word(us):
    for document in (answer(), answer(ASSERTION, "."), answer(condition="<saml:OneTimeUse/>")):
        found = read(us, document)
        assert isinstance(found, Asserted), found
        assert (found.subject, found.at, found.session) == (HONEST, NOW - 5, "theirs")
        assert found.ends == 0
        assert found.attributes == {"rpps": ("899700218896",)}
        assert Asserted.read(found.dump()) == found


WRONG_ASSERTIONS = {
    ("unknown_key", "by any registered key"): {"by": "saml evil"},
    ("other_request", "SubjectConfirmation"): {"request": "_another"},
    ("other_issuer", "Issuer"): {"issuer": "https://evil.example/saml"},
    ("other_audience", "Audience"): {
        "audience": "<saml:Audience>https://sp.example</saml:Audience>"
    },
    ("no_audience_of_ours", "Audience"): {
        "audience": f"<saml:Audience>{US.entity_id}.evil.example</saml:Audience>"
    },
    ("other_recipient", "SubjectConfirmation"): {
        "recipient": "https://sceau.example/upstream/other"
    },
    ("not_to_the_bearer", "SubjectConfirmation"): {
        "method": "urn:oasis:names:tc:SAML:2.0:cm:holder-of-key"
    },
    ("confirmation_over", "SubjectConfirmation"): {"until": moment(NOW - 121)},
    ("confirmation_from_when_on", "SubjectConfirmation"): {
        "data": f'NotBefore="{moment(NOW - 9)}"'
    },
    ("not_yet", "NotBefore"): {"since": moment(NOW + 121)},
    ("over", "NotOnOrAfter"): {"over": moment(NOW - 121)},
    ("from_the_future", "IssueInstant"): {"issued": moment(NOW + 121)},
    ("proved_in_the_future", "AuthnInstant"): {"at": moment(NOW + 121)},
    ("their_session_is_over", "SessionNotOnOrAfter"): {
        "statement": f'SessionNotOnOrAfter="{moment(NOW)}"'
    },
    ("a_condition_of_another_kind", "Conditions"): {
        "condition": '<saml:Condition xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" '
        'xsi:type="saml:ProxyRestrictionType"/>'
    },
    ("an_attribute_twice", "an attribute twice"): {
        "attributes": '<saml:Attribute Name="rpps"/><saml:Attribute Name="rpps"/>'
    },
    ("too_long", "NameID"): {"name": "x" * 1025},
    ("nobody", "NameID"): {"name": ""},
    ("of_one_login", "NameID"): {"format": TRANSIENT},
    ("with_room_around", "NameID"): {"name": f"{HONEST} "},
    ("unseen", "NameID"): {"name": f"{HONEST}\u200b"},
    ("of_another_application", "NameID"): {"named": 'SPNameQualifier="https://sp.example"'},
}


@pytest.mark.parametrize("row", WRONG_ASSERTIONS, ids=lambda row: row[0])
@pytest.mark.parametrize("whole", [False, True])
def test_sm_050_052_an_assertion_that_is_not_for_this_login_is_refused(us, row, whole):
    paths = (ASSERTION, ".") if whole else ()
    found = read(us, answer(*paths, **WRONG_ASSERTIONS[row]))
    assert isinstance(found, Unfit)
    assert row[1] in found.why


def attribute(name, *values):
    told = "".join(f"<saml:AttributeValue>{one}</saml:AttributeValue>" for one in values)
    return f'<saml:Attribute Name="{name}">{told}</saml:Attribute>'


RPPS = attribute("rpps", "899700218896")
UNASKED = {
    "a_picture": attribute("jpegPhoto", "x" * 1025),
    "a_picture_beside_a_text": attribute("photo", "x" * 1025, "x"),
    "a_name": attribute("x" * 1025, "x"),
    "all_groups": attribute("groups", *"x" * 201),
    "many_of_many": "".join(attribute(f"of-{one}", *"x" * 199) for one in range(3)),
}


@pytest.mark.parametrize("row", UNASKED)
@pytest.mark.parametrize("last", [False, True])
def test_br_016_what_nobody_asked_for_shuts_nobody_out(us, row, last):
    both = (UNASKED[row], RPPS) if last else (RPPS, UNASKED[row])
    found = read(us, answer(attributes="".join(both)))
    assert isinstance(found, Asserted)
    assert found.attributes["rpps"] == ("899700218896",)
    assert sum(map(len, found.attributes.values())) <= 200
    # An attribute is left out whole: the rest of it would look like its one value.
    assert found.attributes.keys() <= {"rpps", "of-0"}


def test_sm_074_what_is_too_long_is_refused_all_the_same_where_it_comes_twice(us):
    twice = attribute("rpps", "x" * 1025) + RPPS
    assert isinstance(read(us, answer(attributes=twice)), Unfit)


WRONG_ENVELOPES = {
    ("to_nothing", "InResponseTo"): {"request": ""},
    ("to_another", "InResponseTo"): {"request": 'InResponseTo="_another"'},
    ("of_another", "Issuer"): {"issuer": "<saml:Issuer>https://evil.example</saml:Issuer>"},
    ("to_another_door", "Destination"): {"destination": 'Destination="https://sp.example/acs"'},
    ("old", "IssueInstant"): {"issued": f'IssueInstant="{moment(NOW - 601)}"'},
    ("from_the_future", "IssueInstant"): {"issued": f'IssueInstant="{moment(NOW + 121)}"'},
    ("no_success", "no success"): {"status": f'<samlp:StatusCode Value="{STATUS}Responder"/>'},
    ("other_version", "Version"): {"version": "1.1"},
}


@pytest.mark.parametrize("row", WRONG_ENVELOPES, ids=lambda row: row[0])
def test_sm_050_052_an_answer_that_is_not_to_this_request_is_refused(us, row):
    document = signed(response(**WRONG_ENVELOPES[row]), ASSERTION)
    found = read(us, document)
    assert isinstance(found, Unfit)
    assert row[1] in found.why


def test_sm_010_nothing_is_believed_without_a_signature_on_the_assertion(us):
    assert isinstance(read(us, response()), Unfit)
    # The signature of the whole tells who sent it, and what is read has one of its own.
    assert isinstance(read(us, signed(response(), ".")), Unfit)


@pytest.mark.parametrize("row", OF_AN_ASSERTION)
@pytest.mark.parametrize("whole", [False, True])
def test_sm_003_to_009_a_wrapped_assertion_names_nobody(us, row, whole):
    document = OF_AN_ASSERTION[row](answer(ASSERTION, ".") if whole else answer())
    assert isinstance(read(us, document), Unfit)


@pytest.mark.parametrize("row", OF_THE_MESSAGE)
def test_sm_001_002_a_wrapped_answer_names_nobody(us, row):
    assert isinstance(read(us, OF_THE_MESSAGE[row](answer(ASSERTION, "."))), Unfit)


def test_sm_003_of_two_assertions_none_is_read(us):
    two = response(assertion(), assertion(id="_b", name=EVIL))
    assert isinstance(read(us, signed(two, ASSERTION)), Unfit)


def test_sm_022_an_assertion_beside_a_refusal_is_none(us):
    status = f'<samlp:StatusCode Value="{STATUS}Responder"><samlp:StatusCode \
Value="{STATUS}AuthnFailed"/></samlp:StatusCode>'
    assert isinstance(read(us, signed(response(status=status), ASSERTION)), Unfit)
    turned_back = read(us, response("", status=status))
    assert isinstance(turned_back, Asserted)
    assert (turned_back.stopped, turned_back.subject) == (True, "")


@pytest.mark.parametrize(
    "document",
    [
        b"",
        b"<a/>",
        b"x" * 300_000,
        b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>',
        b"\xff\xfe<\x00a\x00/\x00>\x00",
        answer().replace(b"<saml:Subject>", b"<!-- --><saml:Subject>"),
        answer().replace(b"<samlp:Status>", b"<samlp:Extra/><samlp:Status>"),
    ],
)
def test_sm_015_to_019_br_016_what_no_honest_partner_writes_is_refused(us, document):
    assert isinstance(read(us, document), Unfit)
    assert isinstance(us.read("not base64 ?", ASKED), Unfit)


def test_sm_050_an_older_proof_than_was_asked_is_refused(us):
    asked = Asked(ASKED.request, NOW, NOW)
    assert isinstance(read(us, answer(at=moment(NOW - 121)), asked), Unfit)
    assert isinstance(read(us, answer(at=moment(NOW - 119)), asked), Asserted)


def test_sm_050_the_end_of_their_session_is_kept(us):
    found = read(us, answer(statement=f'SessionNotOnOrAfter="{moment(NOW + 60)}"'))
    assert isinstance(found, Asserted)
    assert found.ends == NOW + 60
    assert Asserted.read(found.dump()).ends == NOW + 60


def test_br_003_an_answer_to_nothing_is_not_even_read(us):
    assert isinstance(read(us, answer(request=""), Asked("", 0, 0)), Unfit)


def test_sm_070_metadata_that_is_over_speaks_for_nobody(sqlite_world):
    until = f'validUntil="{moment(NOW + 60)}"'
    later = speaker(sqlite_world.core.keys, known(until=until), NOW + 61)
    assert isinstance(read(later, answer()), Unfit)
    assert isinstance(later.way(ASKED, "relay", force=False), Unfit)


def test_sm_038_the_request_is_signed_short_and_ours(us, sqlite_world):
    relay = "0123456789abcdef012345." + "x" * 43
    address = us.way(ASKED, relay, force=True)
    assert isinstance(address, str)
    assert address.startswith(LOGIN + "?")
    read_back = read_query(address.partition("?")[2])
    # SAML Bindings §3.4.3: 80 bytes.
    assert query_of(address)["RelayState"] == relay
    assert len(relay) <= 80
    own = parse(own_metadata(US, us._keys), f"{{{MD}}}EntityDescriptor", METADATA)
    assert valid(own)
    assert read_back.signed_by(us._keys.published())
    root = parse(read_back.message, f"{{{SAMLP}}}AuthnRequest")
    assert valid(root)
    assert root.get("ForceAuthn") == "true"
    assert (root.get("ID"), root.get("AssertionConsumerServiceURL")) == (ASKED.request, US.acs)
    assert root.find(saml("Issuer")).text == US.entity_id == own.get("entityID")
    # A name for one login alone would be of no use.
    assert root.find(samlp("NameIDPolicy")).get("Format") == PERSISTENT
    assert read_back.kind == REQUEST


BAD_METADATA = {
    ("no_name", "schema"): {"entity": ""},
    ("past", "validUntil"): {"until": f'validUntil="{moment(NOW)}"'},
    ("no_key", "no key"): {"key": ""},
    ("another_protocol", "no identity provider"): {
        "role": 'protocolSupportEnumeration="urn:other"'
    },
    ("not_by_redirect", "by Redirect"): {
        "login": '<md:SingleSignOnService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST" '
        f'Location="{LOGIN}"/>'
    },
    ("no_address", "by Redirect"): {"login": "<md:SingleSignOnService Binding='x' Location='y'/>"},
    ("a_script", "by Redirect"): {
        "login": '<md:SingleSignOnService Binding="urn:oasis:names:tc:SAML:2.0:bindings:'
        'HTTP-Redirect" Location="javascript:alert(1)"/>'
    },
    ("somebody_inside", "by Redirect"): {
        "login": '<md:SingleSignOnService Binding="urn:oasis:names:tc:SAML:2.0:bindings:'
        'HTTP-Redirect" Location="https://a:b@idp.example/sso"/>'
    },
}


@pytest.mark.parametrize(
    "address",
    [
        "http://idp.example/sso",
        "https://idp.example/sso#there",
        "https://idp.example/s so",
        "https://idp.example\\@evil.example/sso",
        "https://id\tp.example/sso",
        "https://@idp.example/sso",
        "https:///sso",
    ],
)
def test_sm_070_browsers_are_sent_to_a_plain_https_address_alone(address):
    assert origin_of(address) == ""
    redirect = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect"
    login = f'<md:SingleSignOnService Binding="{redirect}" Location="{address}"/>'
    assert "by Redirect" in read_described(metadata(login=login), NOW)
    assert origin_of("https://[::1]:8443/sso?of=chu") == "https://[::1]:8443"


def test_sm_070_a_host_that_the_operator_named_may_go_without_tls():
    allow = ("idp.internal:8080",)
    assert origin_of("http://idp.internal:8080/sso", allow) == "http://idp.internal:8080"
    for address in ("http://idp.internal/sso", "http://idp.internal:8081/", "http://other:8080/"):
        assert origin_of(address, allow) == ""


@pytest.mark.parametrize("row", BAD_METADATA, ids=lambda row: row[0])
def test_sm_070_metadata_that_names_no_provider_is_refused(row):
    assert row[1] in read_described(metadata(**BAD_METADATA[row]), NOW)


def test_sm_070_metadata_is_whole_where_it_is_signed_and_of_whom_is_pinned():
    good = signed(metadata())
    assert read_described(good, NOW) == known()
    changed = good.replace(LOGIN.encode(), b"https://evil.example/sso")
    assert read_described(changed, NOW) == Unverified.WRONG.value
    pinned = (certificate("saml other"),)
    assert isinstance(read_described(good, NOW, pinned), str)
    assert isinstance(read_described(metadata(), NOW, pinned), str)
    assert read_described(signed(metadata(), name="saml other"), NOW, pinned) == known()
