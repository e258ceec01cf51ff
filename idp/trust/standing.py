# SPDX-License-Identifier: Apache-2.0
"""What is known of one certificate, from lists and answers that we have; nothing is fetched."""

from collections.abc import Sequence
from enum import Enum

from cryptography import x509

from idp.trust.certificate import Certificate, addresses_of
from idp.trust.crl import AHEAD, RevocationList, Scope
from idp.trust.ocsp import Answer
from idp.trust.serials import holds


class Standing(Enum):
    """Whether a certificate stands."""

    GOOD = "good"
    REVOKED = "revoked"
    # Not on the last good list, whose time was over not long ago.
    LATELY_GOOD = "lately-good"
    UNKNOWN = "unknown"


def tell(
    certificate: Certificate,
    lists: Sequence[RevocationList],
    answer: Answer | None,
    now: int,
    grace: int,
) -> Standing:
    """The best that lists and answers say; that it is revoked, said by any of them, is final."""
    if is_listed(certificate.serial, lists, now):
        return Standing.REVOKED
    wholes = [one for one in lists if one.base is None and is_about(one, certificate)]
    newest = max((one.issued_at for one in wholes if _is_fresh(one, now)), default=0)
    # A suspension that has ended: a list newer than the answer knows better.
    if answer is not None and not answer.good and answer.issued_at >= newest:
        return Standing.REVOKED
    if newest or (answer is not None and answer.good and _holds(answer, now)):
        return Standing.GOOD
    lately = any(one.next_at + grace > now >= one.issued_at - AHEAD for one in wholes)
    return Standing.LATELY_GOOD if lately else Standing.UNKNOWN


def is_listed(serial: int, lists: Sequence[RevocationList], now: int) -> bool:
    """Whether an authority's lists name a number, whatever part of it they are for, however old."""
    wholes = [one for one in lists if one.base is None]
    changes = [one for one in lists if one.base is not None]
    return any(_has_revoked(one, changes, serial, now) for one in wholes) or any(
        _has_added(one, wholes, serial) for one in changes
    )


def is_about(one: RevocationList, certificate: Certificate) -> bool:
    """Whether a list would name this certificate (RFC 5280 §6.3.3 b): its kind, its part."""
    constraints = certificate.get(x509.BasicConstraints)
    authority = constraints is not None and constraints.ca
    if one.scope is (Scope.PEOPLE if authority else Scope.AUTHORITIES):
        return False
    if not one.points:
        return True
    named = addresses_of(certificate.get(x509.CRLDistributionPoints))
    return not set(named).isdisjoint(one.points)


def _is_fresh(one: RevocationList, now: int) -> bool:
    # RL-09: issued later than now, the clock was set back: its end says nothing any more.
    return one.issued_at - AHEAD <= now < one.next_at


def _holds(answer: Answer, now: int) -> bool:
    return answer.issued_at - AHEAD <= now < answer.valid_until


def _has_revoked(
    whole: RevocationList, changes: Sequence[RevocationList], serial: int, now: int
) -> bool:
    if not holds(whole.revoked, serial):
        return False
    # removeFromCRL: it had been suspended, and stands again.
    return not any(
        _continues(one, whole) and _is_fresh(one, now) and holds(one.released, serial)
        for one in changes
    )


def _has_added(changes: RevocationList, wholes: Sequence[RevocationList], serial: int) -> bool:
    over = any(_same_part(one, changes) and one.number > changes.number for one in wholes)
    return not over and holds(changes.revoked, serial)


def _continues(changes: RevocationList, whole: RevocationList) -> bool:
    """RFC 5280 §5.2.4: the changes begin no later than this whole list, and go further."""
    begins = changes.base is not None and changes.base <= whole.number <= changes.number
    return begins and _same_part(whole, changes)


def _same_part(one: RevocationList, other: RevocationList) -> bool:
    return one.scope is other.scope and set(one.points) == set(other.points)
