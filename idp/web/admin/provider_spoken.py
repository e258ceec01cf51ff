# SPDX-License-Identifier: Apache-2.0
"""The part of a provider's form that its protocol has: what was typed, and what is shown."""

from collections.abc import Mapping
from typing import Any, Final

from flask import request

from idp.administration.rules.provider_metadata import Metadata
from idp.administration.rules.providers import Looked
from idp.providers.spoken import ByBrowser, ByCall, Spoken
from idp.web.admin.typed import read_typed

LONGEST_SECRET: Final = 4096
# Eight certificates of large keys.
LONGEST: Final = 32_768
OIDC: Final = ("description", "origins", "algorithm", "our_name", "scope", "level_words")
SAML: Final = ("login", "certificates", "valid_until", "address", "signer")
TEXTS: Final = ("protocol", *OIDC, *SAML)
FIELDS: Final = frozenset({*TEXTS, "secret", "follow"})
NOTHING: Final[Mapping[str, Any]] = {
    **dict.fromkeys(TEXTS, ""),
    "protocol": ByCall.protocol,
    "follow": False,
}


def read_spoken() -> dict[str, Any]:
    """What was typed, but for the secret, which is shown nowhere again."""
    typed: dict[str, Any] = dict(read_typed(*TEXTS, longest=LONGEST))
    return typed | {"follow": request.form.get("follow") == "yes"}


def spoken(typed: Mapping[str, Any]) -> Spoken:
    """What was typed, by its protocol."""
    if typed["protocol"] == ByBrowser.protocol:
        follow = typed["follow"]
        return ByBrowser(
            login=typed["login"],
            origins=tuple(typed["origins"].split()),
            certificates=tuple(typed["certificates"].split()),
            valid_until=_moment(typed["valid_until"]),
            address=typed["address"] if follow else "",
            signer=typed["signer"] if follow else "",
        )
    return ByCall(
        description=typed["description"],
        origins=tuple(typed["origins"].split()),
        algorithm=typed["algorithm"],
        our_name=typed["our_name"],
        secret=request.form.get("secret", "")[: LONGEST_SECRET + 1],
        scope=tuple(typed["scope"].split()),
        level_words=typed["level_words"],
    )


def _moment(text: str) -> int | None:
    """Seconds, as our own form carries them; what is none is long over."""
    if not text:
        return None
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 12 else 0


def shown_spoken(spoken: Spoken) -> dict[str, Any]:
    """What its fields show."""
    if isinstance(spoken, ByBrowser):
        return {
            **NOTHING,
            "protocol": spoken.protocol,
            "login": spoken.login,
            "origins": "\n".join(spoken.origins),
            "certificates": "\n".join(spoken.certificates),
            "valid_until": str(spoken.valid_until or ""),
            "address": spoken.address,
            "signer": spoken.signer,
            "follow": bool(spoken.address),
        }
    shown = {name: getattr(spoken, name) for name in OIDC}
    return {
        **NOTHING,
        **shown,
        "origins": "\n".join(spoken.origins),
        "scope": " ".join(spoken.scope),
    }


def found_spoken(found: Looked | Metadata) -> dict[str, Any]:
    """The fields of a new one, as far as it tells."""
    if isinstance(found, Metadata):
        followed = found.may_be_followed
        made = ByBrowser(
            login=found.login,
            certificates=tuple(one.kept for one in found.certificates),
            valid_until=found.valid_until,
            address=found.address if followed else "",
            signer=found.signer.kept if followed and found.signer else "",
        )
        return {"issuer": found.entity, **shown_spoken(made)}
    return {
        **NOTHING,
        "issuer": found.issuer,
        "description": found.description,
        "origins": "\n".join(found.origins),
        "algorithm": found.algorithm,
        "first_name": "given_name" if "given_name" in found.claims else "",
        "last_name": "family_name" if "family_name" in found.claims else "",
        "email": next((one for one in ("email", "preferred_username") if one in found.claims), ""),
    }
