# SPDX-License-Identifier: Apache-2.0
"""The gate's decision as a value. Built in `idp.login.gate` and nowhere else (a test looks)."""

from dataclasses import dataclass

from connectors.base import Level
from idp.applications.values import Application


@dataclass(frozen=True, slots=True)
class Admission:
    """This person, in this session, may enter this application, at this level."""

    application: Application
    account: str
    session: str
    level: Level
    means: tuple[str, ...]
    methods: tuple[str, ...]
    authenticated_at: int


@dataclass(frozen=True, slots=True)
class ApplicationAdmission:
    """This application may act in its own name."""

    application: Application
