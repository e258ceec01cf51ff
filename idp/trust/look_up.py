# SPDX-License-Identifier: Apache-2.0
"""Looking up whether a certificate is revoked: what we have, then the responder, then the list."""

import threading

from idp.clock import Entropy
from idp.logs import get
from idp.outgoing import Fetched, Fetcher
from idp.trust import ocsp, sources
from idp.trust.answers import Answers
from idp.trust.authority import Authority
from idp.trust.certificate import Certificate, places_of
from idp.trust.ocsp import Answer
from idp.trust.pauses import Pauses, Turns
from idp.trust.refresh import OK, Ground, Refresh
from idp.trust.rules import ANSWER_SECONDS, LIST_SECONDS
from idp.trust.sources import Source
from idp.trust.standing import Standing, tell

SETTLED = {Standing.GOOD, Standing.REVOKED}
# Named by the operator, and tried while somebody waits.
MOST_PLACES = 4
MOST_NOTED = 4096
# While another process fetches a list for the first time.
ROUNDS, ROUND = 50, 0.1
log = get("trust")


class LookUp:
    """Asks; never inside a transaction."""

    def __init__(
        self,
        ground: Ground,
        answers: Answers,
        refresh: Refresh,
        fetcher: Fetcher,
        entropy: Entropy,
    ) -> None:
        self._ground = ground
        self._answers = answers
        self._refresh = refresh
        self._fetcher = fetcher
        self._entropy = entropy
        self._pauses = Pauses(ground.clock)
        # Apart: whoever has a turn for a certificate waits for one for a list.
        self._asking, self._fetching = Turns(), Turns()
        self._noted: set[tuple[str, str]] = set()

    def find(self, certificate: Certificate, issuer: Authority) -> Standing:
        """Whether it stands, as well as it can be said now."""
        self._note_places(certificate, issuer)
        known = self.known(certificate, issuer)
        if known in SETTLED:
            return known
        name = f"{issuer.key_id} {certificate.serial}"
        with self._asking.take(name, ANSWER_SECONDS + LIST_SECONDS):
            known = self.known(certificate, issuer)
            if known in SETTLED:
                return known
            self._ask(certificate, issuer)
            known = self.known(certificate, issuer)
            if known in SETTLED:
                return known
            self._fetch(certificate, issuer)
        return self.known(certificate, issuer)

    def known(self, certificate: Certificate, issuer: Authority) -> Standing:
        """What lists and answers at hand say."""
        ground = self._ground
        with ground.database.read() as tx:
            held = ground.lists.of(tx, issuer.key_id)
            answer = self._answers.find(tx, issuer.key_id, certificate.serial)
        lists = [one.list for one in held]
        return tell(certificate, lists, answer, ground.clock.now(), ground.rules.grace)

    def _ask(self, certificate: Certificate, issuer: Authority) -> None:
        for url in ocsp.responders_of(certificate, issuer.responder):
            place = f"{url} {issuer.key_id}"
            if not self._pauses.may_ask(place):
                continue
            answer = self._answer(url, certificate, issuer)
            self._pauses.note(place, answered=isinstance(answer, Answer))
            if isinstance(answer, str):
                log.warning("a responder's answer is not used", url=url, why=answer)
                continue
            with self._ground.database.write() as tx:
                self._answers.put(tx, issuer.key_id, certificate.serial, answer)
            return

    def _answer(self, url: str, certificate: Certificate, issuer: Authority) -> Answer | str:
        nonce = self._entropy.bytes(ocsp.NONCE_BYTES)
        question = ocsp.ask(certificate, issuer.certificate, nonce)
        headers = {"Content-Type": ocsp.REQUEST_TYPE, "Accept": ocsp.ANSWER_TYPE}
        got = self._fetcher.fetch("POST", url, headers=headers, body=question.body)
        if not isinstance(got, Fetched):
            return got.reason
        if got.status != OK:
            return f"it answers {got.status}"
        rules, now = self._ground.rules, self._ground.clock.now()
        return ocsp.read_answer(got.body, question, now, rules.refresh)

    def _fetch(self, certificate: Certificate, issuer: Authority) -> None:
        """Its lists, where they are due: a source that failed a moment ago is left alone."""
        for source in self._places(certificate, issuer):
            with self._fetching.take(source.id, LIST_SECONDS):
                if self.known(certificate, issuer) in SETTLED and source.good_at:
                    return
                outcome = self._refresh.fetch_claimed(source)
            if outcome is None and not source.good_at and not source.failures:
                self._wait(certificate, issuer)

    def _places(self, certificate: Certificate, issuer: Authority) -> list[Source]:
        named = places_of(certificate)
        with self._ground.database.read() as tx:
            known = sources.of(tx, issuer.key_id)
        mine = [one for one in known if one.url in named]
        rest = [one for one in known if one.configured and one.url not in named]
        mine.sort(key=lambda one: named.index(one.url))
        return [*mine, *rest[:MOST_PLACES]]

    def _note_places(self, certificate: Certificate, issuer: Authority) -> None:
        """Where its authority tells of it: fetched from now on, before anybody waits for it."""
        named = {(issuer.key_id, url) for url in places_of(certificate)}
        if named <= self._noted:
            return
        with self._ground.database.write() as tx:
            sources.learn(tx, issuer.key_id, places_of(certificate))
        self._noted = named | (self._noted if len(self._noted) < MOST_NOTED else set())

    def _wait(self, certificate: Certificate, issuer: Authority) -> None:
        pause = threading.Event()
        for _round in range(ROUNDS):
            if self.known(certificate, issuer) in SETTLED:
                return
            pause.wait(ROUND)
