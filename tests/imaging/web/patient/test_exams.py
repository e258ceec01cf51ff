# SPDX-License-Identifier: Apache-2.0
"""The patient's exams: told ones alone, of establishments that hold the consent."""

import pytest
from sqlalchemy import update

from imaging_app.consents.consent import Channel, State
from imaging_app.demo.cast import CLINIC, HOSPITAL
from imaging_app.exams.looks import images
from imaging_app.web.patient import exams as pages
from tests.imaging.web.patient.conftest import Space


def shown(space: Space, path: str = "/patient/exams") -> list[str]:
    page = space.inside().page(path)
    return [str(one["data-exam"]) for one in page.select("[data-exam]")]


def test_nothing_is_shown_nor_counted_before_it_is_told(space: Space) -> None:
    newest, oldest = space.exams()
    before = space.inside().page("/patient/exams").get_text()
    assert shown(space) == []
    assert not any(word in before for word in (newest.description, oldest.description))
    space.tell(oldest.id)
    page = space.inside().page("/patient/exams")
    assert [one["data-exam"] for one in page.select("[data-exam]")] == [oldest.id]
    assert newest.description not in page.get_text()
    # Who told it.
    assert "Claire Durand" in page.select_one("[data-exam]").get_text()
    space.tell(newest.id)
    assert shown(space) == [newest.id, oldest.id]
    assert shown(space, "/patient") == [newest.id, oldest.id]


def test_an_exam_leads_to_its_images_its_report_and_its_sharing(space: Space) -> None:
    newest = space.exams()[0].id
    space.tell(newest)
    page = space.inside().page("/patient/exams")
    assert [one["href"] for one in page.select("[data-exam] a")] == [
        f"/exams/{newest}",
        f"/exams/{newest}/reports",
        f"/patient/exams/{newest}/share",
    ]


def test_where_there_are_papers_alone_no_images_are_offered(space: Space) -> None:
    newest = space.exams()[0].id
    space.tell(newest)
    # What has no rows has no pixels.
    space.does(lambda tx: tx.execute(update(images).where(images.c.exam == newest).values(rows=0)))
    for path in ("/patient", "/patient/exams"):
        page = space.inside().page(path)
        assert [one["href"] for one in page.select("[data-exam] a")] == [
            f"/exams/{newest}/reports",
            f"/patient/exams/{newest}/share",
        ]


def test_it_leaves_with_the_consent_and_when_it_is_masked(space: Space) -> None:
    newest, oldest = (one.id for one in space.exams())
    space.tell(newest)
    space.tell(oldest)
    space.does(space.rooms.exams.index.hide, oldest, hidden=True)
    assert shown(space) == [newest]
    space.post(space.inside(), f"/patient/consents/{HOSPITAL[0]}/withdraw")
    assert shown(space) == []


def test_it_is_looked_for_by_day_place_and_kind(space: Space) -> None:
    newest, oldest = space.exams()
    for one in (newest, oldest):
        space.tell(one.id)

    def found(asked: str) -> list[str]:
        return shown(space, f"/patient/exams?search=1&{asked}")

    assert found(f"establishment={HOSPITAL[0]}") == [newest.id]
    assert found(f"establishment={CLINIC[0]}&modality=CT") == []
    assert found("modality=CT") == [newest.id]
    assert found("since=2026-01-01") == [newest.id]
    assert found("until=31/12/2025") == [oldest.id]
    assert found("since=2020-01-01&until=2026-12-31") == [newest.id, oldest.id]


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        ("", "since"),
        ("since=&until=&establishment=&modality=", "since"),
        ("since=yesterday", "since"),
        ("since=01/01/99999999999999999999", "since"),
        ("until=2026-02-30", "until"),
        ("until=31/02/2026", "until"),
        ("until=1/2", "until"),
        ("since=2026-02-02&until=2026-02-01", "until"),
    ],
)
def test_a_search_says_what_is_missing_or_can_not_be(space: Space, asked: str, field: str) -> None:
    space.tell(space.exams()[0].id)
    page = space.inside().page(f"/patient/exams?search=1&{asked}")
    assert page.select("[data-exam]") == []
    assert page.select_one("#faults a")["href"] == f"#{field}"
    assert page.select_one(f"#{field}")["aria-invalid"] == "true"
    # What was typed is still there.
    for part in asked.split("&"):
        name, _, value = part.partition("=")
        if name in {"since", "until"}:
            assert page.select_one(f"#{name}")["value"] == value


def test_pages_go_on_where_the_one_before_ended(
    space: Space, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pages, "PAGE", 1)
    newest, oldest = (one.id for one in space.exams())
    space.tell(newest)
    browser = space.inside()
    assert browser.page("/patient/exams").select("[rel=next]") == []
    space.tell(oldest)
    first = browser.page("/patient/exams")
    assert [one["data-exam"] for one in first.select("[data-exam]")] == [newest]
    second = browser.page(first.select_one("[rel=next]")["href"])
    assert [one["data-exam"] for one in second.select("[data-exam]")] == [oldest]
    assert second.select("[rel=next]") == []
    for typed in ("0", "-1", "x", "99999", "²"):
        browser.page(f"/patient/exams?page={typed}")


def test_of_somebody_else_nothing_is_there(space: Space) -> None:
    [theirs] = space.exams(space.other)
    space.tell(theirs.id, space.other)
    assert shown(space) == []
    assert [one["data-exam"] for one in space.inside("other").page("/patient").select(
        "[data-exam]"
    )] == [theirs.id]  # fmt: skip


def test_a_renewal_at_the_desk_shows_it_again(space: Space) -> None:
    newest = space.exams()[0].id
    space.tell(newest)
    consents = space.rooms.access.consents
    for state in (State.WITHDRAWN, State.RENEWED):
        space.does(
            consents.say, patient=space.patient, establishment=HOSPITAL[0], state=state,
            channel=Channel.ON_SITE, by_subject="x", by_name="x", text_version="1",
        )  # fmt: skip
    assert shown(space) == [newest]
