# SPDX-License-Identifier: Apache-2.0
"""What a proxy may show at its application's address sets no rule for that site (WB-002)."""

import inspect
from typing import Any

import pytest

from idp.errors import Unavailable
from idp.headers.edge import PROXIED
from idp.http.headers import COMMON, HSTS
from idp.http.wire import Call, Reply
from tests.protocol.headers.kit import SITE, question, register
from tests.security.crawl import raw
from tests.world import World

RULES = (HSTS[0], "Content-Security-Policy", "Permissions-Policy")
HTML = {"Accept": "text/html"}
# Refusals and breakdowns: nothing of them is for the browser to keep.
REFUSALS: dict[str, tuple[int, str, dict[str, str]]] = {
    "another host": (400, "GET", {"Host": "old.example"}),
    "nobody's proxy": (403, "GET", HTML),
    "another method": (405, "POST", {}),
}


def check_bare(answer: Any) -> None:
    """Neither HSTS, which would bind every name below that site, nor a policy of ours."""
    for name, value in COMMON:
        assert answer.headers.getlist(name) == [value], name
    assert not [name for name in RULES if name in answer.headers]


@pytest.mark.parametrize("path", sorted(PROXIED))
@pytest.mark.parametrize("why", REFUSALS)
def test_wb_002_a_refusal_sets_no_rule_at_the_applications_site(
    sqlite_world: World, path: str, why: str
) -> None:
    status, method, headers = REFUSALS[why]
    answer = raw(sqlite_world, method, path, headers)
    assert answer.status_code == status
    check_bare(answer)
    assert "Set-Cookie" not in answer.headers


@pytest.mark.parametrize("path", sorted(PROXIED))
@pytest.mark.parametrize("headers", [HTML, {}], ids=["page", "word"])
@pytest.mark.parametrize(
    ("fault", "status"), [(RuntimeError("inside"), 500), (Unavailable("database"), 503)]
)
def test_wb_002_a_breakdown_sets_no_rule_there_either(
    sqlite_world: World,
    monkeypatch: pytest.MonkeyPatch,
    path: str,
    headers: dict[str, str],
    fault: Exception,
    status: int,
) -> None:
    def broken(_call: Call) -> Reply:
        raise fault

    front = inspect.unwrap(sqlite_world.provider.web.wsgi_app)
    monkeypatch.setitem(front._endpoints, path, broken)
    answer = raw(sqlite_world, "GET", path, headers)
    assert answer.status_code == status
    check_bare(answer)
    assert "Set-Cookie" not in answer.headers


@pytest.mark.parametrize("path", sorted(PROXIED))
def test_wb_002_who_may_ask_is_answered_without_rules_too(sqlite_world: World, path: str) -> None:
    register(sqlite_world)
    for kind in (HTML, {}):
        answer = raw(sqlite_world, "GET", path, question("old", SITE) | kind)
        assert answer.status_code in {303, 401}
        check_bare(answer)
