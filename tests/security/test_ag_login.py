# SPDX-License-Identifier: Apache-2.0
"""AG rows on the server: what a workstation signed is taken once, here, now, and for this."""

import base64
import json
from dataclasses import replace

import pytest
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.hashes import SHA1

from connectors.base import Attempt, Evidence, Reason, Refused, Verified
from connectors.cps_card.statement import LOGIN_TAG, Signed, read_statement, write_answer
from connectors.ports import Distrust, Trusted
from connectors.strict_json import canonical
from idp.credentials.card_desk import LIFE
from tests import cast
from tests.attack import enter
from tests.cards import APPLICATIONS, Desk, send, show_card_page, sign, statement_on, why
from tests.functional.conftest import make_quick, twin
from tests.security.test_cr_passwords import together
from tests.world import Browser, World


@pytest.fixture
def desk(world: World, monkeypatch: pytest.MonkeyPatch) -> Desk:
    for key, document in APPLICATIONS.items():
        monkeypatch.setitem(cast.APPLICATIONS, key, document)
    return Desk.at(world)


@pytest.fixture
def lone(sqlite_world: World, monkeypatch: pytest.MonkeyPatch) -> Desk:
    for key, document in APPLICATIONS.items():
        monkeypatch.setitem(cast.APPLICATIONS, key, document)
    return Desk.at(sqlite_world)


def arrive(desk: Desk, address: str = "192.0.2.10") -> Browser:
    browser = desk.world.browser(address)
    desk.world.client("card").ask(browser)
    show_card_page(browser)
    return browser


def is_in(desk: Desk) -> bool:
    return bool(desk.world.events("login.proved"))


@pytest.fixture
def judged(lone: Desk, monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """Every certificate that the trust store is asked about."""
    asked_about: list[bytes] = []
    trust = lone.world.core.trust
    really = trust.judge

    def note(certificate: bytes, application: str | None) -> Trusted | Distrust:
        asked_about.append(certificate)
        return really(certificate, application)

    monkeypatch.setattr(trust, "judge", note)
    return asked_about


def judge(desk: Desk, journey: str, statement: str, answer: str):
    connector = desk.world.provider.services.connectors["cps"]
    evidence = Evidence(form={"statement": statement, "answer": answer})
    return connector.resume(Attempt(journey, None, "", application="card"), evidence)


def asked(desk: Desk, journey: str = "a-journey") -> str:
    connector = desk.world.provider.services.connectors["cps"]
    return str(connector.begin(Attempt(journey, None, "")).values["statement"])


def test_ag_001_a_challenge_cannot_be_foretold(lone: Desk):
    statements = [read_statement(asked(lone)) for _page in range(20)]
    nonces = {one.nonce for one in statements if one}
    assert len(nonces) == 20
    # 128 bits of the machine's own, before the moment and the seal.
    drawn = {base64.urlsafe_b64decode(one + "=" * (-len(one) % 4)).split(b".")[0] for one in nonces}
    assert len(drawn) == 20
    assert all(len(one) >= 22 for one in drawn)


def test_ag_001_an_answer_counts_once(desk: Desk):
    browser, card = arrive(desk), desk.card()
    statement = statement_on(browser)
    url, fields = browser.form("/cps")
    form = fields | {"statement": statement, "answer": sign(card, statement)}
    form.pop("account")
    assert browser.post(url, form).status_code == 303
    # In the same browser, before another journey's page: the old answer opens nothing.
    other = arrive(desk)
    send(other, statement=statement, answer=form["answer"])
    assert why(desk.world) == "expired"
    # In the very same journey, judged a second time.
    said = read_statement(statement)
    assert said is not None
    assert judge(desk, said.journey, statement, form["answer"]) == Refused(Reason.EXPIRED)
    assert len(desk.world.events("login.proved")) == 1


def test_ag_001_of_parallel_answers_one_wins(desk: Desk):
    browser, card = arrive(desk), desk.card()
    statement = statement_on(browser)
    url, fields = browser.form("/cps")
    fields.pop("account")
    form = fields | {"statement": statement, "answer": sign(card, statement)}
    tabs = [twin(browser, "browser") for _tab in range(8)]
    statuses = together([lambda tab=tab: tab.request("POST", url, data=form) for tab in tabs])
    assert [one.status_code for one in statuses].count(303) >= 1
    assert len(desk.world.events("login.proved")) == 1
    assert len(desk.world.events("card.added")) == 1


@pytest.mark.parametrize(("late", "taken"), [(LIFE, True), (LIFE + 1, False)])
def test_ag_001_an_old_challenge_is_over(lone: Desk, late: int, *, taken: bool):
    browser, card = arrive(lone), lone.card()
    statement = statement_on(browser)
    lone.world.clock.pass_by(late)
    send(browser, statement=statement, answer=sign(card, statement))
    assert is_in(lone) is taken


def test_ag_001_another_journeys_challenge_is_not_taken(lone: Desk):
    card, victim, thief = lone.card(), arrive(lone), arrive(lone, "198.51.100.9")
    statement = statement_on(victim)
    send(thief, statement=statement, answer=sign(card, statement))
    assert why(lone.world) == "expired"
    assert not is_in(lone)


def test_ag_001_nor_is_it_in_another_browser(lone: Desk):
    card, victim = lone.card(), arrive(lone)
    statement = statement_on(victim)
    url, fields = victim.form("/cps")
    thief = lone.world.browser("198.51.100.9")
    thief.get("/login")
    token = thief.form("/password")[1]["csrf"]
    form = fields | {"statement": statement, "answer": sign(card, statement), "csrf": token}
    thief.post(url, form)
    assert thief.problem == "journey-other-browser"
    assert not is_in(lone)


def test_ag_001_a_challenge_of_another_purpose_or_moment_is_not_ours(lone: Desk):
    card = lone.card()
    said = read_statement(asked(lone))
    assert said is not None
    text = asked(lone)
    for change in ({"at": said.at - 1}, {"at": said.at + 1}):
        forged = json.dumps(json.loads(text) | change)
        assert judge(lone, "a-journey", forged, sign(card, forged)) == Refused(Reason.EXPIRED)


@pytest.mark.parametrize(
    "change",
    [
        {"issuer": "https://other.example"},
        {"origin": "https://other.example"},
        {"site": "Another site"},
        {"purpose": "toolbox"},
        {"purpose": "registration"},
        {"journey": "another-journey"},
    ],
    ids=lambda change: "-".join(change.values()).replace("https://", "").replace(" ", "_"),
)
def test_ag_002_what_was_signed_for_elsewhere_is_worth_nothing(
    lone: Desk, judged: list[bytes], change: dict[str, str]
):
    """Whether the page says so or hides it."""
    card, text = lone.card(), asked(lone)
    forged = json.dumps(json.loads(text) | change)
    for shown in (text, forged):
        answer = judge(lone, "a-journey", shown, sign(card, text, **change))
        assert answer == Refused(Reason.WRONG)
    assert judged == []
    assert isinstance(judge(lone, "a-journey", text, sign(card, text)), Verified)
    assert judged == [card.der]


def test_ag_010_the_certificate_is_the_one_whose_key_signed(lone: Desk, judged: list[bytes]):
    mine, hers, text = lone.card(name="mine"), lone.card("infirmiere", name="hers"), asked(lone)
    answer = json.loads(sign(mine, text))
    forged = json.loads(sign(hers, text)) | {"signature": answer["signature"]}
    assert judge(lone, "a-journey", text, json.dumps(forged)) == Refused(Reason.WRONG)
    # A public certificate alone makes nobody ask elsewhere.
    assert judged == []


def test_ag_010_the_way_of_signing_cannot_be_lowered(lone: Desk):
    card, text = lone.card(), asked(lone)
    said = read_statement(text)
    assert said is not None
    for named in ("RS1", "SHA1", "none", "HS256", "RS512", "ps256", ""):
        answer = json.loads(sign(card, text)) | {"algorithm": named}
        assert judge(lone, "a-journey", text, json.dumps(answer)) == Refused(Reason.MALFORMED)
    # Said to be one, and made as another.
    for named in ("PS256", "RS256"):
        data = LOGIN_TAG + canonical({**said.members(), "algorithm": named, "presence_key": ""})
        weak = card.key.sign(data, padding.PKCS1v15(), SHA1())
        answer = write_answer(Signed(card.der, named, "", weak))
        assert judge(lone, "a-journey", text, answer) == Refused(Reason.WRONG)
    swapped = json.loads(sign(card, text, algorithm="RS256")) | {"algorithm": "PS256"}
    assert judge(lone, "a-journey", text, json.dumps(swapped)) == Refused(Reason.WRONG)


def test_ag_010_the_presence_key_is_part_of_what_was_signed(lone: Desk):
    card, text = lone.card(), asked(lone)
    key = base64.urlsafe_b64encode(bytes(range(32))).rstrip(b"=").decode()
    answer = json.loads(sign(card, text)) | {"presence_key": key}
    assert judge(lone, "a-journey", text, json.dumps(answer)) == Refused(Reason.WRONG)


@pytest.mark.parametrize("size", [64 * 1024 + 1, 10 * 1024 * 1024], ids=["64 kB", "10 MB"])
def test_ag_010_what_is_too_large_is_not_read(lone: Desk, size: int):
    text = asked(lone)
    for statement, answer in ((text, "x" * size), ("x" * size, "{}")):
        assert judge(lone, "a-journey", statement, answer) == Refused(Reason.MALFORMED)
    connector = lone.world.provider.services.connectors["cps"]
    evidence = Evidence(client_certificate="A" * size)
    assert connector.resume(Attempt("j", None, ""), evidence) == Refused(Reason.MALFORMED)


def test_ag_010_thrown_certificates_lock_nobody_out(lone: Desk):
    """Anybody may know a certificate: refused many times, its owner still logs in."""
    card = lone.card()
    for number in range(30):
        thief = arrive(lone, f"203.0.113.{number}")
        statement = statement_on(thief)
        forged = json.loads(sign(card, statement)) | {"signature": "AAAA"}
        send(thief, statement=statement, answer=json.dumps(forged))
    assert not is_in(lone)
    assert lone.world.events("means.disabled") == []
    owner = arrive(lone)
    statement = statement_on(owner)
    send(owner, statement=statement, answer=sign(card, statement))
    assert is_in(lone)


def test_ag_010_one_address_that_throws_many_has_to_wait(lone: Desk):
    thief, card = lone.world.browser("203.0.113.7"), lone.card()
    lone.world.client("card").ask(thief)
    show_card_page(thief)
    for _try in range(6):
        statement = statement_on(thief)
        forged = json.loads(sign(card, statement)) | {"signature": "AAAA"}
        send(thief, statement=statement, answer=json.dumps(forged))
    # In this journey a right one has to wait as well: it is told, and nobody else is.
    statement = statement_on(thief)
    send(thief, statement=statement, answer=sign(card, statement))
    assert thief.last.status_code == 429
    assert not is_in(lone)


HOSPITAL = "203.0.113.7"
FREE = 3


def few_free(desk: Desk, *where: str) -> World:
    """As if an address, or a network, had few tries free."""
    world = make_quick(desk.world)
    attempts = world.provider.services.attempts
    known = attempts._counters
    fewer = {name: replace(getattr(known, name), free_tries=FREE) for name in where}
    attempts._counters = replace(known, **fewer)
    return world


def throw(desk: Desk, address: str) -> Browser:
    """Somebody's certificate, without its key, in a journey of its own."""
    thief = arrive(desk, address)
    statement = statement_on(thief)
    forged = json.loads(sign(desk.card(), statement)) | {"signature": "AAAA"}
    send(thief, statement=statement, answer=json.dumps(forged))
    return thief


def come_by_card(desk: Desk, address: str) -> Browser:
    owner, card = arrive(desk, address), desk.card()
    statement = statement_on(owner)
    send(owner, statement=statement, answer=sign(card, statement))
    return owner


@pytest.mark.parametrize("counted", ["address", "network"])
def test_cr_012_guesses_at_passwords_leave_the_cards_of_an_address_alone(desk: Desk, counted: str):
    world = few_free(desk, counted)
    whys = [enter(world, f"nobody{number}", "wrong", HOSPITAL) for number in range(FREE + 1)]
    assert whys == ["refused"] * FREE + ["waits"]
    come_by_card(desk, HOSPITAL)
    assert is_in(desk)


@pytest.mark.parametrize("counted", ["address", "network"])
def test_ag_010_certificates_thrown_in_many_journeys_make_their_address_wait(
    desk: Desk, counted: str
):
    world = few_free(desk, counted)
    for _try in range(FREE):
        assert throw(desk, HOSPITAL).last.status_code != 429
    assert throw(desk, HOSPITAL).last.status_code == 429
    assert why(world) == "address_blocked"
    assert come_by_card(desk, HOSPITAL).last.status_code == 429
    assert not is_in(desk)
    # Nor do they cost those who come with passwords, nor another house, anything.
    assert enter(world, "nobody", "wrong", HOSPITAL) == "refused"
    come_by_card(desk, "198.51.100.7")
    assert is_in(desk)
