# SPDX-License-Identifier: Apache-2.0
"""What stands beside the name of a provider that was added: its picture, or its first letter."""

from typing import Any

from idp.http.flask_app import current_server
from idp.providers.values import is_kind
from idp.web.means import label_of


def mark_of(kind: str) -> dict[str, Any] | None:
    """What is shown of it; None for a means that has a picture of ours."""
    if not is_kind(kind):
        return None
    logo = current_server().added.logo(kind)
    return {"letter": letter_of(label_of(kind)), "logo_url": logo or None}


def letter_of(name: str) -> str:
    """Its first capital, for names that begin with an article; or else its first letter."""
    capital = next((one for one in name if one.isupper()), "")
    return capital or next((one.upper() for one in name if one.isalnum()), "•")
