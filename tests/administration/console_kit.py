# SPDX-License-Identifier: Apache-2.0
"""Forms of the console as a browser would send them: what is chosen, ticked and written in them."""

from typing import Any

from bs4 import Tag

from tests.world import Browser


def fields_of(form: Tag) -> dict[str, Any]:
    """What a browser sends of a form that nobody touched."""
    found: dict[str, Any] = {}
    for one in form.select("input[name], select[name], textarea[name]"):
        name, kind = str(one["name"]), str(one.get("type", "text"))
        if kind in {"checkbox", "radio"}:
            if one.has_attr("checked"):
                _add(found, name, str(one.get("value", "on")), many=kind == "checkbox")
        elif one.name == "select":
            chosen = one.select_one("option[selected]") or one.select_one("option")
            found[name] = str(chosen["value"]) if chosen else ""
        elif one.name == "textarea":
            found[name] = one.get_text().removeprefix("\n")
        elif kind not in {"submit", "button"}:
            found[name] = str(one.get("value", ""))
    return found


def _add(found: dict[str, Any], name: str, value: str, *, many: bool) -> None:
    if many:
        found.setdefault(name, []).append(value)
    else:
        found[name] = value


def form_to(browser: Browser, ending: str) -> Tag:
    """The form of the page that is sent to an address of this ending."""
    for form in browser.page.select("main form[method=post]"):
        if str(form["action"]).endswith(ending):
            return form
    raise LookupError(f"no form to …{ending}: {browser.page.select('main form')}")


def send(browser: Browser, ending: str, **values: Any) -> int:
    """Fill in the form that goes there, send it; the status of the page that answers in the end."""
    form = form_to(browser, ending)
    return browser.post(str(form["action"]), fields_of(form) | values).status_code


def texts(browser: Browser, selector: str) -> list[str]:
    """What is written in the parts of the page's middle that match."""
    return [" ".join(one.get_text(" ").split()) for one in browser.page.select(f"main {selector}")]


def menu(browser: Browser) -> list[str]:
    """The addresses of the console's menu."""
    return [str(one["href"]) for one in browser.page.select("#console-menu a")]


def news(browser: Browser) -> str:
    """What the page says was just done."""
    return " ".join(texts(browser, ".news .notice-body"))


def csrf(browser: Browser) -> str:
    """The token of the page shown."""
    found = browser.page.select_one("input[name=csrf]")
    assert found is not None
    return str(found["value"])
