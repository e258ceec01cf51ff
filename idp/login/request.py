# SPDX-License-Identifier: Apache-2.0
"""What an application asks of a login, in words that belong to no protocol."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from connectors.base import Level

PORTAL = "portal"
# An administrator looks how an application is entered; nothing is issued.
TRIAL = "trial"
# Somebody who is logged in proves who they are at a provider, to have it open their account.
LINKING = "linking"
# Somebody proves who they are at a provider to a page of ours; it is never kept as a journey.
ERRAND = "errand"
# Somebody agrees to an application that they are not sitting at; it comes for what it is given.
APPROVAL = "approval"
# What an application asks for in detail is agreed to by a mark that begins so.
DETAIL = "detail:"


@dataclass(frozen=True, slots=True)
class LoginRequest:
    """One request, parsed once. `payload` is the protocol's own and opaque here."""

    id: str
    # The edge that takes the answer: a protocol's name, or PORTAL.
    protocol: str
    application: str | None
    asked_at: int
    # The level the application wishes; it must be reached only where `level_required`.
    level: Level | None = None
    level_required: bool = False
    force: bool = False
    silent: bool = False
    max_age: int | None = None
    hint: str = ""
    # The account that must answer, where the application named one.
    account: str | None = None
    locale: str = ""
    # The means that the application would begin with: it opens nothing that is closed.
    begin_by: str = ""
    scope: tuple[str, ...] = ()
    # By their marks, which are in `scope` as well: what of them the person is shown.
    details: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    ask_consent: bool = False
    # For so many seconds it is let in while the person is away; nothing: it ends with the session.
    lasting: int = 0
    # Whose it is, where not the browser's own: the code that a device shows, when it asked, and
    # from where. Whoever agrees is shown all of it.
    device: Mapping[str, str] = field(default_factory=dict)
    payload: Mapping[str, Any] = field(default_factory=dict)


def dump(request: LoginRequest) -> str:
    """A request as stored."""
    return json.dumps(asdict(request), separators=(",", ":"), ensure_ascii=False)


def read(text: str) -> LoginRequest:
    """A stored request."""
    values = json.loads(text)
    level = values.pop("level")
    scope = tuple(values.pop("scope"))
    return LoginRequest(**values, scope=scope, level=Level(level) if level else None)
