# SPDX-License-Identifier: Apache-2.0
"""SM-030 to SM-036, SM-060, SM-073: whatever is asked at the doors of SAML, nobody else is heard.

Requests are put together from parts that each make sense, or don't; answers are looked at whole.
"""

from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from tests.protocol.kit import session_of, settled
from tests.saml_artifacts import ARTIFACT, SOAP, by_artifact, question, send
from tests.saml_kit import CLASS, POST, SSO, SamlParty, posted
from tests.saml_logout import SLO, ask_by_soap, by_redirect, enter, logout_request, party_with_slo
from tests.security.saml_scene import admitted, classes, named
from tests.world import ISSUER, World

URLS = st.sampled_from([None, "{acs}", "{other}", "{acs}/", "https://evil.example/acs", ""])
FEW = settings(max_examples=80)
ATTRIBUTES = st.fixed_dictionaries(
    {
        "AssertionConsumerServiceURL": URLS,
        "ProtocolBinding": st.sampled_from([None, None, POST, ARTIFACT, "urn:x"]),
    },
    optional={
        "AssertionConsumerServiceIndex": st.sampled_from(["0", "3", "7", "-1", "+3", "٣", "99999"]),
        "Destination": st.sampled_from([None, f"{ISSUER}{SSO}", "https://evil.example/"]),
        "IsPassive": st.sampled_from(["true", "1", "0", "maybe"]),
        "ForceAuthn": st.sampled_from(["true", "1", "0", " true "]),
        "Version": st.sampled_from(["2.0", "2.1", ""]),
        "IssueInstant": st.sampled_from(["2026-11-22", "", "0001-01-01T00:00:00Z"]),
        "Consent": st.just("urn:x"),
    },
)
POLICIES = st.sampled_from(
    [
        "",
        "<samlp:NameIDPolicy/>",
        '<samlp:NameIDPolicy Format="urn:x"/>',
        '<samlp:NameIDPolicy SPNameQualifier="https://other.example"/>',
    ]
)
CONTEXTS = st.builds(
    lambda names, how: classes(*names, comparison=how),
    st.lists(
        st.sampled_from([f"{CLASS}SmartcardPKI", f"{CLASS}Password", "urn:sceau:level:9", ""]),
        min_size=1,
        max_size=3,
    ),
    st.sampled_from([None, "exact", "minimum", "better", "maximum", "worse"]),
)
SUBJECTS = st.one_of(st.just(""), st.sampled_from(["cdurand", "x" * 2000, "'"]).map(named))


def heard(party: SamlParty, browser: Any) -> None:
    """A page of ours, the login, or an answer at a registered address; nothing else."""
    last = browser.last
    assert last.status_code in {200, 303, 400, 403}, last.status_code
    if last.status_code == 303:
        where = urlsplit(last.headers["Location"])
        assert (where.scheme, where.netloc) == ("https", f"{party.key}.example")
        assert "SAMLart=" in where.query
    elif browser.page.find("form", id="post") is not None:
        assert posted(browser)[0] in {one["url"] for one in party.document["saml"]["acs"]}
    else:
        assert last.status_code == 200 or browser.problem
    assert "evil.example" not in last.headers["Content-Security-Policy"]


def test_sm_030_036_whatever_is_asked_nobody_unregistered_hears(provider: World) -> None:
    @FEW
    @given(ATTRIBUTES, SUBJECTS, POLICIES, st.one_of(st.just(""), CONTEXTS), st.booleans())
    def ask(
        attributes: dict[str, str | None], subject: str, policy: str, context: str, signs: bool
    ) -> None:
        key = "doors" if signs else "open-doors"
        party = by_artifact(provider, key, saml={"signed_requests": signs})
        wished = dict(attributes)
        if wished["AssertionConsumerServiceURL"] is not None:
            other = party.document["saml"]["acs"][1]["url"]
            url = wished["AssertionConsumerServiceURL"].format(acs=party.acs, other=other)
            wished["AssertionConsumerServiceURL"] = url
        browser = provider.browser()
        message = party.request(subject + policy + context, **wished)
        browser.get(party.redirect_url(message, sign=signs))
        heard(party, browser)
        assert not admitted(party)

    ask()


CHANGES = st.fixed_dictionaries(
    {},
    optional={
        "Version": st.sampled_from(["1.1", ""]),
        "Destination": st.sampled_from([None, "", "https://evil.example/"]),
        "IssueInstant": st.sampled_from(["", "2026-11-22T02:00:00Z"]),
        "ID": st.sampled_from(["", "1", "_a b"]),
        "Invented": st.just("x"),
    },
)


def test_sm_073_whatever_is_asked_for_nothing_is_given(provider: World) -> None:
    party = by_artifact(provider, "doors")

    @FEW
    @given(
        st.sampled_from(["AAQAAA==", "", "x", "A" * 60]),
        CHANGES,
        st.sampled_from(["signed", "plain", "cut"]),
    )
    def ask(artifact: str, changes: dict[str, str | None], how: str) -> None:
        message = question(party, artifact, **changes)
        if how == "signed" and "ID" not in changes:
            message = party.signed(message)
        response = send(provider, message[:-9] if how == "cut" else message)
        body = response.get_data()
        assert response.status_code in {200, 403, 500}
        assert (response.status_code == 500) == (b"soap:Fault" in body)
        if response.status_code == 200:
            assert how == "signed"
            inside = etree.fromstring(body).find(f"{{{SOAP}}}Body")
            assert not [one for one in inside.iter() if one.tag.endswith("}Response")]

    ask()


NAMES = st.sampled_from(["theirs", "x", "", "' OR 1=1", "_" + "x" * 500])
INDEXES = st.lists(st.sampled_from(["theirs", "x", "%"]), max_size=3)
LEAVING = st.fixed_dictionaries(
    {},
    optional={
        "Version": st.sampled_from(["1.1", "2.0"]),
        "NotOnOrAfter": st.sampled_from(["", "2020-01-01T00:00:00Z", "2999-01-01T00:00:00Z"]),
        "Destination": st.sampled_from([None, "", f"{ISSUER}{SLO}", f"{ISSUER}{SLO}/soap"]),
        "IssueInstant": st.sampled_from(["", "2999-01-01T00:00:00Z"]),
        "Reason": st.just("urn:x"),
    },
)


def test_sm_060_whatever_is_asked_nobody_is_logged_out_by_another(provider: World) -> None:
    """Whoever was not opened in the session, or does not hold the key, ends nothing."""
    known, other = party_with_slo(provider), party_with_slo(provider)
    browser, visitor = settled(provider), provider.browser()
    theirs = enter(known, browser)
    thief = replace(known, key_name="somebody else")
    senders = {"another": other, "a thief": thief, "nobody": known}

    @FEW
    @given(st.sampled_from(sorted(senders)), NAMES, INDEXES, LEAVING, st.booleans())
    def ask(
        who: str, name: str, indexes: list[str], changes: dict[str, str | None], by_soap: bool
    ) -> None:
        sender, signs = senders[who], who != "nobody"
        named = {"Format": theirs.format}
        said = [theirs.index if one == "theirs" else one for one in indexes]
        value = theirs.name if name == "theirs" else name
        message = logout_request(sender, value, *said, named=named, **changes)
        if by_soap:
            response = ask_by_soap(sender, message, sign=signs)
            assert response.status_code in {200, 403}
        else:
            response = visitor.request("GET", by_redirect(sender, message, sign=signs))
            assert response.status_code in {303, 400}
        assert who == "another" or response.status_code in {400, 403}

    ask()
    assert session_of(provider, browser) is not None
    # The same, by whom it may be asked.
    assert (
        ask_by_soap(known, logout_request(known, theirs.name, Destination=None)).status_code == 200
    )
    assert session_of(provider, browser) is None
