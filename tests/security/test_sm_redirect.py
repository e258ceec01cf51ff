# SPDX-License-Identifier: Apache-2.0
"""The Redirect binding: verified over the query as it came, read in one way alone."""

import tracemalloc
import zlib
from base64 import b64encode
from urllib.parse import quote

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, padding
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA1, SHA256

from idp.saml.names import DEFLATE, DS, ECDSA_SHA256, RSA_SHA256
from idp.saml.wire import (
    LONGEST_QUERY,
    REQUEST,
    RESPONSE,
    Query,
    Unreadable,
    decode,
    deflate,
    inflate,
    is_relay_state,
    read_query,
    write_query,
)
from idp.saml.xml import MESSAGE
from tests.protocol.saml.messages import (
    authn_request,
    certificate,
    private_key,
    signing_key,
    trusted,
)

MESSAGE_BYTES = authn_request()


def written(relay_state="way", **options):
    return write_query(REQUEST, MESSAGE_BYTES, relay_state, signing_key(), **options)


def parts(query):
    return dict(pair.split("=", 1) for pair in query.split("&"))


def joined(values):
    return "&".join(f"{name}={value}" for name, value in values.items())


def signed_over(values, sign=None):
    """A query signed over exactly these raw values, by whoever is honest and odd."""
    octets = joined(values).encode()
    value = (sign or signing_key().sign)(octets)
    return f"{joined(values)}&Signature={quote(b64encode(value).decode(), '')}"


def is_believed(query):
    found = read_query(query)
    return isinstance(found, Query) and found.signed_by(trusted())


def test_sm_034_control_what_was_signed_is_read():
    found = read_query(written("où ? & 100%"))
    assert (found.kind, found.message, found.relay_state) == (REQUEST, MESSAGE_BYTES, "où ? & 100%")
    assert found.is_signed
    assert found.signed_by(trusted())
    assert not found.signed_by([certificate("saml evil")])
    assert not found.signed_by([])
    unsigned = read_query(write_query(RESPONSE, MESSAGE_BYTES, None))
    assert (unsigned.kind, unsigned.relay_state, unsigned.is_signed) == (RESPONSE, None, False)
    assert not unsigned.signed_by(trusted())


def test_sm_034_in_another_order_it_is_the_same_signature():
    """Bindings §3.4.4.1: the order is that of the signature, not that of the address."""
    values = parts(written())
    assert is_believed(joined(dict(reversed(values.items()))))
    assert is_believed(f"lang=fr&{written()}&utm_source=x")


def test_sm_034_the_senders_own_spelling_is_what_was_signed():
    values = {name: value for name, value in parts(written()).items() if name != "Signature"}
    values[REQUEST] = values[REQUEST].replace("%2B", "%2b").replace("%2F", "/").replace("%3D", "=")
    values["RelayState"] = "%77%61y"
    query = signed_over(values | {"SigAlg": quote(RSA_SHA256, ":/")})
    assert is_believed(query)
    assert read_query(query).relay_state == "way"
    # The same values in our spelling are other bytes.
    other = parts(query) | {"RelayState": "way"}
    assert not is_believed(joined(other))


@pytest.mark.parametrize("name", [REQUEST, "RelayState", "SigAlg", "Signature"])
@pytest.mark.parametrize("where", ["before", "after"])
def test_sm_034_no_parameter_stands_twice(name, where):
    query = written()
    for again in (f"{name}={parts(query)[name]}", f"{name}=", name):
        twice = f"{again}&{query}" if where == "before" else f"{query}&{again}"
        assert read_query(twice) is Unreadable.AMBIGUOUS


@pytest.mark.parametrize(
    "alias",
    [
        "%53AMLRequest",
        "SAMLReques%74",
        "%53%41%4D%4C%52%65%71%75%65%73%74",
        "samlrequest",
        "SAMLRequest+",
        "+SAMLRequest",
        "SAMLRequest%20",
        "Relay%53tate",
        "%53igAlg",
        "Signatur%65",
        "%53AMLResponse",
        "SAML%45ncoding",
        "%ff",
        "SAMLRequest%",
        "%00SAMLRequest",
        "é",
    ],
)
@pytest.mark.parametrize("where", ["before", "after", "instead"])
def test_sm_034_no_parameter_goes_by_another_name(alias, where):
    """Keycloak CVE-2026-117691: verified by one spelling, read by the other."""
    query = written()
    added = f"{alias}={parts(query)[REQUEST]}"
    if where == "instead":
        others = {name: value for name, value in parts(query).items() if name != REQUEST}
        assert not is_believed(f"{added}&{joined(others)}")
        return
    for evil in (added, alias):
        both = f"{evil}&{query}" if where == "before" else f"{query}&{evil}"
        assert read_query(both) is Unreadable.AMBIGUOUS


def test_sm_034_a_request_or_a_response_but_not_both():
    query = written()
    assert read_query(f"{query}&SAMLResponse={parts(query)[REQUEST]}") is Unreadable.NO_MESSAGE
    assert read_query(f"SAMLResponse=&{query}") is Unreadable.NO_MESSAGE
    assert read_query("RelayState=way") is Unreadable.NO_MESSAGE
    assert read_query("") is Unreadable.NO_MESSAGE
    # Signed as a request, it is no response.
    assert not is_believed(query.replace("SAMLRequest", "SAMLResponse"))


def test_sm_034_a_relay_state_is_signed_or_was_not_sent():
    without = written(None)
    assert is_believed(without)
    assert not is_believed(f"{without}&RelayState=evil")
    assert not is_believed(f"RelayState=&{without}")
    with_one = parts(written())
    del with_one["RelayState"]
    assert not is_believed(joined(with_one))
    assert not is_believed(joined(parts(written()) | {"RelayState": "evil"}))
    assert not is_believed(joined(parts(written()) | {"RelayState": ""}))
    # Empty, and signed as such.
    values = parts(write_query(REQUEST, MESSAGE_BYTES, None)) | {"RelayState": ""}
    assert is_believed(signed_over(values | {"SigAlg": quote(RSA_SHA256, "")}))


def test_sm_034_what_is_signed_cannot_be_cut_elsewhere():
    """OpenSAML CVE-2025-31335: one value never runs into the next."""
    values = parts(written())
    moved = values | {
        REQUEST: f"{values[REQUEST]}%26RelayState%3D{values['RelayState']}",
        "RelayState": "",
    }
    assert not is_believed(joined(moved))
    joined_up = values | {"RelayState": f"{values['RelayState']}%26SigAlg%3D{values['SigAlg']}"}
    assert not is_believed(joined(joined_up))
    for between in ("%26", "%00", ";", "%3B"):
        assert not is_believed(written().replace("&RelayState", f"{between}RelayState"))


@pytest.mark.parametrize(
    "algorithm",
    [
        "",
        f"{DS}rsa-sha1",
        f"{DS}dsa-sha1",
        "http://www.w3.org/2001/04/xmldsig-more#rsa-md5",
        "http://www.w3.org/2001/04/xmldsig-more#hmac-sha256",
        "http://www.w3.org/2001/04/xmldsig-more#rsa-ripemd160",
        RSA_SHA256.upper(),
        f" {RSA_SHA256}",
        "none",
    ],
)
def test_sm_034_an_algorithm_that_is_not_ours(algorithm):
    values = parts(write_query(REQUEST, MESSAGE_BYTES, "way")) | {"SigAlg": quote(algorithm, "")}
    found = read_query(signed_over(values))
    assert found is Unreadable.ALGORITHM


def test_sm_034_the_algorithm_is_part_of_what_is_signed():
    more = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha512"
    assert not is_believed(joined(parts(written()) | {"SigAlg": quote(more, "")}))
    values = parts(write_query(REQUEST, MESSAGE_BYTES, "way")) | {"SigAlg": quote(RSA_SHA256, "")}

    def by_sha1(octets):
        return private_key("saml honest").sign(octets, padding.PKCS1v15(), SHA1())

    assert not is_believed(signed_over(values, by_sha1))


def test_sm_034_half_a_signature_is_none():
    values = parts(written())
    for missing in ("SigAlg", "Signature"):
        half = {name: value for name, value in values.items() if name != missing}
        assert read_query(joined(half)) is Unreadable.HALF_SIGNED
    for value in ("", "AAAA", "%20", "not+base64", "%ff", "%"):
        assert not is_believed(joined(values | {"Signature": value}))


def test_sm_034_elliptic_curves_in_both_of_their_spellings():
    private = private_key("ec honest")
    values = parts(write_query(REQUEST, MESSAGE_BYTES, "way")) | {"SigAlg": quote(ECDSA_SHA256, "")}

    def der(octets):
        return private.sign(octets, ec.ECDSA(SHA256()))

    def side_by_side(octets):
        r, s = decode_dss_signature(der(octets))
        return r.to_bytes(32, "big") + s.to_bytes(32, "big")

    for how in (der, side_by_side):
        found = read_query(signed_over(values, how))
        assert found.signed_by([certificate("ec honest")])
        # Nor is the key of another kind taken for it.
        assert not found.signed_by(trusted())


@pytest.mark.parametrize("raw", ["%", "%4", "%zz", "a b", "é", "<", '"', "%ff", "%00", "%0d%0a"])
def test_sm_034_038_a_relay_state_is_text_that_was_encoded(raw):
    assert read_query(written(None) + f"&RelayState={raw}") is Unreadable.RELAY_STATE


def test_sm_038_a_relay_state_is_no_longer_than_a_link():
    assert is_relay_state("a" * 2048)
    assert not is_relay_state("a" * 2049)
    assert not is_relay_state("é" * 1025)
    assert read_query(written("a" * 2049)) is Unreadable.RELAY_STATE


def test_another_encoding_is_refused():
    assert is_believed(f"{written()}&SAMLEncoding={quote(DEFLATE, '')}")
    assert read_query(f"{written()}&SAMLEncoding=urn:x") is Unreadable.ENCODING


def packed(data, wbits=-zlib.MAX_WBITS):
    packer = zlib.compressobj(9, wbits=wbits)
    return packer.compress(data) + packer.flush()


def test_sm_018_a_bomb_is_not_inflated():
    bomb = packed(b"a" * 20_000_000)
    assert len(bomb) < 20_000
    assert inflate(b64encode(bomb).decode()) is Unreadable.NOT_DEFLATED
    query = f"{REQUEST}={quote(b64encode(bomb).decode(), '')}"
    assert read_query(query) is Unreadable.NOT_DEFLATED
    just = b"a" * MESSAGE.size
    assert inflate(b64encode(packed(just)).decode()) == just
    assert inflate(b64encode(packed(just + b"a")).decode()) is Unreadable.NOT_DEFLATED


def test_sm_018_nor_is_there_ever_room_for_it():
    bomb = b64encode(packed(b"a" * 20_000_000)).decode()
    tracemalloc.start()
    try:
        inflate(bomb)
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert most < 4 * MESSAGE.size


def test_sm_018_a_query_has_an_end():
    assert read_query("a" * (LONGEST_QUERY + 1)) is Unreadable.TOO_LARGE
    assert decode("A" * (2 * MESSAGE.size + 4)) is Unreadable.TOO_LARGE


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"plain text",
        MESSAGE_BYTES,
        packed(MESSAGE_BYTES)[:-3],
        packed(MESSAGE_BYTES) + b"behind",
        packed(MESSAGE_BYTES) + packed(MESSAGE_BYTES),
        packed(MESSAGE_BYTES, zlib.MAX_WBITS),
        packed(MESSAGE_BYTES, zlib.MAX_WBITS + 16),
    ],
    ids=["nothing", "text", "bare", "cut", "longer", "twice", "zlib", "gzip"],
)
def test_sm_018_one_stream_and_a_whole_one(data):
    assert inflate(b64encode(data).decode()) is Unreadable.NOT_DEFLATED


@pytest.mark.parametrize("value", ["AAA", "AAAA=", "AA==AAAA", "A-_A", "éAAA", "AA AA", "AAAA\x00"])
def test_base64_is_written_in_one_way(value):
    assert decode(value) is Unreadable.NOT_BASE64


def test_base64_of_a_form_may_be_broken_into_lines():
    assert decode(None) is Unreadable.NOT_BASE64
    assert decode("YW\r\nJj\n") == b"abc"
    assert inflate(deflate(b"abc")) == b"abc"
