# SPDX-License-Identifier: Apache-2.0
"""A federation's aggregate: proved as a whole while it is read in parts.

The exclusive canonical form of a root is its tags around the canonical forms of its children, in
their order. So the parser's own canonicalisation of a few children within their root, again and
again, is that of the whole, and its digest needs no tree of a hundred megabytes. What the
signature was found to cover is kept aside in its canonical form, and read from there alone: from
the document that was fetched nothing is believed.
"""

import hmac
from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import dataclass
from itertools import chain
from typing import BinaryIO

from cryptography import x509
from lxml import etree

from idp.administration.rules.protocols import Described, Fault, Imported, Member
from idp.saml.described import ENTITY, imported, role_of, title_of
from idp.saml.followed import named, said, seconds
from idp.saml.names import ds, md
from idp.saml.signatures import Claim, Digest, Unverified, canonical, claim_of
from idp.saml.stream import Read, Unreadable, batches
from idp.saml.writing import read_moment
from idp.saml.xml import METADATA, Element, is_identifier, look_at, new_parser, valid_metadata

GROUP = md("EntitiesDescriptor")
LENGTH = 8
LONGEST_START = 65_536


@dataclass(frozen=True, slots=True)
class Proved:
    """An aggregate whose signature holds; its parts lie in the file that was given."""

    certificate: x509.Certificate
    valid_until: int
    ask_again: int
    start: bytes
    end: bytes


@dataclass(frozen=True, slots=True)
class Entity:
    """One application of an aggregate, as it says and as it would be registered."""

    member: Member
    described: Described | None = None


def prove(read: Read, aside: BinaryIO, pin: str, now: int) -> Proved | Fault:
    """Read a whole aggregate once, into a file of proved parts; or why it is not believed."""
    try:
        return _Proof(aside, pin, now).of(read)
    except (Unreadable, etree.LxmlError):
        # SM-021: what has no canonical form was signed by nobody.
        return Fault.UNREADABLE


def entities(
    aside: BinaryIO, proved: Proved, now: int, wanted: Callable[[str, str], bool]
) -> Iterator[Entity]:
    """The applications of a proved aggregate, in its order; other roles are passed over.

    All are counted and looked at; what they would be registered as is made of those wanted.
    """
    seen: set[str] = set()
    for entity in _parts(aside, proved):
        name = entity.get("entityID", "")
        if look_at(entity, METADATA) is not None or not valid_metadata(entity):
            yield _rejected(name, Fault.UNREADABLE)
            continue
        role = role_of(entity)
        if role is None:
            continue
        if name in seen:
            yield _rejected(name, Fault.TWICE)
            continue
        seen.add(name)
        title = title_of(entity)
        if not wanted(name, title):
            yield Entity(Member(name, title, Imported({})))
            continue
        described = said(entity, proved.certificate, now, proved.valid_until)
        if isinstance(described, Fault):
            yield _rejected(name, described)
            continue
        yield Entity(Member(name, title, imported(entity, now)), described)


def _rejected(name: str, fault: Fault) -> Entity:
    return Entity(Member(name, "", Imported({}), fault))


def _parts(aside: BinaryIO, proved: Proved) -> Iterator[Element]:
    aside.seek(0)
    while head := aside.read(LENGTH):
        inner = aside.read(int.from_bytes(head))
        yield from etree.fromstring(proved.start + inner + proved.end, new_parser()).iterfind(
            ENTITY
        )


class _Proof:
    """One reading: what is known of the whole, once its first part was seen."""

    def __init__(self, aside: BinaryIO, pin: str, now: int) -> None:
        self._aside = aside
        self._pin = pin
        self._now = now

    def of(self, read: Read) -> Proved | Fault:
        parts = batches(read, GROUP)
        first = next(parts)
        begun = self._begin(first)
        if isinstance(begun, Fault):
            return begun
        proved, claim = begun
        digest = claim.new(proved.start)
        for part in chain((first,), parts):
            if not self._keep(part, proved, claim, digest):
                return Fault.UNPROVED
        digest.update(proved.end)
        if not hmac.compare_digest(digest.digest(), claim.digest):
            return Fault.UNPROVED
        return proved

    def _begin(self, root: Element) -> tuple[Proved, Claim] | Fault:
        """What the signature claims; it is taken out, as its transform says."""
        signatures = root.findall(ds("Signature"))
        # Metadata §2.3: it comes first, before anything that it signs.
        if not signatures or root[0] is not signatures[0]:
            return Fault.UNSIGNED
        certificate = named(root, self._pin)
        if certificate is None or not is_identifier(root.get("ID")):
            return Fault.UNPROVED
        claim = claim_of(signatures[0], f"#{root.get('ID')}", [certificate])
        if isinstance(claim, Unverified):
            return Fault.UNPROVED
        # SM-070: what never ends could be played back for ever.
        if root.get("validUntil") is None:
            return Fault.ENDLESS
        ends = read_moment(root.get("validUntil"))
        if ends is None or ends <= self._now:
            return Fault.OVER
        root.text = (root.text or "") + (signatures[0].tail or "")
        root.remove(signatures[0])
        start, end = _tags(root, claim)
        if len(start) > LONGEST_START:
            # It is written again with each part.
            return Fault.UNREADABLE
        return Proved(certificate, ends, seconds(root), start, end), claim

    def _keep(self, part: Element, proved: Proved, claim: Claim, digest: Digest) -> bool:
        written = canonical(part, claim.prefixes)
        if not (written.startswith(proved.start) and written.endswith(proved.end)):
            return False
        inner = written[len(proved.start) : -len(proved.end)]
        digest.update(inner)
        self._aside.write(len(inner).to_bytes(LENGTH) + inner)
        return True


def _tags(root: Element, claim: Claim) -> tuple[bytes, bytes]:
    """The canonical form of the root's own tags."""
    empty = deepcopy(root)
    empty.text = None
    del empty[:]
    written = canonical(empty, claim.prefixes)
    place = written.rindex(b"</")
    return written[:place], written[place:]
