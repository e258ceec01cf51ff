# SPDX-License-Identifier: Apache-2.0
"""Software that may open applications for whoever is at work in it, as administrators keep it."""

import re
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from typing import Any, Final

from connectors.base import Level
from connectors.launches import ALGORITHMS, LaunchSource
from idp.accounts import establishments
from idp.administration.authority import Authority, Denied
from idp.administration.changes import PAGE, Change
from idp.administration.history import History
from idp.administration.outcomes import Unfit
from idp.administration.rights import Right
from idp.administration.versions import version_of
from idp.applications.seen import SeenRequest, SeenRequests
from idp.applications.service import Applications
from idp.audit.record import Audit
from idp.clock import Clock
from idp.db import Tx
from idp.launches import sources
from idp.launches.seen import NOBODY, seen_as
from idp.launches.sources import Registered, Source, State
from idp.outgoing.addresses import is_name, is_public
from idp.outgoing.target import Stop, parse_target

SEE: Final = Right.APPLICATIONS_SEE
EDIT: Final = Right.APPLICATIONS_EDIT
KEY: Final = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*", re.ASCII)
ISSUER: Final = re.compile(r"[\x21-\x7e]{1,256}", re.ASCII)
# The beginning of a national identifier: its kind, and maybe a structure's number.
NUMBER: Final = re.compile(r"[0134568][0-9A-Z]{0,14}/?", re.ASCII)
LONGEST_KEY: Final = 64
LONGEST_NAME: Final = 128
LONGEST_SET: Final = 65_536
MOST: Final = 200
MOST_NUMBERS: Final = 50
# With what it signs: one of them.
SIGNS_WITH: Final = ("jwks", "jwks_uri", "certificate")
Readable = Callable[[LaunchSource], bool]
# Whether somebody may change the application of this key.
MayChange = Callable[[Tx, Authority, str], bool]


@dataclass(frozen=True, slots=True)
class Launcher:
    """One of them, with what happened to it."""

    registered: Registered

    @property
    def source(self) -> Source:
        """As it is written down."""
        return self.registered.source

    @property
    def version(self) -> str:
        """What a form of it was made from."""
        return version_of(self.source)


@dataclass(frozen=True, slots=True)
class Received:
    """The last launches of one, and those of nobody."""

    own: list[SeenRequest]
    of_nobody: list[SeenRequest]


class Launchers:
    """The verbs; each takes the caller's transaction."""

    def __init__(
        self,
        clock: Clock,
        audit: Audit,
        applications: Applications,
        seen: SeenRequests,
        history: History,
        readable: Readable,
        may_change: MayChange,
        allow: tuple[str, ...],
    ) -> None:
        self._clock = clock
        self._audit = audit
        self._applications = applications
        self._seen = seen
        self._history = history
        self._readable = readable
        self._may_change = may_change
        self._allow = frozenset(allow)

    def every(self, tx: Tx, authority: Authority) -> Denied | list[Launcher]:
        """All of them, by name."""
        if denied := authority.refuses(SEE):
            return denied
        return [Launcher(one) for one in sources.every(tx)]

    def load(self, tx: Tx, authority: Authority, key: str) -> Denied | Launcher:
        """One of them."""
        if denied := authority.refuses(SEE):
            return denied
        found = sources.registered(tx, key)
        return Launcher(found) if found else Denied.NOT_FOUND

    def received(self, tx: Tx, authority: Authority, key: str) -> Denied | Received:
        """What it sent lately, as it was understood here."""
        found = self.load(tx, authority, key)
        if isinstance(found, Denied):
            return found
        return Received(self._seen.of(tx, seen_as(key)), self._seen.of(tx, seen_as(NOBODY)))

    def add(self, tx: Tx, authority: Authority, wished: Source) -> Denied | Unfit | Source:
        """Make one."""
        if denied := authority.refuses(EDIT):
            return denied
        known = sources.every(tx)
        if len(known) >= MOST:
            return Unfit("too-many")
        if any(one.source.key == wished.key for one in known):
            return Unfit("taken", ("key",))
        return self._put(tx, authority, None, wished)

    def edit(
        self, tx: Tx, authority: Authority, seen: str, wished: Source
    ) -> Denied | Unfit | Source:
        """Change it from the version seen; its key stays."""
        if denied := authority.refuses(EDIT):
            return denied
        found = sources.registered(tx, wished.key, held=True)
        if found is None:
            return Denied.NOT_FOUND
        if wished != found.source and version_of(found.source) != seen:
            return Unfit("stale")
        return self._put(tx, authority, found.source, wished)

    def history(
        self, tx: Tx, authority: Authority, key: str, after: str = "", most: int = PAGE
    ) -> Denied | list[Change]:
        """What administrators changed of it, the newest first, a page at a time."""
        found = self.load(tx, authority, key)
        return found if isinstance(found, Denied) else self._history.listed(tx, key, after, most)

    def undo(self, tx: Tx, authority: Authority, key: str, change: str) -> Denied | Unfit | Source:
        """Take a change back, where nothing else came since."""
        if denied := authority.refuses(EDIT):
            return denied
        known = sources.registered(tx, key, held=True)
        found = self._history.load(tx, key, change)
        if known is None or found is None:
            return Denied.NOT_FOUND
        wished = _with(known.source, dict(found.before))
        if self._is_beyond(tx, authority, known.source, wished):
            return Unfit("unfit", ("applications",))
        if self._unfit(tx, wished) or not self._history.begin_undo(
            tx, found, _values(known.source)
        ):
            return Unfit("stale")
        return self._put(tx, authority, known.source, wished)

    def _put(
        self, tx: Tx, authority: Authority, known: Source | None, wished: Source
    ) -> Unfit | Source:
        if unfit := self._unfit(tx, wished):
            return Unfit("unfit", unfit)
        if self._is_beyond(tx, authority, known, wished):
            return Unfit("unfit", ("applications",))
        if known == wished:
            return wished
        sources.put(tx, wished, self._clock.now())
        event = authority.event(
            "launcher.changed" if known else "launcher.added",
            source=wished.key,
            state=wished.state.value,
            level=int(wished.level),
        )
        self._audit.record(tx, event, authority.origin)
        before = _values(known) if known else {}
        self._history.keep(tx, authority, wished.key, before, _values(wished))
        return wished

    def _is_beyond(
        self, tx: Tx, authority: Authority, known: Source | None, wished: Source
    ) -> bool:
        """WB-016: who signs for a source enters what it opens as anybody of whom it may speak."""
        named = set(wished.applications)
        if known is not None and _speaks_alike(known, wished):
            named -= set(known.applications)
        return not all(self._may_change(tx, authority, one) for one in named)

    def _unfit(self, tx: Tx, wished: Source) -> tuple[str, ...]:
        """The names of the fields that are missing or malformed."""
        named = sources.named(tx, wished.issuer)
        known = {one.key for one in self._applications.every(tx)}
        faults = {
            "key": not KEY.fullmatch(wished.key) or len(wished.key) > LONGEST_KEY,
            "name": not wished.name.strip()
            or len(wished.name) > LONGEST_NAME
            or not wished.name.isprintable(),
            "establishment": establishments.load(tx, wished.establishment) is None,
            "issuer": not ISSUER.fullmatch(wished.issuer)
            or (named is not None and named.key != wished.key),
            "algorithm": wished.algorithm not in ALGORITHMS,
            "applications": not wished.applications or not set(wished.applications) <= known,
            "numbers": len(wished.numbers) > MOST_NUMBERS
            or not all(NUMBER.fullmatch(one) for one in wished.numbers),
        }
        found = [name for name, wrong in faults.items() if wrong]
        return tuple(found if "algorithm" in found else [*found, *self._unfit_keys(wished)])

    def _unfit_keys(self, wished: Source) -> tuple[str, ...]:
        given = [name for name in SIGNS_WITH if getattr(wished, name)]
        if len(given) != 1:
            # None, or more than one of which nobody could say which holds.
            return tuple(given) or ("jwks",)
        if given == ["jwks_uri"]:
            return () if self._reachable(wished.jwks_uri) else ("jwks_uri",)
        too_long = len(getattr(wished, given[0])) > LONGEST_SET
        good = not too_long and self._readable(sources.as_means(wished))
        return () if good else tuple(given)

    def _reachable(self, address: str) -> bool:
        """WB-033: what can be told before anything is resolved; the door asks again each time."""
        try:
            target = parse_target(address, self._allow)
        except Stop:
            return False
        named = is_name(target.host) and "." in target.host
        return target.allowed or named or is_public(target.host)


def _speaks_alike(known: Source, wished: Source) -> bool:
    """Whether the same keys still speak of the same people, and are believed as much."""
    kept = replace(wished, name=known.name, state=known.state)
    return replace(kept, applications=known.applications) == known


def _values(source: Source) -> dict[str, Any]:
    return asdict(source) | {
        "level": int(source.level),
        "applications": " ".join(source.applications),
        "numbers": " ".join(source.numbers),
        "state": source.state.value,
    }


def _with(source: Source, before: dict[str, Any]) -> Source:
    """As it was before a change."""
    known = {name: one for name, one in before.items() if name in asdict(source)}
    for name in ("applications", "numbers"):
        if name in known:
            known[name] = tuple(str(known[name]).split())
    if "level" in known:
        known["level"] = Level(known["level"])
    if "state" in known:
        known["state"] = State(known["state"])
    return replace(source, **known)
