# SPDX-License-Identifier: Apache-2.0
"""Two accounts of one person become one."""

from dataclasses import replace

import pytest

from connectors.base import Level
from idp.accounts import national_ids, particulars
from idp.accounts import service as accounts
from idp.accounts.particulars import Particulars
from idp.accounts.service import NotCreated
from idp.accounts.values import Account, Person, Population, State
from idp.administration.authority import Denied
from idp.administration.outcomes import Unfit
from idp.administration.people import merging_moves
from idp.administration.people.search import Query, Results
from idp.credentials import cards
from idp.credentials.cards import Card, Kind
from idp.db import Base
from idp.sessions.values import Proof
from tests.administration.kit import CHU, CLINIC, DESK, Opened
from tests.cast import PASSWORD
from tests.functional.passkeys import arrive, bring_keys, log_in_with, owner
from tests.races import at_once
from tests.world import START

AGAIN = Person(
    Population.PROFESSIONAL,
    "cmartin",
    "Claire",
    "Martin",
    birth_name="Durand",
    birth_date="1975-04-12",
    email="claire@cabinet.example",
    email_verified=True,
    phone="+33611111111",
    phone_verified=True,
    national_id="010012345",
    town="Vendôme",
)


def make_again(office: Opened, **changes: object) -> Account:
    """Claire once more, under another name."""
    core = office.world.core
    with core.database.write() as tx:
        made = core.accounts.create(tx, replace(AGAIN, **changes))
        assert isinstance(made, Account)
        core.establishments.join(tx, made.id, CLINIC, DESK)
        core.accounts.join(tx, made.id, "perinat-centre")
        card = Card("2900000001", made.id, Kind.CPS, START + 1000, family="igc")
        core.cards.add(tx, card)
        particulars.put(tx, made.id, Particulars(street="1, rue Neuve"))
    return made


def merge(office: Opened, keep: str, give_up: str, fields: tuple[str, ...] = (), who: str = ""):
    desk = office.world.provider.services.office
    with office.world.core.database.write() as tx:
        authority = office.authority(who or "regionale")
        return desk.merging.merge(tx, authority, keep, give_up, fields)


def test_everything_leads_to_the_account_that_is_kept(office: Opened) -> None:
    core, kept = office.world.core, office["medecin"]
    again = make_again(office)
    with core.database.write() as tx:
        proof = Proof("password", Level.PASSWORD, ("pwd",), START, "journey")
        _session, secret = core.sessions.open(tx, again.id, proof, DESK)
    done = merge(office, kept.id, again.id, ("town", "street", "email"))
    assert isinstance(done, Account), done
    assert (done.person.town, done.person.email) == ("Vendôme", "claire@cabinet.example")
    # Whose the address is was proved there; the telephone is her own still.
    assert done.person.email_verified
    assert done.person.phone == "+33612345678"
    assert done.person.last_name == "Durand"
    with core.database.read() as tx:
        for name in ("cdurand", "cmartin", "claire@cabinet.example", "claire.durand@chu.example"):
            assert accounts.find(tx, name) == kept.id
        for number in ("810101234567", "010012345"):
            assert accounts.by_national_id(tx, number) == kept.id
        assert national_ids.former_of(tx, kept.id) == [("010012345", START)]
        assert [one.serial for one in cards.of_account(tx, kept.id)] == ["2900000001"]
        assert particulars.load(tx, kept.id).street == "1, rue Neuve"
        assert done.communities == {"onco-centre", "perinat-centre"}
        gone = accounts.load(tx, again.id)
        assert gone is not None
        assert (gone.state, gone.person.national_id) == (State.CLOSED, None)
        assert core.sessions.find(tx, secret) is None
        desk = office.world.provider.services.office
        root = office.authority("regionale")
        sheet = desk.people.sheet(tx, root, again.id)
        assert not isinstance(sheet, Denied)
        assert sheet.merged_into == kept.id
        for text in ("cmartin", "010012345", "10012345", "vend"):
            found = desk.people.search(tx, root, Query(text, state="active"))
            assert isinstance(found, Results)
            assert [one.id for one in found.lines] == [kept.id], text
        houses = desk.people.sheet(tx, root, kept.id)
        assert not isinstance(houses, Denied)
        assert [one.key for one in houses.establishments] == [CLINIC, CHU]
    kinds = {one.kind for one in office.world.events()}
    assert {"account.merged", "account.absorbed", "session.ended"} <= kinds


def test_the_number_given_up_may_become_the_one_in_use(office: Opened) -> None:
    kept, again = office["medecin"], make_again(office)
    done = merge(office, kept.id, again.id, ("national_id",))
    assert isinstance(done, Account)
    assert done.person.national_id == "010012345"
    with office.world.core.database.read() as tx:
        assert accounts.by_national_id(tx, "810101234567") == kept.id
        assert accounts.by_national_id(tx, "010012345") == kept.id


def test_wb_017_what_was_merged_is_never_anybody_elses(office: Opened) -> None:
    kept, again = office["medecin"], make_again(office)
    merge(office, kept.id, again.id)
    core = office.world.core
    for changes in (
        {"identifier": "CMARTIN"},
        {"email": "claire@cabinet.example"},
        {"national_id": "010012345"},
    ):
        other = replace(AGAIN, identifier="other", email="", national_id=None)
        with core.database.write() as tx:
            made = core.accounts.create(tx, replace(other, **changes))
        assert isinstance(made, NotCreated), changes


@pytest.mark.parametrize(
    ("keep", "give_up", "why"),
    [
        ("medecin", "medecin", "same"),
        ("medecin", "patient", "population"),
        ("patient", "medecin", "population"),
    ],
)
def test_who_is_never_one(sqlite_office: Opened, keep: str, give_up: str, why: str) -> None:
    done = merge(sqlite_office, sqlite_office[keep].id, sqlite_office[give_up].id)
    assert done == Unfit(why)


def test_wb_016_nobody_in_a_role_is_merged(sqlite_office: Opened) -> None:
    chu, clinique = sqlite_office["chu"].id, sqlite_office["clinique"].id
    assert merge(sqlite_office, chu, clinique) == Unfit("role")
    root = sqlite_office["administrateur"].id
    assert merge(sqlite_office, root, chu) is Denied.NOT_ALLOWED


@pytest.mark.parametrize("who", ["chu", "clinique", "assistance", "auditrice"])
def test_wb_014_a_merge_has_no_perimeter(sqlite_office: Opened, who: str) -> None:
    again = make_again(sqlite_office)
    done = merge(sqlite_office, sqlite_office["medecin"].id, again.id, who=who)
    assert done in {Denied.NOT_ALLOWED, Denied.NOT_FOUND}
    with sqlite_office.world.core.database.read() as tx:
        assert accounts.find(tx, "cmartin") == again.id


def test_xc_010_cards_of_two_families_are_two_people(sqlite_office: Opened) -> None:
    kept, again = sqlite_office["medecin"], make_again(sqlite_office)
    with sqlite_office.world.core.database.write() as tx:
        other = Card("2900000002", kept.id, Kind.CPS, START + 1000, family="test")
        sqlite_office.world.core.cards.add(tx, other)
    assert merge(sqlite_office, kept.id, again.id) == Unfit("other-family")


def test_nothing_is_taken_that_is_no_field(sqlite_office: Opened) -> None:
    kept, again = sqlite_office["medecin"], make_again(sqlite_office)
    for name in ("population", "identifier", "email_verified", "id", "state"):
        done = merge(sqlite_office, kept.id, again.id, ("town", name))
        assert done == Unfit("unfit", (name,))


def test_rl_005_of_two_merges_at_once_one_is_made(office: Opened) -> None:
    kept, again = office["medecin"], make_again(office)
    pairs = [(kept.id, again.id), (again.id, kept.id)]
    done = at_once(lambda pair: merge(office, *pair), pairs)
    assert sorted(type(one).__name__ for one in done) == ["Account", "Unfit"]
    [survivor] = [one for one in done if isinstance(one, Account)]
    with office.world.core.database.read() as tx:
        assert accounts.find(tx, "cmartin") == accounts.find(tx, "cdurand") == survivor.id
        assert accounts.load(tx, survivor.id).state is State.ACTIVE


def test_the_names_given_up_log_in(sqlite_office: Opened) -> None:
    again = make_again(sqlite_office)
    merge(sqlite_office, sqlite_office["medecin"].id, again.id)
    browser = sqlite_office.world.browser()
    browser.get("/login")
    browser.submit("/password", identifier="cmartin", password=PASSWORD)
    [proved] = sqlite_office.world.events("login.proved")
    assert proved.account == sqlite_office["medecin"].id


def test_a_passkey_made_for_the_one_given_up_opens_the_one_kept(
    sqlite_office: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = bring_keys(sqlite_office.world, monkeypatch)
    device = owner(world)
    again = make_again(sqlite_office)
    merge(sqlite_office, again.id, sqlite_office["medecin"].id)
    log_in_with(arrive(world), device)
    used = [one for one in world.events("login.proved") if one.means == "passkey"]
    assert [one.account for one in used] == [again.id]


def test_candidates_are_told_with_what_speaks_for_them(office: Opened) -> None:
    again = make_again(office)
    namesake = make_again_namesake(office)
    desk = office.world.provider.services.office
    with office.world.core.database.read() as tx:
        root = office.authority("regionale")
        found = desk.merging.candidates(tx, root, again.id)
        assert not isinstance(found, Denied)
        assert [(one.line.id, one.reasons) for one in found] == [
            (office["medecin"].id, ("birth-date",)),
            (namesake.id, ("name",)),
        ]
        assert desk.merging.candidates(tx, office.authority("chu"), again.id) in set(Denied)
        compared = desk.merging.compare(tx, root, office["medecin"].id, again.id)
    assert not isinstance(compared, Denied)
    towns = [(one.left, one.right) for one in compared.pairs if one.name == "town"]
    assert (towns, compared.obstacle) == ([("Tours", "Vendôme")], "")


def make_again_namesake(office: Opened) -> Account:
    """Somebody of the same name whose birth date nobody knows."""
    core = office.world.core
    with core.database.write() as tx:
        person = Person(Population.PROFESSIONAL, "cdurand2", "CLAIRE", "Durând")
        made = core.accounts.create(tx, person)
    assert isinstance(made, Account)
    return made


def test_every_table_that_knows_accounts_is_thought_of() -> None:
    known = {
        table.name
        for table in Base.metadata.tables.values()
        for key in table.foreign_keys
        if key.column.table.name == "accounts"
    }
    moved = {one.table.name for one in merging_moves.MOVES}
    assert known == moved | merging_moves.ELSEWHERE | merging_moves.LEFT
