# SPDX-License-Identifier: Apache-2.0
"""One request about several things: each is done or refused by itself, and once under a key.

Under an Idempotency-Key each thing is noted in the transaction that does it. Whoever asks again,
because the answer was lost or something broke on the way, is told of those that were done as they
were then, and has the others done.
"""

from collections.abc import Callable
from typing import Any

from pydantic import BaseModel

from idp.administration.authority import Denied
from idp.api.problems import OF_DENIED, Problem
from idp.api.replies import Kept, dump, pack, unpack
from idp.api.routing import Asked, Done, Operation, Outcome, Request, Several
from idp.db import part
from idp.http.services import Services
from idp.http.wire import Reply
from idp.programs.kept_answers import Claimed, DoneUnseen, KeptAnswers, OtherRequest
from idp.programs.kept_answers import Kept as KeptAnswer


class EachByItself:
    """Does what such a request asks for; the caller has no transaction."""

    def __init__(self, services: Services, answers: KeptAnswers) -> None:
        self._services = services
        self._answers = answers

    def do(
        self,
        operation: Operation,
        several: Several,
        asked: Request,
        key: str,
        text: str,
        reply: Callable[[Outcome], Reply],
    ) -> Outcome | Kept:
        """All of them, in their order; `text` is by what the same request is known again."""
        things = several.of(asked)
        if isinstance(things, Problem | Denied):
            return things
        begun = self._begin(asked, key, text) if key else None
        if isinstance(begun, Kept | Problem):
            return begun
        lines = [
            self._one(operation, several, asked, key and f"{key} {name}", text, thing)
            for name, thing in things.items()
        ]
        done = Done(several.told(lines))
        if begun is not None:
            with self._services.core.database.write() as tx:
                self._answers.keep(tx, begun, pack(reply(done)))
        return done

    def _begin(self, asked: Request, key: str, text: str) -> Claimed | DoneUnseen | Kept | Problem:
        """Take the key for all of them: what one of them broke on is gone on with."""
        with self._services.core.database.write() as tx:
            claimed = self._answers.claim(tx, asked.authority.actor, key, text)
        if isinstance(claimed, OtherRequest):
            return Problem("key-reused")
        return unpack(claimed.answer) if isinstance(claimed, KeptAnswer) else claimed

    def _one(
        self,
        operation: Operation,
        several: Several,
        asked: Request,
        key: str,
        text: str,
        thing: Any,
    ) -> BaseModel:
        after: tuple[Callable[[], None], ...] = ()
        with self._services.core.database.write() as tx, part(tx) as own:
            # No key holds a space: these are nobody's but this request's.
            claimed = self._answers.claim(tx, asked.authority.actor, key, text) if key else None
            if isinstance(claimed, KeptAnswer):
                return several.line.model_validate_json(claimed.answer)
            outcome = operation.run(Asked.of(asked, tx, self._services, thing))
            if isinstance(outcome, Done) and outcome.document is not None:
                line, after = outcome.document, outcome.after
                if isinstance(claimed, Claimed):
                    self._answers.keep(tx, claimed, dump(line))
            else:
                own.give_up()
                line = several.refused(thing, _problem(outcome))
        for one in after:
            one()
        return line


def _problem(outcome: Outcome) -> Problem:
    if isinstance(outcome, Denied):
        return OF_DENIED[outcome]
    return outcome if isinstance(outcome, Problem) else Problem("server-error")
