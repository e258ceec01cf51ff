# SPDX-License-Identifier: Apache-2.0
"""A provider as its page shows it: what it goes by, and what is to be declared there."""

from typing import Any

from flask_babel import gettext as _

from idp.outgoing.upstreams import Health
from idp.providers.spoken import ByBrowser
from idp.providers.values import Provider
from idp.web.account_page import stamp
from idp.web.admin.fault_words import fault_words
from idp.web.admin.provider_form import typed_of
from idp.web.admin.provider_metadata import certificates_of, signer_of
from idp.web.admin.provider_spoken import OIDC, SAML
from idp.web.admin.provider_words import LABELS, WHY, in_words


def addresses_of(issuer: str, provider: Provider) -> list[tuple[str, str]]:
    """What its administrators need of us."""
    if isinstance(provider.spoken, ByBrowser):
        ours = f"{issuer}/upstream/saml/{provider.alias}"
        return [
            (_("Our metadata, to be registered there"), f"{ours}/metadata"),
            (_("Our name there (entityID)"), f"{ours}/metadata"),
            (_("Where it posts its answers (AssertionConsumerService)"), ours),
        ]
    return [
        (
            _("Address to come back to, to be declared there"),
            f"{issuer}/upstream/idp/{provider.alias}",
        ),
        (
            _("Address for its word that somebody logged out (back-channel logout)"),
            f"{issuer}/upstream/notices/{provider.alias}",
        ),
    ]


def facts_of(provider: Provider) -> list[tuple[str, str]]:
    """What it goes by, the secret left out."""
    shown = typed_of(provider) | {
        name: in_words(name, getattr(provider, name))
        for name in ("protocol", "finding", "populations", "levels")
        if getattr(provider, name)
    }
    hidden = {"alias", "link_only", "enabled", *SAML}
    if isinstance(provider.spoken, ByBrowser):
        hidden |= {*OIDC} - {"origins"}
    names = [one for one in LABELS if one in shown and one not in hidden]
    return [(str(LABELS[one]), str(shown[one]) or "–") for one in names]


def told_of(provider: Provider) -> dict[str, Any] | None:
    """What is believed of its metadata, and how it fares; None of one that has none."""
    spoken = provider.spoken
    if not isinstance(spoken, ByBrowser):
        return None
    return {
        "login": spoken.login,
        "certificates": [one.fingerprint for one in certificates_of(spoken)],
        "until": stamp(spoken.valid_until),
        "address": spoken.address,
        "signer": signer_of(spoken),
        "good_at": stamp(spoken.good_at or None),
        "due_at": stamp(spoken.due_at or None),
        "fault": str(WHY[spoken.fault]) if spoken.fault else "",
    }


def health_of(provider: Provider, asked: Health | None, now: int) -> tuple[str, str, str]:
    """A word, its tone, and why."""
    spoken = provider.spoken
    if not isinstance(spoken, ByBrowser):
        return _fared(asked)
    if spoken.valid_until is not None and spoken.valid_until <= now:
        return str(_("Its metadata is out of date")), "bad", ""
    if spoken.fault:
        return str(_("Its metadata could not be read again")), "bad", str(WHY[spoken.fault])
    # Browsers carry all that is said: nothing is asked of it from here.
    return str(_("Its metadata is in force")), "good", ""


def _fared(found: Health | None) -> tuple[str, str, str]:
    if found is None or found.ago is None:
        return str(_("Not asked yet")), "quiet", ""
    minutes = int(found.ago // 60)
    if found.rests:
        return str(_("Left alone for a moment")), "bad", str(fault_words(found.why))
    if found.why:
        said = _("No answer, %(minutes)s min ago", minutes=minutes)
        return str(said), "bad", str(fault_words(found.why))
    return str(_("Answered, %(minutes)s min ago", minutes=minutes)), "good", ""
