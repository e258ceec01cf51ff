# SPDX-License-Identifier: Apache-2.0
"""What the person sees of a request that their phone asks, too."""

from tests.outbox import waiting
from tests.protocol.kit import settled
from tests.protocol.oidc.absent import PAGE, links
from tests.protocol.oidc.rung import NUMBER, Rung


def test_it_is_in_the_journal_and_among_the_sessions_of_the_person(rung: Rung) -> None:
    rung.asked()
    rung.answers()
    mine = settled(rung.phones.here)
    mine.get("/account/history")
    told = [one.get_text(" ", strip=True) for one in mine.page.select(".past-facts")]
    # The login, and what was agreed to by it.
    assert sum("CPS" in one and rung.one.client.key.upper() in one for one in told) == 2
    mine.get("/account/sessions")
    assert len(mine.page.select("li.entry")) == 2


def test_the_page_of_the_request_follows_the_phone(rung: Rung) -> None:
    handle = rung.asked()
    mine = settled(rung.phones.here)
    (page,) = links(mine)
    mine.get(page)
    shown = mine.page.select_one("#request-phone")
    assert shown is not None
    assert NUMBER in shown.get_text()
    again = mine.page.select_one("noscript meta[http-equiv=refresh]")
    assert again is not None
    assert str(again["content"]).endswith(f"url={page}")
    # What the script asks, every other second.
    assert mine.request("HEAD", page).status_code == 200
    rung.answers()
    answer = mine.request("HEAD", page)
    assert answer.headers["Location"].endswith(f"{PAGE}?done=agreed")
    assert rung.one.come(handle).status == 200
    assert mine.request("HEAD", page).headers["Location"].endswith(f"{PAGE}?done=agreed")
    # Somebody else is told nothing of it.
    theirs = settled(rung.phones.here, "infirmiere")
    assert theirs.request("HEAD", page).headers["Location"].endswith(f"{PAGE}?done=over")


def test_the_page_is_told_of_a_refusal_and_not_of_silence(rung: Rung) -> None:
    rung.asked()
    mine = settled(rung.phones.here)
    (page,) = links(mine)
    rung.answers("")
    assert mine.request("HEAD", page).headers["Location"].endswith(f"{PAGE}?done=refused")
    rung.phones.here.clock.pass_by(601)
    rung.asked(requested_expiry="300")
    (page,) = links(mine)
    rung.expire()
    mine.get(page)
    assert mine.page.select_one("#request-phone") is None
    assert mine.page.select_one("#request") is not None


def test_the_letter_says_that_the_phone_asks_too(rung: Rung) -> None:
    rung.asked()
    rung.asked(binding_message="K-42")
    told = [one.values["phone"] for one in waiting(rung.phones.here, "approval-asked")]
    assert sorted(told) == [0, 1]
