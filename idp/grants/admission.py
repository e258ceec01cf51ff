# SPDX-License-Identifier: Apache-2.0
"""The gate's decision as a value. Built in `idp.login.gate` and nowhere else (a test looks)."""

from dataclasses import dataclass

from connectors.base import Level
from idp.accounts.activities import Activity
from idp.applications.values import Application
from idp.sessions.values import Proof


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
    # Each by itself: which means reached which level, and by which of its ways.
    proofs: tuple[Proof, ...]
    # In which of their activities they come, where the application asks for one.
    activity: Activity | None = None


@dataclass(frozen=True, slots=True)
class ApplicationAdmission:
    """This application may act in its own name."""

    application: Application
