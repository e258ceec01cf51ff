# SPDX-License-Identifier: Apache-2.0
"""The table of keys turned into loaded keys and a ready JWKS, at a given second."""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any

import structlog
from sqlalchemy import RowMapping

from idp.crypto import CryptoError, KeyRing
from idp.keys import vault
from idp.keys.algorithms import OPENS, Jwk, Key, Sign, UnusableKey, Verify, load_key, named
from idp.keys.schedule import PUBLISHED, KeyTimes, State


@dataclass(frozen=True, slots=True, repr=False)
class Signer:
    """The key that signs now, or opens what is encrypted to it.

    `prefixes` keeps the headers already encoded (`idp.keys.sign`).
    """

    kid: str
    algorithm: str
    key: Key
    raw: Sign
    prefixes: dict[tuple[tuple[str, str], ...], str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, repr=False)
class PublicKey:
    """A published key, for verifying our own tokens."""

    kid: str
    algorithm: str
    key: Key
    jwk: Jwk
    verify: Verify


@dataclass(frozen=True, slots=True, repr=False)
class View:
    """Everything a process needs of the keys, replaced whole, never changed."""

    version: int
    times: tuple[KeyTimes, ...]
    signers: dict[str, Signer]
    publics: dict[str, PublicKey]
    jwks: bytes
    etag: str


def build_view(
    ring: KeyRing, now: int, version: int, rows: Iterable[RowMapping], before: View | None
) -> View:
    """The view of these rows; keys that `before` has loaded are not loaded again."""
    times: list[KeyTimes] = []
    signers: dict[str, Signer] = {}
    publics: dict[str, PublicKey] = {}
    for row in rows:
        key = KeyTimes(*(row[name] for name in KeyTimes.__dataclass_fields__))
        state = key.state(now)
        if state not in PUBLISHED:
            continue
        try:
            public = _public(ring, row, before)
            # What was encrypted to it while it was published is on its way still.
            holds = state is not State.RETIRED or key.algorithm == OPENS
            signer = _signer(ring, row, before) if holds else None
        except (CryptoError, UnusableKey, ValueError) as fault:
            # A row that isn't ours must not stop those that are.
            log: Any = structlog.get_logger("idp.keys")
            # Never the text of the fault nor its frames: they may hold key material.
            log.error(  # noqa: TRY400
                "keys.row_refused", kid=key.kid, error=type(fault).__name__
            )
            continue
        times.append(key)
        publics[key.kid] = public
        if signer is not None:
            signers[key.kid] = signer
    jwks, etag = _document(publics, times, now)
    return View(version, tuple(times), signers, publics, jwks, etag)


def dated_view(view: View, now: int) -> View:
    """The same rows at a later second: what is past its removal goes."""
    live = {key.kid for key in view.times if key.state(now) in PUBLISHED}
    publics = {kid: key for kid, key in view.publics.items() if kid in live}
    jwks, etag = _document(publics, view.times, now)
    if len(live) == len(view.publics) and etag == view.etag:
        return view
    return replace(view, publics=publics, jwks=jwks, etag=etag)


def _public(ring: KeyRing, row: RowMapping, before: View | None) -> PublicKey:
    kid, algorithm = row["kid"], row["algorithm"]
    loaded = before.publics.get(kid) if before is not None else None
    if loaded is not None and loaded.algorithm == algorithm:
        return loaded
    jwk = vault.open_public(ring, kid, algorithm, row["public"])
    key = load_key(jwk)
    return PublicKey(kid, algorithm, key, jwk, named(algorithm).verifying(key))


def _signer(ring: KeyRing, row: RowMapping, before: View | None) -> Signer | None:
    kid, algorithm = row["kid"], row["algorithm"]
    loaded = before.signers.get(kid) if before is not None else None
    if loaded is not None and loaded.algorithm == algorithm:
        return loaded
    if not row["sealed_private"]:
        return None
    key = vault.open_private(ring, kid, algorithm, row["sealed_private"])
    return Signer(kid, algorithm, key, named(algorithm).signing(key))


def _document(
    publics: dict[str, PublicKey], times: Iterable[KeyTimes], now: int
) -> tuple[bytes, str]:
    # Nobody begins to encrypt to a key that goes.
    going = {key.kid for key in times if key.algorithm == OPENS and key.state(now) is State.RETIRED}
    shown = [key.jwk for kid, key in publics.items() if kid not in going]
    document = json.dumps({"keys": shown}, separators=(",", ":"))
    jwks = document.encode("ascii")
    return jwks, f'"{hashlib.sha256(jwks).hexdigest()[:32]}"'
