# SPDX-License-Identifier: Apache-2.0
"""The judgement of a certificate: under whom it stands, and whether it still does."""

from collections.abc import Callable, Iterable

from connectors.ports import Distrust, Trusted
from idp.audit.record import Audit, Event
from idp.clock import Clock, Entropy
from idp.db import Database, Tx
from idp.logs import get
from idp.marks import Marks
from idp.outgoing import Fetcher
from idp.trust import sources
from idp.trust.answers import Answers
from idp.trust.authorities import Authorities
from idp.trust.certificate import read
from idp.trust.lists import Held, Lists
from idp.trust.look_up import LookUp
from idp.trust.path import Path, find_path, leads_up
from idp.trust.refresh import Ground, Refresh, is_late
from idp.trust.rules import Policy, Rules
from idp.trust.sources import Source
from idp.trust.standing import Standing, is_listed

DAY = 86_400
# The family whose authorities certify applications (RFC 8705), and nobody's card.
APPLICATIONS = "applications"
log = get("trust")


class Trust:
    """The authorities, what they revoked, and the judgement (`connectors.ports.TrustStore`)."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        entropy: Entropy,
        audit: Audit,
        secret: bytes,
        rules: Rules,
        *,
        list_fetcher: Fetcher,
        answer_fetcher: Fetcher,
        policy_of: Callable[[str], str],
    ) -> None:
        marks = Marks(secret, "trust")
        self.rules = rules
        self.authorities = Authorities(clock, audit, marks)
        self.lists = Lists(marks)
        self._ground = Ground(database, clock, audit, self.authorities, self.lists, rules)
        self.refresh = Refresh(self._ground, list_fetcher)
        self._answers = Answers(marks)
        self._look_up = LookUp(self._ground, self._answers, self.refresh, answer_fetcher, entropy)
        self._policy_of = policy_of

    def judge(self, certificate: bytes, application: str | None) -> Trusted | Distrust:
        """Whether this certificate of a person is believed, for this application."""
        return self._judge(certificate, application, of_applications=False)

    def judge_application(self, certificate: bytes, application: str) -> Trusted | Distrust:
        """The same of an application's own: neither's authority is believed of the other."""
        return self._judge(certificate, application, of_applications=True)

    def _judge(
        self, certificate: bytes, application: str | None, *, of_applications: bool
    ) -> Trusted | Distrust:
        leaf = read(certificate)
        if leaf is None:
            return Distrust.MALFORMED
        with self._ground.database.read() as tx:
            every = self.authorities.all(tx)
        known = [one for one in every if (one.family == APPLICATIONS) is of_applications]
        path = find_path(leaf, known, self._ground.clock.now())
        if isinstance(path, Distrust):
            return path
        standings: list[Standing] = []
        for one, issuer in path.links():
            standing = self._look_up.find(one, issuer)
            if standing is Standing.REVOKED:
                return Distrust.REVOKED
            standings.append(standing)
        if all(one is Standing.GOOD for one in standings):
            return _trusted(path, certain=True)
        return self._without_word(path, standings, application)

    def _without_word(
        self, path: Path, standings: list[Standing], application: str | None
    ) -> Trusted | Distrust:
        """XC-015: nobody can say; never silently."""
        policy = self._policy(application)
        lately = all(one is not Standing.UNKNOWN for one in standings)
        if policy is Policy.REFUSE or (policy is Policy.LAST_GOOD and not lately):
            return Distrust.REVOCATION_UNKNOWN
        detail = {
            "policy": policy.value,
            "authority": path.authorities[0].subject,
            "serial": f"{path.leaf.serial:x}",
        }
        event = Event("trust.unsure", outcome="flagged", application=application, detail=detail)
        with self._ground.database.write() as tx:
            self._ground.audit.record(tx, event)
        log.error("a card passes though nobody says whether it is revoked", **detail)
        return _trusted(path, certain=False)

    def _policy(self, application: str | None) -> Policy:
        own = self._policy_of(application) if application else ""
        return Policy(own) if own else self.rules.policy

    def listed_among(self, tx: Tx, authority: str, serials: Iterable[int]) -> set[int]:
        """Those of an authority's certificates that its lists name, however old these are."""
        now = self._ground.clock.now()
        lists = [one.list for one in self.lists.of(tx, authority)]
        return {one for one in serials if is_listed(one, lists, now)}

    def believed(self, tx: Tx) -> set[str]:
        """Keys of the authorities whose cards may be believed at this moment."""
        now = self._ground.clock.now()
        known = [one for one in self.authorities.all(tx) if one.family != APPLICATIONS]
        return {one.key_id for one in known if leads_up(one, known, now)}

    def fallen_below(self, tx: Tx, authority: str) -> list[str]:
        """Keys of the authorities that this one has certified and revoked."""
        known = self.authorities.all(tx)
        issuers = [one.certificate for one in known if one.key_id == authority]
        below = [
            one
            for one in known
            if any(one.certificate.is_signed_by(each) for each in issuers)
            and one.key_id != authority
        ]
        listed = self.listed_among(tx, authority, [one.certificate.serial for one in below])
        fallen = {one.key_id for one in below if one.certificate.serial in listed}
        # Whose key another certificate still certifies has not fallen.
        return sorted(
            fallen - {one.key_id for one in below if one.certificate.serial not in listed}
        )

    def forget_old(self) -> None:
        """Answers that hold no more."""
        with self._ground.database.write() as tx:
            self._answers.forget_old(tx, self._ground.clock.now() - DAY)

    def state(self, tx: Tx) -> list[tuple[Source, Held | None]]:
        """Each place of a list, and the list that we have of it."""
        found = []
        for one in sources.every(tx):
            held = self.lists.of(tx, one.authority)
            found.append((one, next((each for each in held if each.id == one.id), None)))
        return found

    def late(self, tx: Tx) -> tuple[int, int]:
        """How many lists can't be renewed though half of their time is over; of how many."""
        now, state = self._ground.clock.now(), self.state(tx)
        late = [
            (one, held) for one, held in state if is_late(one, held.list if held else None, now)
        ]
        # A second place that never gave anything is missed by nobody while the first one does.
        well = {
            one.authority
            for one, held in state
            if held and held.list.base is None and (one, held) not in late
        }
        missed = [one for one, held in late if held or one.authority not in well]
        return len(missed), len(state)


def _trusted(path: Path, *, certain: bool) -> Trusted:
    leaf = path.leaf
    return Trusted(path.family, path.authorities[0].key_id, leaf.valid_until, certain)
