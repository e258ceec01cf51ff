# SPDX-License-Identifier: Apache-2.0
"""Forms of the console as a browser would send them, and what is registered."""

from typing import Any

from bs4 import Tag

from tests.administration.kit import Opened
from tests.world import Browser

HERE = "/admin/applications"


def fields_of(browser: Browser) -> dict[str, Any]:
    """The form on the page as a browser would send it."""
    form = browser.page.select_one("form.panel-form")
    found: dict[str, Any] = {}
    for one in form.find_all(["input", "textarea", "select"]):
        name, kind = one.get("name"), one.get("type", "")
        if not name or (kind in {"checkbox", "radio"} and not one.has_attr("checked")):
            continue
        if one.name == "textarea":
            value = one.get_text().removeprefix("\n")
        elif one.name == "select":
            chosen = one.select_one("option[selected]") or one.select_one("option")
            value = chosen["value"]
        else:
            value = one.get("value", "")
        found.setdefault(name, []).append(value)
    return found


def fold_of(browser: Browser, name: str) -> Tag:
    """The part of the form that a field stands in, where it can be folded."""
    return browser.page.select_one(f"[name='{name}']").find_parent("details")


def documents(office: Opened, key: str = "dcc"):
    desk = office.world.provider.services.office.applications
    with office.world.core.database.read() as tx:
        return desk.one(tx, office.authority("auditrice"), key)
