# SPDX-License-Identifier: Apache-2.0
"""What stands beside the name of a provider that an administrator added: its first letter."""

from typing import Any

from idp.providers.values import is_kind
from idp.web.means import label_of


def mark_of(kind: str) -> dict[str, Any] | None:
    """What is shown of it; None for a means that has a picture of ours."""
    return {"letter": letter_of(label_of(kind))} if is_kind(kind) else None


def letter_of(name: str) -> str:
    """Its first capital, for names that begin with an article; or else its first letter."""
    capital = next((one for one in name if one.isupper()), "")
    return capital or next((one.upper() for one in name if one.isalnum()), "•")
