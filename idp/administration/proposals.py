# SPDX-License-Identifier: Apache-2.0
"""Four eyes: a grave act is proposed by one administrator and done when another one agrees.

A service whose verb is grave names how its act is done (`carries`), asks first (`asks`) and, where
somebody else must agree, leaves the act here (`put`). Who agrees does it with their own rights; who
proposed it must still have theirs. Both are people: applications neither propose nor agree in their
own name, and no application does both for two people.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from sqlalchemy import bindparam, insert, select, update

from idp.accounts import service as accounts
from idp.accounts.values import State
from idp.administration.authority import COMMAND_LINE, Authorities, Authority, Denied
from idp.administration.documents import Documents
from idp.administration.models import ProposalRow
from idp.administration.outcomes import Unfit
from idp.administration.rights import GRAVEST, RIGHTS, Right
from idp.audit.record import Audit
from idp.clock import Clock, Entropy
from idp.crypto import KeyRing
from idp.db import Found, Tx, part, table_of, take_turn
from idp.lookup import Lookup

table = table_of(ProposalRow)
MOST: Final = 200
# Of two who propose the same at once, the second finds it waiting.
TURN: Final = 7216101003
ADD = insert(table)
LOAD = select(table).where(table.c.id == bindparam("proposal"))
OPEN = (table.c.state == "open") & (table.c.expires_at > bindparam("now"))
SAME = select(table.c.id).where(table.c.same == bindparam("same_"), OPEN)
WAITING = select(table).where(OPEN).order_by(table.c.proposed_at, table.c.id).limit(MOST)
DECIDED = (
    select(table)
    .where(table.c.state != "open")
    .order_by(table.c.proposed_at.desc(), table.c.id)
    .limit(MOST)
)
# Of two who decide at once, one does.
DECIDE = (
    update(table)
    .where(table.c.id == bindparam("proposal"), OPEN)
    .values(
        state=bindparam("new_state"), decided_by=bindparam("actor"), decided_at=bindparam("now")
    )
    .returning(*table.c)
)
Facts = Mapping[str, Any]
Carry = Callable[[Tx, Authority, Facts], Any]


@dataclass(frozen=True, slots=True)
class Proposal:
    """An act that waits, or waited; `facts` is what it is made from."""

    id: str
    # role.give, role.take… as the service named it.
    kind: str
    needs: Right
    facts: Facts
    proposed_by: str
    proposed_at: int
    expires_at: int
    # open, agreed, declined or withdrawn; an open one past its end is over.
    state: str
    decided_by: str = ""
    decided_at: int | None = None
    # The application that proposed it for a person.
    through: str = ""

    @property
    def said(self) -> Facts:
        """What is told of it: whatever begins with `_` is for the act alone, a secret for one."""
        return {name: one for name, one in self.facts.items() if not name.startswith("_")}


@dataclass(frozen=True, slots=True)
class Carried:
    """The act was done: what its verb answered."""

    result: Any


@dataclass(frozen=True, slots=True)
class Rules:
    """Whether two must agree, and how long an act waits."""

    four_eyes: bool
    life: int


class Proposals:
    """Keeps the acts, and has them done."""

    def __init__(
        self,
        clock: Clock,
        entropy: Entropy,
        audit: Audit,
        ring: KeyRing,
        lookup: Lookup,
        authorities: Authorities,
        rules: Rules,
    ) -> None:
        self._clock = clock
        self._entropy = entropy
        self._audit = audit
        self._documents = Documents(ring, table.name)
        self._lookup = lookup
        self._authorities = authorities
        self._rules = rules
        self._ways: dict[str, tuple[Right, Carry]] = {}

    def carries(self, kind: str, needs: Right, carry: Carry) -> None:
        """How an act of this kind is done: by the very verb that proposed it, agreed to."""
        self._ways[kind] = (needs, carry)

    def asks(self, authority: Authority, needs: Right) -> bool:
        """Whether somebody else must agree first. Who holds the server's secrets asks nobody."""
        agreed = authority.agreed or authority.actor == COMMAND_LINE
        return self._rules.four_eyes and needs in GRAVEST and not agreed

    def put(self, tx: Tx, authority: Authority, kind: str, facts: Facts) -> Denied:
        """Keep an act that its verb has found allowed; the same one waits only once."""
        # Two people decide: whoever has an application in hand is one of them already.
        if authority.account is None:
            return Denied.NOT_ALLOWED
        needs, _ = self._ways[kind]
        now, name = self._clock.now(), self._entropy.token(16)
        same = self._lookup.hash(f"{kind}|{json.dumps(facts, sort_keys=True)}")
        take_turn(tx, TURN)
        if tx.execute(SAME, {"same_": same, "now": now}).first() is not None:
            return Denied.PROPOSED
        expires_at = now + self._rules.life
        row = {
            "id": name,
            "kind": kind,
            "needs": needs.value,
            # Sealed with whose it is and until when: whoever writes into the table changes neither.
            "document": self._documents.seal(
                name,
                {
                    "facts": facts,
                    "kind": kind,
                    "by": authority.actor,
                    "until": expires_at,
                    "through": authority.through,
                },
            ),
            "same": same,
            "proposed_by": authority.actor,
            "proposed_at": now,
            "expires_at": expires_at,
            "state": "open",
        }
        tx.execute(ADD, row)
        self._note(tx, authority, "proposal.made", name, kind)
        return Denied.PROPOSED

    def listed(
        self, tx: Tx, authority: Authority, *, decided: bool = False
    ) -> Denied | tuple[Proposal, ...]:
        """What waits, or what was decided, among the acts that they could do themselves."""
        if not any(authority.may(one) for one in GRAVEST):
            return Denied.NOT_ALLOWED
        asked = DECIDED if decided else WAITING
        rows = tx.execute(asked, {"now": self._clock.now()}).all()
        found = [self._read(row) for row in rows]
        return tuple(one for one in found if one is not None and authority.may(one.needs))

    def agree(self, tx: Tx, authority: Authority, proposal_id: str) -> Denied | Unfit | Carried:
        """Do it. `Unfit` says why not: `own`, `application` (the one that proposed it), `over`,
        `proposer` (who lost their right), or what the verb itself found.
        """
        if authority.account is None:
            return Denied.NOT_ALLOWED
        found = self._find(tx, authority, proposal_id)
        if isinstance(found, Denied):
            return found
        if found.proposed_by == authority.actor:
            return Unfit("own")
        # It holds the tokens of both, and may act for two who know nothing of it (WB-016).
        if authority.through and found.through == authority.through:
            return Unfit("application")
        if not self._still_may(tx, found):
            return Unfit("proposer")
        with part(tx) as own:
            done = self._carry(tx, authority, found)
            if not isinstance(done, Carried):
                own.give_up()
                return done
        self._note(tx, authority, "proposal.agreed", found.id, found.kind, found.proposed_by)
        return done

    def decline(self, tx: Tx, authority: Authority, proposal_id: str) -> Denied | Unfit | bool:
        """Don't do it; whoever proposed it takes it back in this way."""
        found = self._find(tx, authority, proposal_id)
        if isinstance(found, Denied):
            return found
        state = "withdrawn" if found.proposed_by == authority.actor else "declined"
        if not self._decide(tx, authority, found, state):
            return Unfit("over")
        self._note(tx, authority, f"proposal.{state}", found.id, found.kind, found.proposed_by)
        return True

    def _carry(self, tx: Tx, authority: Authority, found: Proposal) -> Denied | Unfit | Carried:
        # First: whoever decided before us keeps this one from being done twice.
        if not self._decide(tx, authority, found, "agreed"):
            return Unfit("over")
        _, carry = self._ways[found.kind]
        done = carry(tx, replace(authority, agreed=True), found.facts)
        return done if isinstance(done, Denied | Unfit) else Carried(done)

    def _decide(self, tx: Tx, authority: Authority, found: Proposal, state: str) -> bool:
        known = {
            "proposal": found.id,
            "now": self._clock.now(),
            "new_state": state,
            "actor": authority.actor,
        }
        return tx.execute(DECIDE, known).first() is not None

    def _find(self, tx: Tx, authority: Authority, proposal_id: str) -> Denied | Proposal:
        row = tx.execute(LOAD, {"proposal": proposal_id}).first()
        found = self._read(row) if row else None
        if found is None or not authority.may(found.needs):
            allowed = any(authority.may(one) for one in GRAVEST)
            return Denied.NOT_FOUND if allowed else Denied.NOT_ALLOWED
        return found

    def _still_may(self, tx: Tx, found: Proposal) -> bool:
        held = self._authorities.held_by(tx, found.proposed_by)
        # An application is no account: what one proposed is nobody's.
        account = accounts.load(tx, found.proposed_by)
        if account is None or account.state is not State.ACTIVE:
            return False
        return any(found.needs in RIGHTS[one.role] for one in held)

    def _read(self, row: Found) -> Proposal | None:
        """A proposal; None for one whose columns are not as it was made."""
        known = self._documents.open(row.id, row.document)
        way = self._ways.get(row.kind)
        said = (known["kind"], known["by"], known["until"])
        if way is None or said != (row.kind, row.proposed_by, row.expires_at):
            return None
        return Proposal(
            row.id,
            row.kind,
            way[0],
            known["facts"],
            row.proposed_by,
            row.proposed_at,
            row.expires_at,
            row.state,
            row.decided_by,
            row.decided_at,
            known.get("through", ""),
        )

    def _note(
        self, tx: Tx, authority: Authority, event: str, name: str, kind: str, proposed_by: str = ""
    ) -> None:
        made = authority.event(event, proposal=name, act=kind, proposed_by=proposed_by)
        self._audit.record(tx, made, authority.origin)
