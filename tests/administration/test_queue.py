# SPDX-License-Identifier: Apache-2.0
"""The queue of requests: who sees what, in which order, and who has it."""

from dataclasses import replace

from idp.administration.authority import Denied
from idp.administration.requests.outcomes import Opened as Sheet
from idp.administration.requests.outcomes import Rows, Tally, Unfit
from idp.registration.decisions import Stale
from idp.registration.listing import Query
from idp.registration.values import Request, Stage
from tests.administration.kit import CHU, CLINIC, Opened
from tests.administration.requests_kit import DAY, ask, do, someone


def names(office: Opened, who: str, query: Query | None = None) -> list[str]:
    """The last names of a page."""
    found = do(office, "list", who, query or Query())
    assert isinstance(found, Rows), found
    return [one.request.content.details.last_name for one in found.rows]


def fill(office: Opened) -> dict[str, Request]:
    """Three requests, an hour apart: of the one house, of the other, of the region."""
    made = {}
    for number, (key, house) in enumerate(((CHU, CHU), (CLINIC, CLINIC), ("region", ""))):
        person = someone(number, establishment=house, profession="10" if number else "60")
        made[key] = ask(office.world.core, **person)
        office.world.clock.pass_by(3600)
    return made


def test_wb_015_everybody_sees_their_own_queue_and_counts_no_other(office: Opened) -> None:
    made = fill(office)
    assert names(office, "regionale") == ["Person000", "Person001", "Person002"]
    assert names(office, "chu") == ["Person000"]
    assert names(office, "clinique") == ["Person001"]
    for who, count in (("regionale", 3), ("auditrice", 3), ("chu", 1), ("clinique", 1)):
        tally = do(office, "counts", who)
        assert isinstance(tally, Tally)
        assert tally.by_stage[Stage.PENDING] == count
    assert names(office, "chu", Query(establishment=CLINIC)) == []
    # Nor does a search, a cursor or somebody else's name tell of it.
    assert names(office, "chu", Query(text="person001")) == []
    first = do(office, "list", "regionale", Query(size=1))
    assert names(office, "chu", Query(after=first.next)) == []
    assert do(office, "open", "chu", made[CLINIC].id) is Denied.NOT_FOUND
    assert do(office, "open", "chu", made["region"].id) is Denied.NOT_FOUND
    assert do(office, "open", "chu", "nobody") is Denied.NOT_FOUND
    assert isinstance(do(office, "open", "chu", made[CHU].id), Sheet)


def test_wb_014_without_the_right_there_is_no_queue(sqlite_office: Opened) -> None:
    made = fill(sqlite_office)[CHU]
    for verb, arguments in (
        ("list", (Query(),)),
        ("counts", ()),
        ("figures", ()),
        ("next_one", (Query(),)),
        ("open", (made.id,)),
        ("claim", (made.id, 1)),
        ("refuse", (made.id, 1, "Non")),
    ):
        assert do(sqlite_office, verb, "assistance", *arguments) is Denied.NOT_ALLOWED, verb
    # An auditor reads, and decides nothing.
    assert do(sqlite_office, "open", "auditrice", made.id).may_decide is False
    for verb, arguments in (
        ("claim", (made.id, 1)),
        ("release", (made.id, 1)),
        ("assign", (made.id, 1, sqlite_office["chu"].id)),
        ("note", (made.id, "vu")),
        ("pass_on", (made.id, 1)),
        ("refuse", (made.id, 1, "Non")),
        ("ask_more", (made.id, 1, "Quoi ?")),
        ("reopen", (made.id, 1)),
        ("deciders", (made.id,)),
    ):
        assert do(sqlite_office, verb, "auditrice", *arguments) is Denied.NOT_ALLOWED, verb
        assert do(sqlite_office, verb, "clinique", *arguments) is Denied.NOT_FOUND, verb


def test_a_draft_or_an_unconfirmed_request_is_nobody_s_to_see(sqlite_office: Opened) -> None:
    for stage in (Stage.DRAFT, Stage.UNCONFIRMED, Stage.ABANDONED):
        made = ask(sqlite_office.world.core, stage=stage)
        assert do(sqlite_office, "open", "regionale", made.id) is Denied.NOT_FOUND
        assert do(sqlite_office, "refuse", "regionale", made.id, 1, "Non") is Denied.NOT_FOUND
        assert names(sqlite_office, "regionale", Query(stage="")) == []
        assert names(sqlite_office, "regionale", Query(stage=stage.value)) == []


def test_pages_go_through_everything_once(office: Opened) -> None:
    core = office.world.core
    for number in range(7):
        stage = Stage.REFUSED if number == 3 else Stage.PENDING
        house = CHU if number % 2 else CLINIC
        # Letters that a server of French sorts otherwise than by their bytes (RL-20).
        name = ("Za", "aB", "-c", "ab", "_d", "Ab", "9e")[number]
        ask(core, name, **someone(number, establishment=house), stage=stage)
        # Two at the same second, now and then.
        office.world.clock.pass_by(number % 2)
    for newest_first in (False, True):
        query = Query(stage="", size=2, newest_first=newest_first)
        seen: list[str] = []
        while True:
            found = do(office, "list", "regionale", query)
            seen += [one.request.id for one in found.rows]
            if not found.next:
                break
            query = replace(query, after=found.next)
        assert len(seen) == len(set(seen)) == 7
    assert names(office, "regionale", Query(stage="refused")) == ["Person003"]
    assert names(office, "regionale", Query(after="' OR 1=1")) == []


FILTERS = (
    (Query(text="person001"), ["Person001"]),
    (Query(text="PERSON"), ["Person000", "Person001", "Person002"]),
    (Query(text="alix"), ["Person000", "Person001", "Person002"]),
    (Query(text="person2@example"), ["Person002"]),
    (Query(text="1000 0000 02"), ["Person002"]),
    # WB-009: what is typed means itself.
    (Query(text="%"), []),
    (Query(text="erson"), []),
    (Query(text="\x00"), []),
    (Query(profession="60"), ["Person000"]),
    (Query(establishment=CLINIC), ["Person001"]),
    (Query(waiting=2 * 3600), ["Person000", "Person001"]),
    (Query(assigned="nobody"), ["Person000", "Person001", "Person002"]),
    (Query(assigned="me"), []),
    (Query(stage="nonsense"), []),
)


def test_filters(office: Opened) -> None:
    fill(office)
    for query, found in FILTERS:
        assert names(office, "regionale", query) == found, query


def test_somebody_takes_it_and_another_sees_who(office: Opened) -> None:
    made = fill(office)[CHU]
    taken = do(office, "claim", "chu", made.id, made.version)
    assert taken.assigned_to == office["chu"].id
    stale = do(office, "claim", "regionale", made.id, made.version)
    assert isinstance(stale, Stale)
    assert [one.what for one in stale.since] == ["assigned"]
    [row] = do(office, "list", "chu", Query(assigned="me")).rows
    assert row.assigned_name == "Paul Aubry"
    # An administrator of the other house is none of those it may be given to.
    version = taken.version
    given = do(office, "assign", "regionale", made.id, version, office["clinique"].id)
    assert given == Unfit("not-a-decider")
    given = do(office, "assign", "regionale", made.id, version, office["auditrice"].id)
    assert given == Unfit("not-a-decider")
    given = do(office, "assign", "regionale", made.id, version, office["regionale"].id)
    assert given.assigned_to == office["regionale"].id
    assert do(office, "deciders", "chu", made.id) == {office["chu"].id: "Paul Aubry"}
    assert len(do(office, "deciders", "regionale", made.id)) == 3
    free = do(office, "release", "chu", made.id, given.version)
    assert free.assigned_to is None
    opened = do(office, "open", "chu", made.id)
    assert [one.what for one in opened.history[2:]] == ["assigned", "assigned", "released"]
    assert opened.names[office["regionale"].id] == "Rose Garnier"


def test_notes_stay_among_those_who_decide(office: Opened) -> None:
    made = fill(office)[CHU]
    for text, why in (("  ", "missing"), ("x" * 2001, "too-long"), ("a\x00b", "characters")):
        assert do(office, "note", "chu", made.id, text) == Unfit(why)
    assert isinstance(do(office, "note", "chu", made.id, "Appelé : rappelle lundi."), Request)
    opened = do(office, "open", "chu", made.id)
    assert opened.history[-1].note == "Appelé : rappelle lundi."
    assert opened.request.answer == ""
    # Whoever had the page open is told before they decide.
    stale = do(office, "refuse", "chu", made.id, made.version, "Non")
    assert [one.note for one in stale.since] == ["Appelé : rappelle lundi."]


def test_a_request_is_passed_on_to_the_region(office: Opened) -> None:
    made = fill(office)[CHU]
    assert isinstance(do(office, "pass_on", "chu", made.id, made.version), Request)
    assert do(office, "open", "chu", made.id) is Denied.NOT_FOUND
    opened = do(office, "open", "regionale", made.id)
    assert opened.request.establishment == ""
    assert do(office, "pass_on", "regionale", made.id, 2) == Unfit("regional")


def test_how_long_people_wait(office: Opened) -> None:
    core, clock = office.world.core, office.world.clock
    requests = []
    for number in range(10):
        house = CLINIC if number == 9 else CHU
        requests.append(ask(core, **someone(number, establishment=house)))
    for number, one in enumerate(requests[:8]):
        clock.pass_by(DAY)
        verb = ("refuse", "Non") if number == 7 else ("claim",)
        if number == 7:
            assert isinstance(do(office, verb[0], "chu", one.id, 1, verb[1]), Request)
            continue
        with core.database.write() as tx:
            core.requests.change(
                tx,
                replace(one, stage=Stage.APPROVED, decided_at=clock.now(), decided_by="x"),
            )
    found = do(office, "figures", "regionale")
    assert (found.waiting, found.decided) == (2, 8)
    assert found.oldest_at == requests[8].submitted_at
    assert (found.median, found.ninth_decile) == (4 * DAY, 8 * DAY)
    assert len(found.weeks) == 12
    assert sum(one.submitted for one in found.weeks) == 10
    assert sum(one.approved for one in found.weeks) == 7
    assert sum(one.refused for one in found.weeks) == 1
    assert found.weeks[-1].begins_at <= clock.now() < found.weeks[-1].begins_at + 7 * DAY
    # WB-015: of the other house nothing is counted.
    own = do(office, "figures", "clinique")
    assert (own.waiting, own.decided, own.median, own.ninth_decile) == (1, 0, None, None)
