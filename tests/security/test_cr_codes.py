# SPDX-License-Identifier: Apache-2.0
"""One-time codes under attack: guessed, repeated, carried elsewhere, raced, looked for."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import text

from connectors.base import Attempt, Evidence, Reason, Refused, Verified
from idp.credentials.one_time_codes import Binding, Purpose
from idp.crypto import CryptoError
from tests.codes import coded, give_addresses, last_code, open_post_office, other_than
from tests.functional.conftest import make_quick
from tests.protocol.kit import at_once
from tests.protocol.processes import ServerProcess, everywhere, start_servers, stop_servers
from tests.security.crawl import raw
from tests.world import World, open_world

JOURNEY = "journey-of-the-test"
WRONG, OVER = Refused(Reason.WRONG), Refused(Reason.EXPIRED)


@pytest.fixture
def office(database_url: str) -> Iterator[World]:
    world = open_post_office(database_url)
    yield world
    world.provider.close()


@pytest.fixture
def quick_office(sqlite_url: str) -> Iterator[World]:
    world = open_post_office(sqlite_url)
    yield world
    world.provider.close()


@pytest.fixture(scope="module")
def four_servers() -> Iterator[list[ServerProcess]]:
    started = start_servers(4)
    yield started
    stop_servers(started)


def send(world: World, channel: str = "sms", who: str = "medecin", journey: str = JOURNEY) -> str:
    """A new code: its digits."""
    form = {"channel": channel}
    _resume(world, world.cast[who].id, form, journey)
    return last_code(world)


def judge(world: World, code: str, who: str = "medecin", journey: str = JOURNEY) -> Any:
    return _resume(world, world.cast[who].id, {"code": code}, journey)


def _resume(world: World, account: str, form: dict[str, str], journey: str) -> Any:
    connector = world.provider.services.connectors["otp"]
    attempt = Attempt(journey, account, "")
    return connector.resume(attempt, Evidence(form=form, address="192.0.2.10"))


def judged_in_a_server(world: World, _number: int, account: str, code: str) -> bool:
    return isinstance(_resume(world, account, {"code": code}, JOURNEY), Verified)


def rows(world: World) -> list[Any]:
    with world.core.database.read() as tx:
        return list(tx.execute(text("SELECT * FROM one_time_codes ORDER BY created_at")).all())


def test_cr_001_five_wrong_tries_burn_a_code(office: World):
    code = send(office)
    wrong = other_than(code)
    assert [judge(office, wrong) for _ in range(4)] == [WRONG] * 4
    assert isinstance(judge(office, code), Verified)
    office.clock.pass_by(30)
    code = send(office)
    wrong = other_than(code)
    assert [judge(office, wrong) for _ in range(5)] == [WRONG] * 4 + [OVER]
    assert judge(office, code) == OVER
    assert len(office.events("otp.burned")) == 1


def test_cr_001_parallel_guesses_do_not_slip_past_the_count(office: World):
    """The right one among fifty: five are judged, whichever come first."""
    code = send(office)
    guesses = [f"{(int(code) + 1 + number) % 1_000_000:06}" for number in range(50)]
    answers = at_once(50, lambda number: judge(office, guesses[number]))
    assert answers.count(WRONG) == 4
    assert answers.count(OVER) == 46
    assert judge(office, code) == OVER
    assert [row.tries for row in rows(office)] == [5]


def test_cr_002_tries_add_up_over_codes_journeys_and_addresses(quick_office: World):
    """25 tries a day for one account, wherever they come from and however many codes there were."""
    world = make_quick(quick_office)
    client = coded(world)
    for round_ in range(7):
        browser = world.browser(f"198.51.100.{round_}")
        client.ask(browser)
        browser.log_in()
        # Sent by hand: the page shows no form any more once it is over.
        url, fields = browser.form("/otp")
        browser.post(url, fields | {"channel": "email"})
        wrong = other_than(last_code(world))
        for _ in range(4):
            browser.post(url, fields | {"code": wrong})
        world.clock.pass_by(3600)
    tries = [one for one in world.events("login.failed") if one.means == "otp"]
    why = [one.detail for one in tries]
    assert sum("exhausted" in (one or "") for one in why) == len(why) - 25 > 0
    # Even the right one is no longer judged, nor is another sent.
    browser = world.browser("198.51.100.99")
    client.ask(browser)
    browser.log_in()
    sent = len(world.events("otp.sent"))
    browser.submit("/otp", channel="email")
    assert len(world.events("otp.sent")) == sent
    assert browser.page.select_one("#form-error")


def test_cr_003_tries_in_vain_leave_the_code_to_the_one_that_counts(office: World):
    code, account = send(office), office.cast["medecin"].id
    connector = office.provider.services.connectors["otp"]
    in_vain = Attempt(JOURNEY, account, "", in_vain=True)
    for _tab in range(12):
        assert isinstance(connector.resume(in_vain, Evidence(form={"code": code})), Verified)
    assert isinstance(judge(office, code), Verified)
    assert judge(office, code) == OVER


@pytest.mark.parametrize("servers", [1, 4])
def test_cr_003_one_of_many_submissions_of_the_right_code_wins(
    office: World, database_url: str, four_servers: list[ServerProcess], servers: int
):
    """Fifty at one moment, in one process and over four, on both databases: exactly one."""
    code, account = send(office), office.cast["medecin"].id
    words = (account, code)
    if servers == 1:
        won = at_once(50, lambda number: judged_in_a_server(office, number, *words))
    else:
        won = everywhere(four_servers, database_url, 13, judged_in_a_server, *words)
    assert len(won) >= 50
    assert won.count(True) == 1


def post_code(
    world: World, _number: int, path: str, form: dict[str, str], cookies: str
) -> tuple[int, str]:
    answer = raw(world, "POST", path, {"Cookie": cookies}, data=form)
    return answer.status_code, answer.headers.get("Location", "")


def test_cr_003_fifty_forms_with_the_right_code_open_one_door(
    office: World, database_url: str, four_servers: list[ServerProcess]
):
    """The whole way, over four servers: one session is lifted, one browser is sent on."""
    world = make_quick(office)
    client, browser = coded(world), world.browser()
    client.ask(browser)
    browser.log_in()
    browser.submit("/otp", channel="sms")
    url, fields = browser.form("/otp")
    cookies = "; ".join(
        f"{world.core.jar.name(purpose)}={browser.cookie(purpose)}"
        for purpose in ("browser", "session", "device")
    )
    words = (url, fields | {"code": last_code(world)}, cookies)
    answers = everywhere(four_servers, database_url, 13, post_code, *words)
    assert len(answers) >= 50
    arrived = [where for status, where in answers if where.startswith(client.redirect_uri)]
    assert len(arrived) == 1
    assert all(status < 500 for status, _where in answers)
    proved = [one for one in world.events("login.proved") if one.means == "otp"]
    assert len(proved) == 1
    assert len(world.events("login.admitted")) == 1


@pytest.mark.parametrize(
    "spell",
    [
        "_".join,
        lambda code: f"{code[:3]} {code[3:]}",
        lambda code: f"+{code}",
        lambda code: f"{code}.0",
        lambda code: f"0{code}",
        lambda code: code.translate({48 + n: 0xFF10 + n for n in range(10)}),
        lambda code: code.translate({48 + n: 0x660 + n for n in range(10)}),
        lambda code: f"{code}\n{code}",
        lambda code: code + "\x00",
        lambda code: code[:5],
    ],
)
def test_cr_004_six_ascii_digits_and_nothing_else(quick_office: World, spell: Any):
    code = send(quick_office)
    assert judge(quick_office, spell(code)) == WRONG
    # It was not even looked at.
    assert [row.tries for row in rows(quick_office)] == [0]
    assert isinstance(judge(quick_office, f" \t{code}\r\n"), Verified)
    assert judge(quick_office, code) == OVER


def test_cr_005_a_code_is_good_for_one_person_journey_and_purpose(quick_office: World):
    world = quick_office
    code = send(world)
    assert judge(world, code, who="patient") == OVER
    assert judge(world, code, journey="another-journey") == OVER
    core = world.core
    for purpose in (Purpose.EMAIL, Purpose.PHONE):
        bound = Binding(world.cast["medecin"].id, purpose, JOURNEY)
        with core.database.write() as tx:
            assert core.otp.codes.use(tx, bound, code).value == "over"
            core.otp.codes.make(tx, bound, "email", "new@chu.example", 300)
    assert isinstance(judge(world, code), Verified)


def test_cr_005_a_code_for_another_purpose_is_no_login(quick_office: World):
    core, account = quick_office.core, quick_office.cast["medecin"].id
    with core.database.write() as tx:
        bound = Binding(account, Purpose.PHONE, JOURNEY)
        made = core.otp.codes.make(tx, bound, "sms", "+33699999999", 300)
    assert judge(quick_office, made.digits) == OVER


def test_cr_005_a_code_for_an_address_given_up_since_is_refused(office: World):
    code = send(office)
    give_addresses(office, "medecin", "+33687654321", "claire.durand@chu.example")
    assert judge(office, code) == OVER


def test_cr_005_a_code_for_a_card_revoked_since_is_refused(quick_office: World):
    code = send(quick_office)
    with quick_office.core.database.write() as tx:
        tx.execute(text("UPDATE cards SET revoked_at = 1"))
    assert judge(quick_office, code) == OVER


def test_rl_009_a_code_of_the_future_is_over(office: World):
    """The clock was set back by hours: the code would live for hours more."""
    code = send(office)
    office.clock.pass_by(-3 * 3600)
    assert judge(office, code) == OVER
    # Seen to be over, it stays so; and a new one can be had at once.
    office.clock.pass_by(3 * 3600)
    assert judge(office, code) == OVER
    office.clock.pass_by(-3 * 3600)
    assert isinstance(judge(office, send(office, "email")), Verified)


@pytest.mark.parametrize(("who", "life"), [("medecin", 300), ("patient", 900)])
def test_cr_006_a_second_too_old_is_too_old(quick_office: World, who: str, life: int):
    world = quick_office
    code = send(world, who=who)
    world.clock.pass_by(life)
    assert judge(world, code, who=who) == OVER
    world.clock.pass_by(-life)
    assert judge(world, code, who=who) == OVER
    world.clock.pass_by(31)
    code = send(world, who=who)
    world.clock.pass_by(life - 1)
    assert isinstance(judge(world, code, who=who), Verified)


def test_cr_007_two_wishes_at_one_moment_send_one_code(office: World):
    form = {"channel": "sms"}
    account = office.cast["medecin"].id
    answers = at_once(8, lambda _: _resume(office, account, form, JOURNEY))
    assert sorted(one.values["posted"] for one in answers) == ["sent"] + ["too-early"] * 7
    assert len(rows(office)) == 1
    assert isinstance(judge(office, last_code(office)), Verified)


def test_cr_007_a_code_of_another_journey_ends_with_a_new_one(quick_office: World):
    first = send(quick_office, journey="first-tab")
    second = send(quick_office, journey="second-tab")
    assert judge(quick_office, first, journey="first-tab") == OVER
    assert isinstance(judge(quick_office, second, journey="second-tab"), Verified)


def test_cr_010_a_copy_of_the_database_holds_no_code_and_no_address(quick_office: World):
    code = send(quick_office)
    # As text and as bytes, in every table.
    with quick_office.core.database.read() as tx:
        names = tx.execute(text("SELECT name FROM sqlite_master WHERE type = 'table'")).scalars()
        everything = {
            name: repr([tuple(row) for row in tx.execute(text(f'SELECT * FROM "{name}"'))])
            for name in names
        }
    holding = [name for name, found in everything.items() if re.search(rf"\b{code}\b", found)]
    assert holding == []
    assert "33612345678" not in everything["one_time_codes"] + everything["quotas"]
    # A copied row with another code's digits is not that code: the hash is bound to the row.
    core = quick_office.core
    assert core.lookup.hash(code) != rows(quick_office)[0].hash


def test_cr_010_the_sealed_destination_opens_in_its_own_row_only(quick_office: World):
    send(quick_office, journey="first-tab")
    send(quick_office, journey="second-tab")
    first, second = rows(quick_office)
    ring = quick_office.core.ring
    with pytest.raises(CryptoError):
        ring.open(first.destination, table="one_time_codes", column="destination", row=second.id)


def test_cr_021_nothing_is_sent_for_nobody(quick_office: World):
    connector = quick_office.provider.services.connectors["otp"]
    for account in (None, "nobody", ""):
        attempt = Attempt(JOURNEY, account, "")
        connector.resume(attempt, Evidence(form={"channel": "sms"}, address="192.0.2.10"))
    with quick_office.core.database.read() as tx:
        assert tx.execute(text("SELECT count(*) FROM messages")).scalar() == 0
        assert tx.execute(text("SELECT count(*) FROM one_time_codes")).scalar() == 0


def test_the_world_of_the_servers_is_this_one(four_servers: list[ServerProcess], sqlite_url: str):
    """The race above is one over the same database, or it would prove nothing."""
    world = open_world(sqlite_url)
    account = world.cast["medecin"].id
    world.provider.close()
    assert set(everywhere(four_servers, sqlite_url, 1, knows, account)) == {True}


def knows(world: World, _number: int, account: str) -> bool:
    return world.cast["medecin"].id == account
