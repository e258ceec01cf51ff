# SPDX-License-Identifier: Apache-2.0
"""Passkeys apart from any page: every check of WebAuthn §7, by answers that fail it alone."""

import json
from dataclasses import replace

import pytest

from connectors.base import Ask, Attempt, Evidence, Reason, Refused, Verified, VerifiedIdentity
from connectors.passkey.connector import PasskeyConnector
from connectors.ports import NewPasskey, Passkey, Site
from tests.authenticator import (
    BACKED_UP,
    MAY_BACK_UP,
    SOUND,
    USER_PRESENT,
    USER_VERIFIED,
    Authenticator,
    new_key,
    to_bytes,
    to_text,
)

ALONE = Attempt("j", None, "")
SECOND = Attempt("j", "claire", "")
SITE = Site("sceau.example", "https://sceau.example", "Sceau")
HERE = "enrol|s|b"


class Store:
    """Passkeys in memory, and a counter of challenges."""

    def __init__(self):
        self.kept, self.taken, self.uses, self.issued = {}, set(), [], {}

    def handle(self, subject):
        return f"handle of {subject}".encode()

    def of(self, subject):
        return [one for one in self.kept.values() if one.subject == subject]

    def find(self, credential):
        return self.kept.get(credential)

    def use(self, passkey, challenge, counter, *, backed_up):
        fresh = challenge not in self.taken
        self.taken.add(challenge)
        self.uses.append((passkey.id, counter, backed_up))
        return fresh

    def issue(self, binding):
        challenge = f"challenge {len(self.issued)}".encode()
        self.issued[challenge] = binding
        return challenge

    def is_ours(self, binding, challenge):
        return self.issued.get(challenge) == binding


@pytest.fixture
def store():
    return Store()


@pytest.fixture
def connector(store):
    return PasskeyConnector(store, store, SITE)


def enrol(connector, store, subject="claire", algorithm="ES256"):
    """A passkey of somebody, kept."""
    device = Authenticator(algorithm)
    options = json.dumps(connector.invite(HERE, subject, subject, subject.title()))
    made = connector.judge(HERE, device.make(options))
    assert isinstance(made, NewPasskey)
    held = Passkey(f"{subject}'s", subject, made.credential, made.public_key, made.transports)
    store.kept[made.credential] = held
    return device


@pytest.fixture
def device(connector, store):
    return enrol(connector, store)


def asked(connector, attempt=ALONE):
    answer = connector.begin(attempt)
    assert isinstance(answer, Ask)
    return answer.values["options"]


def judged(connector, credential, attempt=ALONE):
    return connector.resume(attempt, Evidence(form={"credential": credential}))


def test_alone_anybodys_passkey_may_answer(connector, device):
    options = json.loads(asked(connector))
    assert options["rpId"] == "sceau.example"
    assert options["userVerification"] == "required"
    assert options["allowCredentials"] == []
    assert options["timeout"] == 300_000


def test_a_second_factor_names_the_persons_own(connector, store, device):
    enrol(connector, store, "lucie")
    [one] = json.loads(asked(connector, SECOND))["allowCredentials"]
    assert to_bytes(one["id"]) == device.credential
    assert one["transports"] == ["hybrid", "internal"]


def test_every_page_has_a_challenge_of_its_own(connector):
    assert asked(connector) != asked(connector)


@pytest.mark.parametrize("algorithm", ["ES256", "EdDSA", "RS256"])
@pytest.mark.parametrize("attempt", [ALONE, SECOND], ids=["alone", "second"])
def test_a_passkey_verifies_its_owner(connector, store, algorithm, attempt):
    device = enrol(connector, store, algorithm=algorithm)
    credential = device.sign(asked(connector, attempt))
    assert connector.claimed(attempt, Evidence(form={"credential": credential})) == "claire"
    answer = judged(connector, credential, attempt)
    assert answer == Verified(VerifiedIdentity("claire"), ("hwk", "user", "mfa"))
    assert store.uses == [("claire's", 0, False)]


def test_a_passkey_that_is_backed_up_says_so(connector, store, device):
    answer = judged(connector, device.sign(asked(connector), flags=SOUND | MAY_BACK_UP | BACKED_UP))
    assert answer.methods == ("swk", "user", "mfa")
    assert store.uses == [("claire's", 0, True)]


WRONG = {
    "the type": {"kind": "webauthn.create"},
    "the origin": {"origin": "https://sceau.example.evil.example"},
    "the origin's scheme": {"origin": "http://sceau.example"},
    "the origin's port": {"origin": "https://sceau.example:8443"},
    "the site": {"host": "evil.example"},
    "a subdomain as site": {"host": "www.sceau.example"},
    "no presence": {"flags": USER_VERIFIED},
    "no verification of the user": {"flags": USER_PRESENT},
    "the signature": {"spoilt": True},
    "an impossible backup": {"flags": SOUND | BACKED_UP},
    "the handle": {"response": {"userHandle": to_text(b"handle of lucie")}},
    "an empty handle": {"response": {"userHandle": ""}},
    "the kind of credential's name": {"told": {"id": "AAAA"}},
}


@pytest.mark.parametrize("attempt", [ALONE, SECOND], ids=["alone", "second"])
@pytest.mark.parametrize("changes", WRONG.values(), ids=WRONG)
def test_one_wrong_word_is_refused_and_noted_nowhere(connector, store, device, changes, attempt):
    credential = device.sign(asked(connector, attempt), **changes)
    assert judged(connector, credential, attempt) == Refused(Reason.WRONG)
    assert store.uses == []


def test_a_page_in_a_frame_is_refused(connector, store, device):
    credential = device.sign(asked(connector), client={"crossOrigin": True})
    assert judged(connector, credential) == Refused(Reason.MALFORMED)
    assert store.uses == []


def test_alone_the_authenticator_must_say_whose_it_is(connector, device):
    nameless = {"response": {"userHandle": None}}
    assert judged(connector, device.sign(asked(connector), **nameless)) == Refused(Reason.WRONG)
    # WebAuthn §7.2 step 6: where the account is known, security keys leave it out.
    second = device.sign(asked(connector, SECOND), **nameless)
    assert isinstance(judged(connector, second, SECOND), Verified)


@pytest.mark.parametrize("binding", ["login|another", "enrol|s|b", "nothing of ours"])
def test_a_challenge_of_elsewhere_is_refused(connector, store, device, binding):
    challenge = store.issue(binding) if "|" in binding else binding.encode()
    credential = device.sign(asked(connector), challenge=to_text(challenge))
    assert judged(connector, credential) == Refused(Reason.EXPIRED)
    assert store.uses == []


def test_an_answer_counts_once(connector, device):
    credential = device.sign(asked(connector))
    assert isinstance(judged(connector, credential), Verified)
    assert judged(connector, credential) == Refused(Reason.WRONG)


def test_cr_003_an_answer_in_vain_takes_nothing_from_the_one_that_counts(connector, store, device):
    credential = device.sign(asked(connector))
    waiting = replace(ALONE, in_vain=True)
    assert isinstance(judged(connector, credential, waiting), Verified)
    assert store.uses == []
    assert isinstance(judged(connector, credential), Verified)


def test_a_passkey_that_was_removed_is_unknown(connector, store, device):
    options = asked(connector)
    store.kept.clear()
    credential = device.sign(options)
    assert judged(connector, credential) == Refused(Reason.UNKNOWN)
    assert connector.claimed(ALONE, Evidence(form={"credential": credential})) is None


def test_oa_180_a_second_factor_is_the_persons_own(connector, store, device):
    lucies = enrol(connector, store, "lucie")
    credential = lucies.sign(asked(connector, SECOND))
    assert connector.claimed(SECOND, Evidence(form={"credential": credential})) == "claire"
    assert judged(connector, credential, SECOND) == Refused(Reason.WRONG)
    assert store.uses == []


def test_a_key_that_signs_under_anothers_name_is_refused(connector, store, device):
    lucies = enrol(connector, store, "lucie")
    lucies.credential, lucies.handle = device.credential, device.handle
    assert judged(connector, lucies.sign(asked(connector))) == Refused(Reason.WRONG)


def test_who_has_none_lacks_it(connector, device):
    assert connector.lacks("lucie") == "not-set-up"
    assert connector.lacks("claire") is None


STRANGE = [
    "[]",
    "{}",
    '"text"',
    "null",
    "[" * 16_000,
    '{"id":' * 2_500,
    '{"id": 1e999}',
    '{"id":"AA","rawId":"AA","type":"public-key","response":[]}',
    '{"id":"AA","rawId":"\ud800","type":"public-key","response":{}}',
]


@pytest.mark.parametrize("text", STRANGE)
def test_what_is_no_answer_is_malformed(connector, text):
    assert judged(connector, text) == Refused(Reason.MALFORMED)
    assert connector.judge(HERE, text) == Refused(Reason.MALFORMED)


PARTS = ["", "A", "!", "AAAA", "=" * 20, to_text(b"\xff" * 37), to_text(b"{}"), to_text(b"[1]" * 9)]


@pytest.mark.parametrize("part", [*PARTS, 7, None, ["AA"], {"a": 1}], ids=repr)
@pytest.mark.parametrize("name", ["clientDataJSON", "authenticatorData", "signature", "userHandle"])
def test_a_strange_part_is_refused(connector, store, device, name, part):
    credential = device.sign(asked(connector), response={name: part})
    assert isinstance(judged(connector, credential), Refused)
    assert store.uses == []


def test_an_answer_is_read_up_to_its_length(connector, device):
    padded = device.sign(asked(connector), told={"padding": "x" * 20_000})
    assert judged(connector, padded) == Refused(Reason.MALFORMED)


# What was enrolled.


def test_the_invitation_asks_for_what_login_needs(connector, store, device):
    options = connector.invite(HERE, "claire", "cdurand", "Claire Durand")
    assert options["rp"] == {"name": "Sceau", "id": "sceau.example"}
    assert to_bytes(options["user"]["id"]) == b"handle of claire"
    assert (options["user"]["name"], options["user"]["displayName"]) == ("cdurand", "Claire Durand")
    assert options["authenticatorSelection"] == {
        "residentKey": "required",
        "requireResidentKey": True,
        "userVerification": "required",
    }
    assert options["attestation"] == "none"
    assert [one["alg"] for one in options["pubKeyCredParams"]] == [-7, -8, -257]
    assert [to_bytes(one["id"]) for one in options["excludeCredentials"]] == [device.credential]


def judged_new(connector, device=None, binding=HERE, **changes):
    options = json.dumps(connector.invite(HERE, "claire", "c", "C"))
    return connector.judge(binding, (device or Authenticator()).make(options, **changes))


def test_a_new_passkey_is_read(connector):
    device = Authenticator(counter=7)
    made = judged_new(connector, device, flags=SOUND | MAY_BACK_UP | BACKED_UP)
    assert isinstance(made, NewPasskey)
    assert (made.credential, made.counter, made.backed_up) == (device.credential, 7, True)
    assert made.transports == ("hybrid", "internal")
    assert made.model == "00000000-0000-0000-0000-000000000000"
    assert repr(device.credential) not in repr(made)


NOT_MADE = {
    "the type": {"kind": "webauthn.get"},
    "the origin": {"origin": "https://evil.example"},
    "the site": {"host": "evil.example"},
    "no presence": {"flags": USER_VERIFIED},
    "no verification of the user": {"flags": USER_PRESENT},
    "the statement's format": {"format": "strange"},
    "another name outside": {"told": {"id": "AAAA", "rawId": "AAAA"}},
    "a strange attestation": {"response": {"attestationObject": to_text(b"\xa1" * 50)}},
}


@pytest.mark.parametrize("changes", NOT_MADE.values(), ids=NOT_MADE)
def test_one_wrong_word_and_no_passkey_is_made(connector, changes):
    assert judged_new(connector, **changes) == Refused(Reason.WRONG)


def test_a_new_passkey_is_for_this_session_and_browser(connector):
    assert judged_new(connector, binding="enrol|s|another") == Refused(Reason.EXPIRED)


def test_a_toy_key_is_refused(connector):
    device = Authenticator("RS256")
    device.key = new_key("RS256", 1024)
    assert judged_new(connector, device) == Refused(Reason.WRONG)


def test_a_name_too_long_is_refused(connector):
    device = Authenticator(credential=b"x" * 1024)
    assert judged_new(connector, device) == Refused(Reason.WRONG)
    assert isinstance(judged_new(connector, Authenticator(credential=b"x" * 1023)), NewPasskey)
