# SPDX-License-Identifier: Apache-2.0
"""What an application wants of its stream, read from what it sent (Shared Signals §8.1.1)."""

import re
from collections.abc import Collection, Mapping
from typing import Any, Final

from idp.oidc.signals.words import KIND_OF, METHOD_OF, METHODS
from idp.outgoing.addresses import is_name, is_public
from idp.outgoing.target import Stop, parse_target
from idp.signals.streams import POLL, PUSH, Wished

LONGEST_TEXT: Final = 256
LONGEST_SHOWN: Final = 1024
LONGEST_ADDRESS: Final = 2048
MOST_EVENTS: Final = 64
# As a header's value may be.
SHOWN: Final = re.compile(r"[\x21-\x7e]+(?: [\x21-\x7e]+)*", re.ASCII)
# What of a stream is the application's to say.
THEIRS: Final = ("delivery", "events_requested", "description")


def read_wish(
    sent: Mapping[str, Any], before: Wished | None, allow: Collection[str]
) -> Wished | str:
    """The wish, or what is wrong with it; what is not said stays as it was before."""
    method, address, shown = POLL, "", ""
    if before is not None:
        method, address, shown = before.method, before.address, before.shown
    if sent.get("delivery") is not None:
        found = _delivery(sent["delivery"], allow)
        if isinstance(found, str):
            return found
        method, address, shown = found
    description = sent.get("description", before.description if before else "")
    if not isinstance(description, str) or not _is_text(description):
        return f"description is a text of {LONGEST_TEXT} characters at most"
    requested = sent.get("events_requested", before.requested if before else None)
    if requested is not None and not _are_events(requested):
        return f"events_requested is a list of {MOST_EVENTS} addresses at most"
    asked = None if requested is None else tuple(dict.fromkeys(requested))
    wanted = KIND_OF if asked is None else asked
    kinds = tuple(kind for uri, kind in KIND_OF.items() if uri in wanted)
    return Wished(method, address, shown, description, asked, kinds)


def _delivery(sent: Any, allow: Collection[str]) -> tuple[str, str, str] | str:
    """Shared Signals §6.1: by which way, and where."""
    method = METHOD_OF.get(str(sent.get("method"))) if isinstance(sent, dict) else None
    if method is None:
        return f"delivery.method is one of {', '.join(METHODS.values())}"
    if method != PUSH:
        return method, "", ""
    address, shown = sent.get("endpoint_url"), sent.get("authorization_header") or ""
    if not isinstance(address, str) or not _is_reachable(address, allow):
        return "delivery.endpoint_url is a public https address"
    if not isinstance(shown, str) or (shown and not _is_header(shown)):
        return "delivery.authorization_header can't be a header"
    return method, address, shown


def _is_reachable(address: str, allow: Collection[str]) -> bool:
    """WB-033: what can be told before anything is resolved; the door asks again each time."""
    if len(address) > LONGEST_ADDRESS or "#" in address:
        return False
    try:
        target = parse_target(address, frozenset(allow))
    except Stop:
        return False
    named = is_name(target.host) and "." in target.host
    return target.allowed or named or is_public(target.host)


def _is_header(text: str) -> bool:
    return len(text) <= LONGEST_SHOWN and SHOWN.fullmatch(text) is not None


def _is_text(text: str) -> bool:
    return len(text) <= LONGEST_TEXT and (not text or text.isprintable())


def _are_events(sent: Any) -> bool:
    return (
        isinstance(sent, list | tuple)
        and len(sent) <= MOST_EVENTS
        and all(isinstance(one, str) and 0 < len(one) <= LONGEST_TEXT for one in sent)
    )
