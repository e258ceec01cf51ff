# SPDX-License-Identifier: Apache-2.0
"""People under the hands of administrators: made, corrected, undone, opened and closed."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select

from connectors.base import Level
from connectors.ports import NewPasskey
from idp.accounts import service as accounts
from idp.accounts.particulars import Particulars, Visibility
from idp.accounts.service import NotCreated
from idp.accounts.values import Account, Person, Population, State
from idp.administration import documents
from idp.administration.authority import Denied
from idp.administration.changes import table as changes
from idp.administration.outcomes import Changed, Sent, Stale, Unfit, Unreachable
from idp.administration.people.desk import People
from idp.administration.people.edit import New
from idp.administration.people.view import Sheet
from idp.credentials import throttle
from idp.crypto import KeyRing
from idp.sessions.values import Proof
from tests.administration.kit import CHU, CLINIC, DESK, Opened
from tests.codes import give_addresses
from tests.outbox import waiting
from tests.races import at_once
from tests.world import START

NEW = Person(Population.PROFESSIONAL, "", "Nadège", "Lefort", email="nadege@chu.example")


def act(office: Opened, who: str, do: Callable[..., Any], *given: Any) -> Any:
    """A verb of people, by somebody, in a transaction of its own."""
    with office.world.core.database.write() as tx:
        people = office.world.provider.services.office.people
        return do(people, tx, office.authority(who), *given)


def sheet(office: Opened, key: str, who: str = "administrateur") -> Sheet:
    found = act(office, who, People.sheet, office[key].id)
    assert isinstance(found, Sheet), found
    return found


def edit(office: Opened, who: str, key: str = "medecin", seen: int = START, **changes: Any) -> Any:
    """Correct somebody; particulars by their own names."""
    mine = {name: changes.pop(name) for name in list(changes) if name in {"street", "visibility"}}
    person = replace(sheet(office, key).account.person, **changes)
    more = replace(sheet(office, key).particulars, **mine)
    return act(office, who, People.edit, office[key].id, seen, person, more)


def open_session(office: Opened, key: str) -> str:
    core = office.world.core
    proof = Proof("password", Level.PASSWORD, ("pwd",), START, "journey")
    with core.database.write() as tx:
        _session, secret = core.sessions.open(tx, office[key].id, proof, DESK)
    return secret


def is_live(office: Opened, secret: str) -> bool:
    core = office.world.core
    with core.database.read() as tx:
        return core.sessions.find(tx, secret) is not None


def test_an_account_is_made_with_all_that_belongs_to_it(office: Opened) -> None:
    new = New(NEW, Particulars(Visibility.PUBLIC), (CHU,), ("onco-centre",))
    made = act(office, "chu", People.create, new)
    assert isinstance(made, Account), made
    assert made.person.identifier == "nlefort"
    office.people["new"] = made
    seen = sheet(office, "new", "chu")
    assert [one.key for one in seen.establishments] == [CHU]
    assert seen.communities == (("onco-centre", "Onco Centre"),)
    assert seen.particulars.visibility is Visibility.PUBLIC
    assert seen.means == ()
    [event] = [one for one in office.world.events("account.created") if one.account == made.id]
    assert json.loads(event.detail)["by"] == office["chu"].id


def test_cr_046_nobody_says_that_an_address_was_verified(sqlite_office: Opened) -> None:
    claimed = replace(NEW, email_verified=True, phone="06 12 34 56 99", phone_verified=True)
    made = act(sqlite_office, "regionale", People.create, New(claimed))
    assert (made.person.email_verified, made.person.phone_verified) == (False, False)
    assert made.person.phone == "+33612345699"
    sqlite_office.people["new"] = made
    done = edit(
        sqlite_office, "regionale", "new", email_verified=True, phone_verified=True, town="Tours"
    )
    assert (done.person.email_verified, done.person.phone_verified) == (False, False)
    # What was verified stays so, until it is another one.
    assert sheet(sqlite_office, "medecin").account.person.email_verified
    done = edit(sqlite_office, "regionale", email="other@chu.example", email_verified=True)
    assert not done.person.email_verified


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"identifier": "cdurand"}, "identifier"),
        ({"email": "claire.durand@chu.example"}, "email"),
        ({"email": "CLAIRE.DURAND@CHU.EXAMPLE"}, "email"),
        ({"national_id": "810101234567"}, "national_id"),
    ],
)
def test_cr_048_nobody_is_made_twice(
    sqlite_office: Opened, changes: dict[str, str], field: str
) -> None:
    made = act(sqlite_office, "regionale", People.create, New(replace(NEW, **changes)))
    assert isinstance(made, NotCreated)
    assert made.duplicate is not None
    assert made.duplicate.value == field
    with sqlite_office.world.core.database.read() as tx:
        # Not a trace of it.
        assert accounts.find(tx, "nadege@chu.example") is None


@pytest.mark.parametrize(
    "changes",
    [
        {"last_name": ""},
        {"first_name": "x" * 129},
        {"email": "no address"},
        {"phone": "12"},
        {"birth_date": "31/12/1980"},
        {"national_id": "8 1"},
        {"last_name": "a\x00b"},
        # Letters that look like others (CR-048).
        {"identifier": "ｃdurand"},
        {"street": "x" * 257},
    ],
)
def test_what_can_not_be_kept_is_told_by_its_name(
    sqlite_office: Opened, changes: dict[str, str]
) -> None:
    done = edit(sqlite_office, "administrateur", **changes)
    assert done == Unfit("unfit", tuple(changes))
    assert sheet(sqlite_office, "medecin").account == sqlite_office["medecin"]


def test_a_correction_is_kept_and_can_be_undone(office: Opened) -> None:
    done = edit(office, "chu", last_name="Durand-Lebrun", town="Blois", street="2, quai Neuf")
    assert isinstance(done, Account)
    [change] = act(office, "chu", People.history, office["medecin"].id)
    assert change.before == {"last_name": "Durand", "town": "Tours", "street": ""}
    assert change.after["street"] == "2, quai Neuf"
    assert (change.by, change.undoable) == (office["chu"].id, True)
    back = act(office, "chu", People.undo, change.id)
    assert isinstance(back, Account), back
    assert (back.person.last_name, back.person.town) == ("Durand", "Tours")
    assert sheet(office, "medecin").particulars.street == ""
    # Once; and what undid it can be undone as well.
    assert isinstance(act(office, "chu", People.undo, change.id), Stale)
    newest, oldest = act(office, "chu", People.history, office["medecin"].id)
    assert (oldest.undone, newest.undone) == (True, False)
    again = act(office, "chu", People.undo, newest.id)
    assert again.person.last_name == "Durand-Lebrun"


def test_what_somebody_else_touched_is_not_undone(sqlite_office: Opened) -> None:
    edit(sqlite_office, "chu", town="Blois", speciality="Chirurgie")
    [change] = act(sqlite_office, "chu", People.history, sqlite_office["medecin"].id)
    at = sheet(sqlite_office, "medecin").account.updated_at
    edit(sqlite_office, "regionale", seen=at, town="Vendôme")
    done = act(sqlite_office, "chu", People.undo, change.id)
    assert isinstance(done, Stale)
    assert done.fields == ("town",)
    assert done.account.person.town == "Vendôme"
    assert done.account.person.speciality == "Chirurgie"


def test_a_form_from_before_another_change_is_stale(office: Opened) -> None:
    """Within the same second as well: each change has a version of its own."""
    assert isinstance(edit(office, "chu", town="Blois"), Account)
    late = edit(office, "regionale", town="Vendôme", seen=START)
    assert isinstance(late, Stale)
    assert (late.fields, late.account.person.town) == (("town",), "Blois")
    act(office, "regionale", People.set_state, office["medecin"].id, State.DISABLED)
    seen = sheet(office, "medecin").account.updated_at
    act(office, "regionale", People.set_state, office["medecin"].id, State.ACTIVE)
    assert isinstance(edit(office, "regionale", town="Vendôme", seen=seen), Stale)


def test_rl_005_of_two_corrections_at_once_one_is_kept(office: Opened) -> None:
    person = office["medecin"].person
    more = sheet(office, "medecin").particulars

    def correct(town: str) -> object:
        known = replace(person, town=town)
        return act(office, "chu", People.edit, office["medecin"].id, START, known, more)

    done = at_once(correct, ["Blois", "Vendôme", "Amboise"])
    assert sorted(type(one).__name__ for one in done) == ["Account", "Stale", "Stale"]


def test_cr_047_both_addresses_are_told_and_none_is_trusted(sqlite_office: Opened) -> None:
    give_addresses(sqlite_office.world, "medecin", email="claire.durand@chu.example")
    at = sheet(sqlite_office, "medecin").account.updated_at
    done = edit(sqlite_office, "chu", seen=at, email="claire@autre.example")
    assert isinstance(done, Account)
    told = [one.recipient for one in waiting(sqlite_office.world, "address-changed")]
    assert sorted(told) == ["claire.durand@chu.example", "claire@autre.example"]
    with sqlite_office.world.core.database.read() as tx:
        assert accounts.find(tx, "claire@autre.example") == sqlite_office["medecin"].id
        assert accounts.find(tx, "claire.durand@chu.example") is None
    assert act(sqlite_office, "chu", People.reset, done.id, "link") == Unreachable("unverified")


def test_wb_017_an_identifier_of_before_leads_to_nobody_else(office: Opened) -> None:
    done = edit(office, "regionale", identifier="claire.durand")
    assert isinstance(done, Account)
    with office.world.core.database.read() as tx:
        assert accounts.find(tx, "cdurand") == accounts.find(tx, "claire.durand") == done.id
    taken = act(office, "regionale", People.create, New(replace(NEW, identifier="cdurand")))
    assert isinstance(taken, NotCreated)
    # Nor is a closed account opened again, or its name given away.
    act(office, "regionale", People.set_state, done.id, State.CLOSED)
    opened = act(office, "regionale", People.set_state, done.id, State.ACTIVE)
    assert opened == Unfit("closed")
    taken = act(office, "regionale", People.create, New(replace(NEW, identifier="claire.durand")))
    assert isinstance(taken, NotCreated)


def test_wb_014_a_number_is_given_by_those_of_the_region_alone(office: Opened) -> None:
    """Whoever has the card of that number would log in to the account."""
    done = edit(office, "chu", national_id="810109876543")
    assert done == Unfit("number", ("national_id",))
    assert isinstance(edit(office, "regionale", national_id="810109876543"), Account)
    seen = sheet(office, "medecin").account.updated_at
    taken = edit(office, "regionale", seen=seen, national_id="810107654321")
    assert taken == Unfit("taken", ("national_id",))
    gone = edit(office, "regionale", seen=seen, national_id=None)
    assert gone == Unfit("kept", ("national_id",))


def test_nobody_is_made_a_patient_by_a_correction(sqlite_office: Opened) -> None:
    done = edit(sqlite_office, "regionale", population=Population.PATIENT)
    assert done == Unfit("unfit", ("population",))


def test_se_004_whoever_is_disabled_is_out_at_once(office: Opened) -> None:
    secret = open_session(office, "medecin")
    done = act(office, "chu", People.set_state, office["medecin"].id, State.DISABLED, "Départ")
    assert isinstance(done, Changed)
    assert len(done.ended) == 1
    assert not is_live(office, secret)
    [change] = act(office, "chu", People.history, office["medecin"].id)
    assert change.reason == "Départ"
    assert "Départ" not in str([one.detail for one in office.world.events()])
    # Opened again, the session of before stays ended.
    assert isinstance(act(office, "chu", People.undo, change.id), Account)
    assert not is_live(office, secret)
    assert not act(office, "chu", People.set_state, office["medecin"].id, State.ACTIVE).changed


def test_nobody_changes_their_own_state(sqlite_office: Opened) -> None:
    own = sqlite_office["administrateur"].id
    done = act(sqlite_office, "administrateur", People.set_state, own, State.DISABLED)
    assert done is Denied.NOT_ALLOWED


def test_se_005_one_session_or_all_of_them_end(office: Opened) -> None:
    first, second = open_session(office, "medecin"), open_session(office, "medecin")
    shown = sheet(office, "medecin", "chu").sessions
    assert len(shown) == 2
    with office.world.core.database.read() as tx:
        one = office.world.core.sessions.find(tx, first)
        assert one is not None
    # Of somebody else it is none.
    other = act(office, "regionale", People.end_sessions, office["infirmiere"].id, one.id)
    assert other == ()
    assert is_live(office, first)
    ended = act(office, "chu", People.end_sessions, office["medecin"].id, one.id)
    assert [each.session for each in ended] == [one.id]
    assert (is_live(office, first), is_live(office, second)) == (False, True)
    assert len(act(office, "chu", People.end_sessions, office["medecin"].id, None)) == 1
    assert not is_live(office, second)


def test_cr_045_a_way_to_a_new_password_goes_to_its_owner(sqlite_office: Opened) -> None:
    give_addresses(
        sqlite_office.world, "medecin", email="claire.durand@chu.example", phone="+33612345678"
    )
    sqlite_office.world.clock.pass_by(4 * 86_400)
    sent = act(sqlite_office, "assistance", People.reset, sqlite_office["medecin"].id, "link")
    assert isinstance(sent, Sent), sent
    [link] = waiting(sqlite_office.world, "reset-link")
    assert link.recipient == "claire.durand@chu.example"
    assert str(link.values["link"]) not in repr(sent)
    assert link.recipient not in repr(sent)
    [event] = sqlite_office.world.events("account.reset")
    assert json.loads(event.detail)["by"] == sqlite_office["assistance"].id


@pytest.mark.parametrize(
    ("key", "why"),
    [("medecin", "unverified"), ("ancienne", "closed"), ("infirmiere", "no-address")],
)
def test_help_that_can_not_reach_its_owner_is_not_sent(
    sqlite_office: Opened, key: str, why: str
) -> None:
    way = "sms" if why == "no-address" else "link"
    if key == "medecin":
        edit(sqlite_office, "administrateur", email="new@chu.example")
    done = act(sqlite_office, "administrateur", People.reset, sqlite_office[key].id, way)
    assert done == Unreachable(why)
    assert not waiting(sqlite_office.world, "reset-link")


def test_whoever_never_got_in_is_sent_the_first_way(sqlite_office: Opened) -> None:
    made = act(sqlite_office, "chu", People.create, New(NEW, establishments=(CHU,)))
    assert isinstance(act(sqlite_office, "chu", People.reset, made.id, "link"), Sent)
    # Once they were here, only what they proved is theirs.
    sqlite_office.people["new"] = made
    open_session(sqlite_office, "new")
    assert act(sqlite_office, "chu", People.reset, made.id, "link") == Unreachable("unverified")


def test_tries_are_forgotten(office: Opened) -> None:
    core, account = office.world.core, office["medecin"].id
    with core.database.write() as tx:
        for kind in ("password", "otp"):
            key = throttle.account_key(kind, account, None)
            limits = throttle.Limits(3, 1, 60, 100, 100)
            for _ in range(5):
                throttle.reserve(tx, key, limits, START)
        # Of somebody whose id looks alike to a database.
        letter = next(one for one in account if one != "_")
        near = throttle.account_key("otp", account.replace(letter, "_", 1), None)
        throttle.reserve(tx, near, limits, START)
    assert [one.streak for one in sheet(office, "medecin", "assistance").tries] == [5, 5]
    assert act(office, "assistance", People.unlock, account) == 2
    assert sheet(office, "medecin", "assistance").tries == ()
    assert act(office, "assistance", People.unlock, account) == 0


def test_a_lost_means_is_taken_away_and_whoever_has_it_is_out(sqlite_office: Opened) -> None:
    core, account = sqlite_office.world.core, sqlite_office["medecin"].id
    key = NewPasskey(b"challenge" * 4, b"credential" * 4, b"public key", 0, (), "", backed_up=False)
    with core.database.write() as tx:
        core.authenticators.put(tx, account, core.authenticators.new_seed(), "App", 0, DESK)
        held = core.passkeys.add(tx, account, key, "Bureau", DESK)
    secret = open_session(sqlite_office, "medecin")
    means = {one.kind: one for one in sheet(sqlite_office, "medecin", "chu").means}
    assert means["passkey"].label == "Bureau"
    for kind, name in (("passkey", held.id), ("totp", "")):
        assert act(sqlite_office, "chu", People.remove_means, account, kind, name) is True
        assert act(sqlite_office, "chu", People.remove_means, account, kind, name) is False
    assert not is_live(sqlite_office, secret)
    assert [one.kind for one in sheet(sqlite_office, "medecin").means] == ["password"]
    # A passkey of somebody else, a password: nothing of the kind.
    for kind in ("password", "nonsense"):
        assert act(sqlite_office, "chu", People.remove_means, account, kind, "") is False
    assert {one.recipient for one in waiting(sqlite_office.world, "means-removed")}


def test_establishments_and_communities_come_and_go(office: Opened) -> None:
    account = office["medecin"].id
    assert act(office, "regionale", People.affiliate, account, CLINIC) is True
    assert act(office, "regionale", People.affiliate, account, CLINIC) is False
    # The CHU does not learn of it, nor from the history.
    assert [one.key for one in sheet(office, "medecin", "chu").establishments] == [CHU]
    assert act(office, "chu", People.history, account) == []
    assert act(office, "chu", People.unaffiliate, account, CLINIC) is Denied.NOT_FOUND
    assert act(office, "chu", People.unaffiliate, account, CHU) is True
    assert act(office, "chu", People.sheet, account) is Denied.NOT_FOUND
    newest = act(office, "regionale", People.history, account)[0]
    assert isinstance(act(office, "regionale", People.undo, newest.id), Account)
    assert act(office, "regionale", People.join, account, "perinat-centre") is True
    assert act(office, "regionale", People.join, account, "nonsense") is Denied.NOT_FOUND
    newest = act(office, "regionale", People.history, account)[0]
    assert isinstance(act(office, "regionale", People.undo, newest.id), Account)
    assert sheet(office, "medecin").account.communities == {"onco-centre"}


def test_wb_050_what_was_changed_is_sealed_and_sealed_again(office: Opened) -> None:
    edit(office, "chu", town="Villeneuve-sur-Loire")
    core = office.world.core
    with core.database.write() as tx:
        [row] = tx.execute(select(changes)).all()
        assert "Villeneuve" not in row.document
        ring = KeyRing({"newer": bytes(range(1, 33)), "test": bytes(range(32))}, "newer")
        assert documents.reseal(tx, ring) == 1
        assert documents.reseal(tx, ring) == 0
        [after] = tx.execute(select(changes)).all()
        assert after.document.startswith("v1.newer.")
        opened = documents.Documents(ring, "account_changes").open(after.id, after.document)
    assert opened["after"] == {"town": "Villeneuve-sur-Loire"}
