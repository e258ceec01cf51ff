# SPDX-License-Identifier: Apache-2.0
"""Policies, keys, messages and trust in the console: who may, what is told, what is refused."""

import json
from dataclasses import replace

import pytest

from idp.accounts.values import Population
from idp.administration.authority import Denied, Held
from idp.administration.outcomes import Unfit
from idp.administration.oversight.post_desk import Asked
from idp.administration.proposals import Carried
from idp.administration.rights import Role
from idp.administration.rules.trust_desk import Offered
from idp.demo.pki_authority import authority_name, pem, root
from idp.messages.outbox import Message
from tests.administration.application_kit import fields_of
from tests.administration.kit import DESK, Opened, open_office
from tests.pki import key
from tests.world import START, open_world

SEEING = ("/admin/policies", "/admin/keys", "/admin/messages", "/admin/trust")


@pytest.fixture(scope="module")
def authority() -> str:
    """The certificate of somebody's authority, as they publish it."""
    name = authority_name("Autorité d’essai", "Essais")
    period = (START - 86_400, START + 900 * 86_400)
    made = root("essai", name, period, "http://localhost:9", key("essai"))
    return pem(made.certificate).decode()


def write(office: Opened, text: str = "secret words") -> str:
    core = office.world.core
    with core.database.write() as tx:
        message = Message(
            "email",
            "login-code",
            "jean@chu.example",
            office["medecin"].id,
            "fr",
            600,
            {"code": text, "minutes": 5, "application": ""},
        )
        return core.outbox.put(tx, message)


@pytest.mark.parametrize("page", SEEING)
def test_wb_014_who_may_see_them(sqlite_office: Opened, page: str) -> None:
    helps = 200 if page == "/admin/messages" else 403
    for who, status in (("auditrice", 200), ("chu", 403), ("assistance", helps)):
        assert sqlite_office.enter(who).get(page).status_code == status, who


def test_wb_014_services_ask_for_the_right_themselves(sqlite_office: Opened) -> None:
    office = sqlite_office.world.provider.services.office
    for who in ("auditrice", "assistance", "chu", "regionale"):
        mine = sqlite_office.authority(who)
        with sqlite_office.world.core.database.write() as tx:
            assert office.keys.rotate(tx, mine, "ES256") is Denied.NOT_ALLOWED
            assert office.keys.revoke(tx, mine, "x") is Denied.NOT_ALLOWED
            assert office.trust.add(tx, mine, Offered("", "x")) is Denied.NOT_ALLOWED
            assert office.trust.remove(tx, mine, "x") is Denied.NOT_ALLOWED
            if who != "regionale":
                staff = Population.STAFF
                assert office.passwords.set(tx, mine, staff, {}) is Denied.NOT_ALLOWED
                assert office.passwords.reset(tx, mine, staff) is Denied.NOT_ALLOWED
        assert office.trust.refresh(mine) is Denied.NOT_ALLOWED
        assert office.trust.look(mine, Offered("", "x")) is Denied.NOT_ALLOWED
    with sqlite_office.world.core.database.write() as tx:
        for who in ("chu", "clinique"):
            mine = sqlite_office.authority(who)
            assert office.post.listed(tx, mine, Asked()) is Denied.NOT_ALLOWED
            assert office.post.traffic(tx, mine) is Denied.NOT_ALLOWED
            assert office.post.cancel(tx, mine, "x") is Denied.NOT_ALLOWED
        # Who reads the audit changes nothing.
        assert office.post.hasten(tx, sqlite_office.authority("auditrice"), "x") is (
            Denied.NOT_ALLOWED
        )


def test_rules_of_passwords_are_changed_and_put_back(office: Opened) -> None:
    browser = office.enter("regionale")
    browser.get("/admin/policies/staff")
    browser.post("/admin/policies/staff", fields_of(browser) | {"length": "20", "history": "5"})
    core = office.world.core
    with core.database.read() as tx:
        policy = core.policies.of(tx, Population.STAFF)
    assert (policy.length, policy.history) == (20, 5)
    [event] = office.world.events("policy.set")
    assert json.loads(event.detail)["by"] == office["regionale"].id
    browser.get("/admin/policies/staff/reset")
    browser.submit("/reset")
    with core.database.read() as tx:
        assert core.policies.stored(tx, Population.STAFF) is None


def test_rules_that_make_no_sense_are_told_field_by_field(sqlite_office: Opened) -> None:
    browser = sqlite_office.enter("regionale")
    browser.get("/admin/policies/patient")
    wrong = fields_of(browser) | {"length": "4", "history": "many", "strength": "9"}
    assert browser.post("/admin/policies/patient", wrong).status_code == 422
    assert {one["id"] for one in browser.page.select("[aria-invalid]")} == {"history"}
    wrong["history"] = "3"
    assert browser.post("/admin/policies/patient", wrong).status_code == 422
    assert {one["id"] for one in browser.page.select("[aria-invalid]")} == {"length", "strength"}
    assert browser.post("/admin/policies/patient", wrong | {"profile": "x"}).status_code == 400
    assert browser.get("/admin/policies/nobody").status_code == 404


def test_of_two_who_change_the_rules_the_second_is_told(sqlite_office: Opened) -> None:
    one, other = sqlite_office.enter("regionale"), sqlite_office.enter("administrateur")
    for browser in (one, other):
        browser.get("/admin/policies/staff")
    sqlite_office.world.clock.pass_by(1)
    one.post("/admin/policies/staff", fields_of(one) | {"length": "20"})
    late = other.post("/admin/policies/staff", fields_of(other) | {"length": "30"})
    assert late.status_code == 409
    assert fields_of(other)["length"] == ["30"]
    other.post("/admin/policies/staff", fields_of(other))
    with sqlite_office.world.core.database.read() as tx:
        assert sqlite_office.world.core.policies.of(tx, Population.STAFF).length == 30


def test_keys_are_replaced_by_who_has_just_proved_themselves(office: Opened) -> None:
    browser = office.enter("administrateur")
    browser.get("/admin/keys")
    before = len(browser.page.select("tbody tr"))
    browser.get("/admin/keys/rotate?algorithm=ES256")
    action, fields = browser.form("/rotate")
    browser.post(action, fields)
    assert len(browser.page.select("tbody tr")) == before + 1
    [event] = office.world.events("signing.rotated")
    assert json.loads(event.detail)["by"] == office["administrateur"].id
    # A replacement under way is left as it is.
    browser.post(action, fields)
    assert len(browser.page.select("tbody tr")) == before + 1
    assert browser.post(action, fields | {"algorithm": "none"}).status_code == 404
    office.world.clock.pass_by(600)
    assert browser.post(action, fields).request.path.startswith("/login/")


def test_a_key_that_leaked_is_revoked(sqlite_office: Opened) -> None:
    browser = sqlite_office.enter("administrateur")
    browser.get("/admin/keys")
    browser.get(browser.page.select_one("a[href*='/revoke?key=']")["href"])
    kid = browser.form("/revoke")[1]["key"]
    # Without the tick nothing happens.
    action, fields = browser.form("/revoke")
    fields.pop("sure", None)
    browser.post(action, fields)
    assert not sqlite_office.world.events("signing.revoked")
    browser.post(action, fields | {"sure": "yes"})
    [event] = sqlite_office.world.events("signing.revoked")
    assert json.loads(event.detail)["kid"] == kid
    assert browser.get("/admin/keys/revoke?key=unknown").status_code == 404
    browser = sqlite_office.enter("regionale")
    assert browser.get("/admin/keys/rotate?algorithm=ES256").status_code == 403


def test_cr_010_messages_are_seen_without_what_they_say(office: Opened) -> None:
    message = write(office)
    browser = office.enter("assistance")
    for page in ("/admin/messages", f"/admin/messages/{message}"):
        text = browser.get(page).get_data(as_text=True)
        assert "secret words" not in text
        assert "jean@chu.example" not in text
    assert browser.get("/admin/messages/unknown").status_code == 404


def test_a_message_that_waits_is_sent_at_once_or_never(office: Opened) -> None:
    one, other = write(office), write(office)
    browser = office.enter("assistance")
    browser.get(f"/admin/messages/{one}")
    browser.submit("/messages/", act="hasten")
    browser.get(f"/admin/messages/{other}")
    action, fields = browser.form("/messages/")
    browser.post(action, fields | {"act": "cancel"})
    kinds = [each.kind for each in office.world.events() if each.kind.startswith("message.")]
    assert kinds == ["message.hastened", "message.cancelled"]
    with office.world.core.database.read() as tx:
        row = tx.exec_driver_sql(
            f"SELECT state, recipient, content FROM messages WHERE id = '{other}'"
        ).one()
    # What is over keeps neither recipient nor content.
    assert tuple(row) == ("worthless", None, None)
    browser.post(action, fields | {"act": "cancel"})
    assert len(office.world.events("message.cancelled")) == 1


def test_messages_are_paged_without_gap(office: Opened, monkeypatch) -> None:
    monkeypatch.setattr("idp.administration.oversight.post_desk.SIZE", 2)
    written = {write(office) for _each in range(5)}
    desk, mine = office.world.provider.services.office.post, office.authority("assistance")
    seen, asked = [], Asked(account=office["medecin"].id, state="queued")
    for _page in range(4):
        with office.world.core.database.read() as tx:
            found = desk.listed(tx, mine, asked)
        seen += [one.id for one in found.messages]
        if found.next is None:
            break
        asked = replace(asked, before=found.next)
    assert len(seen) == 5
    assert set(seen) == written


def test_an_authority_is_compared_believed_and_given_up(office: Opened, authority: str) -> None:
    browser = office.enter("administrateur")
    browser.get("/admin/trust/add")
    typed = fields_of(browser) | {
        "pem": authority,
        "family": "essai",
        "lists": "http://lists.example/a.crl",
    }
    browser.post("/admin/trust/add", typed)
    # First it is shown, and nothing is believed yet.
    assert "Autorité d’essai" in browser.page.get_text()
    assert not office.world.events("trust.added")
    browser.post("/admin/trust/add", fields_of(browser))
    [event] = office.world.events("trust.added")
    assert json.loads(event.detail)["by"] == office["administrateur"].id
    assert "lists.example" in browser.page.get_text()
    browser.get(browser.page.select_one("a[href*='/remove?print=']")["href"])
    browser.submit("/remove")
    assert len(office.world.events("trust.removed")) == 1


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"pem": "-----BEGIN CERTIFICATE-----\nrubbish\n"}, "pem"),
        ({"pem": ""}, "pem"),
        ({"family": "Not A Name"}, "family"),
        ({"lists": "ftp://lists.example/"}, "lists"),
        ({"responder": "javascript:alert(1)"}, "responder"),
    ],
)
def test_what_is_no_authority_is_told_so(
    sqlite_office: Opened, authority: str, changes: dict[str, str], field: str
) -> None:
    browser = sqlite_office.enter("administrateur")
    browser.get("/admin/trust/add")
    typed = fields_of(browser) | {"pem": authority, "family": "essai"} | changes
    assert browser.post("/admin/trust/add", typed).status_code == 422
    assert [one["id"] for one in browser.page.select("[aria-invalid]")] == [field]


def test_the_same_authority_twice_is_refused(sqlite_office: Opened, authority: str) -> None:
    desk = sqlite_office.world.provider.services.office.trust
    mine, offered = sqlite_office.authority("administrateur"), Offered(authority, "essai")
    with sqlite_office.world.core.database.write() as tx:
        assert not isinstance(desk.add(tx, mine, offered), Denied | Unfit)
        assert desk.add(tx, mine, offered) == Unfit("there-already", ("pem",))
        assert desk.remove(tx, mine, "unknown") is Denied.NOT_FOUND


def test_grave_acts_wait_for_a_second_administrator(sqlite_url: str, authority: str) -> None:
    world = open_world(sqlite_url, ADMINISTRATION_FOUR_EYES="true")
    office = open_office(world)
    root = office.world.provider.services.office.authorities.of_command(DESK)
    desk, core = world.provider.services.office, world.core
    with core.database.write() as tx:
        assert desk.roles.give(tx, root, office["medecin"].id, Held(Role.SUPER)) is True
    one, other = office.authority("administrateur"), office.authority("medecin")
    with core.database.write() as tx:
        keys = len(core.signing.list(tx))
        assert desk.keys.rotate(tx, one, "ES256") is Denied.PROPOSED
        assert desk.trust.add(tx, one, Offered(authority, "essai")) is Denied.PROPOSED
        staff = Population.STAFF
        assert desk.passwords.set(tx, one, staff, {"length": 20}) is Denied.PROPOSED
        assert len(core.signing.list(tx)) == keys
        assert core.trust.authorities.all(tx) == []
        assert core.policies.stored(tx, staff) is None
        waiting = desk.proposals.listed(tx, one)
        assert not isinstance(waiting, Denied)
        for proposal in waiting:
            # Nobody agrees with themselves.
            assert not isinstance(desk.proposals.agree(tx, one, proposal.id), Carried)
            assert isinstance(desk.proposals.agree(tx, other, proposal.id), Carried)
        assert len(core.signing.list(tx)) == keys + 1
        assert [one.family for one in core.trust.authorities.all(tx)] == ["essai"]
        assert core.policies.of(tx, staff).length == 20
    world.provider.close()
