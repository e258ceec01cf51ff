# SPDX-License-Identifier: Apache-2.0
"""What an endpoint for programs says."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass
class Answer:
    """A token endpoint's answer and the like."""

    status: int
    json: dict[str, Any]
    headers: Mapping[str, str]
