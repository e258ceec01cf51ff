# SPDX-License-Identifier: Apache-2.0
"""Metadata as the administration follows it: of one application, or a federation's of many."""

import re
import tempfile
from collections.abc import Callable, Collection, Mapping
from typing import Any, BinaryIO

from idp.administration.rules.protocols import (
    Described,
    Fault,
    Member,
    Members,
    Taken,
)
from idp.clock import Clock
from idp.saml import followed
from idp.saml.aggregate import Entity, entities, prove
from idp.saml.described import imported
from idp.saml.xml import METADATA

# Which of the two it is; what is wrong with it is found by whoever reads it.
SEVERAL = re.compile(
    rb"\s*+(?:<\?xml[^>]*+>\s*+)?+(?:<!--.*?-->\s*+)*+<(?:[\w.-]++:)?+EntitiesDescriptor\b",
    re.DOTALL,
)
HEAD = 65_536


class SamlDescriptions:
    """Fills `Describes`."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def pinned(self, text: str) -> str | None:
        """The certificate that signs metadata, or its fingerprint."""
        return followed.pinned(text)

    def proved(
        self, source: BinaryIO, pinned: str, names: Collection[str]
    ) -> Mapping[str, Described | Fault] | Fault:
        """What metadata says of these names, proved by that certificate."""
        if not _is_of_several(source):
            one = followed.proved(source.read(METADATA.size + 1), pinned, self._clock.now())
            return one if isinstance(one, Fault) else {one.name: one}
        found = self._entities(source, pinned, lambda name, _title: name in names)
        if isinstance(found, Fault):
            return found
        return {
            one.member.name: one.described or one.member.fault or Fault.UNREADABLE
            for one in found
            if one.member.name in names
        }

    def members(
        self, source: BinaryIO, pinned: str, chosen: Callable[[str, str], bool]
    ) -> Members | Fault:
        """The applications of an aggregate, or the one that describes itself."""
        if not _is_of_several(source):
            now = self._clock.now()
            signed = followed.signed_by(source.read(METADATA.size + 1), pinned)
            if isinstance(signed, Fault):
                return signed
            one = followed.said(*signed, now)
            if isinstance(one, Fault):
                return one
            made = imported(signed[0], now)
            member = Member(one.name, str(made.document.get("name", "")), made)
            return Members((member,), 1, ())
        found = self._entities(source, pinned, chosen)
        if isinstance(found, Fault):
            return found
        members = [one.member for one in found]
        # None of two, whichever comes first.
        twice = {one.name for one in members if one.fault is Fault.TWICE}
        return Members(
            tuple(one for one in members if one.imported.document and one.name not in twice),
            len(members),
            tuple(one for one in members if one.fault is not None),
        )

    def taken(
        self, settings: Mapping[str, Any], before: Mapping[str, Any] | None, now: Described
    ) -> Taken | Fault:
        """Settings with what metadata says."""
        return followed.taken(settings, before, now)

    def _entities(
        self, source: BinaryIO, pinned: str, wanted: Callable[[str, str], bool]
    ) -> list[Entity] | Fault:
        now = self._clock.now()
        with tempfile.TemporaryFile() as aside:
            proved = prove(source.read, aside, pinned, now)
            if isinstance(proved, Fault):
                return proved
            return list(entities(aside, proved, now, wanted))


def _is_of_several(source: BinaryIO) -> bool:
    source.seek(0)
    head = source.read(HEAD)
    source.seek(0)
    return SEVERAL.match(head) is not None
