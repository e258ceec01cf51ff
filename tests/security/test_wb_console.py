# SPDX-License-Identifier: Apache-2.0
"""No page of the console holds a secret; the few that show one show it once (WB-022, CR-045)."""

import re

from tests.administration.route_table import ROWS
from tests.cast import PASSWORD, SECRET
from tests.security.crawl import Seen
from tests.world import RING

# What may be shown this once, by whoever has just proved who they are.
SHOWN_ONCE = re.compile(
    r"/admin/(applications/([^/]+/secret|invitations/new)|webhooks/(new|[^/]+/secret))"
)
HELD = (
    PASSWORD,
    SECRET,
    RING.partition(":")[2],
    "$argon2",
    "PRIVATE KEY",
    '"d":',
    # Of any webhook (Standard Webhooks), and of a passkey.
    "whsec_",
    "b'key'",
)


def test_wb_014_the_walk_saw_every_page_of_the_console(crawled: list[Seen]) -> None:
    seen = {one.path.partition("?")[0] for one in crawled if one.status in {200, 303}}
    for name in ROWS:
        method, _, rule = name.partition(" ")
        pattern = re.sub(r"<[^>]+>", "[^/]+", f"/admin/{rule}".rstrip("/"))
        if method == "GET":
            assert any(re.fullmatch(pattern, path) for path in seen), name


def test_cr_045_no_page_of_the_console_holds_a_secret(crawled: list[Seen]) -> None:
    pages = [one for one in crawled if one.path.startswith("/admin") and one.status < 500]
    assert len(pages) > 300
    for page in pages:
        if page.method == "POST" and SHOWN_ONCE.fullmatch(page.path):
            continue
        assert not [one for one in HELD if one in page.text], str(page)
