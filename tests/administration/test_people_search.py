# SPDX-License-Identifier: Apache-2.0
"""Finding people: by what, by whom, page by page, and alike on both databases."""

from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import event

from idp.accounts.particulars import Particulars
from idp.accounts.profile import Details, Profiles
from idp.accounts.values import Account, Person, Population, State
from idp.administration.authority import Authority, Denied, Held
from idp.administration.people import terms as people_terms
from idp.administration.people.search import Query, Results
from idp.administration.rights import Role
from tests.administration.kit import CHU, CLINIC, DESK, Opened
from tests.world import START

NAMES = ["Étienne", "Zoé", "élise", "Bao", "eloi", "Ève", "ÉLISE", "d’Arc", "Œuvrard", "O'Neil"]


def look(office: Opened, who: str | Authority = "administrateur", **asked: Any) -> Results:
    """A page for somebody."""
    desk = office.world.provider.services.office
    authority = office.authority(who) if isinstance(who, str) else who
    with office.world.core.database.read() as tx:
        found = desk.people.search(tx, authority, Query(**asked))
    assert isinstance(found, Results), found
    return found


def found_by(office: Opened, text: str, who: str = "administrateur", **asked: Any) -> list[str]:
    """The identifiers found by these words."""
    return [one.identifier for one in look(office, who, text=text, **asked).lines]


def crowd(office: Opened, names: list[str], last: str = "Martin") -> list[Account]:
    """People of one last name."""
    made = []
    with office.world.core.database.write() as tx:
        for number, first in enumerate(names):
            person = Person(Population.PATIENT, f"p{number}", first, last)
            account = office.world.core.accounts.create(tx, person)
            assert isinstance(account, Account)
            made.append(account)
    return made


FINDS = (
    "durand",
    "DURAND claire",
    "claire dur",
    "dùrand",
    "cdurand",
    "claire.durand@chu.example",
    "claire.dur",
    "Claire.Durand@chu",
    "810101234567",
    "10101234567",
    "1010123",
    "tours durand",
    "durand, claire",
    "  claire\tdurand  ",
    # What stands between words stands for nothing.
    "%durand",
    "durand*",
)
FINDS_NOBODY = ("urand", "durand lucie", "durande", "du%nd", "d_rand", *"%_\\*'@")
FITS_NOWHERE = ("\x00", "a\x00b", "\ud800", "x" * 100_000, "é" * 70, "@" * 300)


def test_people_are_found_by_the_beginnings_of_their_words(office: Opened) -> None:
    for text in FINDS:
        assert found_by(office, text) == ["cdurand"], text


def test_wb_009_signs_of_the_database_mean_nothing(office: Opened) -> None:
    for text in (*FINDS_NOBODY, *FITS_NOWHERE):
        found = look(office, text=text)
        assert (found.lines, found.total) == ((), 0), text


def test_rl_020_the_order_is_the_same_everywhere(office: Opened) -> None:
    crowd(office, NAMES)
    found = [one.first_name for one in look(office, text="martin").lines]
    assert found[:2] == ["Bao", "d’Arc"]
    assert sorted(found[2:4]) == ["ÉLISE", "élise"]
    assert found[4:] == ["eloi", "Étienne", "Ève", "O'Neil", "Zoé", "Œuvrard"]


def test_pages_follow_one_another_and_lose_nobody(office: Opened) -> None:
    crowd(office, [f"Jean{number}" for number in range(23)])
    for asked in ({"text": "martin"}, {"population": "patient"}, {"text": "martin jean"}):
        seen: list[str] = []
        after = ""
        while True:
            page = look(office, size=5, after=after, **asked)
            assert page.total == (24 if "population" in asked else 23)
            seen += [one.id for one in page.lines]
            after = page.next
            if not after:
                break
        assert len(seen) == len(set(seen)) == page.total


def test_somebody_who_comes_meanwhile_breaks_no_page(office: Opened) -> None:
    crowd(office, ["Anne", "Zoé"])
    first = look(office, text="martin", size=1)
    with office.world.core.database.write() as tx:
        late = Person(Population.PATIENT, "late", "Aline", "Martin")
        office.world.core.accounts.create(tx, late)
    second = look(office, text="martin", size=1, after=first.next)
    assert [one.first_name for one in second.lines] == ["Zoé"]


FILTERS: list[tuple[dict[str, str], list[str]]] = [
    ({"population": "patient"}, ["gebeaupre"]),
    ({"state": "disabled"}, ["lpetit"]),
    ({"establishment": CLINIC}, ["mdelarochefoucauldvilleneuve"]),
    ({"community": "onco-centre", "state": "active"}, ["cdurand"]),
    ({"role": "auditor"}, ["j.leroy"]),
    ({"population": "nonsense"}, []),
    ({"state": "nonsense"}, []),
    ({"role": "nonsense"}, []),
    ({"community": "nonsense"}, []),
    ({"text": "d", "establishment": CHU, "population": "professional"}, ["cdurand"]),
]


def test_filters_narrow(office: Opened) -> None:
    for asked, expected in FILTERS:
        found = look(office, **asked)
        assert [one.identifier for one in found.lines] == expected, asked
        assert found.total == len(expected)


def test_who_has_not_logged_in_since(office: Opened) -> None:
    office.enter("auditrice")
    since = {"without_login_since": START}
    found = [one.identifier for one in look(office, population="staff", **since).lines]
    assert "j.leroy" not in found
    assert "a.simon" in found
    [line] = look(office, text="leroy").lines
    assert line.last_login_at == START


def test_wb_015_nobody_outside_of_the_perimeter_is_found(office: Opened) -> None:
    for who, mine, beyond in (("chu", ["cdurand", "gebeaupre"], CLINIC), ("clinique", None, CHU)):
        everybody = look(office, who)
        names = [one.identifier for one in everybody.lines]
        assert names == (mine or ["mdelarochefoucauldvilleneuve"])
        assert everybody.total == len(names)
        for other in ("lpetit", "odile", "garnier", "10109999999"):
            found = look(office, who, text=other)
            assert (found.lines, found.next, found.total) == ((), "", 0), other
        assert look(office, who, establishment=beyond) == Results()


def test_wb_015_other_establishments_of_somebody_are_not_named(office: Opened) -> None:
    core = office.world.core
    with core.database.write() as tx:
        core.establishments.join(tx, office["medecin"].id, CLINIC, DESK)
    [line] = look(office, "chu", text="durand").lines
    assert line.establishments == (CHU,)
    [line] = look(office, text="durand").lines
    assert line.establishments == (CLINIC, CHU)


def test_wb_013_a_place_in_the_list_is_ones_own(office: Opened) -> None:
    """A cursor is a name: it is sealed, and good for nobody else."""
    crowd(office, ["Anne", "Zoé"])
    page = look(office, size=1)
    assert look(office, size=1, after=page.next).lines != page.lines
    assert look(office, "regionale", size=1, after=page.next) == Results()
    for forged in ("x", "v1.test.AAAA", page.next[:-4] + "AAAA"):
        assert look(office, after=forged) == Results()
    assert "petit" not in page.next


def test_roles_are_looked_for_by_those_who_may_see_them(sqlite_office: Opened) -> None:
    desk = sqlite_office.world.provider.services.office
    with sqlite_office.world.core.database.read() as tx:
        asked = Query(role="auditor")
        found = desk.people.search(tx, sqlite_office.authority("chu"), asked)
    assert found is Denied.NOT_ALLOWED


def test_words_follow_whoever_writes(office: Opened) -> None:
    """By the person, by an address that was proved, by a new number: found by what is so now."""
    core, claire = office.world.core, office["medecin"].id
    contact = office.world.provider.services.office.people.ground.contact
    with core.database.write() as tx:
        details = Details("Mme", "Lagrange", "", "Vendôme")
        Profiles(core.clock, core.audit).correct(tx, claire, details, Particulars(), DESK)
        contact.set_email(tx, claire, "nouvelle@adresse.example", DESK)
        core.accounts.renumber(tx, claire, "810101119999", DESK)
    for text in ("lagrange", "vendom", "nouvelle@adresse", "10101119999", "10101234567"):
        assert found_by(office, text) == ["cdurand"], text
    for text in ("tours", "claire.durand@chu"):
        assert found_by(office, text) == [], text


def test_each_way_of_looking_finds_the_same(
    sqlite_office: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever is rare or common: the page does not depend on how it was made."""
    crowd(sqlite_office, [f"Jean{number:02d}" for number in range(30)])
    asked = [
        {"text": "mar"},
        {"text": "mar jean", "population": "patient"},
        {"text": "jean2", "state": "active", "size": 4},
        {"text": "d", "who": "chu"},
        {"without_login_since": START + 1, "text": "jean"},
    ]
    expected = [look(sqlite_office, **one) for one in asked]
    for some, few, steps in ((0, 20, 3), (0, 2, 3), (0, 2, 1000), (5, 10, 1)):
        monkeypatch.setattr(people_terms, "SOME", some)
        monkeypatch.setattr(people_terms, "FEW", few)
        step = people_terms.STEP.offset(None).offset(steps)
        monkeypatch.setattr(people_terms, "STEP", step)
        for one, before in zip(asked, expected, strict=True):
            now = look(sqlite_office, **one)
            assert now.lines == before.lines, (one, some, few, steps)
            assert now.total == before.total, (one, some, few, steps)


def test_a_total_is_exact_up_to_a_limit(
    sqlite_office: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    crowd(sqlite_office, [f"Jean{number:02d} Jeanne Jeannot" for number in range(12)])
    for most, total in ((12, 12), (11, None)):
        monkeypatch.setattr("idp.administration.people.search.MOST_COUNTED", most)
        for asked in ({"text": "jean"}, {"text": "mar jean"}, {"text": "jean", "state": "active"}):
            assert look(sqlite_office, size=2, **asked).total == total, asked


def test_indexes_carry_every_question(office: Opened) -> None:
    """No table of people is read from one end to the other (RL-20: on neither database)."""
    crowd(office, ["Anne", "Zoé"])
    database = office.world.core.database
    house = Authority("x", "x", (Held(Role.ESTABLISHMENT, CHU),), DESK)
    asked: list[tuple[Authority | str, dict[str, Any]]] = [
        ("administrateur", {}),
        ("administrateur", {"text": "mar"}),
        ("administrateur", {"text": "mar ann", "population": "patient", "state": "active"}),
        ("administrateur", {"community": "onco-centre", "text": "d"}),
        (house, {"text": "dur"}),
        (house, {}),
    ]
    said: list[tuple[str, Any]] = []
    listen = lambda _c, _u, sql, values, *_: said.append((sql, values))  # noqa: E731
    event.listen(database.engine, "before_cursor_execute", listen)
    try:
        for who, one in asked:
            look(office, who, size=1, **one)
    finally:
        event.remove(database.engine, "before_cursor_execute", listen)
    searches = [one for one in said if "account" in one[0] and "LIMIT" in one[0]]
    assert len(searches) > len(asked)
    with database.read() as tx:
        if not database.is_sqlite:
            tx.exec_driver_sql("SET enable_seqscan = off")
        for sql, values in searches:
            plan = how(tx, sql, values, sqlite=database.is_sqlite)
            assert "Seq Scan" not in plan, plan
            walked = [line for line in plan.splitlines() if line.startswith("SCAN account")]
            # How many there are at all, up to a limit: along any index.
            assert not walked or "WHERE" not in sql, plan


def how(tx: Any, sql: str, values: Any, *, sqlite: bool) -> str:
    explain = "EXPLAIN QUERY PLAN " if sqlite else "EXPLAIN "
    return "\n".join(str(row[-1]) for row in tx.exec_driver_sql(explain + sql, values))


def test_states_are_found_as_they_are_now(office: Opened) -> None:
    desk, core = office.world.provider.services.office, office.world.core
    with core.database.write() as tx:
        root = office.authority("administrateur")
        desk.people.set_state(tx, root, office["medecin"].id, State.DISABLED)
        person = replace(office["infirmiere"].person, last_name="Nouveau-Nom")
        sheet = desk.people.sheet(tx, root, office["infirmiere"].id)
        assert not isinstance(sheet, Denied)
        at = sheet.account.updated_at
        desk.people.edit(tx, root, office["infirmiere"].id, at, person, sheet.particulars)
    assert found_by(office, "", state="disabled") == ["cdurand", "lpetit"]
    assert found_by(office, "nouveau") == ["mdelarochefoucauldvilleneuve"]
    # The order goes by the new name.
    listed = [one.last_name for one in look(office).lines]
    assert listed == sorted(listed, key=str.casefold) or listed.index("Nouveau-Nom") > 3


def test_wb_015_holders_are_found_as_far_as_roles_are_seen(office: Opened) -> None:
    """The help desk sees everybody; an auditor of one establishment sees its roles alone."""
    core, desk = office.world.core, office.world.provider.services.office
    with core.database.write() as tx:
        root = desk.authorities.of_command(DESK)
        assert desk.roles.give(tx, root, office["assistance"].id, Held(Role.AUDITOR, CHU)) is True
        for who, house in (("medecin", CHU), ("infirmiere", CLINIC)):
            held = Held(Role.ESTABLISHMENT, house)
            assert desk.roles.give(tx, root, office[who].id, held) is True
    names = [office[who].person.identifier for who in ("medecin", "administrateur")]
    for role, found in ((Role.ESTABLISHMENT, names[:1]), (Role.SUPER, [])):
        lines = look(office, "assistance", role=role.value).lines
        assert [one.identifier for one in lines] == found
        assert look(office, "assistance", role=role.value, establishment=CLINIC).lines == ()
    assert [one.identifier for one in look(office, role=Role.SUPER.value).lines] == names[1:]
    assert office["infirmiere"].person.identifier in found_by(office, "", "assistance")
