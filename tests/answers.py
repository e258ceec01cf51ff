# SPDX-License-Identifier: Apache-2.0
"""What an endpoint for programs says, and a page as it is looked at."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from weakref import WeakKeyDictionary

from bs4 import BeautifulSoup
from werkzeug.test import TestResponse

_soups: WeakKeyDictionary[TestResponse, BeautifulSoup] = WeakKeyDictionary()


@dataclass
class Answer:
    """A token endpoint's answer and the like."""

    status: int
    json: dict[str, Any]
    headers: Mapping[str, str]


def soup_of(page: TestResponse) -> BeautifulSoup:
    """To read a page costs as much as its making: once, however often it is looked at."""
    if page not in _soups:
        _soups[page] = BeautifulSoup(page.get_data(as_text=True), "html.parser")
    return _soups[page]
