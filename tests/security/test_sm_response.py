# SPDX-License-Identifier: Apache-2.0
"""What we say ourselves: of one person, to one application, for as long as its way takes."""

import pytest
from lxml import etree

from idp.clock import SystemEntropy
from idp.saml import names
from idp.saml.assertion import Attribute, Login, Statement, Status, Subject, refuse, respond
from idp.saml.encryption import NotEncrypted, Recipient
from idp.saml.names import XENC, ds, saml, samlp
from idp.saml.signatures import verify
from idp.saml.xml import parse, text, valid
from tests.protocol.saml.messages import (
    ACS,
    ASSERTION,
    IDP,
    SP,
    certificate,
    private_key,
    signing_key,
    trusted,
)
from tests.protocol.saml.reading import algorithms, decrypted, opened

RESPONSE = samlp("Response")
NOW = 1_800_000_000
PASSWORD = "urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport"
ENTROPY = SystemEntropy()
STATEMENT = Statement(
    IDP,
    SP,
    ACS,
    "_request",
    Subject("6f1d", names.PERSISTENT, IDP, SP),
    Login(NOW - 700, PASSWORD, "session-1", NOW + 3600),
    (
        Attribute("mail", ("a@example.org",)),
        Attribute("urn:oid:2.5.4.42", ("Zoé & <Luc>", ""), names.URI, "givenName"),
    ),
)
TO = Recipient(certificate("sp encryption"))


def issued(recipient=None):
    return respond(STATEMENT, signing_key(), ENTROPY, NOW, recipient)


def read(document):
    root = parse(document, RESPONSE)
    assert valid(root)
    return verify(root, RESPONSE, trusted())


def test_sm_039_response_and_assertion_are_both_signed():
    response = read(issued().document)
    said = verify(response.find(ASSERTION), ASSERTION, trusted())
    assert said.get("ID") == issued_id(response)
    # Each by itself: an application may ask for either.
    alone = parse(issued().document, RESPONSE).find(ASSERTION)
    assert verify(alone, ASSERTION, trusted()).tag == ASSERTION


def issued_id(response):
    return response.find(ASSERTION).get("ID")


def test_sm_039_it_is_bound_to_whom_it_is_for_and_to_what_it_answers():
    made = issued()
    response = read(made.document)
    said = response.find(ASSERTION)
    assert response.get("ID") == made.id
    assert said.get("ID") == made.assertion_id
    assert (response.get("Destination"), response.get("InResponseTo")) == (ACS, "_request")
    assert [text(one) for one in said.iter(saml("Audience"))] == [SP]
    assert [text(one.find(saml("Issuer"))) for one in (response, said)] == [IDP, IDP]
    [confirmation] = said.iter(saml("SubjectConfirmation"))
    assert confirmation.get("Method") == names.BEARER
    assert dict(confirmation[0].attrib) == {
        "Recipient": ACS,
        "NotOnOrAfter": "2027-01-15T08:05:00Z",
        "InResponseTo": "_request",
    }


def test_sm_039_it_holds_for_five_minutes_and_tells_the_true_moment():
    said = read(issued().document).find(ASSERTION)
    conditions = said.find(saml("Conditions"))
    assert said.get("IssueInstant") == "2027-01-15T08:00:00Z"
    assert conditions.get("NotBefore") == "2027-01-15T07:59:00Z"
    assert conditions.get("NotOnOrAfter") == "2027-01-15T08:05:00Z"
    login = said.find(saml("AuthnStatement"))
    assert dict(login.attrib) == {
        "AuthnInstant": "2027-01-15T07:48:20Z",
        "SessionIndex": "session-1",
        "SessionNotOnOrAfter": "2027-01-15T09:00:00Z",
    }
    assert text(login.find(f".//{saml('AuthnContextClassRef')}")) == PASSWORD


def test_sm_039_identifiers_are_of_160_bits_and_never_the_same():
    made = [issued() for _ in range(20)]
    identifiers = {one for each in made for one in (each.id, each.assertion_id)}
    assert len(identifiers) == 40
    assert all(len(bytes.fromhex(one.removeprefix("_"))) * 8 == 160 for one in identifiers)


def test_sm_039_what_is_released_is_what_was_given():
    said = read(issued().document).find(ASSERTION)
    subject = said.find(f"{saml('Subject')}/{saml('NameID')}")
    assert text(subject) == "6f1d"
    assert dict(subject.attrib) == {
        "Format": names.PERSISTENT,
        "NameQualifier": IDP,
        "SPNameQualifier": SP,
    }
    released = [
        (one.get("Name"), one.get("NameFormat"), one.get("FriendlyName"), [text(v) for v in one])
        for one in said.iter(saml("Attribute"))
    ]
    assert released == [
        ("mail", names.BASIC, None, ["a@example.org"]),
        ("urn:oid:2.5.4.42", names.URI, "givenName", ["Zoé & <Luc>", ""]),
    ]


def test_sm_039_nobody_asked_and_nothing_is_released():
    bare = Statement(
        IDP, SP, ACS, None, Subject("x", names.TRANSIENT), Login(NOW, PASSWORD, "session-1")
    )
    document = respond(bare, signing_key(), ENTROPY, NOW).document
    response = read(document)
    assert b"InResponseTo" not in document
    assert response.find(f".//{saml('AttributeStatement')}") is None
    assert response.find(f".//{saml('AuthnStatement')}").get("SessionNotOnOrAfter") is None


@pytest.mark.parametrize("value", ["a\x00b", "a\x0bb", "a\ufffeb", "a\ud800b"])
def test_sm_039_a_name_that_no_document_can_hold_breaks_no_login(value):
    odd = Statement(
        IDP, SP, ACS, None, Subject(value, names.TRANSIENT), Login(NOW, PASSWORD, "s"),
        (Attribute("name", (value,)),),
    )  # fmt: skip
    response = read(respond(odd, signing_key(), ENTROPY, NOW).document)
    assert text(response.find(f".//{saml('AttributeValue')}")) == "a\N{REPLACEMENT CHARACTER}b"


def test_sm_039_markup_in_a_value_stays_text():
    evil = '</saml:AttributeValue><saml:AttributeValue>admin<!-- -->&x;]]>"'
    odd = Statement(
        IDP, SP, ACS, None, Subject("x", names.TRANSIENT), Login(NOW, PASSWORD, "s"),
        (Attribute("name", (evil,)),),
    )  # fmt: skip
    response = read(respond(odd, signing_key(), ENTROPY, NOW).document)
    assert [text(one) for one in response.iter(saml("AttributeValue"))] == [evil]


def test_sm_039_one_prefix_stands_for_one_namespace():
    """Who merges declarations, as lxml does, would change what was signed."""
    document = issued(TO).document
    prefixes = {(each, uri) for one in etree.fromstring(document).iter() for each, uri in
                one.nsmap.items()}  # fmt: skip
    assert len({uri for _, uri in prefixes}) == len(prefixes)
    assert b"ns0:" not in document


def test_sm_039_a_refusal_is_signed_and_speaks_of_nobody():
    status = Status(names.RESPONDER, names.NO_PASSIVE, "Nobody is logged in.")
    made = refuse(IDP, ACS, "_request", status, signing_key(), ENTROPY, NOW)
    response = read(made.document)
    assert (response.get("Destination"), response.get("InResponseTo")) == (ACS, "_request")
    codes = [one.get("Value") for one in response.iter(samlp("StatusCode"))]
    assert codes == [names.RESPONDER, names.NO_PASSIVE]
    assert text(response.find(f".//{samlp('StatusMessage')}")) == "Nobody is logged in."
    assert made.assertion_id == ""
    assert response.find(ASSERTION) is None
    assert response.find(saml("EncryptedAssertion")) is None
    alone = refuse(IDP, ACS, None, Status(names.REQUESTER), signing_key(), ENTROPY, NOW)
    assert [one.get("Value") for one in read(alone.document).iter(samlp("StatusCode"))] == [
        names.REQUESTER
    ]


def test_sm_022_what_is_encrypted_is_itself_signed_and_alone():
    made = issued(TO)
    response = read(made.document)
    assert response.find(f".//{ASSERTION}") is None
    assert b"6f1d" not in made.document
    inside = parse(opened(made.document, private_key("sp encryption")), ASSERTION)
    assert valid(inside)
    said = verify(inside, ASSERTION, trusted())
    assert said.get("ID") == made.assertion_id
    assert text(said.find(f".//{saml('NameID')}")) == "6f1d"


def test_sm_022_it_stands_by_itself_when_it_is_put_back():
    """Recipients put it into the response before they verify: its prefixes are its own."""
    root = etree.fromstring(issued(TO).document)
    encrypted = root.find(saml("EncryptedAssertion"))
    inside = etree.fromstring(decrypted(encrypted, private_key("sp encryption")))
    root.replace(encrypted, inside)
    found = verify(parse(etree.tostring(root), RESPONSE).find(ASSERTION), ASSERTION, trusted())
    assert text(found.find(f".//{saml('NameID')}")) == "6f1d"


CBC = [f"{XENC}aes256-cbc", f"{XENC}aes128-cbc", f"{XENC}tripledes-cbc"]
RSA_1_5 = f"{XENC}rsa-1_5"


@pytest.mark.parametrize(
    ("declared", "used"),
    [
        ([], (names.AES256_GCM, names.RSA_OAEP_MGF1P)),
        ([names.AES128_GCM, names.AES256_GCM], (names.AES256_GCM, names.RSA_OAEP_MGF1P)),
        ([names.AES128_GCM, *CBC], (names.AES128_GCM, names.RSA_OAEP_MGF1P)),
        ([*CBC, names.AES192_GCM], (names.AES192_GCM, names.RSA_OAEP_MGF1P)),
        ([names.RSA_OAEP], (names.AES256_GCM, names.RSA_OAEP)),
        ([RSA_1_5, names.RSA_OAEP_MGF1P], (names.AES256_GCM, names.RSA_OAEP_MGF1P)),
        ([names.RSA_OAEP, names.RSA_OAEP_MGF1P], (names.AES256_GCM, names.RSA_OAEP_MGF1P)),
    ],
)
def test_sm_014_the_best_that_both_know(declared, used):
    document = issued(Recipient(certificate("sp encryption"), declared)).document
    root = parse(document, RESPONSE)
    assert valid(root)
    assert algorithms(root.find(saml("EncryptedAssertion"))) == used
    assert b"6f1d" in opened(document, private_key("sp encryption"))


@pytest.mark.parametrize(
    ("recipient", "why"),
    [
        (Recipient(certificate("sp encryption"), CBC), NotEncrypted.NO_CIPHER),
        (Recipient(certificate("sp encryption"), ["urn:x"]), NotEncrypted.NO_CIPHER),
        (Recipient(certificate("sp encryption"), [RSA_1_5]), NotEncrypted.NO_TRANSPORT),
        (
            Recipient(certificate("sp encryption"), [names.AES256_GCM, RSA_1_5]),
            NotEncrypted.NO_TRANSPORT,
        ),
        (Recipient(certificate("ec encryption")), NotEncrypted.NO_KEY),
    ],
)
def test_sm_014_nothing_weaker_and_never_in_clear_instead(recipient, why):
    assert issued(recipient) is why


def test_sm_014_each_time_another_key():
    private = private_key("sp encryption")
    made = [etree.fromstring(issued(TO).document) for _ in range(3)]
    keys = {one.find(f".//{ds('KeyInfo')}/{{{XENC}}}EncryptedKey")[2][0].text for one in made}
    assert len(keys) == 3
    assert len({decrypted(one.find(saml("EncryptedAssertion")), private) for one in made}) == 3
