# SPDX-License-Identifier: Apache-2.0
"""What goes on in other browsers under proofs that are worth nothing any more (ASVS 7.4.3).

After a new password always, after another means is gone where its owner wishes it: the same
sessions, tokens and known browsers end.
"""

from collections.abc import Collection
from dataclasses import dataclass

from idp.credentials import devices
from idp.db import Tx
from idp.grants.codes import Codes
from idp.grants.lasting import LastingGrants
from idp.origin import Origin
from idp.sessions.service import Ended, Sessions


@dataclass(frozen=True, slots=True)
class Here:
    """What stays: nothing, unless it is named."""

    session: str | None = None
    device: bytes | None = None


NOWHERE = Here()


class Elsewhere:
    """Ends it, in the caller's transaction."""

    def __init__(self, sessions: Sessions, codes: Codes, lasting: LastingGrants) -> None:
        self._lasting = lasting
        self._sessions = sessions
        self._codes = codes

    def leaves(self, tx: Tx, account: str, here: Here) -> bool:
        """Whether what is to stay is there still: a session that ended changes nothing any more."""
        live = self._sessions.of_account(tx, account, even_idle=True)
        return here.session is None or any(one.id == here.session for one in live)

    def end(self, tx: Tx, account: str, here: Here, why: str, origin: Origin) -> tuple[Ended, ...]:
        """End all but what is here; answers the sessions whose applications are to be told."""
        devices.forget_others(tx, account, here.device)
        ended = self._sessions.end_all(tx, account, why, origin, keep=here.session)
        self._codes.revoke_elsewhere(tx, account, here.session, why, origin)
        return ended

    def end_by(
        self, tx: Tx, account: str, means: Collection[str], why: str, origin: Origin | None
    ) -> tuple[Ended, ...]:
        """End what stands on one of these means: sessions, and what lasts without them."""
        ended = []
        for one in self._sessions.of_account(tx, account, even_idle=True):
            opened = self._sessions.opened_in(tx, one.id)
            stands = not set(means).isdisjoint(one.means)
            if stands and self._sessions.end(tx, one.id, why, origin):
                ended.append(Ended(one.id, opened))
        self._lasting.end_by(tx, account, means, why, origin)
        return tuple(ended)
