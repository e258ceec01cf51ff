# SPDX-License-Identifier: Apache-2.0
"""Approving: an account with all that belongs to it, or the one that is there."""

import json
from dataclasses import replace
from typing import Any

from idp.accounts import establishments, particulars
from idp.accounts import service as accounts
from idp.accounts.particulars import Particulars, Visibility
from idp.accounts.profile import CIVILITIES
from idp.accounts.values import Account, Person, Population
from idp.administration.authority import Denied
from idp.administration.requests.matches import Why
from idp.administration.requests.outcomes import (
    Approval,
    Approved,
    Blocked,
    CardBound,
    Unfit,
    Way,
)
from idp.credentials import cards
from idp.credentials.cards import Card, Kind
from idp.registration.decisions import Stale
from idp.registration.values import Stage
from tests.administration.kit import CHU, CLINIC, DESK, Opened
from tests.administration.requests_kit import CARD, NUMBER, ask, do, someone
from tests.databases import at_once
from tests.outbox import waiting

COMMUNITY = "onco-centre"


def approve(office: Opened, who: str, request: Any, **more: Any) -> Any:
    """By the link, unless told."""
    return do(office, "approve", who, request.id, request.version, Approval(**more))


def believe(office: Opened, *, listed: bool = False) -> None:
    """As if the authority of the card of the cast were believed."""
    ground = office.world.provider.services.office.queue._ground

    class Known:
        def believed(self, _tx: Any) -> set[str]:
            return {CARD.authority}

        def listed_among(self, _tx: Any, _authority: str, serials: Any) -> set[int]:
            return set(serials) if listed else set()

    object.__setattr__(ground, "trust", Known())


def test_an_approval_makes_the_account(office: Opened) -> None:
    core = office.world.core
    believe(office)
    request = ask(
        core,
        card=CARD,
        visibility=Visibility.PUBLIC,
        communities=(COMMUNITY, "gone"),
        birth_name="Moreau",
        mobile="+33612345678",
    )
    done = approve(office, "chu", request, communities=(COMMUNITY,))
    assert isinstance(done, Approved), done
    assert (done.card, done.way, done.communities) == (CardBound.BOUND, Way.LINK, (COMMUNITY,))
    with core.database.read() as tx:
        account = accounts.load(tx, done.account.id)
        assert account is not None
        more = particulars.load(tx, account.id)
        assert establishments.of_account(tx, account.id) == {CHU}
        [card] = cards.of_account(tx, account.id)
        kept = core.requests.load(tx, request.id)
        assert core.passwords.hold(tx, account.id) is None
    person = account.person
    assert (person.identifier, person.national_id) == ("elefevre", f"8{NUMBER}")
    # As the rest of the house writes it, and not as the form's list does.
    assert (person.civility, more.title) == ("Mme", "DR")
    assert person.civility in CIVILITIES
    assert (person.population, person.profession) == (Population.PROFESSIONAL, "Médecin")
    assert (person.email_verified, person.phone, person.phone_verified) == (
        True,
        "+33612345678",
        False,
    )
    assert account.communities == {COMMUNITY}
    assert (more.visibility, more.profession_code, more.landline) == (
        Visibility.PUBLIC,
        "10",
        "+33247474747",
    )
    # Bound, and not yet used: OTP asks for a login by it first.
    assert (card.serial, card.first_used_at) == (CARD.serial, None)
    assert kept is not None
    assert (kept.stage, kept.account_id) == (Stage.APPROVED, account.id)
    assert kept.decided_by == office["chu"].id
    [event] = office.world.events("registration.approved")
    assert event.account == account.id
    [letter] = waiting(office.world, "request-approved")
    assert (letter.recipient, letter.values["identifier"]) == (person.email, "elefevre")


def test_what_was_not_asked_for_is_not_granted(sqlite_office: Opened) -> None:
    request = ask(sqlite_office.world.core, communities=("gone",))
    for keys in ((COMMUNITY,), ("gone",)):
        assert approve(sqlite_office, "chu", request, communities=keys) == Unfit("communities")


def test_cr_049_a_temporary_password_is_replaced_at_the_first_login(office: Opened) -> None:
    core = office.world.core
    request = ask(core)
    assert approve(office, "chu", request, way=Way.PASSWORD) == Unfit("no-password")
    temporary = office.world.provider.services.office.queue.prepare()
    given = Approval(way=Way.PASSWORD)
    done = do(office, "approve", "chu", request.id, request.version, given, temporary)
    assert isinstance(done, Approved)
    [letter] = waiting(office.world, "request-approved-password")
    assert letter.values["password"] == temporary.plain
    assert temporary.plain not in repr((done, temporary))
    with core.database.read() as tx:
        due = core.passwords.due(tx, done.account.id, Population.PROFESSIONAL)
    assert due is not None
    assert due.reason == "temporary"


def test_of_two_who_decide_one_does(office: Opened) -> None:
    core = office.world.core
    request = ask(core)
    deeds: list[tuple[str, str, Any]] = [
        ("approve", "chu", Approval()),
        ("refuse", "regionale", "Non"),
        ("approve", "regionale", Approval()),
        ("ask_more", "chu", "Une copie du diplôme"),
    ]
    done = at_once(
        core.database, lambda one: do(office, one[0], one[1], request.id, 1, one[2]), deeds
    )
    assert sum(isinstance(one, Stale) for one in done) == 3, done
    with core.database.read() as tx:
        kept = core.requests.load(tx, request.id)
        lines = core.requests.history(tx, request.id)
    assert kept is not None
    assert kept.version == 2
    assert len(lines) == 3
    told = [one.purpose for one in waiting(office.world) if one.purpose.startswith("request-")]
    assert len(told) == 1


def test_of_two_requests_of_one_person_one_makes_an_account(office: Opened) -> None:
    requests = [ask(office.world.core, email=f"e{number}@chu.example") for number in range(2)]
    assert isinstance(approve(office, "chu", requests[0]), Blocked)

    def decide(one: Any) -> Any:
        return approve(office, "chu", one, not_the_same=True)

    done = at_once(office.world.core.database, decide, requests)
    assert sorted(type(one).__name__ for one in done) == ["Approved", "Blocked"]


def test_a_number_that_has_an_account_makes_no_second_one(office: Opened) -> None:
    core = office.world.core
    believe(office)
    mine = core.accounts
    with core.database.write() as tx:
        known = Person(
            Population.PROFESSIONAL,
            "elodie",
            "Élodie",
            "Lefèvre",
            email="old@chu.example",
            email_verified=True,
            national_id=f"8{NUMBER}",
        )
        there = mine.create(tx, known)
        core.establishments.join(tx, there.id, CHU, DESK)
    request = ask(core, card=CARD, communities=(COMMUNITY,))
    # Not even where somebody says that they are two people.
    blocked = approve(office, "chu", request, not_the_same=True)
    assert isinstance(blocked, Blocked)
    [match] = blocked.matches.seen
    assert (match.name, match.why) == (there.id, (Why.NUMBER, Why.NAME))
    done = do(office, "attach", "chu", request.id, 1, there.id, (COMMUNITY,))
    assert isinstance(done, Approved), done
    assert (done.card, done.way) == (CardBound.BOUND, None)
    with core.database.read() as tx:
        account = accounts.load(tx, there.id)
    assert account is not None
    # CR-047: whoever typed a number takes nobody's mailbox.
    assert account.person.email == "old@chu.example"
    assert account.communities == {COMMUNITY}
    with core.database.read() as tx:
        more = particulars.load(tx, there.id)
    # The title is new; who finds somebody stays as it was.
    assert (more.title, more.visibility) == ("DR", Visibility.HIDDEN)
    told = waiting(office.world, "request-attached")
    assert {one.recipient for one in told} == {"old@chu.example", request.content.details.email}
    assert all("elodie" not in str(one.values).replace("Élodie", "") for one in told)
    assert office.world.events("registration.attached")[0].account == there.id
    # It is told as any edit is, and can be taken back as one.
    [edited] = office.world.events("account.edited")
    assert (edited.account, json.loads(edited.detail)["what"]) == (there.id, "title")
    clerk, people = office.authority("chu"), office.world.provider.services.office.people
    with core.database.write() as tx:
        [change] = [one for one in people.history(tx, clerk, there.id) if one.kind == "edited"]
        assert (change.before, change.after) == ({"title": ""}, {"title": "DR"})
        assert isinstance(people.undo(tx, office.authority("regionale"), change.id), Account)
        assert particulars.load(tx, there.id).title == ""


def test_a_title_that_is_known_stays(sqlite_office: Opened) -> None:
    core, there = sqlite_office.world.core, sqlite_office["medecin"]
    with core.database.write() as tx:
        particulars.put(tx, there.id, Particulars(title="PR"))
    request = ask(core, number="", first_name="Claire", last_name="Durand", birth_date="1975-04-12")
    done = do(sqlite_office, "attach", "chu", request.id, 1, there.id)
    assert isinstance(done, Approved), done
    with core.database.read() as tx:
        assert particulars.load(tx, there.id).title == "PR"
    assert sqlite_office.world.events("account.edited") == []


def test_wb_015_an_account_elsewhere_is_told_by_nothing_but_that_the_region_decides(
    office: Opened,
) -> None:
    core = office.world.core
    with core.database.write() as tx:
        known = Person(Population.PROFESSIONAL, "x.y", "Xavier", "Yvon", national_id=f"8{NUMBER}")
        there = core.accounts.create(tx, known)
        core.establishments.join(tx, there.id, CLINIC, DESK)
    request = ask(core)
    blocked = approve(office, "chu", request, not_the_same=True)
    assert isinstance(blocked, Blocked)
    assert blocked.matches.seen == ()
    assert blocked.matches.elsewhere
    opened = do(office, "open", "chu", request.id)
    assert "Yvon" not in repr(opened)
    assert there.id not in repr(opened)
    assert do(office, "attach", "chu", request.id, 1, there.id) is Denied.NOT_FOUND
    passed = do(office, "pass_on", "chu", request.id, 1)
    done = do(office, "attach", "regionale", request.id, passed.version, there.id)
    assert isinstance(done, Approved)


def test_wb_016_nothing_is_attached_to_somebody_above(sqlite_office: Opened) -> None:
    core = sqlite_office.world.core
    boss = sqlite_office["regionale"]
    with core.database.write() as tx:
        core.establishments.join(tx, boss.id, CHU, DESK)
    request = ask(core, email=boss.person.email)
    done = do(sqlite_office, "attach", "chu", request.id, 1, boss.id)
    assert done is Denied.NOT_ALLOWED


def test_similar_people_are_looked_at_first(office: Opened) -> None:
    core = office.world.core
    with core.database.write() as tx:
        person = Person(
            Population.PROFESSIONAL,
            "elodie",
            "ELODIE",
            "Moreau",
            birth_name="Lefevre",
            birth_date="1980-02-29",
        )
        other = core.accounts.create(tx, person)
    request = ask(core)
    twin = ask(core, **someone(1, last_name="lefevre", first_name="Elodie"))
    blocked = approve(office, "regionale", request)
    assert isinstance(blocked, Blocked)
    assert [(one.name, one.why) for one in blocked.matches.seen] == [
        (other.id, (Why.NAME,)),
        (twin.id, (Why.NAME,)),
    ]
    assert isinstance(approve(office, "regionale", request, not_the_same=True), Approved)


def test_what_a_card_comes_to(office: Opened) -> None:
    core = office.world.core

    def come_to(number: int, valid_until: int = 1_900_000_000) -> CardBound:
        person = someone(number)
        card = replace(
            CARD,
            serial=f"28{number}",
            national_id=f"8{person['number']}",
            valid_until=valid_until,
        )
        done = approve(office, "chu", ask(core, card=card, **person), not_the_same=True)
        assert isinstance(done, Approved), done
        return done.card

    assert come_to(1) is CardBound.UNBELIEVED
    believe(office)
    assert come_to(2, office.world.clock.now()) is CardBound.EXPIRED
    assert come_to(3) is CardBound.BOUND
    # It speaks of another number than the request that it came with.
    other = approve(office, "chu", ask(core, card=CARD, **someone(5)), not_the_same=True)
    assert other.card is CardBound.OTHERS
    believe(office, listed=True)
    assert come_to(4) is CardBound.REVOKED


def test_a_card_of_somebody_else_binds_nothing(sqlite_office: Opened) -> None:
    core = sqlite_office.world.core
    believe(sqlite_office)
    owner = sqlite_office["medecin"]
    with core.database.write() as tx:
        core.cards.add(tx, Card(CARD.serial, owner.id, Kind.CPS, CARD.valid_until))
    blocked = approve(sqlite_office, "chu", ask(core, card=CARD), not_the_same=True)
    assert isinstance(blocked, Blocked)
    assert [one.why for one in blocked.matches.seen] == [(Why.CARD,)]
