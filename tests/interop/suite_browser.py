# SPDX-License-Identifier: Apache-2.0
"""The conformance suite's scripted browser: the steps of its configuration, on our pages.

Like the suite's own, it runs no script modules, and stops where the suite would take over.
"""

import json
import re
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urljoin

from bs4 import BeautifulSoup, Tag

from tests.interop.visitor import Visitor

Commands = list[list[Any]]


def is_like(pattern: str, url: str) -> bool:
    """An asterisk stands for anything, as in Spring's simple matches."""
    return re.fullmatch(".*".join(map(re.escape, pattern.split("*"))), url) is not None


@dataclass
class SuiteBrowser:
    """One module's browser: what it was told to do, where it is, what it handed in."""

    visitor: Visitor
    entries: list[dict[str, Any]]
    at: str = ""
    handed_in: list[str] = field(default_factory=list)
    typed: dict[str, str] = field(default_factory=dict)

    def go(self, url: str) -> str:
        """To an address of the suite's; the one at which its steps end."""
        fitting = [one for one in self.entries if is_like(one["match"], url)]
        assert fitting, f"nothing is said of {url}"
        self.at = self.visitor.get(url)
        for task in fitting[0]["tasks"]:
            if is_like(task.get("match", "*"), self.at):
                for command in task.get("commands", []):
                    self._do(command)
            else:
                assert task.get("optional"), (task["task"], self.at, self._page.get_text()[:500])
        return self.at

    @property
    def _is_here(self) -> bool:
        return self.at.startswith(self.visitor.sites)

    @property
    def _page(self) -> BeautifulSoup:
        return self.visitor.page if self._is_here else BeautifulSoup("", "html.parser")

    def _do(self, command: list[Any]) -> None:
        what, by, target, *rest = command
        if not self._is_here:
            # The suite's own page, which is its own affair; no step but a look at it is left.
            assert what == "wait" or "optional" in rest, command
            return
        found = self._page.select_one(f"#{target}" if by == "id" else target)
        if found is None:
            assert "optional" in rest, (command, self.at, self._page.get_text()[:500])
        elif what == "text":
            self.typed[str(found["name"])] = rest[0]
        elif what == "click":
            self._press(found)
        elif rest[2:] == ["update-image-placeholder"]:
            assert re.search(rest[1], found.get_text())
            self.handed_in.append(str(target))

    def _press(self, button: Tag) -> None:
        if button.name == "a":
            there = urljoin(self.visitor.response.url, str(button["href"]))
            self.at = self.visitor.get(there)
            return
        form = button.find_parent("form")
        assert isinstance(form, Tag)
        inputs = [one for one in form.find_all("input") if one.get("name")]
        fields = {str(one["name"]): str(one.get("value", "")) for one in inputs}
        fields |= {name: value for name, value in self.typed.items() if name in fields}
        if button.get("name"):
            fields[str(button["name"])] = str(button.get("value", ""))
        action = urljoin(self.visitor.response.url, str(form["action"]))
        self.at, self.typed = self.visitor.post(action, fields), {}


def browser_of(configuration: str, module: str, issuer: str) -> SuiteBrowser:
    """A fresh one, with the steps that the configuration has for this module."""
    found = of_module(configuration, module)
    return SuiteBrowser(Visitor((issuer,)), found["browser"])


def of_module(configuration: str, module: str) -> dict[str, Any]:
    """The configuration as this module reads it: what is said under its name counts first."""
    found: dict[str, Any] = json.loads(configuration)
    return found | found.pop("override").get(module, {})
