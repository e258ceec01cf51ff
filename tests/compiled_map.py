# SPDX-License-Identifier: Apache-2.0
"""Addresses put in order once a process, for the many page servers of tests that have the same."""

from collections.abc import Hashable
from copy import copy
from operator import attrgetter
from typing import Any, ClassVar

from werkzeug.routing import Map, Rule, RuleFactory

# All that Flask says of an address, but what can't be a key.
SAID = attrgetter(
    "rule", "endpoint", "subdomain", "host", "strict_slashes", "merge_slashes", "build_only",
    "alias", "websocket", "redirect_to", "provide_automatic_options",
)  # fmt: skip
OF_MAP = (
    "merge_slashes", "default_subdomain", "strict_slashes", "redirect_defaults", "sort_parameters",
    "sort_key", "host_matching", "converters",
)  # fmt: skip


class CompiledMap(Map):
    """Ordered when first asked, or taken from a server of before that had all the same addresses.

    An address names its view and does not know it: views stay each server's own.
    """

    kept: ClassVar[dict[Hashable, Map]] = {}

    def __init__(self, *arguments: Any, **options: Any) -> None:
        self._said: list[Rule] = []
        super().__init__(*arguments, **options)

    def add(self, rulefactory: RuleFactory) -> None:
        self._said.extend(rulefactory.get_rules(self))
        self._remap = True

    def update(self) -> None:
        if not self._remap:
            return
        with self._remap_lock:
            options = {name: getattr(self, name) for name in OF_MAP}
            of_map = {**options, "converters": tuple(self.converters.items())}
            key = (*of_map.values(), *map(_key, self._said))
            if key not in self.kept:
                self.kept[key] = _ordered(self._said, options)
            self._matcher = self.kept[key]._matcher
            self._rules_by_endpoint = self.kept[key]._rules_by_endpoint
            self._remap = False


def _key(rule: Rule) -> Hashable:
    return SAID(rule), frozenset(rule.methods or ()), tuple((rule.defaults or {}).items())


def _ordered(rules: list[Rule], options: dict[str, Any]) -> Map:
    whole = Map(**options)
    for rule in rules:
        # What was said stays as it was said, for whoever says more later.
        whole.add(copy(rule))
    whole.update()
    return whole
