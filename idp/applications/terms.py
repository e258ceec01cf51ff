# SPDX-License-Identifier: Apache-2.0
"""On which terms an application registers itself: what of its own words is taken, and no more."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any

LEAST_POLICY: Mapping[str, Any] = {"means": ["password"], "level": 1, "consent": True}


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What whoever invites it grants."""

    scopes: tuple[str, ...] = ()
    # How tokens are obtained, and what its requests may be answered with: its protocol's words.
    grants: tuple[str, ...] = ("authorization_code", "refresh_token")
    answers: tuple[str, ...] = ("code",)
    methods: tuple[str, ...] = ("private_key_jwt", "client_secret_basic")
    # Where people come back to; none named: anywhere.
    hosts: tuple[str, ...] = ()
    # An administrator opens it first.
    approved: bool = True
    # Whether one that keeps a secret may do without the proof that binds a code to its request.
    excused: bool = False
    # Whether it may sign by RS256, and leave its requests unsigned: for certification.
    old_signatures: bool = False
    # Whether it may know people by the identifier that all applications share.
    public: bool = False
    # Whom it lets in, as any registration says it.
    policy: Mapping[str, Any] = field(default_factory=lambda: dict(LEAST_POLICY))

    def written(self) -> str:
        """As it is kept."""
        return json.dumps(asdict(self), sort_keys=True, ensure_ascii=False)


def read_terms(text: str) -> Terms:
    """What was kept."""
    kept = json.loads(text)
    known: dict[str, Any] = {one.name: kept[one.name] for one in fields(Terms) if one.name in kept}
    known = {name: tuple(it) if isinstance(it, list) else it for name, it in known.items()}
    return Terms(**known)
