# SPDX-License-Identifier: Apache-2.0
"""A visitor's second spelling of what the proxy writes, at the server that we run (WB-031).

WSGI reads `_` in a header's name as `-`, and there the last spelling wins. Proxies written in Go
send headers sorted, so that it is the visitor's.
"""

from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from tests.cast import SECRET
from tests.protocol.headers.kit import PAGE, SITE, document, question
from tests.servers import Site, running_site

OTHER = "https://other.example"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A provider, and two applications whose proxies have the same secret."""
    folder = tmp_path_factory.mktemp("aliases")
    documents = [document(), document("other", headers={"origins": [OTHER]})]
    database = f"sqlite:///{folder / 'sceau.sqlite3'}"
    with running_site(folder, database, documents=documents) as started:
        yield started
        started.show_news()


def ask(site: Site, visitor: dict[str, str]) -> requests.Response:
    """The application's own proxy asks; what the visitor wrote comes last."""
    headers = question("old", SITE) | PAGE | visitor
    return requests.get(
        f"{site.issuer}/headers/forward", headers=headers, allow_redirects=False, timeout=30
    )


def aliases(headers: dict[str, str]) -> dict[str, str]:
    """Each of them by its second spelling; a name without a hyphen has none."""
    return {name.replace("-", "_"): value for name, value in headers.items() if "-" in name}


def test_wb_031_no_visitor_has_the_proxy_ask_about_another_application(site: Site) -> None:
    assert ask(site, {}).status_code == 303
    named = {"X-Sceau-Application": f"other:{SECRET}"}
    answer = ask(site, aliases(question("other", OTHER) | named))
    assert (answer.status_code, answer.content) == (403, b"")


def test_wb_031_a_visitors_spelling_leads_to_the_application_alone(site: Site) -> None:
    answer = ask(site, aliases({"X-Forwarded-Uri": "//evil.example/"}))
    asked = parse_qs(urlsplit(answer.headers["Location"]).query)
    assert asked["application"] == ["old"]
    assert asked["to"] == [f"{SITE}//evil.example/"]
