# SPDX-License-Identifier: Apache-2.0
"""What was heard of a login, as a text: the host keeps it sealed until the browser comes for it."""

import json
from dataclasses import asdict

from connectors.base import Level, Verified, VerifiedIdentity
from connectors.capabilities import Introduction, Practice, Tie
from connectors.introduced import Read


def dump(read: Read, at: int) -> str:
    """Everything that it proves."""
    return json.dumps(
        {
            "who": asdict(read.who),
            "level": int(read.level),
            "methods": read.methods,
            "at": at,
        }
    )


def load(text: str) -> Verified:
    """The proof, as it was."""
    kept = json.loads(text)
    told = kept["who"]
    practices = told["practices"]
    if practices is not None:
        told["practices"] = tuple(Practice(**one) for one in practices)
    if told["tie"] is not None:
        told["tie"] = Tie(**told["tie"])
    who = Introduction(**told)
    return Verified(
        VerifiedIdentity(who.national_id, {"introduction": who}),
        tuple(kept["methods"]),
        level=Level(kept["level"]),
        at=kept["at"] or None,
    )
