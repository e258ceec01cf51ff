# SPDX-License-Identifier: Apache-2.0
"""What an establishment's administrators may not do to get in somewhere (WB-015, WB-016)."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from idp.accounts import particulars
from idp.accounts import service as accounts
from idp.accounts.service import NotCreated
from idp.accounts.values import Account, Person, Population
from idp.administration.authority import Denied, Held
from idp.administration.outcomes import Sent, Unfit, Unreachable
from idp.administration.people.desk import People
from idp.administration.people.edit import New
from idp.administration.requests.outcomes import Approval
from idp.administration.requests.outcomes import Unfit as NotGranted
from idp.administration.rights import Role
from tests.administration.console_kit import send
from tests.administration.kit import CHU, DESK, Opened
from tests.administration.requests_kit import ask
from tests.administration.test_api_scim import PERSON, change, client, somebody
from tests.administration.test_imports import brought, lines, tried
from tests.outbox import waiting

ACCOUNTS = "/admin/accounts"
NUMBER = "810003456784"
VERA = Person(
    Population.PROFESSIONAL, "", "Vera", "Ité", email="vera@real.example", national_id=NUMBER
)
BARE = replace(VERA, national_id=None)


def act(office: Opened, who: str, do: Callable[..., Any], *given: Any) -> Any:
    desk = office.world.provider.services.office
    root = desk.authorities.of_command(DESK)
    with office.world.core.database.write() as tx:
        return do(desk.people, tx, office.authority(who) if who else root, *given)


def made(office: Opened, who: str, person: Person) -> Account:
    done = act(office, who, People.create, New(person, establishments=(CHU,)))
    assert isinstance(done, Account), done
    return done


def edited(office: Opened, who: str, account: Account, **changes: Any) -> Account:
    with office.world.core.database.read() as tx:
        now, more = accounts.load(tx, account.id), particulars.load(tx, account.id)
    assert now is not None
    person = replace(now.person, **changes)
    done = act(office, who, People.edit, account.id, now.updated_at, person, more)
    assert isinstance(done, Account), done
    return done


def test_wb_016_a_house_gives_no_number_to_whom_it_makes(office: Opened) -> None:
    """The account of that number would be theirs, and open to the number's card later."""
    new = New(replace(VERA, email="attacker@chu.example"), establishments=(CHU,))
    assert act(office, "chu", People.create, new) == Unfit("number", ("national_id",))
    with office.world.core.database.read() as tx:
        assert accounts.find(tx, "attacker@chu.example") is None
        assert accounts.by_national_id(tx, NUMBER) is None
    assert made(office, "regionale", VERA).person.national_id == NUMBER


def test_wb_016_nor_by_scim(sqlite_office: Opened) -> None:
    caller = client(sqlite_office, Held(Role.ESTABLISHMENT, CHU))
    numbered = somebody(**{PERSON: {"establishments": [CHU], "nationalId": NUMBER}})
    answer = caller.call("POST", "/Users", numbered)
    assert answer.status_code == 400
    assert "nationalId" in answer.text
    assert caller.call("POST", "/Users", somebody()).status_code == 201


WHY = "Seul un administrateur régional donne un identifiant national."


def test_wb_016_nor_at_the_console_where_the_field_says_why(sqlite_office: Opened) -> None:
    browser = sqlite_office.enter("chu")
    browser.get(f"{ACCOUNTS}/new")
    typed = {"last_name": "Ité", "first_name": "Vera", "email": "vera@chu.example"}
    more = {"national_id": NUMBER, "establishments": CHU, "population": "professional"}
    assert send(browser, "/new", **typed, **more) == 422
    assert WHY in browser.page.main.text
    browser.get(f"{ACCOUNTS}/{sqlite_office['medecin'].id}/edit")
    assert send(browser, "/edit", national_id=NUMBER) == 422
    assert WHY in browser.page.main.text


def test_wb_016_a_first_way_in_is_not_led_elsewhere(office: Opened) -> None:
    account = made(office, "regionale", VERA)
    assert isinstance(act(office, "chu", People.reset, account.id, "link"), Sent)
    edited(office, "chu", account, email="mallory@chu.example", phone="+33639981234")
    for who in ("chu", "assistance"):
        for way in ("link", "sms"):
            done = act(office, who, People.reset, account.id, way)
            assert done == Unreachable("edited"), (who, way)
    # The letter of before is all that ever left, and its link is void.
    [letter] = waiting(office.world, "reset-link")
    assert letter.recipient == "vera@real.example"
    secret = str(letter.values["link"]).rpartition("/")[2]
    with office.world.core.database.read() as tx:
        assert office.world.core.reset_links.find(tx, secret) is None
    # Written back, it is still for the region to look at.
    edited(office, "chu", account, email="vera@real.example")
    assert act(office, "chu", People.reset, account.id, "link") == Unreachable("edited")
    assert isinstance(act(office, "regionale", People.reset, account.id, "link"), Sent)


def test_whoever_made_an_account_mends_its_address(sqlite_office: Opened) -> None:
    account = made(sqlite_office, "chu", BARE)
    edited(sqlite_office, "chu", account, email="vera.ite@real.example")
    assert isinstance(act(sqlite_office, "chu", People.reset, account.id, "link"), Sent)
    # Not once the region has given it a number.
    edited(sqlite_office, "regionale", account, national_id=NUMBER)
    assert act(sqlite_office, "chu", People.reset, account.id, "link") == Unreachable("edited")


def test_wb_016_nobody_makes_themselves_a_second_administrator(sqlite_office: Opened) -> None:
    account = made(sqlite_office, "", BARE)
    office = sqlite_office.world.provider.services.office
    root = office.authorities.of_command(DESK)
    with sqlite_office.world.core.database.write() as tx:
        assert office.roles.give(tx, root, account.id, Held(Role.SUPER)) is True
    edited(sqlite_office, "administrateur", account, email="mallory@region.example")
    done = act(sqlite_office, "administrateur", People.reset, account.id, "link")
    assert done == Unreachable("edited")


def closed(office: Opened, key: str) -> None:
    """This community is the region's to give."""
    desk = office.world.provider.services.office
    with office.world.core.database.write() as tx:
        authority = office.authority("regionale")
        assert desk.networks.open_to_houses(tx, authority, key, opened=False) is True
        assert desk.networks.open_to_houses(tx, authority, key, opened=False) is False


def test_wb_016_a_house_puts_nobody_into_a_community_of_the_region(office: Opened) -> None:
    doctor, key = office["medecin"].id, "perinat-centre"
    closed(office, key)
    assert act(office, "chu", People.join, doctor, key) is Denied.NOT_ALLOWED
    new = New(BARE, establishments=(CHU,), communities=(key,))
    assert act(office, "chu", People.create, new) == NotCreated(None, ("communities",))
    assert act(office, "regionale", People.join, doctor, key) is True
    assert act(office, "chu", People.leave, doctor, key) is True
    # Nor by taking back what they did.
    [left, *_] = act(office, "chu", People.history, doctor)
    assert act(office, "chu", People.undo, left.id) is Denied.NOT_ALLOWED
    with office.world.core.database.read() as tx:
        assert key not in accounts.communities_of(tx, doctor)
    # One that the region has opened is the house's to give.
    desk = office.world.provider.services.office
    with office.world.core.database.write() as tx:
        authority = office.authority("regionale")
        assert desk.networks.open_to_houses(tx, authority, key, opened=True) is True
    assert act(office, "chu", People.join, doctor, key) is True
    [shut, opened] = office.world.events("community.opened")
    assert json.loads(shut.detail)["to"] == "region"
    assert json.loads(opened.detail)["to"] == "houses"


def test_wb_016_nor_by_a_request_a_file_or_scim(sqlite_office: Opened) -> None:
    closed(sqlite_office, "perinat-centre")
    asked = ask(sqlite_office.world.core, communities=("perinat-centre",))
    queue = sqlite_office.world.provider.services.office.queue
    with sqlite_office.world.core.database.write() as tx:
        authority = sqlite_office.authority("chu")
        opened = queue.open(tx, authority, asked.id)
        assert list(opened.communities) == ["perinat-centre"]
        assert not opened.grantable
        approval = Approval(("perinat-centre",))
        done = queue.approve(tx, authority, asked.id, asked.version, approval)
        assert done == NotGranted("communities")
    text = "Nom;Prénom;Adresse e-mail;Communautés\nRoy;Ana;ana@chu.example;perinat-centre\n"
    mapping = {"last_name": 0, "first_name": 1, "email": 2, "communities": 3}
    run = tried(sqlite_office, brought(sqlite_office, text), mapping=mapping)
    assert [one.why for one in lines(sqlite_office, run.id)] == ["communities:region"]
    caller = client(sqlite_office, Held(Role.ESTABLISHMENT, CHU))
    named = {"op": "add", "path": "members", "value": [{"value": sqlite_office["medecin"].id}]}
    assert change(caller, "/Groups/perinat-centre", named).status_code == 403


def test_the_region_opens_a_community_on_its_page(sqlite_office: Opened) -> None:
    closed(sqlite_office, "perinat-centre")
    browser = sqlite_office.enter("regionale")
    browser.get("/admin/communities/perinat-centre")
    assert send(browser, "/perinat-centre", to_houses="yes") == 200
    with sqlite_office.world.core.database.read() as tx:
        assert "perinat-centre" in accounts.open_communities(tx)
    browser.get("/admin/communities/perinat-centre")
    assert browser.page.select_one("#to_houses[checked]")
    # As it is, it stays.
    assert send(browser, "/perinat-centre") == 200
    with sqlite_office.world.core.database.read() as tx:
        assert "perinat-centre" in accounts.open_communities(tx)
