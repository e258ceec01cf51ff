# SPDX-License-Identifier: Apache-2.0
"""Whom a provider is offered to first: by the domain of their address, or by their establishment.

A hint names nobody and opens nothing: it is the same for every address of a domain, whether or not
there is an account.
"""

import re
from collections.abc import Iterable
from typing import Final

from idp.providers.values import Provider

MOST: Final = 20
LONGEST: Final = 256
LABEL: Final = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
DOMAIN: Final = re.compile(rf"(?:{LABEL}\.)+[a-z](?:[a-z0-9-]{{0,61}}[a-z0-9])?", re.ASCII)


def plain_domain(text: str) -> str:
    """A domain in the one spelling that is compared; nothing for what is none."""
    if len(text) > LONGEST:
        return ""
    try:
        found = text.strip().rstrip(".").lower().encode("idna").decode()
    except UnicodeError:
        return ""
    return found if len(found) < LONGEST and DOMAIN.fullmatch(found) else ""


def domain_of(typed: str) -> str:
    """The domain of an e-mail address; nothing of anything else."""
    name, _at, domain = typed.strip().rpartition("@")
    return plain_domain(domain) if name and len(typed) <= LONGEST else ""


def led_by(providers: Iterable[Provider], *, domain: str = "", establishment: str = "") -> str:
    """The means of the first of them whose people these are; nothing where none says so."""
    for one in providers:
        if (domain and domain in one.domains) or (
            establishment and establishment in one.establishments
        ):
            return one.kind
    return ""


def are_domains(domains: tuple[str, ...]) -> bool:
    """Whether they can be kept."""
    return len(domains) <= MOST and all(one == plain_domain(one) != "" for one in domains)
