# SPDX-License-Identifier: Apache-2.0
"""Who comes by card: one person, one account, whoever vouches for them, however many at once."""

import threading
from dataclasses import replace

import pytest
from sqlalchemy import text

from connectors.base import Attempt, Evidence, Level
from connectors.cps_card.statement import read_statement
from idp.accounts import national_ids
from idp.accounts import service as accounts
from idp.accounts.service import Duplicate, NotCreated
from idp.accounts.values import Account
from idp.credentials import cards as held
from idp.credentials.cards import Card, Kind
from idp.db import Tx, part
from tests import cast
from tests.cards import (
    APPLICATIONS,
    Desk,
    log_in_by_card,
    new_presence_key,
    said_on,
    send,
    show_card_page,
    sign,
    statement_on,
    why,
)
from tests.cast import application
from tests.security.test_cr_passwords import together
from tests.world import Browser, World

NEW = "899900000011"


LAX = application("lax", policy={"means": ["cps"], "level": 3, "card_revocation": "accept"})


@pytest.fixture
def desk(world: World, monkeypatch: pytest.MonkeyPatch) -> Desk:
    for key, document in {**APPLICATIONS, "lax": LAX}.items():
        monkeypatch.setitem(cast.APPLICATIONS, key, document)
    with world.core.database.write() as tx:
        world.core.applications.register(tx, LAX)
        world.core.applications.set_secret(tx, "lax", cast.SECRET)
    return Desk.at(world)


def arrive(desk: Desk, key: str = "card", address: str = "192.0.2.10") -> Browser:
    browser = desk.world.browser(address)
    desk.world.client(key).ask(browser)
    return browser


def conflicts(desk: Desk) -> list[str]:
    return [one.account for one in desk.world.events("arrival.conflict")]


def is_in(desk: Desk) -> bool:
    return bool(desk.world.events("login.proved"))


def bind(desk: Desk, serial: str, who: str) -> None:
    account = desk.world.cast[who].id
    until = desk.world.clock.now() + 86_400
    with desk.world.core.database.write() as tx:
        assert desk.world.core.cards.add(tx, Card(serial, account, Kind.CPS, until))


def account_with(desk: Desk, national_id: str) -> Account | None:
    with desk.world.core.database.read() as tx:
        found = accounts.by_national_id(tx, national_id)
        return accounts.load(tx, found) if found else None


def test_xc_010_one_number_under_two_families_is_refused_and_told(desk: Desk):
    desk.other_family("foreign")
    log_in_by_card(arrive(desk), desk.card())
    before = len(desk.world.events("login.proved"))
    browser = arrive(desk)
    log_in_by_card(browser, desk.card(family="foreign"))
    assert why(desk.world) == "conflict"
    assert said_on(browser)
    assert conflicts(desk) == [desk.world.cast["medecin"].id]
    assert len(desk.world.events("login.proved")) == before
    with desk.world.core.database.read() as tx:
        found = held.of_account(tx, desk.world.cast["medecin"].id)
    assert [one.family for one in found] == ["cps"]


def test_xc_010_a_card_of_somebody_elses_account_is_refused_and_told(desk: Desk):
    """Two accounts match: one by the number of the person, one by that of the card."""
    bind(desk, "2600301753", "infirmiere")
    log_in_by_card(arrive(desk), desk.card())
    assert why(desk.world) == "conflict"
    assert sorted(conflicts(desk)) == sorted(
        desk.world.cast[one].id for one in ("medecin", "infirmiere")
    )
    assert not is_in(desk)


def test_xc_010_a_card_bound_to_somebody_with_another_number_is_refused(desk: Desk):
    bind(desk, "2600301753", "infirmiere")
    log_in_by_card(arrive(desk, "newcomers"), desk.card(national_id=NEW))
    assert why(desk.world) == "conflict"
    assert account_with(desk, NEW) is None


def test_a_card_that_an_administrator_bound_gives_its_owner_their_number(desk: Desk):
    bind(desk, "2600301753", "administrateur")
    log_in_by_card(arrive(desk), desk.card(national_id=NEW))
    assert is_in(desk)
    assert account_with(desk, NEW).id == desk.world.cast["administrateur"].id


def test_xc_010_a_number_of_before_makes_no_second_account(desk: Desk):
    core, claire = desk.world.core, desk.world.cast["medecin"]
    with core.database.write() as tx:
        assert core.accounts.renumber(tx, claire.id, NEW) is None
    log_in_by_card(arrive(desk, "newcomers"), desk.card())
    assert [one.account for one in desk.world.events("login.proved")] == [claire.id]
    with core.database.write() as tx:
        # Nothing is written where it answers so.
        assert isinstance(core.accounts.create(tx, cast.PEOPLE["medecin"]), NotCreated)
    with core.database.write() as tx:
        other = desk.world.cast["infirmiere"].id
        for taken in (NEW, claire.person.national_id):
            assert core.accounts.renumber(tx, other, taken) is not None
        # Back to the old one, which is nobody else's.
        assert core.accounts.renumber(tx, claire.id, claire.person.national_id) is None


def test_xc_010_of_many_first_logins_one_makes_the_account(desk: Desk):
    """The same person in eight browsers at the same moment, with two cards."""
    issued = [desk.card(national_id=NEW), desk.card(national_id=NEW)]
    ready = []
    for number in range(8):
        browser, card = arrive(desk, "newcomers", f"198.{18 + number}.0.7"), issued[number % 2]
        show_card_page(browser)
        statement = statement_on(browser)
        url, fields = browser.form("/cps")
        fields.pop("account")
        form = fields | {"statement": statement, "answer": sign(card, statement)}
        ready.append((browser, url, form))
    done = together([lambda one=one: one[0].request("POST", one[1], data=one[2]) for one in ready])
    assert [one.status_code for one in done] == [303] * 8
    assert all("code=" in one.headers["Location"] for one in done)
    with desk.world.core.database.read() as tx:
        rows = tx.execute(text("SELECT id FROM accounts WHERE national_id = :n"), {"n": NEW}).all()
        assert len(rows) == 1
        assert len(held.of_account(tx, rows[0].id)) == 2
    assert len(desk.world.events("account.created")) == len(cast.PEOPLE) + 1
    assert len(desk.world.events("login.proved")) == 8
    assert len(desk.world.events("card.added")) == 2


def test_xc_010_a_login_that_ends_while_another_looks_is_no_conflict(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
):
    """Its account is not there yet at the look for the number, and is at that for the card."""
    card, really = desk.card(national_id=NEW), national_ids.holders
    log_in_by_card(arrive(desk, "newcomers"), card)
    before: list[frozenset[str]] = [frozenset()]

    def look(tx: Tx, number: str) -> frozenset[str]:
        return before.pop() if before else really(tx, number)

    monkeypatch.setattr(national_ids, "holders", look)
    log_in_by_card(arrive(desk, "newcomers"), card)
    assert before == []
    assert conflicts(desk) == []
    assert len(desk.world.events("login.proved")) == 2


def test_xc_010_namesakes_who_arrive_together_get_a_name_each(desk: Desk):
    ready = []
    for number, national_id in enumerate((NEW, "899900000029", "899900000037", "899900000045")):
        card = desk.card(national_id=national_id, last_name="PETITJEAN", first_name="PAUL")
        browser = arrive(desk, "newcomers", f"198.{18 + number}.0.7")
        show_card_page(browser)
        statement = statement_on(browser)
        url, fields = browser.form("/cps")
        fields.pop("account")
        ready.append(
            (browser, url, fields | {"statement": statement, "answer": sign(card, statement)})
        )
    together([lambda one=one: one[0].request("POST", one[1], data=one[2]) for one in ready])
    with desk.world.core.database.read() as tx:
        found = tx.execute(
            text("SELECT identifier FROM accounts WHERE last_name = 'Petitjean'")
        ).all()
    names = sorted(one.identifier for one in found)
    assert names == ["ppetitjean", "ppetitjean2", "ppetitjean3", "ppetitjean4"]


def test_xc_010_a_number_let_go_of_is_taken_by_nobody(desk: Desk):
    """At no moment does the old number lead to nobody."""
    core, claire = desk.world.core, desk.world.cast["medecin"]
    other = replace(cast.PEOPLE["medecin"], identifier="other", email="")
    made: list[object] = []

    def come() -> None:
        with core.database.write() as tx, part(tx) as own:
            made.append(core.accounts.create(tx, other))
            if isinstance(made[0], NotCreated):
                own.give_up()

    late = threading.Thread(target=come)
    with core.database.write() as tx:
        assert core.accounts.renumber(tx, claire.id, NEW) is None
        late.start()
        # On SQLite it waits for its turn to write; on PostgreSQL it is refused at once.
    late.join()
    assert made == [NotCreated(Duplicate.NATIONAL_ID)]
    assert account_with(desk, claire.person.national_id).id == claire.id


def test_xc_010_an_account_that_changes_its_number_while_one_is_made(desk: Desk):
    """Whoever is first: the number of before never leads to two people."""
    core, claire = desk.world.core, desk.world.cast["medecin"]

    def renumber() -> object:
        with core.database.write() as tx:
            return core.accounts.renumber(tx, claire.id, NEW)

    def come() -> object:
        return log_in_by_card(arrive(desk, "newcomers"), desk.card())

    together([renumber, come, come])
    with core.database.read() as tx:
        assert accounts.by_national_id(tx, claire.person.national_id) == claire.id
        assert accounts.by_national_id(tx, NEW) == claire.id
        assert tx.execute(text("SELECT count(*) FROM accounts")).scalar() == len(cast.PEOPLE)


def test_ag_007_a_key_of_another_login_makes_no_account(desk: Desk):
    key = new_presence_key()
    for where, card in (("card", desk.card()), ("newcomers", desk.card(national_id=NEW))):
        browser = arrive(desk, where)
        show_card_page(browser)
        statement = statement_on(browser)
        send(browser, statement=statement, answer=sign(card, statement, presence_key=key))
    assert why(desk.world) == "presence_key_again"
    assert account_with(desk, NEW) is None


def test_xc_025_another_card_in_a_session_ends_it_for_the_first(desk: Desk):
    browser = arrive(desk)
    log_in_by_card(browser, desk.card())
    first = browser.cookie("session")
    desk.world.client("card").ask(browser, prompt="login")
    log_in_by_card(browser, desk.card("infirmiere"))
    with desk.world.core.database.read() as tx:
        assert desk.world.core.sessions.find(tx, first) is None
        there = desk.world.core.sessions.find(tx, browser.cookie("session"))
    assert there.account == desk.world.cast["infirmiere"].id
    assert there.level is Level.CARD


def test_xc_025_a_sensitive_page_asks_for_the_card_again(desk: Desk):
    browser = arrive(desk)
    log_in_by_card(browser, desk.card())
    browser.get("/account/identity")
    assert browser.last.request.path == "/account/identity"
    desk.world.clock.pass_by(301)
    browser.get("/account/identity")
    assert browser.page.find("form", attrs={"data-card": True})


def test_xc_015_a_card_nobody_can_vouch_for_is_let_in_loudly_alone(desk: Desk):
    desk.say_nothing()
    log_in_by_card(arrive(desk, "lax"), desk.card())
    assert is_in(desk)
    [event] = desk.world.events("arrival.uncertain")
    assert event.account == desk.world.cast["medecin"].id


def test_xc_015_what_one_application_lets_pass_opens_no_stricter_one(desk: Desk):
    """Sure again, the card opens it; and what a sure card has opened stays open."""
    lax, strict = desk.world.client("lax"), desk.world.client("card")
    browser, card = arrive(desk, "lax"), desk.card()
    desk.say_nothing()
    lax.answered(log_in_by_card(browser, card))
    assert lax.answered(lax.ask(browser))["code"]
    # By its own policy or the server's, it looks at the card itself.
    assert strict.ask(browser).status_code == 200
    assert "Asks for one more proof" in tile(browser, "CARD")
    assert "Asks for one more proof" not in tile(browser, "LAX")
    strict.ask(browser)
    log_in_by_card(browser, card)
    assert why(desk.world) == "revocation-unknown"
    desk.tell()
    strict.ask(browser)
    tokens = strict.redeem(strict.answered(log_in_by_card(browser, card))["code"]).json
    assert "Asks for one more proof" not in tile(browser, "CARD")
    desk.say_nothing()
    lax.ask(browser, prompt="login")
    lax.answered(log_in_by_card(browser, card))
    assert strict.ask(browser).status_code == 200
    assert strict.refresh(tokens["refresh_token"]).status == 200


def test_xc_015_it_changes_nothing_sensitive(desk: Desk):
    browser = arrive(desk, "lax")
    desk.say_nothing()
    log_in_by_card(browser, desk.card())
    browser.get("/account/identity")
    assert browser.page.find("form", attrs={"data-card": True})


def tile(browser: Browser, name: str) -> str:
    browser.request("GET", "/", headers={"Accept-Language": "en"})
    [found] = [one for one in browser.page.find_all("li") if name in one.get_text().split()]
    return str(found.get_text(" ", strip=True))


def test_xc_027_nothing_of_the_certificate_is_in_logs_or_addresses(
    desk: Desk, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
):
    browser, card = arrive(desk), desk.card()
    response = log_in_by_card(browser, card)
    log_in_by_card(arrive(desk), desk.card(national_id=NEW))
    desk.other_family("foreign")
    log_in_by_card(arrive(desk), desk.card(family="foreign"))
    said = caplog.text + "".join(capfd.readouterr())
    said += "".join(str(tuple(one)) for one in desk.world.events())
    said += response.headers["Location"] + browser.last.request.url
    number = cast.PEOPLE["medecin"].national_id
    for secret in (number, NEW, number[1:], "DURAND", f"{card.certificate.serial_number:x}"):
        assert secret not in said


def test_xc_027_nothing_of_it_is_in_a_repr(desk: Desk):
    connector = desk.world.provider.services.connectors["cps"]
    browser, card = arrive(desk), desk.card()
    show_card_page(browser)
    statement = statement_on(browser)
    journey = read_statement(statement).journey
    evidence = Evidence(form={"statement": statement, "answer": sign(card, statement)})
    answer = connector.resume(Attempt(journey, None, ""), evidence)
    shown = repr(answer.identity.claims) and repr(connector.introduce(answer.identity))
    for secret in (cast.PEOPLE["medecin"].national_id, "DURAND", "CLAIRE"):
        assert secret not in shown
        assert secret not in repr(evidence)
        assert secret not in repr(answer.identity).replace(answer.identity.subject, "")
