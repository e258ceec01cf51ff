# SPDX-License-Identifier: Apache-2.0
"""Who sees whom in the Annuaire; who hides is nowhere, not even in a count."""

import itertools
from dataclasses import replace
from typing import Any

import pytest

from idp.accounts import particulars
from idp.accounts.listing import EVERYBODY, PROFESSIONALS
from idp.accounts.particulars import Particulars, Visibility
from idp.accounts.profile import Details, Profiles
from idp.accounts.values import Account, Person, Population, State
from idp.directory.shown import Found, Query, TooShort, Viewer, viewer_of
from tests.directory.kit import ORIGIN
from tests.world import World

PUBLIC = Viewer(EVERYBODY, "address:192.0.2.1")
COLLEAGUE = Viewer(PROFESSIONALS, "account:x")
PHONES = {"landline": "0238514444", "fax": "0238514445", "emergency_phone": "0238514446"}
counter = itertools.count()


def add(
    world: World,
    last: str,
    first: str = "Anne",
    visibility: str = "public",
    population: Population = Population.PROFESSIONAL,
    **facts: str,
) -> Account:
    """Somebody who wishes to be seen so."""
    person = Person(
        population, f"someone{next(counter)}", first, last, **{"town": "Tours", **facts}
    )
    with world.core.database.write() as tx:
        made = world.core.accounts.create(tx, person, ORIGIN)
        assert isinstance(made, Account)
        wished = Particulars(visibility=Visibility(visibility), street="1 rue Neuve", **PHONES)
        particulars.put(tx, made.id, wished)
    return made


def search(world: World, viewer: Viewer = COLLEAGUE, **query: Any) -> Any:
    with world.core.database.read() as tx:
        return world.core.annuaire.search(tx, viewer, Query(**query))


def names(found: Any) -> list[str]:
    assert isinstance(found, Found)
    return [one.last_name for one in found.entries]


@pytest.mark.parametrize("viewer", [PUBLIC, COLLEAGUE], ids=["public", "professional"])
def test_everybody_sees_as_much_as_each_wishes(world, viewer):
    add(world, "Zola-Public", visibility="public")
    add(world, "Zola-Reserved", visibility="professionals")
    add(world, "Zola-Hidden", visibility="hidden")
    add(world, "Zola-Patient", visibility="public", population=Population.PATIENT)
    add(world, "Zola-Staff", visibility="public", population=Population.STAFF)
    seen = ["Zola-Public"] if viewer is PUBLIC else ["Zola-Public", "Zola-Reserved"]
    assert names(search(world, viewer, name="zola")) == seen
    assert names(search(world, viewer, town="tours", name="zo")) == seen
    assert names(search(world, viewer, town="Tours")) == seen
    # By the part that only somebody hidden has, and with a page of one.
    for part in ("hidden", "patient", "staff"):
        assert search(world, viewer, name=part) == Found()
    one = search(world, viewer, name="zola", size=1)
    assert bool(one.after) is (viewer is COLLEAGUE)


def test_what_is_reserved_leaves_no_trace_for_the_public(sqlite_world):
    add(sqlite_world, "Zola", visibility="professionals", town="Loches")
    assert search(sqlite_world, PUBLIC, name="zola") == search(sqlite_world, PUBLIC, name="nobody")
    assert search(sqlite_world, PUBLIC, town="loches") == Found()


@pytest.mark.parametrize("viewer", [PUBLIC, COLLEAGUE], ids=["public", "professional"])
def test_the_page_of_somebody_opens_for_those_who_may_find_them(world, viewer):
    shown = add(world, "Zola", visibility="public")
    reserved = add(world, "Zola", "Bea", visibility="professionals")
    hidden = add(world, "Zola", "Cleo", visibility="hidden")
    annuaire = world.core.annuaire
    references = {one: annuaire._references.of(one.id) for one in (shown, reserved, hidden)}
    with world.core.database.read() as tx:
        pages = {one: annuaire.person(tx, viewer, ref) for one, ref in references.items()}
        for nonsense in ("", "x", "'", "é" * 22, "A" * 22, shown.id, "A" * 10_000):
            assert annuaire.person(tx, viewer, nonsense) is None
    assert pages[shown].last_name == "Zola"
    assert (pages[reserved] is None) is (viewer is PUBLIC)
    assert pages[hidden] is None


def test_the_public_sees_few_things(world):
    add(world, "Zola", visibility="public", profession="Médecin", speciality="Cardiologie")
    (public,) = search(world, PUBLIC, name="zola").entries
    (colleague,) = search(world, COLLEAGUE, name="zola").entries
    assert (public.profession, public.speciality, public.town) == (
        "Médecin",
        "Cardiologie",
        "Tours",
    )
    assert public.phone == PHONES["landline"]
    assert (public.street, public.fax, public.emergency_phone, public.post_code) == ("",) * 4
    assert (colleague.street, colleague.fax) == ("1 rue Neuve", PHONES["fax"])
    assert public.reference == colleague.reference


def test_wb_015_who_hides_is_gone_at_once(world):
    somebody = add(world, "Zola")
    assert names(search(world, name="zola")) == ["Zola"]
    with world.core.database.write() as tx:
        wished = replace(particulars.load(tx, somebody.id), visibility=Visibility.HIDDEN)
        particulars.put(tx, somebody.id, wished)
    assert search(world, name="zola") == Found()


def test_who_is_disabled_is_gone_until_they_are_back(world):
    somebody = add(world, "Zola")
    with world.core.database.write() as tx:
        world.core.accounts.set_state(tx, somebody.id, State.DISABLED, ORIGIN)
    assert search(world, name="zola") == Found()
    with world.core.database.write() as tx:
        world.core.accounts.set_state(tx, somebody.id, State.ACTIVE, ORIGIN)
    assert names(search(world, name="zola")) == ["Zola"]


def test_a_move_is_found_at_the_new_place(sqlite_world):
    somebody = add(sqlite_world, "Zola")
    core = sqlite_world.core
    with core.database.write() as tx:
        details, place = Details("", "", "Cardiologie", "Blois"), particulars.load(tx, somebody.id)
        Profiles(core.clock, core.audit).correct(tx, somebody.id, details, place, ORIGIN)
    assert search(sqlite_world, town="tours") == Found()
    assert names(search(sqlite_world, town="blois", speciality="cardio")) == ["Zola"]


def test_a_row_that_should_not_be_there_shows_nobody(sqlite_world):
    """The statement asks what the list should already have said."""
    somebody = add(sqlite_world, "Zola", visibility="professionals")
    with sqlite_world.core.database.write() as tx:
        tx.exec_driver_sql("UPDATE account_listings SET audience = 1")
    assert search(sqlite_world, PUBLIC, name="zola") == Found()
    with sqlite_world.core.database.write() as tx:
        tx.exec_driver_sql("UPDATE account_listings SET audience = 2")
        tx.exec_driver_sql("UPDATE accounts SET state = 'disabled' WHERE last_name = 'Zola'")
    assert search(sqlite_world, COLLEAGUE, name="zola") == Found()
    assert somebody.id


@pytest.mark.parametrize(
    "typed",
    ["le goff", "LE GOFF", "Goff", "lego", "le goff yves", "yves le goff", "Yves Legoff", "goff y"],
)
def test_names_are_said_in_many_ways(sqlite_world, typed):
    add(sqlite_world, "Le Goff", "Yves")
    add(sqlite_world, "Legoff", "Yves")
    found = names(search(sqlite_world, name=typed))
    assert found
    assert set(found) <= {"Le Goff", "Legoff"}


@pytest.mark.parametrize(
    "typed", ["%%", "__", "zol%", "zo_x", "' OR 1=1 --", "*", "\\%", "zola%00"]
)
def test_signs_of_sql_are_only_signs(sqlite_world, typed):
    add(sqlite_world, "Zola")
    found = search(sqlite_world, name=typed)
    assert found in (Found(), TooShort()) or typed == "zol%"
    if typed == "zol%":
        assert names(found) == ["Zola"]


def test_homographs_are_told_apart_and_all_shown(world):
    for town in ("Tours", "Blois", "Orléans"):
        add(world, "Martin", "Paul", town=town)
    found = search(world, name="martin paul")
    assert sorted(one.town for one in found.entries) == ["Blois", "Orléans", "Tours"]
    assert len({one.reference for one in found.entries}) == 3
    assert names(search(world, name="martin paul", town="orleans")) == ["Martin"]
    # Letters of another alphabet that look the same are another name.
    assert names(search(world, name="mаrtin")) == []


@pytest.mark.parametrize("viewer", [PUBLIC, COLLEAGUE], ids=["public", "professional"])
@pytest.mark.parametrize("filter_", ["profession", "speciality"])
def test_a_profession_or_a_speciality_alone_is_enough(world, filter_, viewer):
    def one(last: str, what: str, visibility: str = "public", town: str = "Tours") -> None:
        add(world, last, visibility=visibility, town=town, **{filter_: what})

    # The order is that of names, over all that begin so.
    one("Zola-Un", "Cardiologie")
    one("Yvon", "Cardiologie pédiatrique", town="Blois")
    one("Abel", "Dermatologie")
    one("Zola-Deux", "Cardiologie", visibility="professionals")
    one("Zola-Trois", "Cardiologie", visibility="hidden")
    seen = ["Yvon", "Zola-Un"] if viewer is PUBLIC else ["Yvon", "Zola-Deux", "Zola-Un"]
    assert names(search(world, viewer, **{filter_: "CARDIO"})) == seen
    assert names(search(world, viewer, **{filter_: "cardiologie ped"})) == ["Yvon"]
    assert names(search(world, viewer, **{filter_: "cardio", "town": "b"})) == ["Yvon"]
    assert search(world, viewer, **{filter_: "ologie"}) == Found()
    read, after = [], ""
    for _page in range(5):
        found = search(world, viewer, **{filter_: "cardio", "size": 1, "after": after})
        read += names(found)
        after = found.after
        if not after:
            break
    assert read == seen


def test_a_speciality_within_a_profession(sqlite_world):
    add(sqlite_world, "Zola", profession="Médecin", speciality="Cardiologie")
    add(sqlite_world, "Abel", profession="Infirmier", speciality="Cardiologie")
    query = {"profession": "médecin", "speciality": "cardio"}
    assert names(search(sqlite_world, **query)) == ["Zola"]
    assert search(sqlite_world, profession="sage-femme", speciality="cardio") == Found()


@pytest.mark.parametrize(
    "query", [{}, {"name": "z"}, {"town": "t"}, {"profession": "m"}, {"speciality": "c"}]
)
def test_two_letters_at_least(sqlite_world, query):
    assert search(sqlite_world, **query) == TooShort()


def test_pages_follow_one_another_without_gap_or_double(world):
    wanted = [f"Zola{one:02d}" for one in range(23)]
    for one in wanted:
        add(world, one, "Same")
    seen, after = [], ""
    for _page in range(10):
        found = search(world, name="zola", size=5, after=after)
        seen += names(found)
        after = found.after
        if not after:
            break
    assert seen == wanted
    assert len(names(search(world, name="zola", size=10_000))) == len(wanted)


@pytest.mark.parametrize(
    "after",
    [
        "x",
        "AAAA",
        "W10",
        "WzEsMl0",
        "eyJhIjogMX0",
        "WzAsICJhIiwgImIiLCAieCJd",
        "[" * 500,
        "é",
        "%00",
    ],
)
def test_what_is_no_cursor_is_the_first_page(sqlite_world, after):
    add(sqlite_world, "Zola")
    assert names(search(sqlite_world, name="zola", after=after)) == ["Zola"]


def test_towns_that_begin_so(sqlite_world):
    for town in ("Tours", "Tournon", "Toulon", "TOURS CEDEX 2", "Saint-Tours"):
        add(sqlite_world, f"Zola {town}", town=town)
    assert len(names(search(sqlite_world, town="tour"))) == 3
    assert len(names(search(sqlite_world, town="tours"))) == 2
    assert names(search(sqlite_world, town="st tours")) == ["Zola Saint-Tours"]


def test_who_looks_as_what(world):
    cast = world.cast
    with world.core.database.read() as tx:
        from idp.accounts import service

        accounts = {key: service.load(tx, one.id) for key, one in cast.accounts.items()}
    audiences = {
        one.person.population: viewer_of(one, "a").audience
        for one in accounts.values()
        if one.state is State.ACTIVE
    }
    assert audiences[Population.PROFESSIONAL] == PROFESSIONALS
    assert audiences[Population.PATIENT] == EVERYBODY
    assert audiences.get(Population.STAFF, EVERYBODY) == EVERYBODY
    assert viewer_of(None, "192.0.2.1").counted_on == "address:192.0.2.1"
    someone = next(one for one in accounts.values() if one.person.population == "professional")
    assert viewer_of(replace(someone, state=State.DISABLED), "a").audience == EVERYBODY


def test_wb_015_the_list_itself_holds_nobody_who_hides(sqlite_world):
    """Beside what the statements ask: whoever hides is not there to be counted."""
    for visibility in ("public", "professionals", "hidden"):
        add(sqlite_world, f"Zola {visibility}", visibility=visibility)
    add(sqlite_world, "Zola", population=Population.PATIENT)
    with sqlite_world.core.database.read() as tx:
        rows = tx.exec_driver_sql("SELECT audience, name FROM account_listings WHERE part = 0")
        found = sorted((row.audience, bytes(row.name).decode()) for row in rows.all())
    assert found == [
        (EVERYBODY, "zola public"),
        (PROFESSIONALS, "zola professionals"),
        (PROFESSIONALS, "zola public"),
    ]
