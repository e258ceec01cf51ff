# SPDX-License-Identifier: Apache-2.0
"""What proxies take from the page: they name what it registers, and strip it first (WB-031)."""

import re
import tomllib
from itertools import product
from pathlib import Path

DOCS = Path(__file__).resolve().parents[3] / "docs"
PAGE = (DOCS / "headers.md").read_text("utf-8")
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)


def block(kind: str, name: str) -> str:
    """The one text of this kind that speaks of this."""
    (found,) = [text for one, text in BLOCKS if one == kind and name in text]
    return str(found)


def registered() -> list[str]:
    """Every header that the application of the page is told by."""
    headers = tomllib.loads(block("toml", "[headers]"))["headers"]
    return [*headers["names"], headers["signed_header"]]


def test_wb_031_caddy_strips_each_header_before_it_asks() -> None:
    text = (DOCS / "proxies" / "headers-caddy.conf").read_text("utf-8")
    head, _, route = text.partition("    route {\n")
    assert "request_header" not in head
    before, _, after = route.partition("forward_auth")
    stripped = re.findall(r"request_header -(\S+)", before)
    assert "*_*" in stripped
    assert "request_header" not in after
    (copied,) = re.findall(r"copy_headers (.+)", after)
    assert copied.split() == registered()
    for name in registered():
        assert any(name.startswith(one.removesuffix("*")) for one in stripped), name


def test_wb_031_traefik_strips_each_spelling_before_it_asks() -> None:
    text = block("yaml", "forwardAuth")
    stripped, _, after = text.partition("sceau-says:")
    for name in registered():
        parts = name.split("-")
        for between in product("-_", repeat=len(parts) - 1):
            spelling = parts[0] + "".join(
                "".join(one) for one in zip(between, parts[1:], strict=True)
            )
            assert f'{spelling}: ""' in stripped, spelling
    (answered,) = re.findall(r"authResponseHeaders: \[(.+)\]", after)
    assert answered.split(", ") == registered()
    assert "authRequestHeaders" in after
