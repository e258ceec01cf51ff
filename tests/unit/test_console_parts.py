# SPDX-License-Identifier: Apache-2.0
"""Lists by cursor, filters as chips, charts as shapes: what the console's pages are made from."""

import pytest
from flask import Flask

from idp.web.admin.charts import Series, columns, lines, nice_top, ranking
from idp.web.admin.listing import REMEMBERED, Filter, Listing, read_listing
from idp.web.admin.menu import current_of

FILTERS = (
    Filter("text", "Search", "search"),
    Filter("state", "State", "choice", (("", "All"), ("open", "Open"))),
)


def listing(query: str) -> Listing:
    """A list as it is asked for."""
    with Flask("test").test_request_context(f"/list?{query}"):
        return read_listing("/list", FILTERS, keeping=("order",))


def test_filters_become_chips_that_take_themselves_away() -> None:
    asked = listing("text=%20Anne%20%20Marie&state=open&order=name&after=c1")
    assert [(one.label, one.shown, one.url) for one in asked.chips] == [
        ("", "Anne Marie", "/list?order=name&state=open"),
        ("State", "Open", "/list?order=name&text=Anne+Marie"),
    ]
    assert asked.bare_url == "/list?order=name"


@pytest.mark.parametrize("query", ["state=closed", "state=", "text=a%00b", "nothing=1"])
def test_what_is_no_filter_is_not_asked_for(query: str) -> None:
    assert listing(query).chips == []


def test_pages_go_on_by_cursor_and_back_again() -> None:
    first = listing("state=open").leading_to("c1")
    assert (first.next_url, first.previous_url) == ("/list?state=open&after=c1&back=", "")
    second = listing("state=open&after=c1&back=").leading_to("c2")
    assert second.next_url == "/list?state=open&after=c2&back=&back=c1"
    assert second.previous_url == "/list?state=open"
    third = listing("after=c2&back=&back=c1")
    assert (third.next_url, third.previous_url) == ("", "/list?after=c1&back=")


def test_only_so_many_pages_back_are_remembered() -> None:
    back = "&".join(f"back=c{number}" for number in range(50))
    far = listing(f"after=x&{back}").leading_to("y")
    assert far.next_url.count("back=") == REMEMBERED
    # Whoever came by a link from elsewhere is led to the beginning.
    assert listing("after=x").previous_url == "/list"


@pytest.mark.parametrize(
    ("most", "top"), [(0, 4), (4, 4), (5, 8), (13, 20), (21, 40), (81, 120), (1999, 2000)]
)
def test_an_axis_ends_at_a_round_number_in_four_parts(most: int, top: int) -> None:
    assert nice_top(most) == top
    assert top % 4 == 0


def test_columns_stand_upon_one_another() -> None:
    chart = columns("c", "C", "", ["a", "b"], [Series("one", (3, 0)), Series("two", (1, 4))])
    assert [bar.hue for bar in chart.bars] == [1, 2, 2]
    lower, upper, _ = chart.bars
    assert upper.y + upper.height == pytest.approx(lower.y)
    assert lower.y + lower.height == pytest.approx(chart.base)
    assert chart.rows == [("a", [3, 1]), ("b", [0, 4])]


def test_charts_of_nothing_are_empty() -> None:
    assert columns("c", "C", "", [], []).empty
    assert lines("c", "C", "", ["a"], [Series("one", (0,))]).empty
    assert ranking("c", "C", "", [], "n").empty


def test_a_long_axis_says_only_some_of_its_labels() -> None:
    chart = lines("c", "C", "", [str(n) for n in range(31)], [Series("one", tuple(range(31)))])
    assert len(chart.across) <= 12
    assert any(tick.minor for tick in chart.across)


def test_a_page_belongs_to_the_longest_address_above_it() -> None:
    paths = ["/admin", "/admin/accounts", "/admin/audit"]
    assert current_of(paths, "/admin/accounts/x/edit") == "/admin/accounts"
    assert current_of(paths, "/admin") == "/admin"
    assert current_of(paths, "/administration") == ""
