# SPDX-License-Identifier: Apache-2.0
"""What is wrong with the settings of a provider, by the names of its fields."""

import re
from collections.abc import Callable, Collection, Mapping
from typing import Final

from connectors.base import Level
from idp.administration.rules.provider_hints import hint_faults
from idp.outgoing.target import Stop, Target, parse_target
from idp.providers.spoken import ByBrowser, ByCall
from idp.providers.values import ALIAS, BY_LINK, BY_NUMBER, POPULATIONS, Provider

ALGORITHMS: Final = ("ES256", "PS256", "RS256", "ES384", "PS384", "PS512", "RS384", "RS512")
LONGEST: Final = 512
LONGEST_NAME: Final = 64
LONGEST_CLIENT: Final = 256
LONGEST_LOGIN: Final = 1024
MOST_CERTIFICATES: Final = 8
MOST_ORIGINS: Final = 10
MOST_WORDS: Final = 20
# A year: whoever wants it longer than that leaves it empty.
LONGEST_AGE: Final = 365 * 86_400
# RFC 6749 §3.3; names of claims and words for levels are alike.
WORD: Final = re.compile(r"[\x21\x23-\x5b\x5d-\x7e]{1,256}", re.ASCII)
Checks = Mapping[str, Callable[[], bool]]


def faults_of(provider: Provider, allow: Collection[str]) -> tuple[str, ...]:
    """The fields that can't be kept as they are."""
    spoken = provider.spoken
    of_protocol = (
        _faults_by_call(provider.issuer, spoken, allow)
        if isinstance(spoken, ByCall)
        else _faults_by_browser(provider.issuer, spoken, allow)
    )
    checks: Checks = {
        "alias": lambda: ALIAS.fullmatch(provider.alias) is not None,
        "name_fr": lambda: _is_name(provider.name_fr),
        "name_en": lambda: _is_name(provider.name_en),
        **of_protocol,
        "levels": lambda: _are_levels(provider),
        "max_age": lambda: provider.max_age is None or 0 <= provider.max_age <= LONGEST_AGE,
        "finding": lambda: provider.finding in {BY_LINK, BY_NUMBER},
        "national_id": lambda: _is_claim(
            provider.national_id, needed=provider.finding == BY_NUMBER
        ),
        "first_name": lambda: _is_claim(provider.first_name),
        "last_name": lambda: _is_claim(provider.last_name),
        "email": lambda: _is_claim(provider.email),
        "populations": lambda: (
            bool(provider.populations) and set(provider.populations) <= set(POPULATIONS)
        ),
    }
    own = tuple(name for name, holds in checks.items() if not holds())
    return own + hint_faults(provider)


def _faults_by_call(issuer: str, spoken: ByCall, allow: Collection[str]) -> Checks:
    return {
        "issuer": lambda: _is_issuer(issuer, allow),
        "description": lambda: _is_theirs(issuer, spoken, allow),
        "origins": lambda: _are_origins(spoken.origins, allow),
        "algorithm": lambda: spoken.algorithm in ALGORITHMS,
        "our_name": lambda: _is_client(spoken.our_name),
        "secret": lambda: 0 < len(spoken.secret) <= LONGEST and spoken.secret.isprintable(),
        "scope": lambda: _are_words(spoken.scope),
        "level_words": lambda: not spoken.level_words or _are_words(spoken.level_words.split()),
    }


def _faults_by_browser(issuer: str, spoken: ByBrowser, allow: Collection[str]) -> Checks:
    """Whether its certificates can be read is asked of whoever reads them."""
    return {
        # SAML Core §8.3.6: a name that is compared; it leads nowhere.
        "issuer": lambda: 0 < len(issuer) <= LONGEST and issuer.isascii() and issuer.isprintable(),
        "login": lambda: 0 < len(spoken.login) <= LONGEST_LOGIN,
        "origins": lambda: _are_origins(spoken.origins, allow),
        "certificates": lambda: 0 < len(spoken.certificates) <= MOST_CERTIFICATES,
        # Whoever is fetched must have signed: an address alone is anybody's word.
        "address": lambda: (
            not spoken.address or bool(spoken.signer and _target(spoken.address, allow))
        ),
    }


def _is_name(text: str) -> bool:
    return bool(text.strip()) and len(text) <= LONGEST_NAME and text.isprintable()


def _is_client(text: str) -> bool:
    return 0 < len(text) <= LONGEST_CLIENT and text.isascii() and text.isprintable()


def _is_claim(name: str, *, needed: bool = False) -> bool:
    return WORD.fullmatch(name) is not None if name else not needed


def _are_words(words: Collection[str]) -> bool:
    return len(words) <= MOST_WORDS and all(WORD.fullmatch(one) for one in words)


def _are_levels(provider: Provider) -> bool:
    known = {int(one) for one in Level}
    return _are_words(provider.levels) and set(provider.levels.values()) <= known


def _target(url: str, allow: Collection[str]) -> Target | None:
    """BR-015: what can be told before anything is resolved; the door asks again each time."""
    try:
        return parse_target(url, allow) if len(url) <= LONGEST else None
    except Stop:
        return None


def _is_issuer(url: str, allow: Collection[str]) -> bool:
    # OIDC Core §1.2: neither query nor fragment.
    return _target(url, allow) is not None and not set("?#") & set(url)


def _is_theirs(named: str, spoken: ByCall, allow: Collection[str]) -> bool:
    """Their description is at their own origin."""
    issuer, found = _target(named, allow), _target(spoken.description, allow)
    if issuer is None or found is None or "#" in spoken.description:
        return False
    return (issuer.scheme, issuer.host, issuer.port) == (found.scheme, found.host, found.port)


def _are_origins(origins: Collection[str], allow: Collection[str]) -> bool:
    def is_one(origin: str) -> bool:
        found = _target(origin, allow)
        return found is not None and origin == f"{found.scheme}://{found.authority}"

    return len(origins) <= MOST_ORIGINS and all(is_one(one) for one in origins)
