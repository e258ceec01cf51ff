# SPDX-License-Identifier: Apache-2.0
"""Whatever comes: the parser, the verifier and the Redirect answer with a value, and believe nobody
who did not sign.
"""

from hypothesis import given, settings
from hypothesis import strategies as st

from idp.saml.names import samlp
from idp.saml.signatures import Unverified, read_certificate, verify
from idp.saml.wire import REQUEST, Query, Unreadable, decode, inflate, read_query, write_query
from idp.saml.xml import MESSAGE, METADATA, Malformed, parse, text, valid
from tests.protocol.saml.messages import authn_request, signed, signing_key, trusted

TAG = samlp("AuthnRequest")
SIGNED = signed(authn_request())
BARE = authn_request()
QUERY = write_query(REQUEST, authn_request(), "way", signing_key())
PIECES = st.sampled_from(
    [
        b"<!DOCTYPE x [",
        b"<!--",
        b"-->",
        b"<![CDATA[",
        b"]]>",
        b"<?x",
        b"?>",
        b"&x;",
        b"&#0;",
        b"</",
        b">",
        b"<a",
        b' ID="_request"',
        b' xmlns="',
        b'"',
        b"\x00",
        b"\xff",
        b"\xef\xbb\xbf",
        b"#",
        b"=",
    ]
)


@st.composite
def mangled(draw, original):
    """A message with some of its bytes cut, replaced or doubled."""
    data = bytearray(original)
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(data)))
        end = min(start + draw(st.integers(0, 40)), len(data))
        data[start:end] = draw(
            st.one_of(PIECES, st.binary(max_size=6), st.just(data[start:end] * 2))
        )
    return bytes(data)


@settings(max_examples=300)
@given(st.one_of(st.binary(max_size=200), mangled(SIGNED), mangled(BARE)))
def test_sm_016_to_020_any_bytes_are_a_message_or_a_reason(data):
    for bounds in (MESSAGE, METADATA):
        found = parse(data, TAG, bounds)
        if isinstance(found, Malformed):
            continue
        assert found.tag == TAG
        assert valid(found) in {True, False}
        for element in found.iter():
            assert isinstance(element.tag, str)
            assert text(element) is None or isinstance(text(element), str)


@settings(max_examples=300)
@given(mangled(SIGNED))
def test_sm_001_to_015_what_is_believed_is_what_was_signed(data):
    root = parse(data, TAG)
    if isinstance(root, Malformed):
        return
    found = verify(root, TAG, trusted())
    if isinstance(found, Unverified):
        return
    honest = verify(parse(SIGNED, TAG), TAG, trusted())
    assert [(one.tag, one.text, dict(one.attrib)) for one in found.iter()] == [
        (one.tag, one.text, dict(one.attrib)) for one in honest.iter()
    ]


def test_sm_015_a_name_beyond_ascii_is_no_breakdown():
    odd = SIGNED.replace(b" Version=", " Versi·n=".encode(), 1)
    root = parse(odd, TAG)
    assert not isinstance(root, Malformed)
    assert isinstance(verify(root, TAG, trusted()), Unverified)


@settings(max_examples=300)
@given(
    st.one_of(
        st.text(max_size=200),
        mangled(QUERY.encode()).map(lambda data: data.decode("latin-1")),
        st.lists(st.sampled_from([*QUERY.split("&"), "RelayState=evil", "SAMLRe%71uest=x"])).map(
            "&".join
        ),
    )
)
def test_sm_034_any_query_is_a_message_or_a_reason(query):
    found = read_query(query)
    if isinstance(found, Unreadable):
        return
    assert isinstance(found, Query)
    if found.signed_by(trusted()):
        assert (found.kind, found.message, found.relay_state) == (REQUEST, authn_request(), "way")


@given(st.text(max_size=100))
def test_any_text_is_base64_or_a_reason(value):
    assert isinstance(decode(value), bytes | Unreadable)
    assert isinstance(inflate(value), bytes | Unreadable)
    read_certificate(value)


@given(st.binary(max_size=300))
def test_any_bytes_are_a_certificate_or_none(data):
    assert read_certificate(data) is None
