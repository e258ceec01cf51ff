# SPDX-License-Identifier: Apache-2.0
"""Registration under attack: tries, links, letters, mass sign-up, and what is typed."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest
from bs4 import BeautifulSoup
from sqlalchemy import text

from idp.http.letters import Letters
from idp.messages.quotas import MAILBOX
from idp.origin import Origin
from idp.registration.links import Purpose
from idp.registration.puzzles import MOST_TRIES, Kind, Verdict
from idp.registration.values import Request, Stage
from tests.cast import PEOPLE
from tests.outbox import waiting
from tests.registration_kit import EMAIL, NUMBER, Applicant, link_of
from tests.world import open_world

KNOWN = PEOPLE["medecin"]


def at_once(do: Callable[[], Any], times: int = 8) -> list[Any]:
    """What becomes of the same thing, done by many at the same moment."""
    barrier = threading.Barrier(times)

    def one(_number: int) -> Any:
        barrier.wait(30)
        return do()

    with ThreadPoolExecutor(times) as pool:
        return list(pool.map(one, range(times)))


@pytest.fixture
def applicant(sqlite_world):
    return Applicant(sqlite_world.browser())


def test_cr_001_ten_wrong_answers_in_a_row_make_a_pause(applicant):
    applicant.steps()
    world, browser = applicant.world, applicant.browser
    for _try in range(MOST_TRIES - 1):
        applicant.finish("wrong")
        assert browser.last.status_code == 422
    # Asking for others in between gives nothing back.
    browser.submit("/registration/summary/puzzle", kind="image")
    applicant.finish("wrong")
    assert browser.last.status_code == 422
    browser.get("/registration/summary")
    assert browser.page.find(id="answer") is None
    world.clock.pass_by(901)
    applicant.finish()
    assert applicant.request.stage is Stage.UNCONFIRMED


def test_cr_001_an_answer_uses_the_picture_up(applicant):
    applicant.steps()
    world, name = applicant.world, applicant.request.id
    applicant.browser.get("/registration/summary")
    letters = applicant.letters()
    puzzles = world.core.registration.puzzles
    with world.core.database.write() as tx:
        assert puzzles.answer(tx, name, "wrong!") is Verdict.WRONG
        assert puzzles.answer(tx, name, letters) is Verdict.OVER
        assert puzzles.renew(tx, name, Kind.IMAGE, "fr") is not None
        assert puzzles.answer(tx, name, letters) is Verdict.WRONG


def test_cr_001_a_picture_is_good_for_a_quarter_of_an_hour(applicant):
    applicant.steps()
    applicant.browser.get("/registration/summary")
    letters = applicant.letters()
    applicant.world.clock.pass_by(901)
    applicant.answer(letters)
    assert applicant.request.stage is Stage.DRAFT


def test_cr_005_the_answer_of_one_request_is_none_of_another(applicant):
    other = Applicant(applicant.world.browser()).steps(
        email="o@x.example", email_again="o@x.example"
    )
    applicant.steps()
    applicant.browser.get("/registration/summary")
    letters = applicant.letters()
    other.finish(letters)
    assert other.request.stage is Stage.DRAFT


def test_cr_001_many_right_answers_at_the_same_moment_are_one(world):
    applicant = Applicant(world.browser()).steps()
    applicant.browser.get("/registration/summary")
    request, letters = applicant.request, applicant.letters()
    registration = world.core.registration

    def finish() -> Any:
        with world.core.database.write() as tx:
            verdict = registration.puzzles.answer(tx, request.id, letters)
            if verdict is Verdict.RIGHT:
                return registration.drafts.send(tx, request, _origin())
            return verdict

    sent = [one for one in at_once(finish) if isinstance(one, Request)]
    assert len(sent) == 1
    assert len(waiting(world, "registration-confirm")) == 1


def test_rl_021_of_many_changes_of_one_version_one_is_kept(world):
    applicant = Applicant(world.browser()).steps()
    request, drafts = applicant.request, world.core.registration.drafts

    def change() -> Any:
        with world.core.database.write() as tx:
            return drafts.answer(tx, request, request.content, 2)

    kept = [one for one in at_once(change) if isinstance(one, Request)]
    assert len(kept) == 1


@pytest.mark.parametrize("purpose", ["confirm", "resume"])
def test_cr_043_a_link_is_taken_once_by_many_at_the_same_moment(world, purpose):
    applicant = Applicant(world.browser())
    applicant.send()
    registration = world.core.registration
    with world.core.database.write() as tx:
        secret = registration.links.give(tx, applicant.request.id, Purpose(purpose), 600)
    act = registration.drafts.confirm if purpose == "confirm" else registration.drafts.take_back

    def take() -> Any:
        with world.core.database.write() as tx:
            return act(tx, secret, _origin())

    assert len([one for one in at_once(take) if one is not None]) == 1


def _origin() -> Origin:
    return Origin("192.0.2.10", "Firefox", "0" * 16)


def test_cr_043_looking_at_a_link_uses_nothing_up(applicant):
    applicant.send()
    link = link_of(applicant.world, "registration-confirm")
    scanner = applicant.world.browser("203.0.113.5")
    for _look in range(3):
        answer = scanner.request("GET", link)
        # Out of the address at once, so that no referrer carries it.
        assert answer.headers["Location"] == "/registration/confirm"
        scanner.get(link)
    assert applicant.request.stage is Stage.UNCONFIRMED
    applicant.confirm()
    assert applicant.request.stage is Stage.PENDING


def test_cr_005_a_link_serves_in_no_other_place(applicant):
    applicant.send()
    applicant.browser.get("/registration/back")
    applicant.browser.submit("/registration/back", email=EMAIL)
    secret = link_of(applicant.world, "registration-resume").rpartition("/")[2]
    other = applicant.world.browser()
    other.get(f"/registration/confirm/{secret}")
    assert other.problem == "registration-link-over"
    assert applicant.request.stage is Stage.UNCONFIRMED


def test_cr_041_a_link_ends_in_time(applicant):
    applicant.send()
    link = link_of(applicant.world, "registration-confirm")
    applicant.world.clock.pass_by(applicant.world.core.settings.registration.link_life + 1)
    other = applicant.world.browser()
    other.get(link)
    assert other.problem == "registration-link-over"


def test_cr_042_links_lead_to_the_configured_address(applicant):
    applicant.browser.headers |= {
        "X-Forwarded-Host": "evil.example",
        "Forwarded": "host=evil.example",
        "X-Forwarded-Proto": "http",
    }
    applicant.send()
    (letter,) = waiting(applicant.world, "registration-confirm")
    assert letter.values["link"].startswith("https://sceau.example/registration/confirm/")


def test_cr_022_a_mailbox_is_written_to_three_times_an_hour(applicant):
    world, most = applicant.world, MAILBOX["registration"][0].count
    applicant.send()
    for number in range(6):
        browser = world.browser(f"192.0.2.{100 + number}")
        browser.get("/registration/back")
        browser.submit("/registration/back", email=EMAIL)
        assert browser.last.request.path == "/registration/back/sent"
    assert len([one for one in waiting(world) if one.recipient == EMAIL]) == most


def test_cr_022_whoever_sends_is_told_and_loses_nothing(applicant):
    applicant.send()
    for _more in range(2):
        applicant.browser.get("/registration/status")
        applicant.browser.submit("/registration/status/resend")
        assert applicant.browser.last.status_code == 200
    applicant.browser.get("/registration/status")
    applicant.browser.submit("/registration/status/resend")
    assert applicant.browser.problem == "registration-too-often"
    other = Applicant(applicant.world.browser())
    other.send()
    assert other.browser.last.status_code == 429
    assert other.request.stage is Stage.DRAFT


def test_cr_048_so_many_requests_an_hour_from_one_address(applicant):
    world = applicant.world
    settings = world.core.settings
    most = settings.sms.per_address + settings.smtp.per_address
    for _each in range(most):
        Applicant(world.browser()).begin()
    late = Applicant(world.browser())
    late.begin()
    assert late.browser.problem == "registration-too-often"
    elsewhere = Applicant(world.browser("198.51.100.9"))
    elsewhere.begin()
    assert elsewhere.held() is not None


def test_cr_048_fields_that_nobody_asked_for_are_ignored(applicant):
    applicant.begin()
    applicant.say_no_card()
    applicant.fill(
        stage="approved",
        state="approved",
        role="super-administrator",
        national_id="899999999999",
        account_id="x",
        step="4",
        profession_label="Administrateur",
    )
    applicant.wish(community=["onco-centre", "made-up"], application=["plain"], role=["x"])
    request = applicant.request
    assert request.stage is Stage.DRAFT
    assert request.national_id == ""
    assert request.account_id is None
    assert request.content.details.profession_label == "Médecin"
    # Neither communities that are none, nor applications that are not offered.
    assert request.content.wishes.communities == ("onco-centre",)
    assert request.content.wishes.applications == ()


def test_cr_048_no_step_can_be_left_out(applicant):
    applicant.begin()
    for path in ("details", "wishes", "summary"):
        applicant.browser.get(f"/registration/{path}")
        assert applicant.browser.last.request.path == "/registration/card"
    _url, fields = applicant.browser.form("/registration/card")
    applicant.browser.post("/registration/summary", fields | {"answer": "ABCDEF"})
    assert applicant.request.stage is Stage.DRAFT


def test_cr_048_where_registration_is_closed_nothing_begins(sqlite_url):
    world = open_world(sqlite_url, REGISTRATION_OPEN="false")
    browser = world.browser()
    browser.get("/registration")
    assert browser.problem == "registration-closed"
    # With a form of another page of ours.
    browser.get("/password/forgotten")
    _url, fields = browser.form("/password/forgotten")
    browser.post("/registration", {"csrf": fields["csrf"], "terms": "yes"})
    assert browser.problem == "registration-closed"
    assert not world.events("registration.begun")
    browser.get("/login")
    assert not browser.page.find("a", href="/registration")
    world.provider.close()


def test_cr_048_a_draft_is_not_sent_once_registration_is_closed(applicant):
    applicant.steps()
    drafts = applicant.world.core.registration.drafts
    drafts._rules = replace(drafts._rules, open=False)
    applicant.finish()
    assert applicant.browser.problem == "registration-closed"
    assert applicant.request.stage is Stage.DRAFT


def test_cr_048_an_address_in_other_letters_is_the_same_one(applicant):
    """CR-011: case and compatibility forms do not make another mailbox."""
    odd = KNOWN.email.upper()
    applicant.send(email=odd, email_again=odd)
    assert not waiting(applicant.world, "registration-confirm")
    (letter,) = waiting(applicant.world, "registration-known")
    assert letter.recipient == odd


def test_cr_030_every_answer_is_the_same_where_there_is_an_account(applicant):
    """The page, its status, its cookies; also when the letter is asked for once more."""
    answers = []
    for email in ("nobody@chu.example", KNOWN.email):
        one = Applicant(applicant.world.browser())
        one.send(email=email, email_again=email)
        again = one.browser.submit("/registration/status/resend")
        one.browser.get("/registration/back")
        back = one.browser.submit("/registration/back", email=email)
        answers.append([_seen(each, email) for each in (again, back)])
    assert answers[0] == answers[1]


def _seen(answer: Any, email: str) -> Any:
    """What a visitor sees of an answer, but for what is random, or their own."""
    page = BeautifulSoup(answer.data, "html.parser")
    for field in page.find_all("input", attrs={"name": "csrf"}):
        field["value"] = ""
    return answer.status_code, sorted(answer.headers.keys()), str(page).replace(email, "…")


def test_cr_030_the_owner_of_a_number_hears_of_it_at_their_own_address(applicant):
    world = applicant.world
    with world.core.database.write() as tx:
        tx.execute(
            text("UPDATE accounts SET email_verified = 1, national_id = :number WHERE id = :id"),
            {"id": world.cast["medecin"].id, "number": f"8{NUMBER}"},
        )
    applicant.send()
    assert applicant.browser.last.request.path == "/registration/status"
    assert not waiting(world, "registration-known")
    applicant.confirm()
    (letter,) = waiting(world, "registration-known")
    assert letter.recipient == KNOWN.email
    # The request waits for an administrator, who sees both.
    assert applicant.request.stage is Stage.PENDING


@pytest.mark.parametrize(
    "typed",
    ["{{7*7}}", "{% raw %}x", "${7*7}", "{0.__class__}", "<script>x</script>", "'; DROP TABLE x"],
    ids=["expression", "tag", "dollar", "format", "script", "sql"],
)
def test_wb_008_what_is_typed_is_text_on_pages_and_in_letters(applicant, typed):
    applicant.send(last_name=typed + "é", street=typed)
    assert applicant.request.stage is Stage.UNCONFIRMED
    (letter,) = waiting(applicant.world, "registration-confirm")
    rendered = Letters(applicant.world.core.settings).render(
        letter.channel, letter.purpose, letter.locale, letter.values
    )
    assert typed in rendered.text
    assert "<script>x" not in rendered.html


def test_wb_023_and_wb_026_the_audit_holds_no_word_that_was_typed(applicant):
    applicant.send()
    applicant.confirm()
    told = " ".join(
        str(one.detail) for one in applicant.world.events() if "registration" in one.kind
    )
    for word in ("Lefèvre", "Élodie", EMAIL, "Tonnellé", "10003456786"):
        assert word not in told


def test_wb_050_nothing_that_was_typed_lies_open_in_the_database(applicant):
    applicant.send()
    applicant.browser.get("/registration/status")
    with applicant.world.core.database.read() as tx:
        rows = tx.execute(text("SELECT * FROM registration_requests")).all()
        puzzles = tx.execute(text("SELECT * FROM registration_puzzles")).all()
        links = tx.execute(text("SELECT * FROM registration_links")).all()
    stored = repr([*rows, *puzzles, *links])
    assert "Tonnellé" not in stored
    assert link_of(applicant.world, "registration-confirm").rpartition("/")[2] not in stored
    assert applicant.browser.cookie("registration") not in stored


def test_wb_052_a_request_moved_to_another_row_does_not_open(applicant):
    other = Applicant(applicant.world.browser())
    applicant.steps()
    other.begin()
    with applicant.world.core.database.write() as tx:
        tx.execute(
            text(
                "UPDATE registration_requests SET content = (SELECT content FROM "
                "registration_requests WHERE id = :one) WHERE id = :other"
            ),
            {"one": applicant.request.id, "other": other.request.id},
        )
    other.browser.get("/registration/details")
    assert other.browser.last.status_code == 500


def test_wb_015_a_holder_s_secret_opens_one_request_and_no_other(applicant):
    applicant.send()
    stranger = applicant.world.browser()
    for path in ("card", "details", "wishes", "summary", "status", "withdraw"):
        stranger.get(f"/registration/{path}")
        assert stranger.problem == "registration-lost"
    assert stranger.request("GET", "/registration/summary/picture").status_code == 404
