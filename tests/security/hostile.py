# SPDX-License-Identifier: Apache-2.0
"""Texts that would do harm where they are taken for more than text, and who looks for it."""

from bs4 import Tag

from tests.cast import application
from tests.security.crawl import Seen

# Each leaves its mark if it is ever taken for more than text.
MARKUP = "<script>evil()</script>\"'><img src=x onerror=evil()>&lt;b&gt;<svg/onload=evil()>"
TEMPLATE = "{{7*7}}{% raw %}${7*7}#{7*7}<%= 7*7 %>{0.__class__}%(name)s%s%n{{config}}"
HOSTILE = MARKUP + TEMPLATE
ATTRIBUTE = "\" autofocus onfocus=evil() x=\"' style='x"
SHORT = "<b>\"'{{7*7}}%s</b>"


def hostile_application(key: str, **changes: object) -> dict[str, object]:
    """An application whose every text is hostile."""
    texts = {
        "name": f"{key} {HOSTILE}",
        "long_name": f"{key} long {HOSTILE}{ATTRIBUTE}",
        "description": HOSTILE,
        "support_email": f"{ATTRIBUTE}@x.example",
        "support_phone": ATTRIBUTE,
        "home_url": f"https://{key}.example/?{ATTRIBUTE}<script>",
    }
    return application(key, **changes) | texts


def visible(tag: Tag) -> str:
    """The text of a document."""
    return " ".join(tag.get_text(" ").split())


def judge(page: Seen, tags: set[str]) -> None:
    """Nothing on it came out of a text: no other tag, no attribute that acts, no other address."""
    document = page.html
    names = {tag.name for tag in document.find_all(True)}
    assert names <= tags, f"{page}: {names - tags}"
    for tag in document.find_all(True):
        strange = {name for name in tag.attrs if name.startswith("on") or name == "style"}
        assert not strange, f"{page}: {tag}"
        assert tag.get("src") != "x", f"{page}: {tag}"
        if tag.name in {"a", "link", "form"}:
            address = str(tag.get("href") or tag.get("action") or "")
            assert address.startswith(("/", "#", "https://", "mailto:", "tel:")), f"{page}: {tag}"
    assert b"<script>evil" not in page.body, str(page)
    assert b"onerror=evil()>" not in page.body.replace(b"&gt;", b""), str(page)
