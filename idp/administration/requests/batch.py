# SPDX-License-Identifier: Apache-2.0
"""The same decision on several requests: each in a transaction of its own, each its own outcome.

Cut short, those that are done stay done; begun again, they answer that they were.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from idp.administration.authority import Authority, Denied
from idp.administration.requests.outcomes import Approval, Approved, Blocked, Unfit
from idp.administration.requests.queue import Queue, unfit_text
from idp.administration.rights import Right
from idp.db import Database, Tx
from idp.registration.decisions import Stale
from idp.registration.values import Request

MOST: Final = 200
Decided = Denied | Stale | Unfit | Blocked | Approved | Request


class Verb(StrEnum):
    """What can be done to several at once."""

    APPROVE = "approve"
    REFUSE = "refuse"
    CLAIM = "claim"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is done to each of them."""

    verb: Verb
    # What the people are told who are refused.
    reason: str = ""
    # Whether those who are approved are put into the communities that they asked for.
    wished: bool = False


@dataclass(frozen=True, slots=True)
class Picked:
    """One request, as it was seen."""

    request: str
    seen: int


@dataclass(frozen=True, slots=True)
class Done:
    """What became of it."""

    picked: Picked
    outcome: Decided


def picked_from(texts: Iterable[str]) -> list[Picked]:
    """Of `id.version`, as the rows of a list say; what is none is left out, what repeats too."""
    found: dict[str, Picked] = {}
    for text in texts:
        name, _dot, version = text.rpartition(".")
        if name and len(name) <= 22 and version.isascii() and version.isdigit():
            found.setdefault(name, Picked(name, int(version[:9])))
        if len(found) == MOST:
            break
    return list(found.values())


def refuses(authority: Authority, wanted: Wanted) -> Denied | Unfit | None:
    """Why none of it is begun; None where each has its own outcome."""
    if denied := authority.refuses(Right.REQUESTS_DECIDE):
        return denied
    return unfit_text(wanted.reason) if wanted.verb is Verb.REFUSE else None


def decide(tx: Tx, queue: Queue, authority: Authority, one: Picked, wanted: Wanted) -> Decided:
    """Do it to one of them; where there may be an account already, nothing is done."""
    if wanted.verb is Verb.CLAIM:
        return queue.claim(tx, authority, one.request, one.seen)
    if wanted.verb is Verb.REFUSE:
        return queue.refuse(tx, authority, one.request, one.seen, wanted.reason)
    communities: tuple[str, ...] = ()
    if wanted.wished:
        opened = queue.open(tx, authority, one.request)
        if isinstance(opened, Denied):
            return opened
        communities = tuple(opened.grantable)
    return queue.approve(tx, authority, one.request, one.seen, Approval(communities))


def each(
    database: Database, picked: Iterable[Picked], act: Callable[[Tx, Picked], Decided]
) -> list[Done]:
    """Do it to each of them."""
    done = []
    for one in picked:
        with database.write() as tx:
            done.append(Done(one, act(tx, one)))
    return done
