# SPDX-License-Identifier: Apache-2.0
"""One request, from its address to its answer; the order of the checks is the order here."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel

from idp.administration.authority import Denied
from idp.api.actors import Actor, Actors, missing, stale
from idp.api.etags import fits
from idp.api.problems import OF_DENIED, Problem, told
from idp.api.reading import accepts, read_body, read_query
from idp.api.replies import Kept, dump, pack, unpack
from idp.api.routing import Asked, Done, Operation, OtherMethods, Outcome, Request, Several, Table
from idp.api.scopes import opening_by
from idp.api.several import EachByItself
from idp.api.values import Listed, Paging
from idp.cursors import Cursors
from idp.db import Tx, part
from idp.directory.harvest import Allowance as Searches
from idp.http.bearer import NONCE
from idp.http.front import breakdown
from idp.http.services import Services
from idp.http.wire import NO_STORE, Call, Headers, Reply, Spooled
from idp.programs.allowance import Allowance, Left
from idp.programs.kept_answers import Claimed, DoneUnseen, KeptAnswers
from idp.programs.kept_answers import Kept as KeptAnswer

KEY = re.compile(r'[\x21\x23-\x7e]{1,128}|"[\x21\x23-\x7e]{1,128}"', re.ASCII)
JSON_KIND = "application/json"


@dataclass(frozen=True, slots=True)
class Parts:
    """What the interfaces for programs share."""

    services: Services
    actors: Actors
    allowance: Allowance
    answers: KeptAnswers
    cursors: Cursors
    largest: int
    # Of people without a role, who may search the directory alone: as much as in its pages.
    searches: Searches


@dataclass(frozen=True, slots=True)
class Dialect:
    """How one interface speaks: its address, its kinds of documents, its words for a refusal."""

    prefix: str
    kinds: tuple[str, ...]
    told: Callable[[Problem, str, Headers], Reply]
    # What the scope of SCIM opens; nothing elsewhere.
    scim: bool = False


REST = Dialect("/api/v1", (JSON_KIND,), told)


class Interface:
    """Everything below one prefix."""

    def __init__(self, table: Table, dialect: Dialect, parts: Parts) -> None:
        self._table = table
        self._dialect = dialect
        self._parts = parts

    def __call__(self, call: Call) -> Reply:
        """Answer one request; whatever broke is told in this interface's words."""
        headers: Headers = [("X-Request-Id", call.origin.request_id)]
        try:
            return self._serve(call, headers)
        except Exception as fault:  # noqa: BLE001 - the last line of defence (RL-29)
            name, _status, extra = breakdown(fault, call)
        return self._refuse(Problem(name), call, [*headers, *extra])

    def _refuse(self, problem: Problem, call: Call, headers: Headers) -> Reply:
        return self._dialect.told(problem, call.origin.request_id, headers)

    def _serve(self, call: Call, headers: Headers) -> Reply:
        found = self._table.find(call.method, call.path.removeprefix(self._dialect.prefix))
        if found is None:
            return self._refuse(Problem("not-found"), call, headers)
        if isinstance(found, OtherMethods):
            allow = ("Allow", ", ".join(found.methods))
            if call.method == "OPTIONS":
                return Reply(204, [allow, *NO_STORE, *headers])
            return self._refuse(Problem("method", headers=(allow,)), call, headers)
        operation = found.operation
        kinds = (operation.media_type,) if operation.media_type else self._dialect.kinds
        if not accepts(call, (*kinds, "application/problem+json")):
            return self._refuse(Problem("not-acceptable"), call, headers)
        shown = self._parts.actors.shown(call)
        if isinstance(shown, Problem):
            return self._refuse(shown, call, headers)
        with self._parts.services.core.database.read() as tx:
            actor = self._parts.actors.of(tx, call, shown, scim=self._dialect.scim)
        if isinstance(actor, Problem):
            return self._refuse(actor, call, headers)
        if actor.nonce:
            headers.append((NONCE, actor.nonce))
        left = self._count(actor)
        headers += rate_headers(left)
        if left.spent or self._spent(actor):
            wait = (("Retry-After", str(left.seconds)),)
            return self._refuse(Problem("too-many", headers=wait), call, headers)
        return self._admitted(operation, found.path, actor, call, headers)

    def _count(self, actor: Actor) -> Left:
        with self._parts.services.core.database.write() as tx:
            return self._parts.allowance.take(tx, actor.authority.actor)

    def _spent(self, actor: Actor) -> bool:
        """Whether somebody without a role has read enough of the directory for now."""
        if actor.otherwise is None or actor.authority.account is None:
            return False
        return not self._parts.searches.take(f"account:{actor.authority.account}")

    def _admitted(
        self, operation: Operation, path: Any, actor: Actor, call: Call, headers: Headers
    ) -> Reply:
        if problem := _kept_out(operation, actor, self._dialect):
            return self._refuse(problem, call, headers)
        if operation.edits and not call.header("If-Match"):
            return self._refuse(Problem("precondition"), call, headers)
        query = read_query(call, operation.query)
        place = ""
        if isinstance(query, Paging) and query.after:
            read = self._parts.cursors.read(_list_of(operation, path, query), query.after)
            if read is None:
                return self._refuse(Problem("cursor"), call, headers)
            place = read
        body = self._body(operation, actor, call) if not isinstance(query, Problem) else None
        for one in (query, body):
            if isinstance(one, Problem):
                return self._refuse(one, call, headers)
        if isinstance(query, Paging):
            # The handler is given the place itself.
            query = query.model_copy(update={"after": place})
        request = Request(
            authority=actor.authority,
            call=call,
            path=path,
            query=query,
            body=body,
            scopes=actor.scopes,
            application=actor.application,
        )
        try:
            return self._run(operation, request, headers)
        finally:
            if isinstance(body, Spooled):
                body.file.close()

    def _body(self, operation: Operation, actor: Actor, call: Call) -> Any:
        if operation.takes:
            return _spooled(operation, actor, call)
        if operation.body is None:
            # A body that nobody reads is no harm; one that is too large is not waited for.
            return None
        if operation.most and _may_nothing(operation, actor):
            return Problem("not-allowed")
        kinds = self._dialect.kinds
        if operation.method == "PATCH":
            kinds = (*kinds, "application/merge-patch+json")
        return read_body(call, operation.body, kinds, operation.most or self._parts.largest)

    def _run(self, operation: Operation, asked: Request, headers: Headers) -> Reply:
        services = self._parts.services
        database = services.core.database
        if not operation.writes:
            with database.read() as tx:
                outcome = operation.run(Asked.of(asked, tx, services))
            return self._answer(operation, outcome, asked, headers)
        key = asked.call.header("Idempotency-Key")
        named = "HTTP_IDEMPOTENCY_KEY" in asked.call.environ
        if named and not KEY.fullmatch(key):
            problem = Problem("malformed", "Idempotency-Key: 1 to 128 printable characters")
            return self._refuse(problem, asked.call, headers)
        key = key.strip('"')
        if operation.several is None:
            done = self._whole(operation, asked, key)
        else:
            done = self._each(operation, operation.several, asked, key)
        if isinstance(done, Kept):
            replayed = ("Idempotency-Replayed", "true")
            return Reply(done.status, [*done.headers, replayed, *headers], done.body)
        if isinstance(done, Done):
            for after in done.after:
                after()
        return self._answer(operation, done, asked, headers)

    def _whole(self, operation: Operation, asked: Request, key: str) -> Outcome | Kept:
        """The whole of it in one transaction, or nothing."""
        services = self._parts.services
        ready = operation.prepare(services, asked) if operation.prepare else None
        if isinstance(ready, Problem | Denied):
            return ready
        with services.core.database.write() as tx, part(tx) as own:
            done = self._once(tx, operation, asked, key, ready)
            # What waits for somebody else is kept as a proposal.
            counted = isinstance(done, Problem) and done.counted
            if not (isinstance(done, Done | Kept) or counted or done is Denied.PROPOSED):
                own.give_up()
        if operation.discard and not isinstance(done, Done):
            operation.discard(services, ready)
        return done

    def _each(
        self, operation: Operation, several: Several, asked: Request, key: str
    ) -> Outcome | Kept:
        """Several things, each in a transaction of its own."""

        def reply(done: Outcome) -> Reply:
            return self._answer(operation, done, asked, [])

        by_itself = EachByItself(self._parts.services, self._parts.answers)
        return by_itself.do(operation, several, asked, key, _known_by(asked), reply)

    def _once(
        self, tx: Tx, operation: Operation, asked: Request, key: str, ready: Any
    ) -> Outcome | Kept:
        """Do it, unless it was done already under the same key."""
        given = Asked.of(asked, tx, self._parts.services, ready)
        if not key:
            return operation.run(given)
        claimed = self._parts.answers.claim(tx, asked.authority.actor, key, _known_by(asked))
        if isinstance(claimed, KeptAnswer):
            return unpack(claimed.answer)
        if isinstance(claimed, DoneUnseen):
            return Problem("answer-not-kept")
        if not isinstance(claimed, Claimed):
            return Problem("key-reused")
        outcome = operation.run(given)
        # What waits for somebody else, and a try that counts, are taken as well: not done twice.
        counted = isinstance(outcome, Problem) and outcome.counted
        shown = isinstance(outcome, Done) and not operation.shown_once
        if shown or counted or outcome is Denied.PROPOSED:
            reply = self._answer(operation, outcome, asked, [])
            self._parts.answers.keep(tx, claimed, pack(reply))
        return outcome

    def _answer(
        self, operation: Operation, outcome: Outcome, asked: Request, headers: Headers
    ) -> Reply:
        call = asked.call
        if outcome is Denied.PROPOSED:
            # Somebody else must agree: taken, and not done.
            body = b'{"state":"proposed"}'
            return Reply(202, [("Content-Type", JSON_KIND), *NO_STORE, *headers], body)
        if isinstance(outcome, Denied):
            return self._refuse(OF_DENIED[outcome], call, headers)
        if isinstance(outcome, Problem):
            return self._refuse(outcome, call, headers)
        status = outcome.status if outcome.status != 200 else operation.status
        extra: Headers = [*NO_STORE, *headers]
        if outcome.etag:
            extra.append(("ETag", outcome.etag))
            if not operation.writes and fits(call.header("If-None-Match"), outcome.etag):
                return Reply(304, extra)
        if outcome.location:
            site = self._parts.services.core.settings.server.issuer
            extra.append(("Location", f"{site}{self._dialect.prefix}{outcome.location}"))
        if outcome.raw is not None:
            kind, body = outcome.raw
            return Reply(status, [("Content-Type", kind), *extra], body)
        if outcome.pieces is not None:
            saved = f'attachment; filename="{outcome.file_name}"'
            extra += [("Content-Type", operation.media_type), ("Content-Disposition", saved)]
            return Reply(status, extra, pieces=outcome.pieces)
        if outcome.document is None:
            return Reply(204 if status == 200 else status, extra)
        document = self._linked(operation, outcome.document, outcome, asked, extra)
        shown = ("Content-Type", self._dialect.kinds[0])
        return Reply(status, [shown, *extra], dump(document))

    def _linked(
        self,
        operation: Operation,
        document: BaseModel,
        outcome: Done,
        asked: Request,
        extra: Headers,
    ) -> BaseModel:
        """RFC 8288: the page of a list says where the next one is."""
        if not isinstance(document, Listed) or not outcome.next:
            return document
        of = _list_of(operation, asked.path, asked.query)
        cursor = self._parts.cursors.make(of, outcome.next)
        extra.append(("Link", f'<?after={cursor}>; rel="next"'))
        return document.model_copy(update={"next": cursor})


def _kept_out(operation: Operation, actor: Actor, dialect: Dialect) -> Problem | None:
    """Whoever lacks a role or a scope; what they may do with both is the service's to say."""
    if set(operation.scopes) & set(actor.scopes):
        return None
    rights = operation.rights
    if actor.otherwise is not None:
        return actor.otherwise
    if operation.fresh and actor.stale and any(map(actor.authority.may, rights)):
        return stale(by_proof=actor.by_proof)
    if not rights or not actor.authority.within.isdisjoint(rights):
        return None
    scopes = opening_by(rights, operation.scopes, scim=dialect.scim)
    return missing(scopes, by_proof=actor.by_proof)


def _may_nothing(operation: Operation, actor: Actor) -> bool:
    """Of whoever may do nothing with it, what is large is not read (WB-019)."""
    return not any(actor.authority.may(one) for one in operation.rights)


def _spooled(operation: Operation, actor: Actor, call: Call) -> Spooled | Problem:
    """A file; of whoever may do nothing with it not a byte is read (WB-019)."""
    if _may_nothing(operation, actor):
        return Problem("not-allowed")
    if call.content_type != operation.takes:
        return Problem("media-type", f"expected: {operation.takes}")
    return call.spooled(operation.most) or Problem("too-large", f"at most {operation.most} bytes")


def _known_by(asked: Request) -> str:
    """By what the same request is known again."""
    call = asked.call
    text = _text_of(asked.body)
    return "\n".join((call.method, call.path, call.query, call.header("If-Match"), text))


def _text_of(body: BaseModel | Spooled | None) -> str:
    """By which the same body is known again."""
    if isinstance(body, Spooled):
        return body.digest
    return "" if body is None else body.model_dump_json()


def _list_of(operation: Operation, path: Any, query: BaseModel) -> str:
    """Which list a cursor belongs to: its address and its filters."""
    filters = query.model_dump(exclude={"after", "size"})
    return f"{operation.name} {sorted(path.items())} {sorted(filters.items())}"


def rate_headers(left: Left) -> Headers:
    """draft-ietf-httpapi-ratelimit-headers: what holds, and what is left of it."""
    return [
        ("RateLimit-Policy", f'"calls";q={left.most};w=60'),
        ("RateLimit", f'"calls";r={left.left};t={left.seconds}'),
    ]
