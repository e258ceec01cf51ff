# SPDX-License-Identifier: Apache-2.0
"""Verbs of the password: set, find, check, compare with those before, and hash anew when the
parameters have changed.
"""

from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import bindparam, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from idp.accounts import service as accounts
from idp.accounts.values import Population
from idp.audit.record import Audit, Event
from idp.clock import DRIFT, Clock, Entropy
from idp.credentials import history, resets, throttle
from idp.credentials.hashing import FORM, Hashing
from idp.credentials.models import PasswordRow
from idp.credentials.policies import Policies
from idp.credentials.policy import DAY
from idp.credentials.reset_links import ResetLinks
from idp.db import Database, Found, Tx, table_of
from idp.errors import Overloaded
from idp.origin import Origin

# The means whose counters end with a new password.
KIND = "password"
NOBODY = "nobody"
MARK_BYTES = 9
table = table_of(PasswordRow)
LOAD = select(table).where(table.c.account_id == bindparam("account"))
# Parallel changes of one password queue here on PostgreSQL.
TAKE = LOAD.with_for_update()
COLUMNS = ("hash", "form", "changed_at", "must_change", "valid_until", "warned", "mark")
NEW = upsert(table)
PUT = NEW.on_conflict_do_update(
    index_elements=["account_id"], set_={name: NEW.excluded[name] for name in COLUMNS}
)
# Only the hash that was verified is replaced: a change of password meanwhile stays (CR-039).
REPLACE = (
    update(table)
    .where(table.c.account_id == bindparam("account"), table.c.hash == bindparam("old"))
    .values(hash=bindparam("new"))
)


class Reason(StrEnum):
    """Why a password must be replaced at the next login."""

    # It came by letter, SMS or e-mail.
    TEMPORARY = "temporary"
    # It was given with the account.
    FIRST = "first"
    # Somebody set it anew for the person.
    RESET = "reset"
    # It is as old as the policy lets it become.
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class Due:
    """A password that must be replaced: why, and since when."""

    reason: Reason
    since: int


@dataclass(frozen=True, slots=True)
class Standing:
    """What a person may be told of their password."""

    changed_at: int
    # When it must be replaced; None where it never ends by itself.
    ends_at: int | None
    must_change: str
    valid_until: int | None


@dataclass(frozen=True, slots=True)
class Held:
    """The password in force: what tells it from those before and after, and since when."""

    mark: str
    changed_at: int


class Passwords:
    """The verbs, and the host's side of the password means (`connectors.ports.PasswordStore`)."""

    def __init__(
        self,
        database: Database,
        hashing: Hashing,
        clock: Clock,
        entropy: Entropy,
        audit: Audit,
        policies: Policies,
        links: ResetLinks,
        temporary_life: int,
    ) -> None:
        self._database = database
        self._hashing = hashing
        self._clock = clock
        self._entropy = entropy
        self._audit = audit
        self._policies = policies
        self._links = links
        self._temporary_life = temporary_life

    def find(self, identifier: str) -> str | None:
        """The account behind what was typed."""
        with self._database.read() as tx:
            return accounts.find(tx, identifier)

    def match(self, subject: str | None, password: str) -> str | None:
        """The mark of the account's password, where this is it; no transaction is open."""
        # Looked for alike where there is no account: the time must not tell (CR-031).
        row = self._usable(subject or NOBODY)
        is_right = self._hashing.matches(None if row is None else row.hash, password)
        if subject is None or row is None or not is_right:
            return self._take_temporary(subject, password)
        if self._hashing.is_outdated(row.hash):
            self._hash_anew(subject, row.hash, password)
        return str(row.mark)

    def _take_temporary(self, account: str | None, typed: str) -> str | None:
        """The mark of a temporary password; it takes the place of the account's own."""
        with self._database.read() as tx:
            found = self._links.is_temporary(tx, account or NOBODY, typed)
        if not found or account is None:
            return None
        hashed = self._hashing.hash(typed)
        with self._database.write() as tx:
            used = self._links.use_temporary(tx, account, typed)
            if used is None:
                return None
            resets.note(tx, account, used.channel, self._clock.now())
            # It ends when the message said so, typed once or not.
            return self.put(
                tx, account, hashed, must_change=Reason.RESET.value, valid_until=used.expires_at
            )

    def _usable(self, account: str) -> Found | None:
        """The row; a temporary password past its end is none, and costs the same (CR-049)."""
        with self._database.read() as tx:
            row = tx.execute(LOAD, {"account": account}).first()
        return None if row is None or _is_over(row, self._clock.now()) else row

    def _hash_anew(self, account: str, old: str, password: str) -> None:
        try:
            new = self._hashing.hash(password)
        except Overloaded:
            # The password was right; the next login has another chance.
            return
        with self._database.write() as tx:
            tx.execute(REPLACE, {"account": account, "old": old, "new": new})

    def hashed(self, password: str) -> str:
        """The hash of a new password, made before the transaction that stores it."""
        return self._hashing.hash(password)

    def was_used(self, account: str, candidate: str) -> bool:
        """Whether it is the present password, or one of those that the policy looks back at.

        Each is compared by its own parameters (CR-036), and no transaction is open meanwhile.
        """
        with self._database.read() as tx:
            row = tx.execute(LOAD, {"account": account}).first()
            if row is None:
                return False
            before = history.hashes(tx, account)
            policy = self._policies.of(tx, accounts.population_of(tx, account))
        # One that must be replaced was not chosen by the person: it does not count as one of those.
        counted = policy.remembers if row.must_change else max(policy.remembers - 1, 0)
        # All of them, whichever it is: the time tells nothing.
        found = [self._hashing.matches(one, candidate) for one in (row.hash, *before[:counted])]
        return any(found)

    def close(self) -> None:
        """End the pool of the hashing."""
        self._hashing.close()

    def put(
        self,
        tx: Tx,
        account: str,
        hashed: str,
        origin: Origin | None = None,
        *,
        must_change: str = "",
        valid_until: int | None = None,
    ) -> str:
        """Store a new password and answer its mark; the one before goes to the history."""
        now = self._clock.now()
        self._retire(tx, account, now)
        row = {
            "account_id": account,
            "hash": hashed,
            "form": FORM,
            "changed_at": now,
            "must_change": must_change,
            "valid_until": valid_until,
            "warned": 0,
            "mark": self._entropy.token(MARK_BYTES),
        }
        tx.execute(PUT, row)
        # NIST SP 800-63B-4 §3.2.2: disabled by guessing, the means is bound anew by renewing it.
        throttle.clear_means(tx, KIND, account)
        detail = {"must_change": must_change} if must_change else {}
        self._audit.record(tx, Event("password.set", account=account, detail=detail), origin)
        return str(row["mark"])

    def _retire(self, tx: Tx, account: str, now: int) -> None:
        row = tx.execute(TAKE, {"account": account}).first()
        # One that had to be replaced was never chosen: it would only push another one out.
        if row is not None and not row.must_change:
            history.retire(tx, self._entropy, account, row.hash, now)
        policy = self._policies.of(tx, accounts.population_of(tx, account))
        history.trim(tx, account, policy.remembers)

    def set_temporary(
        self, tx: Tx, account: str, hashed: str, reason: Reason, origin: Origin | None = None
    ) -> str:
        """Store a password that opens one login, for a while, and is replaced there."""
        until = self._clock.now() + self._temporary_life
        return self.put(tx, account, hashed, origin, must_change=reason.value, valid_until=until)

    def due(self, tx: Tx, account: str, population: Population) -> Due | None:
        """Whether the password must be replaced now, and why."""
        row = tx.execute(LOAD, {"account": account}).first()
        if row is None:
            return None
        if row.must_change:
            return Due(Reason(row.must_change), row.changed_at)
        ends = self._end(tx, row, population)
        if ends is not None and self._clock.now() >= ends:
            return Due(Reason.EXPIRED, ends)
        return None

    def standing(self, tx: Tx, account: str, population: Population) -> Standing | None:
        """What there is to tell of a password; None where the account has none."""
        row = tx.execute(LOAD, {"account": account}).first()
        if row is None:
            return None
        ends = self._end(tx, row, population)
        return Standing(row.changed_at, ends, row.must_change, row.valid_until)

    def hold(self, tx: Tx, account: str) -> Held | None:
        """The password in force, held against parallel changes."""
        row = tx.execute(TAKE, {"account": account}).first()
        return None if row is None else Held(row.mark, row.changed_at)

    def _end(self, tx: Tx, row: Found, population: Population) -> int | None:
        days = self._policies.of(tx, population).valid_days
        return row.changed_at + days * DAY if days else None


def _is_over(row: Found, now: int) -> bool:
    # A temporary one from the future would be good for longer than it was given for (RL-09).
    return row.valid_until is not None and (row.valid_until <= now or row.changed_at > now + DRIFT)
