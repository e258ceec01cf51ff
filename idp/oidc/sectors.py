# SPDX-License-Identifier: Apache-2.0
"""Sectors that an application names by an address (OIDC Registration §5, Core §8.1)."""

import json
from collections.abc import Iterable

from idp.outgoing import Fetched, Fetcher


def sector_fault(fetcher: Fetcher, uri: str, redirect_uris: Iterable[str]) -> str:
    """Why the application is not of this sector; nothing where its list names all addresses."""
    found = fetcher.fetch("GET", uri, headers={"Accept": "application/json"})
    if not isinstance(found, Fetched) or found.status != 200:
        return "sector_identifier_uri: nothing could be fetched there"
    try:
        listed = json.loads(found.body)
    except (ValueError, RecursionError):
        listed = None
    if not isinstance(listed, list) or not all(isinstance(one, str) for one in listed):
        return "sector_identifier_uri: what lies there is no list of addresses"
    if not set(redirect_uris) <= set(listed):
        return "sector_identifier_uri: its list lacks one of the redirect_uris"
    return ""
