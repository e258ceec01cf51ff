# SPDX-License-Identifier: Apache-2.0
"""What the verbs on accounts answer beside the account itself."""

from dataclasses import dataclass

from idp.accounts.particulars import Particulars
from idp.accounts.values import Account, State
from idp.sessions.service import Ended


@dataclass(frozen=True, slots=True)
class Unfit:
    """What was asked can't be: why, as a word; and which fields are meant, where some are."""

    why: str
    fields: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Stale:
    """Somebody changed it meanwhile: how it is now, and which fields they touched if known."""

    account: Account
    particulars: Particulars
    fields: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Changed:
    """The state of an account is now this one; these sessions ended with the old one."""

    state: State
    ended: tuple[Ended, ...] = ()
    # False where it was so already.
    changed: bool = True


@dataclass(frozen=True, slots=True)
class Sent:
    """Help is under way to its owner: by which channel, and to what, shown in part only."""

    channel: str
    masked: str


@dataclass(frozen=True, slots=True)
class Unreachable:
    """No help was sent: `closed`, `no-address`, `no-number`, `unverified`, `new`, `edited`,
    `down`, `too-often`.
    """

    why: str
