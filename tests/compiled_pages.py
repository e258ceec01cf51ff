# SPDX-License-Identifier: Apache-2.0
"""Templates, addresses and statements compiled once a process, for the many providers of tests.

And read once: the catalogues of sentences, and the keys that sign, since the databases of tests are
copies of one.
"""

import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any, ClassVar
from weakref import WeakKeyDictionary

from babel.support import NullTranslations, Translations
from jinja2.bccache import Bucket, BytecodeCache
from werkzeug.routing import Rule
from werkzeug.routing.rules import RulePart

from idp import prepared
from idp.http.flask_app import PageServer
from idp.keys import vault
from idp.keys.algorithms import Jwk, Key, load_key
from idp.prepared import Prepared, prepare

# A statement that was made for one call goes with it.
_statements: WeakKeyDictionary[Any, dict[Any, Prepared | None]] = WeakKeyDictionary()
read_catalogue = Translations.load
_keys: dict[str, Key] = {}
_catalogues: dict[tuple[str, ...], NullTranslations] = {}


class CompiledPages(BytecodeCache):
    """Templates compiled once a process: each provider of a test has pages of its own."""

    kept: ClassVar[dict[str, bytes]] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        if found := self.kept.get(bucket.key + bucket.checksum):
            bucket.bytecode_from_string(found)

    def dump_bytecode(self, bucket: Bucket) -> None:
        self.kept[bucket.key + bucket.checksum] = bucket.bytecode_to_string()


class CompiledRule(Rule):
    """An address that is read, and whose writer is compiled, once a process.

    Nothing of a map is in it but that its converters know one, which none of ours asks.
    """

    kept: ClassVar[dict[Any, Callable[..., tuple[str, str]]]] = {}
    read: ClassVar[dict[str, tuple[Any, ...]]] = {}

    def _parse_rule(self, rule: str) -> Iterable[RulePart]:
        if rule not in self.read:
            before = len(self._trace)
            parts = list(super()._parse_rule(rule))
            self.read[rule] = (parts, self._trace[before:], dict(self._converters))
            return parts
        parts, trace, converters = self.read[rule]
        self._trace.extend(trace)
        self._converters.update(converters)
        self.arguments.update(converters)
        return parts

    def _compile_builder(self, append_unknown: bool = True) -> Callable[..., tuple[str, str]]:
        defaults = tuple((self.defaults or {}).items())
        key = (self.rule, tuple(self._trace), defaults, append_unknown)
        if key not in self.kept:
            self.kept[key] = super()._compile_builder(append_unknown)
        return self.kept[key]


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


def compile_once() -> None:
    """From now on, for every provider of this process."""
    PageServer.url_rule_class = CompiledRule
    prepared.prepare = prepare_once
    vault.load_key = load_once
    Translations.load = read_once
