# SPDX-License-Identifier: Apache-2.0
"""Templates, addresses and statements compiled once a process, for the many servers of tests.

And read once: the catalogues of sentences, and the keys that sign, since the databases of tests are
copies of one. For the same reason a right password is proven once.
"""

import json
from collections.abc import Hashable, Iterable, Mapping
from types import CodeType
from typing import Any, ClassVar, Literal
from weakref import WeakKeyDictionary

import pytest
from argon2 import PasswordHasher
from babel.support import NullTranslations, Translations
from flask import Flask
from jinja2.bccache import Bucket, BytecodeCache

from idp import prepared
from idp.credentials import hashing
from idp.keys import vault
from idp.keys.algorithms import Jwk, Key, load_key
from idp.prepared import Prepared, prepare
from tests.compiled_map import CompiledMap

# A statement that was made for one call goes with it.
_statements: WeakKeyDictionary[Any, dict[Any, Prepared | None]] = WeakKeyDictionary()
read_catalogue = Translations.load
_keys: dict[str, Key] = {}
_catalogues: dict[tuple[str, ...], NullTranslations] = {}


class CompiledPages(BytecodeCache):
    """Templates compiled once a process: each server of a test has pages of its own."""

    kept: ClassVar[dict[Hashable, CodeType]] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        bucket.code = self.kept.get(_key(bucket))

    def dump_bytecode(self, bucket: Bucket) -> None:
        if bucket.code is not None:
            self.kept[_key(bucket)] = bucket.code


def _key(bucket: Bucket) -> Hashable:
    """A file with its text, and all that servers may have read differently."""
    by = bucket.environment
    words = (frozenset(by.filters), frozenset(by.tests), frozenset(by.extensions))
    spaces = (by.trim_blocks, by.lstrip_blocks, by.keep_trailing_newline)
    return bucket.key, bucket.checksum, by.undefined, *words, *spaces


def prepare_once(statement: Any, dialect: Any, parameters: Mapping[str, Any]) -> Prepared | None:
    """A statement compiled for a kind of database, whichever provider asks."""
    kept = _statements.setdefault(statement, {})
    key = (dialect.name, dialect.driver, *parameters)
    if key not in kept:
        kept[key] = prepare(statement, dialect, parameters)
    return kept[key]


def load_once(jwk: Jwk) -> Key:
    """A private key; to prove its numbers takes OpenSSL longer than most tests."""
    text = json.dumps(jwk, sort_keys=True)
    if text not in _keys:
        _keys[text] = load_key(jwk)
    return _keys[text]


def read_once(
    folder: str, languages: Iterable[object], domain: str | None = None
) -> NullTranslations:
    """The sentences of a language; whoever asks copies them."""
    key = (folder, *map(str, languages), domain)
    if key not in _catalogues:
        _catalogues[key] = read_catalogue(folder, key[1:-1], domain)
    return _catalogues[key]


class ProvenOnce(PasswordHasher):
    """A password that was right for a hash is so again; a wrong one is reckoned each time."""

    right: ClassVar[set[tuple[str | bytes, str | bytes]]] = set()

    def verify(self, known: str | bytes, password: str | bytes) -> Literal[True]:
        if (known, password) not in self.right:
            super().verify(known, password)
            self.right.add((known, password))
        return True


def compile_once() -> None:
    """From now on, for every server of this process."""
    Flask.url_map_class = CompiledMap
    Flask.jinja_options = {**Flask.jinja_options, "bytecode_cache": CompiledPages()}
    prepared.prepare = prepare_once
    hashing.Argon2 = ProvenOnce
    vault.load_key = load_once
    Translations.load = read_once


@pytest.fixture(autouse=True, scope="session")
def compiled_once() -> None:
    """Also for servers that open no world: applications, the portal, the sandbox."""
    compile_once()
