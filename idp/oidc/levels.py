# SPDX-License-Identifier: Apache-2.0
"""Levels in the protocol's words."""

from connectors.base import Level

PREFIX = "urn:sceau:level:"
ACR = {level: f"{PREFIX}{int(level)}" for level in Level}
LEVEL = {value: level for level, value in ACR.items()}


def first_known(values: list[str]) -> Level | None:
    """The first of several acr values that names a level of ours."""
    return next((LEVEL[value] for value in values if value in LEVEL), None)
